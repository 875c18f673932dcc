import Foundation
import Jobs
import Testing

@Suite("Cameras' RAW files", .enabled(if: Tool.python3.isInstalled && Tool.vips.isInstalled, "they make the files"))
struct RAWProcessTests {
    private static let maker = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Folders/dng.py").path

    private func makeDNG(_ scratch: Scratch, _ name: String, _ more: [String] = []) async throws {
        let python = try #require(Tool.python3.path)
        let result = try await runProgram(python, [Self.maker, "\(scratch.path)/in/\(name)", "600", "400"] + more)
        try #require(result.exitCode == 0, "\(result)")
    }

    private func pipeline(_ raw: String, width: Int = 500) -> String {
        """
        version: 1
        raw: \(raw)
        stages: [autorotate]
        renditions:
          a: { resize: \(width), format: jpeg }
          b: { resize: 100, format: png }
        sidecar: { exif: all }
        """
    }

    @Test("are published from the embedded picture where that is enough, else developed; the sidecar says which")
    func auto() async throws {
        try await withScratch { scratch in
            try await scratch.convertPicture(to: "large.jpg", width: 600, height: 400)
            try await scratch.convertPicture(to: "small.jpg", width: 300, height: 200)
            try scratch.makeDirectory("in")
            try await makeDNG(scratch, "large.dng", ["--jpeg", "\(scratch.path)/large.jpg", "--orientation", "6"])
            try await makeDNG(scratch, "small.dng", ["--jpeg", "\(scratch.path)/small.jpg"])
            let result = try await scratch.process(pipeline: pipeline("auto"))
            guard result.exitCode == 0 || !result.errors.contains("LibRaw") else {
                print("skipped: LibRaw is not installed")
                return
            }
            #expect(result.exitCode == 0, "\(result)")
            let sidecars = try scratch.verifiedOutbox()
            let large = try #require(sidecars["large.dng"])
            let small = try #require(sidecars["small.dng"])
            #expect(large.source.raw == "preview 600×400" && small.source.raw == "developed")
            #expect([large, small].allSatisfy { $0.source.format == .raw && $0.warnings.isEmpty })
            let first = try #require(large.renditions.first)
            #expect(first.width == 333 && first.height == 500, "turned as the file says")
            #expect([large, small].allSatisfy { $0.exif?.lens == "35mm F1.8" })
            let explained = try await sluice(
                "explain", "\(scratch.path)/in/large.dng", "-p", "\(scratch.path)/pipeline.yaml")
            #expect(explained.output.contains("RAW: preview 600×400"), "\(explained)")
            // Half the sensor's size is enough now; nothing is to be done a second time.
            let half = try await scratch.process(pipeline: pipeline("develop", width: 250))
            #expect(half.exitCode == 0, "\(half)")
            #expect(try scratch.verifiedOutbox()["small.dng"]?.source.raw == "developed at half size")
            let again = try await scratch.process(pipeline: pipeline("develop", width: 250))
            #expect(try again.report().unchanged == 2)
        }
    }

    @Test("are failures where the pipeline wants none, or a picture that is not there, or ends early")
    func refused() async throws {
        try await withScratch { scratch in
            try scratch.makeDirectory("in")
            try await makeDNG(scratch, "whole.dng")
            try await makeDNG(scratch, "cut.dng", ["--cut", "200000"])
            for (rule, words) in [
                ("refuse", "refuses RAW files (raw: refuse)"), ("preview", "without an embedded picture"),
            ] {
                let result = try await scratch.process(pipeline: pipeline(rule))
                #expect(result.exitCode == 65, "\(result)")
                #expect(result.errors.contains(words), "\(result)")
            }
            let result = try await scratch.process("--others", "leave", pipeline: pipeline("auto"))
            #expect(result.exitCode == 65 && result.errors.contains("cut.dng: truncated"), "\(result)")
        }
    }
}
