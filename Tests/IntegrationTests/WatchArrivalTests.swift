import Glibc
import Jobs
import LinuxIO
import Testing

@Suite("sluice watch: what lands in an inbox", .enabled(if: Tool.python3.isInstalled))
struct WatchArrivalTests {
    enum Arrival: String, CaseIterable {
        case copied, renamed, asRsync, slowly, renamedWhileOpen
    }

    @Test(
        "case 19: a picture comes out once, whole, however it came, slow writers and early renames too",
        arguments: Arrival.allCases)
    func arrival(_ arrival: Arrival) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let bytes = Pictures.png(width: 60, height: 40)
            try await place.watched { program in
                switch arrival {
                case .copied: try scratch.drop(bytes, at: "inbox/a.png")
                case .renamed:
                    try scratch.drop(bytes, at: "a.png")
                    try scratch.move("a.png", to: "inbox/a.png")
                case .asRsync:
                    try scratch.drop(bytes, at: "inbox/.a.png.x7Gq1f")
                    try scratch.move("inbox/.a.png.x7Gq1f", to: "inbox/a.png")
                case .slowly:
                    let file = try OpenFile("\(scratch.path)/inbox/a.png")
                    try file.write(bytes.prefix(bytes.count / 2))
                    try await place.settleAll(program)
                    #expect(try !scratch.exists("outbox/a.png.json"))
                    try file.write(bytes.dropFirst(bytes.count / 2))
                case .renamedWhileOpen:
                    let file = try OpenFile("\(scratch.path)/inbox/a.png.part")
                    try file.write(bytes.prefix(bytes.count / 2))
                    try scratch.move("inbox/a.png.part", to: "inbox/a.png")
                    try await place.settleAll(program)
                    #expect(try !scratch.exists("outbox/a.png.json"))
                    try file.write(bytes.dropFirst(bytes.count / 2))
                }
                try await place.expectSidecars(["a.png.json"], program)
                try await place.settleAll(program)
                #expect(try place.sidecar("a.png.json").source.sha256 == sha256(bytes))
                #expect(try scratch.read("archive/a.png") == bytes)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                #expect(try await place.states(of: "a.png") == ["done"])
                #expect(await place.stop(program).exitCode == 0)
            }
            try place.expectWholeOutbox()
        }
    }

    @Test("sub-folders are mirrored; temporary names are left alone")
    func tree() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, inboxes: ["main: { path: inbox, pipeline: cheap, \(WatchedPlace.quick), ignore: [\"*.bak\"] }"]
            )
            let left = [".hidden.png", "a.png.part", "a.png~", "b.bak", "sub/c.crdownload", "@eaDir/d.png"]
            try await place.watched { program in
                for path in left + ["sub/deep/a.png", "sub/b.png"] {
                    try scratch.writePicture("inbox/\(path)")
                }
                try await place.expectSidecars(["sub/deep/a.png.json", "sub/b.png.json"], program)
                try await place.settleAll(program)
                let rest = try await eventually {
                    try scratch.files(below: "inbox", hidden: true).filter { !$0.hasPrefix("marker") } == left.sorted()
                }
                #expect(rest)
                let archived = try scratch.files(below: "archive").filter { !$0.hasPrefix("marker") }
                #expect(archived == ["sub/b.png", "sub/deep/a.png"])
                #expect(try scratch.exists("outbox/sub/deep/a.small.png"))
            }
        }
    }

    @Test("each inbox has its pipeline, its folder, and its own way with sources")
    func inboxes() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch,
                inboxes: [
                    "one: { path: in/one, pipeline: cheap, after: archive, \(WatchedPlace.quick) }",
                    "two: { path: in/two, pipeline: other, after: delete, \(WatchedPlace.quick) }",
                    "three: { path: in/three, pipeline: cheap, after: keep, outbox: third, \(WatchedPlace.quick) }",
                ])
            try scratch.write(
                text: "version: 1\nrenditions: { big: { format: jpeg } }\n", to: "Pipelines/other.yaml")
            try await place.watched { program in
                for inbox in ["one", "two", "three"] { try scratch.writePicture("in/\(inbox)/sub/a.png") }
                try await place.expectSidecars(
                    ["one/sub/a.png.json", "two/sub/a.png.json", "third/sub/a.png.json"], program)
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(
                try scratch.files(below: "outbox") == [
                    "one/sub/a.png.json", "one/sub/a.small.png", "third/sub/a.png.json", "third/sub/a.small.png",
                    "two/sub/a.big.jpg", "two/sub/a.png.json",
                ])
            #expect(try scratch.files(below: "archive") == ["one/sub/a.png"])
            #expect(try scratch.files(below: "in") == ["three/sub/a.png"])
            // What is kept is known at the next start.
            let before = try scratch.snapshot(below: "outbox")
            try await place.watched { program in
                try await place.settleAll(program, inbox: "in/three")
                #expect(await place.stop(program).exitCode == 0)
            }
            let after = try scratch.snapshot(below: "outbox").filter { !$0.key.contains("marker") }
            #expect(after == before)
        }
    }

    @Test("the same path again: the archive keeps both, the results are the new one's")
    func again() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let (old, new) = (Pictures.png(width: 30, height: 30), Pictures.png(width: 40, height: 30, seed: 1))
            try await place.watched { program in
                try scratch.drop(old, at: "inbox/a.png")
                let first = try await eventually { try scratch.exists("archive/a.png") }
                #expect(first)
                try scratch.drop(new, at: "inbox/a.png")
                let second = try await eventually { try scratch.exists("archive/a~2.png") }
                #expect(second, "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.read("archive/a.png") == old)
            #expect(try scratch.read("archive/a~2.png") == new)
            #expect(try scratch.files(below: "outbox") == ["a.png.json", "a.small.png"])
            #expect(try place.sidecar("a.png.json").source.sha256 == sha256(new))
            try place.expectWholeOutbox()
        }
    }

    @Test("a source that is put back from the archive or the quarantine is taken again")
    func putBack() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try scratch.writePicture("inbox/a.png")
                try scratch.drop(Array("no picture".utf8), at: "inbox/b.png")
                for round in 1...2 {
                    let came = try await eventually {
                        try scratch.exists("archive/a.png") && scratch.exists("quarantine/b.png")
                            && scratch.files(below: "inbox").isEmpty
                    }
                    #expect(came, "\(program.errorsSoFar)")
                    if round == 2 { break }
                    try scratch.move("archive/a.png", to: "inbox/a.png")
                    try scratch.move("quarantine/b.png", to: "inbox/b.png")
                }
                try await expectSoon { try await place.states(of: "a.png") == ["done", "done"] }
                #expect(try await place.states(of: "b.png") == ["superseded", "quarantined"])
            }
            try place.expectWholeOutbox()
        }
    }

    @Test("case 13: an inbox that is removed and made again goes on")
    func inboxMadeAgain() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try scratch.writePicture("inbox/a.png")
                try await place.expectSidecars(["a.png.json"], program)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                #expect(rmdir("\(scratch.path)/inbox") == 0)
                await expectSoon { program.errorsSoFar.contains("an inbox is gone") }
                try scratch.writePicture("inbox/sub/b.png")
                try await place.expectSidecars(["sub/b.png.json"], program)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                // At once another directory in its place.
                try scratch.move("inbox", to: "old")
                try scratch.writePicture("inbox/c.png")
                try await place.expectSidecars(["c.png.json"], program)
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.files(below: "archive") == ["a.png", "c.png", "sub/b.png"])
        }
    }

    @Test("case 20: a source that is replaced while it is worked on, or waits: the new content is what comes out")
    func replaced() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 1")
            let (running, waiting) = (Pictures.png(width: 20, height: 20), Pictures.png(width: 22, height: 20))
            try await place.watched { program in
                let held = try await place.holdWorkers(of: program)
                try scratch.writePicture("inbox/running.png", width: 40, height: 30)
                try await place.expectState("running", of: "running.png", program)
                // Two more are claimed; they wait for the only worker.
                for name in ["next-1.png", "next-2.png"] {
                    try scratch.writePicture("inbox/\(name)", width: 40, height: 31)
                    try await place.expectState("running", of: name, program)
                }
                try scratch.writePicture("inbox/waiting.png", width: 40, height: 32)
                try await place.expectState("queued", of: "waiting.png", program)
                try scratch.drop(waiting, at: "waiting.png")
                try scratch.move("waiting.png", to: "inbox/waiting.png")
                try scratch.drop(running, at: "inbox/running.png")
                held.release()
                let done = try await eventually {
                    try scratch.exists("archive/running.png") && scratch.exists("archive/waiting.png")
                }
                #expect(done, "\(program.errorsSoFar)")
                #expect(!program.errorsSoFar.contains("paused"), "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try place.sidecar("running.png.json").source.sha256 == sha256(running))
            #expect(try place.sidecar("waiting.png.json").source.sha256 == sha256(waiting))
            let archived = try scratch.files(below: "archive").filter { !$0.hasPrefix("marker") }
            #expect(archived == ["next-1.png", "next-2.png", "running.png", "waiting.png"])
            #expect(try await place.states(of: "running.png") == ["superseded", "done"])
            let states = try await place.states(of: "waiting.png")
            #expect(states == ["superseded", "done"])
            #expect(try scratch.files(below: "quarantine").isEmpty)
            try place.expectWholeOutbox()
        }
    }
}
