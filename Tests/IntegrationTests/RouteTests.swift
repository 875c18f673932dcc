import Foundation
import LinuxIO
import Testing

@testable import Jobs

@Suite("Routes and conditions, from the drop to the outbox")
struct RouteTests {
    /// What is told of a source by its header and its EXIF block alone.
    static let routed = """
        version: 1
        stages:
          - grayscale: { when: width > 50 }
        renditions:
          small: { resize: { width: 32 }, format: jpeg, when: "format != 'gif'" }
          tiny: { resize: { width: 16 }, format: png, when: width > 50 }
        metadata: { keep: none }
        output: { route: "by {format}/{year}" }
        """

    private func outbox(_ scratch: Scratch, _ out: String = "out") throws -> Set<String> {
        try Set(scratch.files(below: out))
    }

    /// The outbox is what its sidecars tell, and nothing else.
    private func sidecars(_ scratch: Scratch, _ out: String = "out") throws -> [String: Sidecar] {
        var sidecars: [String: Sidecar] = [:]
        var expected: Set<String> = []
        for name in try outbox(scratch, out) where name.hasSuffix(".json") {
            let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("\(out)/\(name)")))
            #expect(sidecars[sidecar.source.path] == nil, "two sidecars of \(sidecar.source.path)")
            #expect(name == (sidecar.route.map { "\($0)/" } ?? "") + "\(sidecar.source.path).json")
            sidecars[sidecar.source.path] = sidecar
            expected.formUnion([name] + sidecar.renditions.map(\.path))
        }
        #expect(try outbox(scratch, out) == expected)
        return sidecars
    }

    @Test("results lie where the route says, without the renditions and stages whose condition does not hold")
    func route() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/sub/large.png", width: 60, height: 40)
            try scratch.writePicture("in/narrow.png", width: 40, height: 60)
            let result = try await scratch.process(pipeline: Self.routed)
            #expect(result.exitCode == 0, "\(result)")
            #expect(try result.report().renditions == 3)
            let sidecars = try sidecars(scratch)
            let large = try #require(sidecars["sub/large.png"])
            #expect(large.route == "by png/undated")
            #expect(
                large.renditions.map(\.path)
                    == ["by png/undated/sub/large.small.jpg", "by png/undated/sub/large.tiny.png"])
            #expect(large.stages.first?.details["skipped"] == nil)
            let narrow = try #require(sidecars["narrow.png"])
            #expect(narrow.renditions.map(\.path) == ["by png/undated/narrow.small.jpg"])
            #expect(narrow.stages.first?.details["skipped"] == "when")
            // Nothing to do any more.
            let again = try await scratch.process(pipeline: Self.routed)
            #expect(try again.report().unchanged == 2, "\(again)")
            // Looked at by its content: it was only touched.
            try scratch.writePicture("in/narrow.png", width: 40, height: 60)
            let before = try scratch.snapshot(below: "out")
            let touched = try await scratch.process(pipeline: Self.routed)
            #expect(try touched.report().unchanged == 2, "\(touched)")
            #expect(try scratch.snapshot(below: "out") == before)
        }
    }

    @Test("a source that changes its route leaves nothing where it was", .enabled(if: Tool.vips.path != nil))
    func changedRoute() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            #expect(try await scratch.process(pipeline: Self.routed).exitCode == 0)
            #expect(try outbox(scratch).contains("by png/undated/a.png.json"))
            try await scratch.convertPicture(to: "other.gif")
            try scratch.write(scratch.read("other.gif"), to: "in/a.png")
            let result = try await scratch.process(pipeline: Self.routed)
            #expect(result.exitCode == 0, "\(result)")
            #expect(try outbox(scratch) == ["by gif/undated/a.png.json", "by gif/undated/a.tiny.png"])
            // And back, everything anew.
            try scratch.writePicture("in/a.png", seed: 4)
            #expect(try await scratch.process("--overwrite", pipeline: Self.routed).exitCode == 0)
            #expect(try sidecars(scratch)["a.png"]?.renditions.map(\.name) == ["small", "tiny"])
        }
    }

    @Test("a rendition that is no longer made goes, without a route too")
    func lostRendition() async throws {
        let pipeline = Self.routed.replacing("output:", with: "#")
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 60)
            #expect(try await scratch.process(pipeline: pipeline).exitCode == 0)
            #expect(try outbox(scratch) == ["a.png.json", "a.small.jpg", "a.tiny.png"])
            try scratch.writePicture("in/a.png", width: 40)
            #expect(try await scratch.process(pipeline: pipeline).exitCode == 0)
            #expect(try outbox(scratch) == ["a.png.json", "a.small.jpg"])
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 1)
            try scratch.writePicture("in/a.png", width: 70)
            #expect(try await scratch.process(pipeline: pipeline).exitCode == 0)
            #expect(try sidecars(scratch)["a.png"]?.renditions.count == 2)
        }
    }

    @Test("conditions that leave no rendition leave a sidecar")
    func nothingMade() async throws {
        let pipeline = Self.routed.replacing("format != 'gif'", with: "false").replacing("width > 50", with: "false")
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let result = try await scratch.process(pipeline: pipeline)
            #expect(result.exitCode == 0, "\(result)")
            #expect(try outbox(scratch) == ["by png/undated/a.png.json"])
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 1)
        }
    }

    @Test("names stay unique: the second of two sources gets the long form, a foreign file is not touched")
    func uniqueNames() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.writePicture("in/a.PNG", seed: 2)
            try scratch.writePicture("in/b.png", seed: 3)
            try scratch.write(text: "mine", to: "out/by png/undated/b.small.jpg")
            let result = try await scratch.process(pipeline: Self.routed)
            #expect(result.exitCode == 65, "\(result)")
            #expect(try result.report().codes == ["name-taken": 1])
            #expect(try scratch.read("out/by png/undated/b.small.jpg") == Array("mine".utf8))
            let names = try outbox(scratch)
            #expect(names.count == 7)
            #expect(names.contains("by png/undated/a.small.jpg"))
            #expect(
                names.contains("by png/undated/a.png.small.jpg") != names.contains("by png/undated/a.PNG.small.jpg"))
            // The name is free: the next run takes it.
            try scratch.remove("out/by png/undated/b.small.jpg")
            let next = try await scratch.process(pipeline: Self.routed)
            #expect(try next.exitCode == 0 && next.report().published == 1, "\(next)")
            #expect(try outbox(scratch).count == 9)
        }
    }

    @Test("a lost journal finds routed results again")
    func lostJournal() async throws {
        try await withScratch { scratch in
            for name in ["a.png", "sub/b.png"] { try scratch.writePicture("in/\(name)", seed: 3) }
            #expect(try await scratch.process(pipeline: Self.routed).exitCode == 0)
            let before = try scratch.snapshot(below: "out")
            for ending in ["", "-wal", "-shm"] where try scratch.exists("out/.sluice/journal.sqlite\(ending)") {
                try scratch.remove("out/.sluice/journal.sqlite\(ending)")
            }
            let result = try await scratch.process(pipeline: Self.routed)
            #expect(try result.report().unchanged == 2, "\(result)")
            #expect(try scratch.snapshot(below: "out") == before)
        }
    }

    @Test("a worker that dies between renditions of a routed job costs nothing that was made")
    func resumed() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 90, height: 70)
            // Were all three made again, this worker would die in each of its attempts.
            let crash = ["SLUICE_CRASH": "segfault@2:a.png"]
            let three = Self.routed.replacing(
                "metadata:", with: "  last: { format: webp, when: width > 80 }\nmetadata:")
            let result = try await scratch.process(pipeline: three, environment: crash)
            #expect(result.exitCode == 0, "\(result)")
            let sidecar = try #require(try sidecars(scratch)["a.png"])
            #expect(sidecar.renditions.map(\.name) == ["small", "tiny", "last"] && sidecar.attempts == 2)
            #expect(sidecar.route == "by png/undated")
        }
    }

    @Test("a watermark with a condition comes along to the worker that needs it")
    func watermark() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("mark.png", width: 8, height: 8, seed: 7)
            for (name, width) in [("wide", 60), ("small", 40)] {
                try scratch.writePicture("in/\(name).png", width: width)
            }
            let pipeline = """
                version: 1
                stages: [{ watermark: { picture: mark.png, when: width > 50 } }]
                renditions: { a: { format: png } }
                """
            let result = try await scratch.process(pipeline: pipeline)
            #expect(result.exitCode == 0, "\(result)")
            let sidecars = try sidecars(scratch)
            #expect(sidecars["wide.png"]?.stages.first?.details["skipped"] == nil)
            #expect(sidecars["small.png"]?.stages.first?.details["skipped"] == "when")
        }
    }

    @Test("a dry run and explain say what is known before")
    func forecasts() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 40)
            let arguments = try scratch.processArguments(pipeline: Self.routed)
            let dry = try await runProgram(BuiltPrograms.sluice, arguments + ["--dry-run"])
            #expect(dry.output.contains("below 'by {format}/{year}'"), "\(dry)")
            let explained = try await runProgram(
                BuiltPrograms.sluice,
                ["explain", "\(scratch.path)/in/a.png", "--pipeline", "\(scratch.path)/pipeline.yaml"])
            #expect(explained.exitCode == 0, "\(explained)")
            for words in [
                "grayscale when width > 50: false, so it is skipped",
                "rendition small when format != 'gif': true", "route by png/undated",
            ] {
                #expect(explained.output.contains(words), "\(explained)")
            }
            #expect(!explained.output.contains("  tiny: png"), "\(explained)")
        }
    }
}
