import Glibc
import LinuxIO
import Synchronization
import Testing

@testable import Jobs

@Suite("Hostile inboxes: what is in the files", .enabled(if: Tool.python3.isInstalled))
struct HostileContentTests {
    struct Bomb: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: @Sendable () -> [UInt8]
        /// With the limits that a pipeline has by default.
        let code: ErrorCode
    }

    /// Each promises gigapixels in less than a megabyte.
    static let bombs = [
        Bomb(testDescription: "png", bytes: { Bombs.png(width: 65_536, height: 65_536) }, code: .tooManyPixels),
        Bomb(testDescription: "jpeg", bytes: { Bombs.jpeg(side: 65_500, progressive: false) }, code: .tooManyPixels),
        Bomb(
            // The header cannot tell that most of its scans are missing, without which they cannot be read side by side.
            testDescription: "progressive", bytes: { Bombs.jpeg(side: 30_000, progressive: true) },
            code: .memoryLimit),
        Bomb(testDescription: "webp", bytes: { Bombs.webP(side: 16_384, lossless: true) }, code: .tooLargeForCap),
        Bomb(testDescription: "gif", bytes: { Bombs.gif(side: 65_535) }, code: .tooManyPixels),
        Bomb(testDescription: "smallergif", bytes: { Bombs.gif(side: 30_000) }, code: .tooLargeForCap),
        Bomb(testDescription: "tiff", bytes: { Bombs.tiff(side: 1 << 20) }, code: .tooManyPixels),
    ]

    @Test("case 21: decompression bombs are refused by what their headers say, or by what they turn out to need")
    func bombs() async throws {
        try await withScratch { scratch in
            // With room in files, those under limits.pixels are done.
            let place = try WatchedPlace(scratch, more: "spill: { limit: 64MiB }")
            var dropped: [String: String] = [:]
            try await place.watched { program in
                for bomb in Self.bombs {
                    let bytes = bomb.bytes()
                    #expect(bytes.count < 600_000)
                    dropped["\(bomb).jpg"] = sha256(bytes)
                    try scratch.drop(bytes, at: "inbox/\(bomb).jpg")
                }
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            for bomb in Self.bombs {
                #expect(try place.errorFile("\(bomb).jpg.error.json").code == bomb.code, "\(bomb)")
            }
            try place.expectAccounted(dropped)
        }
    }

    @Test("case 21: with every limit lifted they are done or refused, under the cap; the supervisor does not notice")
    func bombsWithoutLimits() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.write(
                text: WatchedPlace.cheap + "limits: { pixels: 100G, time: 60s }\n", to: "Pipelines/cheap.yaml")
            let files: [(name: String, bytes: [UInt8])] = [
                ("png", Bombs.png(width: 20_000, height: 20_000)),
                ("jpeg", Bombs.jpeg(side: 65_500, progressive: false)),
                ("progressive", Bombs.jpeg(side: 65_500, progressive: true)),
                ("lossy", Bombs.webP(side: 16_384, lossless: false)),
                ("lossless", Bombs.webP(side: 16_384, lossless: true)), ("gif", Bombs.gif(side: 65_535)),
                ("tiff", Bombs.tiff(side: 1 << 20)),
            ]
            var dropped: [String: String] = [:]
            let most = Highest()
            try await place.watched { program in
                let sampling = Task {
                    while !Task.isCancelled, program.isRunning {
                        let all = [program.processIdentifier] + children(of: program.processIdentifier)
                        let sum = all.compactMap { ProcessFigures(of: $0)?.anonymous }.reduce(0, +)
                        most.note(sum)
                        try? await Task.sleep(for: .milliseconds(20))
                    }
                }
                defer { sampling.cancel() }
                for file in files {
                    dropped["\(file.name).jpg"] = sha256(file.bytes)
                    try scratch.drop(file.bytes, at: "inbox/\(file.name).jpg")
                }
                try await expectSoon(within: 900) { try scratch.files(below: "inbox").isEmpty }
                try await place.settleAll(program)
                #expect(!program.errorsSoFar.contains("paused"), "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
            }
            print("bombs: supervisor and workers held at most \(most.value >> 20) MiB")
            #expect(most.value < 256 << 20)
            #expect(try place.sidecar("png.jpg.json").source.width == 20_000, "a correct one is done, in pieces")
            try place.expectAccounted(dropped)
        }
    }

    @Test(
        "case 22: truncated pictures are quarantined: nothing is published, nothing is left in staging",
        .enabled(if: Tool.vips.isInstalled, "the vips command makes the pictures"))
    func truncated() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let formats = [
                "a.jpg", "b.jpg[interlace]", "c.png", "d.png[interlace]", "e.webp", "f.webp[lossless]", "g.tif",
                "h.tif[tile,compression=deflate]", "i.tif[compression=jpeg]", "j.tif[compression=lzw]",
            ]
            var dropped: [String: String] = [:]
            var sources: [(name: String, bytes: [UInt8])] = []
            for (seed, format) in formats.enumerated() {
                try await scratch.convertPicture(to: format, width: 320, height: 240, seed: UInt8(seed))
                let name = String(format.prefix { $0 != "[" })
                let whole = try scratch.read(name)
                for percent in [1, 10, 30, 50, 75, 90] {
                    sources.append(("\(percent)-\(name)", Array(whole.prefix(whole.count * percent / 100))))
                }
            }
            try await place.watched { program in
                for source in sources {
                    dropped[source.name] = sha256(source.bytes)
                    try scratch.drop(source.bytes, at: "inbox/\(source.name)")
                }
                try await expectSoon(within: 600) { try scratch.files(below: "inbox").isEmpty }
                #expect(try scratch.files(below: "outbox", hidden: true).isEmpty, "nothing is published")
                #expect(try scratch.files(below: "archive").isEmpty)
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            for source in sources {
                let error = try place.errorFile("\(source.name).error.json")
                #expect([.truncated, .damaged].contains(error.code), "\(source.name): \(error.code) \(error.message)")
            }
            try place.expectAccounted(dropped)
        }
    }

    @Test("case 23: SVG, PDF, PSD and their like are refused by their content, whatever their names say")
    func foreign() async throws {
        // The beginning of a gzip stream: libvips' own sniffers have been seen to hang on a compressed SVG.
        let svgz: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 0x3C, count: 175)
        let files: [(name: String, bytes: [UInt8])] = [
            ("svg.jpg", Array("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>".utf8)),
            ("xml.jpg", Array("<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)),
            ("svgz.jpg", svgz), ("pdf.jpg", Array("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n".utf8)),
            ("psd.jpg", Array("8BPS".utf8) + [0, 1] + [UInt8](repeating: 0, count: 60)),
            ("eps.jpg", Array("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n".utf8)),
            ("matrix.jpg", Array("2 2\n1 0\n0 1\n".utf8)), ("pfm.jpg", Array("PF\n1 1\n-1.0\nabcdefghijkl".utf8)),
            ("bmp.jpg", Array("BM".utf8) + [UInt8](repeating: 0, count: 60)),
            ("html.jpg", Array("<!DOCTYPE html><img src=x onerror=alert(1)>".utf8)),
            ("zip.jpg", Array("PK\u{03}\u{04}".utf8) + [UInt8](repeating: 0, count: 60)),
            ("jp2.jpg", [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 13, 10, 0x87, 10] + [UInt8](repeating: 0, count: 60)),
        ]
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                for file in files { try scratch.drop(file.bytes, at: "inbox/\(file.name)") }
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            for file in files {
                #expect(try place.errorFile("\(file.name).error.json").code == .unsupportedFormat, "\(file.name)")
            }
            try place.expectAccounted(
                Dictionary(uniqueKeysWithValues: files.map { ($0.name, sha256($0.bytes)) }))
        }
    }
}

private final class Highest: Sendable {
    private let highest = Mutex<UInt64>(0)

    func note(_ value: UInt64) { highest.withLock { $0 = max($0, value) } }

    var value: UInt64 { highest.withLock { $0 } }
}
