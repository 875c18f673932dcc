import Foundation
import Glibc
import Jobs
import LinuxIO
import Testing
import Text

@Suite("Recovery: work resumes where it stood")
struct RecoveryTests {
    static let six = """
        version: 1
        renditions:
          a: { resize: { width: 48 }, format: jpeg }
          b: { resize: { width: 40 }, format: png }
          c: { resize: { width: 32 }, format: webp }
          d: { resize: { width: 24, height: 24, fit: cover }, format: jpeg }
          e: { resize: { width: 16 }, format: tiff }
          f: { resize: { width: 8 }, format: gif }
        metadata: { keep: none }
        """

    @Test("a worker that dies after rendition 4 of 6 costs two renditions: the next attempt takes the four over")
    func takesOver() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 90, height: 70)
            // Were all six made again, this worker would die after the fourth in each of its three attempts.
            let crash = ["SLUICE_CRASH": "segfault@4:a.png"]
            let result = try await scratch.process(pipeline: Self.six, environment: crash)
            #expect(result.exitCode == 0, "\(result)")
            let sidecar = try #require(try scratch.verifiedOutbox()["a.png"])
            #expect(sidecar.renditions.map(\.name) == ["a", "b", "c", "d", "e", "f"])
            #expect(sidecar.stages.map(\.rendition) == ["a", "b", "c", "d", "e", "f"])
            #expect(sidecar.attempts == 2)
            let undisturbed = try scratch.processArguments(pipeline: Self.six, out: "undisturbed")
            #expect(try await runProgram(BuiltPrograms.sluice, undisturbed).exitCode == 0)
            let whole = try scratch.verifiedOutbox("undisturbed")
            #expect(digests(whole) == digests(["a.png": sidecar]))
        }
    }

    @Test("a supervisor that is killed with renditions in staging leaves them to the next one")
    func takesOverAfterKill() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 90, height: 70)
            let arguments = try scratch.processArguments(pipeline: Self.six)
            let hanging = ["SLUICE_CRASH": "hang@4:a.png"]
            var four: [String: FileFacts] = [:]
            try await withProgram(BuiltPrograms.sluice, arguments, environment: hanging) { program in
                let staged = "out/.sluice/staging/jobs/job-1"
                let came = try await eventually(within: 60) {
                    try scratch.exists("\(staged)/d.rendition.record")
                }
                try #require(came, "\(program.errorsSoFar)")
                four = try scratch.snapshot(below: staged)
            }
            let result = try await scratch.process(pipeline: Self.six)
            #expect(result.exitCode == 0, "\(result)")
            let sidecar = try #require(try scratch.verifiedOutbox()["a.png"])
            let files = try scratch.snapshot(below: "out")
            let inodes = sidecar.renditions.map { files[$0.path]?.inode }
            #expect(inodes.prefix(4) == ["a", "b", "c", "d"].map { four["\($0).rendition"]?.inode }[...])
            #expect(sidecar.attempts == 2)
        }
    }

    @Test(
        "what a power loss left in staging is believed by its digest only", arguments: ["content", "record", "partial"])
    func damagedStaging(what: String) async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 90, height: 70)
            let arguments = try scratch.processArguments(pipeline: Self.six)
            let staged = "out/.sluice/staging/jobs/job-1"
            try await withProgram(
                BuiltPrograms.sluice, arguments, environment: ["SLUICE_CRASH": "hang@4:a.png"]
            ) { program in
                let came = try await eventually(within: 60) { try scratch.exists("\(staged)/d.rendition.record") }
                try #require(came, "\(program.errorsSoFar)")
            }
            switch what {
            case "content":
                let size = try scratch.read("\(staged)/b.rendition").count
                try scratch.overwrite([UInt8](repeating: 0, count: size), at: "\(staged)/b.rendition")
            case "record": try scratch.overwrite([], at: "\(staged)/b.rendition.record")
            default: try scratch.write(text: "half", to: "\(staged)/e.rendition")
            }
            let result = try await scratch.process(pipeline: Self.six)
            #expect(result.exitCode == 0, "\(result)")
            #expect(try scratch.verifiedOutbox()["a.png"]?.renditions.count == 6)
        }
    }

    enum Loss: String, CaseIterable, CustomTestStringConvertible {
        case missing, rubbish, cutShort, damagedPage
        var testDescription: String { rawValue }

        func apply(to journal: String, in scratch: Scratch) throws {
            let bytes = try scratch.read(journal)
            switch self {
            case .missing: try scratch.remove(journal)
            case .rubbish: try scratch.write([UInt8](repeating: 0x55, count: 8192), to: journal)
            case .cutShort: try scratch.write(Array(bytes.prefix(5000)), to: journal)
            case .damagedPage:
                var damaged = bytes
                for index in 4096 * 2..<min(bytes.count, 4096 * 4) { damaged[index] = 0xAA }
                try scratch.write(damaged, to: journal)
            }
        }
    }

    @Test("case 9: process with its journal lost or damaged publishes nothing again", arguments: Loss.allCases)
    func processWithoutJournal(loss: Loss) async throws {
        try await withScratch { scratch in
            for name in ["a.png", "sub/b.png", "sub/c.png"] { try scratch.writePicture("in/\(name)", seed: 3) }
            let odd = Array("in/odd\u{e4}\\".utf8) + [0xFF, 0x2E, 0x70]
            try scratch.write(Pictures.png(width: 30, height: 30), to: odd)
            #expect(try await scratch.process().exitCode == 0)
            let before = try scratch.snapshot(below: "out")
            try loss.apply(to: "out/.sluice/journal.sqlite", in: scratch)
            let result = try await scratch.process()
            #expect(result.exitCode == 0, "\(result)")
            #expect(try result.report().unchanged == 4, "\(result)")
            #expect(try scratch.snapshot(below: "out") == before)
            let aside = try scratch.directory.openDirectory(Array("out/.sluice".utf8)).list()
                .filter { escaped($0.name).contains(".damaged-") }
            #expect(aside.count == (loss == .missing ? 0 : 1))
            if loss != .missing { #expect(result.errors.contains("damaged"), "\(result)") }
            // What is new is still done, under names that are nobody's.
            try scratch.writePicture("in/a.jpg", seed: 9)
            let next = try await scratch.process()
            #expect(try next.report().published == 1 && next.report().unchanged == 4, "\(next)")
            #expect(try scratch.verifiedOutbox()["a.jpg"]?.renditions.first?.path == "a.jpg.small.jpg")
        }
    }

    @Test("case 9: watch with its journal lost or damaged publishes nothing again", arguments: Loss.allCases)
    func watchWithoutJournal(loss: Loss) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.write(text: WatchedPlace.cheap + "after: keep\n", to: "Pipelines/cheap.yaml")
            for name in ["a.png", "sub/b.png"] { try scratch.writePicture("inbox/\(name)") }
            try await place.watched { program in
                try await place.expectSidecars(["a.png.json", "sub/b.png.json"], program)
                _ = await place.stop(program)
            }
            let before = try scratch.snapshot(below: "outbox")
            try loss.apply(to: "journal.sqlite", in: scratch)
            try await place.watched { program in
                try await place.settleAll(program)
                // A job is done before the last of it is cleared away.
                #expect(await place.stop(program).exitCode == 0)
            }
            let after = try scratch.snapshot(below: "outbox")
            #expect(before.allSatisfy { after[$0.key] == $0.value })
            try place.expectWholeOutbox()
        }
    }

    /// Kills sluice while it has `a.png`, and writes into the journal that this has happened so often.
    private func interrupt(_ times: Int, _ scratch: Scratch) async throws {
        try scratch.writePicture("in/a.png")
        let arguments = try scratch.processArguments()
        try await withProgram(BuiltPrograms.sluice, arguments, environment: ["SLUICE_CRASH": "hang:a.png"]) { program in
            let claimed = try await eventually(within: 60) {
                try await scratch.ask("out/.sluice/journal.sqlite", "SELECT state, attempts FROM job") == ["running\t1"]
            }
            try #require(claimed, "\(program.errorsSoFar)")
        }
        try await change(scratch, "UPDATE job SET attempts = \(times)")
        try scratch.writePicture("in/b.png")
    }

    private func change(_ scratch: Scratch, _ statement: String) async throws {
        let python = try #require(Tool.python3.path)
        let code = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()"
        let result = try await runProgram(
            python, ["-c", code, "\(scratch.path)/out/.sluice/journal.sqlite", statement])
        try #require(result.exitCode == 0, "\(result)")
    }

    @Test("a job that a kill has left without names ends with a reason, and holds nobody up")
    func nameless() async throws {
        try await withScratch { scratch in
            try await interrupt(1, scratch)
            try await change(scratch, "DELETE FROM output")
            let result = try await scratch.process()
            #expect(try result.report().codes == ["name-taken": 1], "\(result)")
            #expect(try Array(scratch.verifiedOutbox().keys) == ["b.png"])
            #expect(try await scratch.process().exitCode == 0)
            #expect(try scratch.verifiedOutbox().count == 2)
        }
    }

    @Test("a job that was running ten times when sluice went down is given up, and the others are done")
    func poison() async throws {
        try await withScratch { scratch in
            try await interrupt(10, scratch)
            let result = try await scratch.process(environment: ["SLUICE_CRASH": "hang:a.png"])
            #expect(result.exitCode == 65, "\(result)")
            #expect(try result.report().codes == ["interrupted": 1], "\(result)")
            #expect(try Array(scratch.verifiedOutbox().keys) == ["b.png"])
            #expect(try scratch.errorFile("a.png").attempts == 10)
            // Another run tries it again: what took sluice down may have been mended.
            #expect(try await scratch.process().exitCode == 0)
            #expect(try scratch.verifiedOutbox().count == 2)
        }
    }

    @Test("a job that was running several times when sluice went down waits until others are done")
    func suspect() async throws {
        try await withScratch { scratch in
            // It waits eight seconds: more than the other takes on the busiest machine.
            try await interrupt(6, scratch)
            #expect(try await scratch.process().exitCode == 0)
            let sidecars = try scratch.verifiedOutbox()
            let (suspect, other) = try (#require(sidecars["a.png"]), #require(sidecars["b.png"]))
            #expect(suspect.timing.started > other.timing.finished)
            #expect(suspect.attempts == 7)
        }
    }
}
