import Foundation
import Glibc
import Jobs
import LinuxIO
import Testing

/// Pictures go through a worker that is confined as they went through one that was not: nothing that a decoder, an
/// encoder or a stage opens is left out of the rules.
@Suite("The worker's sandbox: pictures")
struct SandboxPicturesTests {
    private static let everything = """
        version: 1
        accept: [jpeg, png, webp, tiff, heif, jxl, raw, gif, bmp, pnm]
        stages:
          - autorotate
          - colour: srgb
        renditions:
          j: { format: jpeg }
          p: { format: png }
          w: { format: webp }
          t: { format: tiff }
          g: { format: gif }
          a: { format: avif, effort: 1 }
          x: { format: jxl, effort: 3 }
          h: { format: heif, effort: 1 }
        """

    @Test(
        "every format is read and written inside as outside, byte for byte",
        .enabled(if: Tool.vips.isInstalled, "the vips command makes the pictures"))
    func formats() async throws {
        try await withScratch { scratch in
            for name in ["a.jpg", "b.png", "c.webp", "d.tif", "e.gif", "f.avif", "g.heic", "h.jxl"] {
                // The vips of this machine may lack an encoder; what it can make is taken.
                do {
                    try await scratch.convertPicture(to: "in/\(name)", width: 64, height: 48)
                } catch  where ["f", "g", "h"].contains(name.prefix(1)) {
                    print("skipped: this vips writes no \(name)")
                }
            }
            if let python = Tool.python3.path {
                let maker = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                    .appendingPathComponent("../Folders/dng.py").path
                _ = try await runProgram(python, [maker, "\(scratch.path)/in/i.dng", "300", "200"])
            }
            let pixels = (0..<(64 * 48 * 3)).map { UInt8($0 / 7 % 251) }
            try scratch.write(Array("P6 64 48 255\n".utf8) + pixels, to: "in/j.ppm")
            try scratch.write(
                [0x42, 0x4D, 0, 0, 0, 0, 0, 0, 0, 0, 26, 0, 0, 0, 12, 0, 0, 0, 64, 0, 48, 0, 1, 0, 24, 0] + pixels,
                to: "in/k.bmp")
            let count = try scratch.files(below: "in").count
            #expect(count >= 5)
            let inside = try await scratch.process(pipeline: Self.everything)
            #expect(inside.exitCode == 0, "\(inside)")
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars.count == count)
            #expect(sidecars.values.allSatisfy { $0.renditions.count == 8 })
            #expect(sidecars.values.allSatisfy { $0.memory.peak > 0 }, "the worker still reads its own figures")

            let arguments = try scratch.processArguments(pipeline: Self.everything, out: "free") + ["--quiet"]
            let outside = try await runProgram(
                BuiltPrograms.sluice, arguments, environment: ["SLUICE_SANDBOX": "off"])
            #expect(outside.exitCode == 0, "\(outside)")
            #expect(digests(try scratch.verifiedOutbox("free")) == digests(sidecars))
        }
    }

    @Test(
        "every shipped pipeline works inside",
        arguments: [
            "archive", "archive-denoise", "film", "night", "photo-proof", "scan-cleanup", "shop", "social",
            "thumbnails", "web",
        ])
    func shipped(name: String) async throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Pipelines")
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 300, height: 200)
            let result = try await sluice(
                "process", "\(scratch.path)/in", "--pipeline", root.standardizedFileURL.path + "/\(name).yaml", "--out",
                "\(scratch.path)/out", "--json")
            #expect(result.exitCode == 0, "\(result)")
            #expect(try scratch.verifiedOutbox().count == 1)
        }
    }

    private func watermarked(_ count: Int) -> String {
        let marks = (0..<count).map { "  - watermark: { picture: mark\($0).png, position: left top, opacity: 1 }" }
        return "version: 1\nstages:\n" + marks.joined(separator: "\n")
            + "\nrenditions:\n  r: { format: png }\nmetadata: { keep: none }\n"
    }

    @Test("watermarks come as descriptors, wherever they lie, and again for every job")
    func watermark() async throws {
        try await withScratch { scratch in
            for index in 0..<4 { try scratch.writePicture("in/p\(index).png", seed: UInt8(index)) }
            for index in 0..<3 { try scratch.writePicture("mark\(index).png", width: 8, height: 8, seed: 90) }
            #expect(try await scratch.process("--workers", "1", pipeline: watermarked(3)).exitCode == 0)
            let marked = digests(try scratch.verifiedOutbox())
            let plain = "version: 1\nrenditions:\n  r: { format: png }\nmetadata: { keep: none }\n"
            #expect(try await scratch.process("--overwrite", pipeline: plain).exitCode == 0)
            let unmarked = digests(try scratch.verifiedOutbox())
            #expect(marked.count == 4 && marked.keys == unmarked.keys)
            #expect(marked.allSatisfy { unmarked[$0.key] != $0.value }, "each has its mark")
        }
    }

    @Test("lookup tables come the same way")
    func lookupTable() async throws {
        try await withScratch { scratch in
            for index in 0..<3 { try scratch.writePicture("in/p\(index).png", seed: UInt8(index)) }
            let entries = (0..<8).map { "\(1 - $0 % 2) \(1 - $0 / 2 % 2) \(1 - $0 / 4)\n" }.joined()
            try scratch.write(text: "LUT_3D_SIZE 2\n\(entries)", to: "negative.cube")
            let plain = "version: 1\nrenditions:\n  r: { format: png }\nmetadata: { keep: none }\n"
            let twice = plain + "stages: [{ lut: negative.cube }, { lut: negative.cube }]\n"
            let once = plain + "stages: [{ lut: negative.cube }]\n"
            #expect(try await scratch.process("--workers", "1", pipeline: plain).exitCode == 0)
            let before = digests(try scratch.verifiedOutbox())
            #expect(try await scratch.process("--overwrite", "--workers", "1", pipeline: once).exitCode == 0)
            #expect(digests(try scratch.verifiedOutbox()).allSatisfy { before[$0.key] != $0.value })
            #expect(try await scratch.process("--overwrite", pipeline: twice).exitCode == 0)
            #expect(digests(try scratch.verifiedOutbox()) == before, "a negative of a negative")
        }
    }

    @Test("more watermarks than descriptors fit in one message are refused in words")
    func tooMany() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/p.png")
            for index in 0..<63 { try scratch.writePicture("mark\(index).png", width: 4, height: 4) }
            let report = try await scratch.process(pipeline: watermarked(63)).report()
            #expect(report.codes == ["stage-failed": 1], "\(report)")
            #expect(report.failures.first?.message.contains("at most 62 files") == true, "\(report)")
            let fits = try await scratch.process(pipeline: watermarked(62))
            #expect(fits.exitCode == 0, "\(fits)")
        }
    }

    @Test("a watermark that vanished is named, with the reason and the stage")
    func missingWatermark() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.writePicture("Pipelines/mark0.png", width: 8, height: 8)
            try scratch.write(text: watermarked(1), to: "Pipelines/cheap.yaml")
            try await place.watched { program in
                try scratch.remove("Pipelines/mark0.png")
                try scratch.writePicture("inbox/a.png")
                try await expectSoon(within: 60) { try scratch.exists("quarantine/a.png.error.json") }
                #expect(await place.stop(program).exitCode == 0)
            }
            let error = try place.errorFile("a.png.error.json")
            #expect(error.code == .stageFailed && error.stage == "watermark")
            #expect(error.message.contains("mark0.png: No such file or directory"), "\(error.message)")
        }
    }
}
