import Foundation
import Glibc
import LinuxIO
import Testing

@testable import Jobs

/// `sidecar: { where: … }`: the mark that all results are there need not lie beside them.
@Suite("Sidecars in a folder of their own, or none")
struct SidecarPlaceTests {
    static func pipeline(_ place: String, _ more: String = "") -> String {
        Scratch.quickPipeline + "\nsidecar: { where: \(place) }\n\(more)"
    }

    /// Where the sidecars of a place are, below the outbox.
    static func folder(_ place: String) -> String { place == "none" ? ".sluice/sidecars" : place }

    private func fill(_ scratch: Scratch, _ count: Int = 6) throws {
        for index in 0..<count {
            try scratch.writePicture("in/d\(index % 3)/p\(index).png", width: 40, height: 30, seed: UInt8(index))
        }
    }

    /// The sidecars of a folder, by their sources' paths: all that they tell of is there, whole, and nothing else.
    @discardableResult
    private func verified(_ scratch: Scratch, _ place: String) throws -> [String: Sidecar] {
        let folder = Self.folder(place)
        var sidecars: [String: Sidecar] = [:]
        var expected: Set<String> = []
        let files = try scratch.snapshot(below: "out", hidden: true).filter {
            !$0.key.hasPrefix(".sluice/") || $0.key.hasPrefix(".sluice/sidecars/")
        }
        for name in files.keys where name.hasSuffix(".json") {
            let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("out/\(name)")))
            #expect(name == "\(folder)/\(sidecar.source.path).json" && sidecar.folder == folder)
            sidecars[sidecar.source.path] = sidecar
            expected.insert(name)
            for file in sidecar.files {
                expected.insert(file.path)
                #expect(files[file.path]?.sha256 == file.sha256, "\(file.path)")
            }
        }
        #expect(Set(files.keys) == expected)
        return sidecars
    }

    private func loseJournal(_ scratch: Scratch) throws {
        for ending in ["", "-wal", "-shm"] where try scratch.exists("out/.sluice/journal.sqlite\(ending)") {
            try scratch.remove("out/.sluice/journal.sqlite\(ending)")
        }
    }

    @Test(
        "found by the second run, by a run without its journal, and by the report",
        arguments: ["none", "sidecars", "for/sluice", ".hidden"])
    func found(place: String) async throws {
        try await withScratch { scratch in
            try fill(scratch)
            let pipeline = Self.pipeline(place)
            let first = try await scratch.process(pipeline: pipeline)
            #expect(first.exitCode == 0, "\(first)")
            #expect(try verified(scratch, place).count == 6)
            let before = try scratch.snapshot(below: "out")
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 6)
            try loseJournal(scratch)
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 6)
            #expect(try scratch.snapshot(below: "out") == before)
            let report = try await runProgram(
                BuiltPrograms.sluice, ["report", "\(scratch.path)/out", "--out", "\(scratch.path)/r.html", "--json"])
            #expect(report.output.contains("\"pictures\":6") || report.output.contains("\"pictures\" : 6"), "\(report)")
            // A source that changes has its results replaced.
            try scratch.writePicture("in/d0/p0.png", width: 50, height: 30, seed: 77)
            #expect(try await scratch.process(pipeline: pipeline).report().published == 1)
            #expect(try verified(scratch, place)["d0/p0.png"]?.source.width == 50)
        }
    }

    @Test("what only Sluice reads is readable by nobody else")
    func hidden() async throws {
        try await withScratch { scratch in
            try fill(scratch, 1)
            #expect(try await scratch.process(pipeline: Self.pipeline("none")).exitCode == 0)
            var status = stat()
            #expect(stat("\(scratch.path)/out/.sluice/sidecars", &status) == 0 && status.st_mode & 0o777 == 0o700)
        }
    }

    @Test("a folder of their own stands above the route: what is served need not hold them")
    func besideRoute() async throws {
        try await withScratch { scratch in
            try fill(scratch, 3)
            let pipeline = Self.pipeline("private", #"output: { route: "public/{format}" }"#)
            let run = try await scratch.process(pipeline: pipeline)
            #expect(run.exitCode == 0, "\(run)")
            #expect(try scratch.files(below: "out/private") == ["d0/p0.png.json", "d1/p1.png.json", "d2/p2.png.json"])
            #expect(try scratch.files(below: "out/public").allSatisfy { !$0.hasSuffix(".json") })
            try loseJournal(scratch)
            #expect(try await scratch.process(pipeline: pipeline).report().unchanged == 3)
        }
    }

    @Test("with another place the old sidecars go, and results stay whole through kills")
    func moved() async throws {
        try await withScratch { scratch in
            try fill(scratch, 20)
            let places = ["sidecars", "none", "elsewhere/deep", "sidecars"]
            var random = SeededGenerator(state: 42)
            for (index, place) in places.enumerated() {
                let arguments = try scratch.processArguments(pipeline: Self.pipeline(place))
                for _ in 0..<(index == 0 ? 0 : 4) {
                    try await withProgram(BuiltPrograms.sluice, arguments) { program in
                        let moment = UInt32.random(in: 40_000...300_000, using: &random)
                        _ = try await onThread { killed(program, after: moment) }
                    }
                    try everySidecarIsComplete(scratch)
                }
                let run = try await scratch.process(pipeline: Self.pipeline(place))
                #expect(run.exitCode == 0, "\(run)")
                #expect(try verified(scratch, place).count == 20)
            }
            // Back beside them.
            #expect(try await scratch.process().exitCode == 0)
            #expect(try scratch.verifiedOutbox().count == 20)
        }
    }

    /// At any moment: where a sidecar stands, all that it tells of is there, whole.
    private func everySidecarIsComplete(_ scratch: Scratch) throws {
        let files = try scratch.snapshot(below: "out", hidden: true)
        for name in files.keys where name.hasSuffix(".json") && !name.hasPrefix(".sluice/staging") {
            let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("out/\(name)")))
            for rendition in sidecar.renditions {
                #expect(files[rendition.path]?.sha256 == rendition.sha256, "\(name): \(rendition.path)")
            }
        }
    }

    @Test("loses and doubles nothing when it is killed again and again", arguments: ["none", "sidecars"])
    func surviving(place: String) async throws {
        try await withScratch { scratch in
            try fill(scratch, 40)
            let arguments = try scratch.processArguments(pipeline: Self.pipeline(place))
            var random = SeededGenerator(state: 7)
            for _ in 0..<8 {
                try await withProgram(BuiltPrograms.sluice, arguments) { program in
                    let moment = UInt32.random(in: 20_000...350_000, using: &random)
                    _ = try await onThread { killed(program, after: moment) }
                }
                if try scratch.exists("out") { try everySidecarIsComplete(scratch) }
            }
            let result = try await scratch.process(pipeline: Self.pipeline(place))
            #expect(try result.exitCode == 0 && result.report().total == 40, "\(result)")
            #expect(try verified(scratch, place).count == 40)
        }
    }

    @Test("two inboxes of a watch, each with its own place; a lost journal is filled from both")
    func watched() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch,
                inboxes: [
                    "one: { path: inbox, pipeline: one, after: keep, \(WatchedPlace.quick) }",
                    "two: { path: inbox2, pipeline: two, after: keep, \(WatchedPlace.quick) }",
                ])
            for (name, folder) in [("one", "none"), ("two", "told")] {
                try scratch.write(
                    text: WatchedPlace.cheap + "sidecar: { where: \(folder) }\n", to: "Pipelines/\(name).yaml")
            }
            try scratch.makeDirectory("inbox2")
            let picture = Pictures.png(width: 40, height: 30)
            let sidecars = [".sluice/sidecars/one/a.png.json", "told/two/a.png.json"]
            try await place.watched { program in
                try scratch.drop(picture, at: "inbox/a.png")
                try scratch.drop(picture, at: "inbox2/a.png")
                try await place.expectSidecars(sidecars, program)
                #expect(await place.stop(program).exitCode == 0)
            }
            let before = try scratch.snapshot(below: "outbox", hidden: true)
            #expect(Set(before.keys) == Set(sidecars + ["one/a.small.png", "two/a.small.png"]))
            for ending in ["", "-wal", "-shm"] where try scratch.exists("journal.sqlite\(ending)") {
                try scratch.remove("journal.sqlite\(ending)")
            }
            try await place.watched { program in
                try await expectSoon { try await place.states(of: "a.png").filter { $0 == "done" }.count == 4 }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.snapshot(below: "outbox", hidden: true) == before)
        }
    }
}
