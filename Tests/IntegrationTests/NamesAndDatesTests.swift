import Foundation
import Glibc
import LinuxIO
import Testing

@testable import Jobs

/// Names that tell more than the source's own, and files that have the picture's date.
@Suite("Dates, numbers, cameras and labels in names")
struct NamesAndDatesTests {
    private static func pipeline(_ name: String, _ more: String = "", route: String? = nil) -> String {
        """
        version: 1
        renditions:
          s: { resize: { width: 16 }, format: jpeg }
        metadata: { keep: none }
        output: { name: "\(name)"\(route.map { ", route: '\($0)'" } ?? "") }
        \(more)

        """
    }

    private func outbox(_ scratch: Scratch, _ out: String = "out") throws -> [String] {
        try scratch.files(below: out).filter { !$0.hasSuffix(".json") }
    }

    private func tag(_ scratch: Scratch, _ path: String, _ tags: String...) async throws {
        let exiftool = try #require(Tool.exiftool.path)
        let result = try await runProgram(
            exiftool, ["-q", "-q", "-m", "-overwrite_original"] + tags + ["\(scratch.path)/\(path)"])
        #expect(result.exitCode == 0, "\(result)")
    }

    /// Seconds since 1970, of a moment in this machine's zone.
    private func seconds(_ text: String) -> Int {
        let numbers = text.split { !$0.isNumber }.compactMap { Int32($0) }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
        parts.tm_isdst = -1
        return mktime(&parts)
    }

    private func fill(_ scratch: Scratch, _ count: Int) throws {
        for index in 0..<count {
            let name = "in/d\(index % 2)/p\(index < 10 ? "0" : "")\(index).png"
            try scratch.writePicture(name, width: 40, height: 30, seed: UInt8(index))
        }
    }

    @Test(
        "date, camera and words for what is missing; explain, a dry run and the second run know them",
        .enabled(if: Tool.exiftool.isInstalled && Tool.vips.isInstalled))
    func facts() async throws {
        try await withScratch { scratch in
            try await scratch.convertPicture(to: "in/x/a.jpg")
            try await tag(
                scratch, "in/x/a.jpg", "-DateTimeOriginal=1999:07:14 13:14:15", "-Make=../../Ev/il\u{202E}",
                "-Model=M 1")
            try scratch.writePicture("in/b.png")
            try scratch.touch("in/b.png", seconds: seconds("2001-02-03T04:05:06"))
            let pipeline = Self.pipeline("{date:%Y-%m-%d_%H%M}_{make}_{model}_{stem}.{ext}")
            let arguments = try scratch.processArguments(pipeline: pipeline)
            let dry = try await runProgram(BuiltPrograms.sluice, arguments + ["--dry-run"])
            #expect(dry.output.contains("{date:%Y-%m-%d_%H%M}_{make}_{model}_b.jpg"), "\(dry)")
            let run = try await scratch.process(pipeline: pipeline)
            #expect(run.exitCode == 0, "\(run)")
            #expect(
                try outbox(scratch) == [
                    "2001-02-03_0405_unknown_unknown_b.jpg", "x/1999-07-14_1314_-..-Ev-il-_M 1_a.jpg",
                ])
            #expect(try scratch.exists("out/b.png.json") && scratch.exists("out/x/a.jpg.json"))
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 2)
            let explained = try await runProgram(
                BuiltPrograms.sluice,
                ["explain", "\(scratch.path)/in/x/a.jpg", "--pipeline", "\(scratch.path)/pipeline.yaml"])
            #expect(explained.output.contains(", 1999-07-14_1314_-..-Ev-il-_M 1_a.jpg"), "\(explained)")
        }
    }

    @Test("labels, as models give them")
    func labels() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 300, height: 200)
            let pipeline = Self.pipeline("{label}-{stem}.{ext}", "stages: [{ classify: { model: kind } }]")
            let run = try await scratch.process(pipeline: pipeline)
            #expect(run.exitCode == 0, "\(run)")
            let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("out/a.png.json")))
            let label = try #require(sidecar.stages.first?.classification?.label)
            #expect(try outbox(scratch) == ["\(label)-a.jpg"])
            let explained = try await runProgram(
                BuiltPrograms.sluice,
                ["explain", "\(scratch.path)/in/a.png", "--pipeline", "\(scratch.path)/pipeline.yaml"])
            #expect(explained.output.contains(", {kind.label}-a.jpg"), "\(explained)")
        }
    }

    @Test("numbers follow the sources' order in each folder, and stay: over runs, changes, and a lost journal")
    func counter() async throws {
        try await withScratch { scratch in
            try fill(scratch, 8)
            let pipeline = Self.pipeline("pic-{counter:3}.{ext}")
            #expect(try await scratch.process(pipeline: pipeline).exitCode == 0)
            let names = ["d0", "d1"].flatMap { folder in (1...4).map { "\(folder)/pic-00\($0).jpg" } }
            #expect(try outbox(scratch) == names)
            func rendition(_ source: String) throws -> String? {
                let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("out/\(source).json")))
                #expect(sidecar.renditions.first?.path.hasSuffix("\(sidecar.counter ?? 0).jpg") == true)
                return sidecar.renditions.first?.path
            }
            #expect(try rendition("d0/p00.png") == "d0/pic-001.jpg" && rendition("d1/p07.png") == "d1/pic-004.jpg")
            let before = try scratch.snapshot(below: "out")
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 8)
            // One that changes keeps its number, a new one gets the next, also where its name comes first.
            try scratch.writePicture("in/d0/p02.png", width: 44, height: 30, seed: 99)
            try scratch.writePicture("in/d0/a.png", seed: 98)
            #expect(try await scratch.process(pipeline: pipeline).report().published == 2)
            #expect(try rendition("d0/p02.png") == "d0/pic-002.jpg" && rendition("d0/a.png") == "d0/pic-005.jpg")
            #expect(try scratch.snapshot(below: "out")["d0/pic-001.jpg"] == before["d0/pic-001.jpg"])
            for ending in ["", "-wal", "-shm"] where try scratch.exists("out/.sluice/journal.sqlite\(ending)") {
                try scratch.remove("out/.sluice/journal.sqlite\(ending)")
            }
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 9)
            try scratch.writePicture("in/d0/b.png", seed: 97)
            #expect(try await scratch.process(pipeline: pipeline).report().published == 1)
            #expect(try rendition("d0/b.png") == "d0/pic-006.jpg")
            // With the same sources made anew everything is called as before.
            let names2 = try outbox(scratch)
            #expect(try await scratch.process("--overwrite", pipeline: pipeline).report().published == 10)
            #expect(try outbox(scratch) == names2 && rendition("d0/p02.png") == "d0/pic-002.jpg")
        }
    }

    @Test("numbers of foreign files are passed over, and nothing of theirs is touched")
    func foreign() async throws {
        try await withScratch { scratch in
            try fill(scratch, 4)
            for number in [1, 2, 4] { try scratch.write(text: "mine", to: "out/d0/\(number).jpg") }
            let run = try await scratch.process(pipeline: Self.pipeline("{counter}.{ext}"))
            #expect(run.exitCode == 0, "\(run)")
            #expect(
                try outbox(scratch) == [
                    "d0/1.jpg", "d0/2.jpg", "d0/3.jpg", "d0/4.jpg", "d0/5.jpg", "d1/1.jpg", "d1/2.jpg",
                ])
            for number in [1, 2, 4] { #expect(try scratch.read("out/d0/\(number).jpg") == Array("mine".utf8)) }
            #expect(try await scratch.process(pipeline: Self.pipeline("{counter}.{ext}")).report().unchanged == 4)
        }
    }

    @Test("killed again and again, every source ends with the number and the form that it has in a run without kills")
    func killedSupervisor() async throws {
        try await withScratch { scratch in
            try fill(scratch, 40)
            for index in 0..<10 {
                // Of the same stem: the one that comes first has the short name.
                try scratch.writePicture("in/d0/p\(index < 10 ? "0" : "")\(index).PNG", width: 41, seed: UInt8(index))
            }
            for template in ["{counter:2}-{date:%Y}.{ext}", "{make}_{stem}.{ext}"] {
                let pipeline = Self.pipeline(template)
                let (out, quiet) = ("out-\(template.count)", "quiet-\(template.count)")
                let undisturbed = try scratch.processArguments(pipeline: pipeline, out: quiet)
                #expect(try await runProgram(BuiltPrograms.sluice, undisturbed).exitCode == 0)
                let arguments = try scratch.processArguments(pipeline: pipeline, out: out)
                var random = SeededGenerator(state: 11)
                var kills = 0
                for _ in 0..<10 {
                    try await withProgram(BuiltPrograms.sluice, arguments) { program in
                        let moment = UInt32.random(in: 20_000...400_000, using: &random)
                        kills += try await onThread { killed(program, after: moment) }
                    }
                }
                #expect(kills > 0)
                let end = try await runProgram(BuiltPrograms.sluice, arguments + ["--json"])
                #expect(try end.exitCode == 0 && end.report().total == 50, "\(end)")
                #expect(try scratch.verifiedOutbox(out).count == 50)
                #expect(digests(try scratch.verifiedOutbox(out)) == digests(try scratch.verifiedOutbox(quiet)))
            }
        }
    }

    @Test("numbers below a route are those of its folders; a source that changes its folder has a number there")
    func routed() async throws {
        try await withScratch { scratch in
            try fill(scratch, 4)
            let pipeline = Self.pipeline(#"{counter}.{ext}", route: "{year}"#)
            #expect(try await scratch.process(pipeline: pipeline).exitCode == 0)
            let all = ["undated/d0/1.jpg", "undated/d0/2.jpg", "undated/d1/1.jpg", "undated/d1/2.jpg"]
            #expect(try outbox(scratch) == all)
            try scratch.write(text: CompanionTests.takeout, to: "in/d0/p00.png.json")
            try scratch.writePicture("in/d0/p00.png", width: 50, seed: 55)
            #expect(try await scratch.process(pipeline: pipeline).report().published == 1)
            #expect(try outbox(scratch).count == 4 && outbox(scratch).contains("2020/d0/1.jpg"))
            // What was its number stays nobody's.
            try scratch.writePicture("in/d0/new.png", seed: 77)
            #expect(try await scratch.process(pipeline: pipeline).report().published == 1)
            #expect(try outbox(scratch).contains("undated/d0/3.jpg"))
        }
    }

    @Test("shards that share an outbox give no number twice")
    func shards() async throws {
        try await withScratch { scratch in
            for folder in 0..<6 {
                for index in 0..<4 {
                    try scratch.writePicture("in/f\(folder)/p\(index).png", seed: UInt8(folder * 4 + index))
                }
            }
            let arguments = try scratch.processArguments(pipeline: Self.pipeline("{counter}.{ext}"))
            for shard in ["1/3", "2/3", "3/3"] {
                #expect(try await runProgram(BuiltPrograms.sluice, arguments + ["--shard", shard]).exitCode == 0)
            }
            #expect(try outbox(scratch) == (0..<6).flatMap { folder in (1...4).map { "f\(folder)/\($0).jpg" } })
            // Divided in another way: all of it is known.
            try scratch.writePicture("in/f3/p9.png", seed: 90)
            for shard in ["1/2", "2/2"] {
                #expect(try await runProgram(BuiltPrograms.sluice, arguments + ["--shard", shard]).exitCode == 0)
            }
            #expect(try outbox(scratch).count == 25 && outbox(scratch).contains("f3/5.jpg"))
        }
    }

    @Test("a watch that has forgotten its jobs knows numbers by the sidecars")
    func forgotten() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.write(text: Self.pipeline("{counter}.{ext}"), to: "Pipelines/cheap.yaml")
            let picture = Pictures.png(width: 40, height: 30)
            try await place.watched { program in
                for name in ["a", "b"] {
                    try scratch.drop(picture, at: "inbox/\(name).png")
                    try await place.expectSidecars(["\(name).png.json"], program)
                }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try place.sidecar("b.png.json").renditions.map(\.path) == ["2.jpg"])
            for ending in ["", "-wal", "-shm"] where try scratch.exists("journal.sqlite\(ending)") {
                try scratch.remove("journal.sqlite\(ending)")
            }
            try await place.watched { program in
                try scratch.drop(Pictures.png(width: 44, height: 30), at: "inbox/b.png")
                try await expectSoon { try place.sidecar("b.png.json").source.width == 44 }
                try scratch.drop(picture, at: "inbox/c.png")
                try await place.expectSidecars(["c.png.json"], program)
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try place.sidecar("b.png.json").renditions.map(\.path) == ["2.jpg"])
            #expect(try place.sidecar("c.png.json").renditions.map(\.path) == ["3.jpg"])
            try place.expectWholeOutbox()
        }
    }

    @Test(
        "dates: keep gives renditions the picture's date, else the source's; sidecars are of now",
        .enabled(if: Tool.exiftool.isInstalled && Tool.vips.isInstalled))
    func dates() async throws {
        try await withScratch { scratch in
            for name in ["zone", "local", "old"] { try await scratch.convertPicture(to: "in/\(name).jpg") }
            try await tag(
                scratch, "in/zone.jpg", "-DateTimeOriginal=1999:07:14 13:14:15", "-OffsetTimeOriginal=+05:30")
            try await tag(scratch, "in/local.jpg", "-DateTimeOriginal=2005:01:02 03:04:05")
            try await tag(scratch, "in/old.jpg", "-DateTimeOriginal=1901:12:31 00:00:00", "-OffsetTimeOriginal=+00:00")
            try scratch.writePicture("in/none.png")
            try scratch.touch("in/none.png", seconds: 981_173_106)
            let pipeline = Self.pipeline("{stem}.{ext}", "dates: keep")
            #expect(try await scratch.process(pipeline: pipeline).exitCode == 0)
            func times(_ out: String) throws -> [String: Int64] {
                try scratch.snapshot(below: out).mapValues { $0.mtime / 1_000_000_000 }
            }
            let found = try times("out")
            #expect(found["zone.jpg"] == 931_938_255)
            #expect(found["local.jpg"] == Int64(seconds("2005-01-02T03:04:05")))
            #expect(found["old.jpg"] == -2_146_003_200)
            #expect(found["none.jpg"] == 981_173_106)
            let now = Int64(Date().timeIntervalSince1970)
            for (name, time) in found where name.hasSuffix(".json") { #expect(abs(now - time) < 3600) }
            let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("out/zone.jpg.json")))
            #expect(sidecar.exif == nil && sidecar.warnings.isEmpty, "the date is the file's alone")
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 4)
            // Through kills.
            let arguments = try scratch.processArguments(pipeline: pipeline, out: "killed")
            var random = SeededGenerator(state: 3)
            for _ in 0..<5 {
                try await withProgram(BuiltPrograms.sluice, arguments) { program in
                    let moment = UInt32.random(in: 20_000...300_000, using: &random)
                    _ = try await onThread { killed(program, after: moment) }
                }
            }
            #expect(try await runProgram(BuiltPrograms.sluice, arguments).exitCode == 0)
            let pictures = try times("killed").filter { !$0.key.hasSuffix(".json") }
            #expect(pictures == found.filter { !$0.key.hasSuffix(".json") })
        }
    }

    @Test("a name that is too long, and one that two sources would have, are told")
    func failures() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/\(String(repeating: "n", count: 246)).png")
            try scratch.writePicture("in/a.png")
            let run = try await scratch.process(pipeline: Self.pipeline("{make}-{model}-{stem}.{ext}"))
            #expect(try run.exitCode == 65 && run.report().codes == ["name-too-long": 1], "\(run)")
            #expect(try outbox(scratch) == ["unknown-unknown-a.jpg"])
            try scratch.write(text: "mine", to: "out/unknown-a.jpg")
            let taken = try await scratch.process("--overwrite", pipeline: Self.pipeline("{make}-b.{stem}.{ext}"))
            #expect(try taken.report().published == 1, "\(taken)")
            let checked = try await runProgram(
                BuiltPrograms.sluice, ["check", "\(scratch.path)/pipeline.yaml"])
            #expect(checked.exitCode == 0)
        }
    }
}
