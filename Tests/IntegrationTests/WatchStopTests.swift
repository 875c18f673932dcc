import Glibc
import Jobs
import LinuxIO
import Testing

@Suite("sluice watch: stopping, dying, going on", .enabled(if: Tool.python3.isInstalled))
struct WatchStopTests {
    private static let slowInbox = ["main: { path: inbox, pipeline: slow, \(WatchedPlace.quick) }"]

    @Test("SIGTERM finishes what runs, ends with 0, and leaves the rest for the next start")
    func drain() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, inboxes: Self.slowInbox, more: "workers: 1\ndrain: 10m")
            let names = ["a.png", "b.png", "c.png", "d.png"]
            func archived() throws -> [String] {
                try scratch.files(below: "archive").filter { !$0.hasPrefix("marker") }
            }
            try await place.watched { program in
                let held = try await place.holdWorkers(of: program)
                for name in names { try scratch.writePicture("inbox/\(name)") }
                // Three are claimed: one is with the worker, two wait for it and go back.
                let running = "SELECT count(*) FROM job WHERE state = 'running'"
                try await expectSoon { try await place.journal(running) == ["3"] }
                program.signal(SIGTERM)
                await expectSoon { program.errorsSoFar.contains("stopping") }
                held.release()
                let result = await program.wait()
                #expect(result.exitCode == 0, "\(result)")
            }
            try place.expectWholeOutbox()
            let first = try scratch.snapshot(below: "outbox")
            let waiting = try scratch.files(below: "inbox")
            #expect(waiting.count == 3, "what runs was finished, nothing more was begun: \(waiting)")
            #expect(try (archived() + waiting).sorted() == names)

            try await place.watched { program in
                try await place.expectSidecars(names.map { "\($0).json" }, program)
                #expect(await place.stop(program).exitCode == 0)
            }
            try place.expectWholeOutbox()
            let second = try scratch.snapshot(below: "outbox")
            let kept = second.filter { first[$0.key] != nil }
            #expect(kept == first, "done twice")
            #expect(try archived() == names)
        }
    }

    @Test("SIGTERM while a worker hangs ends after the drain time; the source is done at the next start")
    func drainOfAHang() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "drain: 1s")
            try await place.watched(environment: ["SLUICE_CRASH": "hang:stuck"]) { program in
                try scratch.writePicture("inbox/stuck.png")
                try await expectSoon { try await place.states(of: "stuck.png") == ["running"] }
                let result = await place.stop(program)
                #expect(result.exitCode == 0, "\(result)")
            }
            #expect(try scratch.files(below: "inbox") == ["stuck.png"])
            #expect(try scratch.files(below: "outbox").isEmpty)
            try await place.watched { program in
                try await place.expectSidecars(["stuck.png.json"], program)
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try place.sidecar("stuck.png.json").attempts == 1)
            #expect(try scratch.files(below: "archive") == ["stuck.png"])
            try place.expectWholeOutbox()
        }
    }

    @Test("SIGTERM does not wait for a long line, and a start with one is stopped as quickly")
    func longLine() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "drain: 1s\nworkers: 1")
            let names = try place.dropLongLine()
            // The second start finds more in the journal than it holds in memory.
            for _ in 1...2 {
                try await place.watched(environment: WatchedPlace.hangingWorker) { program in
                    let full = try await eventually { try await place.jobs() >= WatchedPlace.overfull }
                    #expect(full, "\(program.errorsSoFar)")
                    let result = await place.stop(program, within: 60)
                    #expect(result.exitCode == 0, "\(result)")
                }
            }
            let open = "SELECT count(*) FROM job WHERE state NOT IN ('queued', 'superseded')"
            #expect(try await place.journal(open) == ["0"])
            #expect(try scratch.files(below: "inbox").sorted() == names.sorted())
        }
    }

    @Test("killed at any time, it goes on at the next start: everything is done exactly once")
    func killed() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let names = (0..<40).map { "p\($0).png" }
            for (index, name) in names.enumerated() {
                try scratch.writePicture("inbox/\(name)", seed: UInt8(index))
            }
            for target in [5, 15, 25] {
                try await place.watched { program in
                    let came = try await eventually {
                        try scratch.files(below: "outbox").count { $0.hasSuffix(".json") } >= target
                    }
                    #expect(came, "\(program.errorsSoFar)")
                    program.signal(SIGKILL)
                    _ = await program.wait()
                }
            }
            try await place.watched { program in
                try await place.expectSidecars(names.map { "\($0).json" }, program)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                #expect(await place.stop(program).exitCode == 0)
            }
            try place.expectWholeOutbox()
            #expect(try scratch.files(below: "archive") == names.sorted())
            let once = "SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'done' GROUP BY path HAVING count(*) = 1)"
            #expect(try await place.journal(once) == ["40"])
        }
    }

    @Test("SIGHUP: new sources go through the new pipeline, those under way through theirs; a bad one is refused")
    func reload() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, inboxes: Self.slowInbox, more: "workers: 1")
            let new = "version: 1\nrenditions: { other: { format: png } }\n"
            try await place.watched { program in
                let held = try await place.holdWorkers(of: program)
                try scratch.writePicture("inbox/a.png")
                try await place.expectState("running", of: "a.png", program)
                try scratch.writePicture("inbox/b.png")
                try await expectSoon { try await place.states(of: "b.png").count == 1 }
                try scratch.write(text: new, to: "Pipelines/slow.yaml")
                program.signal(SIGHUP)
                await expectSoon { program.errorsSoFar.contains(" reloaded") }
                try scratch.writePicture("inbox/c.png")
                try await expectSoon { try await place.states(of: "c.png").count == 1 }
                held.release()
                try await place.expectSidecars(["a.png.json", "b.png.json", "c.png.json"], program)

                try scratch.write(text: new + "stages: [resise: 3]\n", to: "Pipelines/slow.yaml")
                program.signal(SIGHUP)
                await expectSoon { program.errorsSoFar.contains("not reloaded") }
                #expect(program.errorsSoFar.contains("slow.yaml:3:10:"), "\(program.errorsSoFar)")
                try scratch.writePicture("inbox/d.png")
                try await place.expectSidecars(["d.png.json"], program)
                #expect(!program.errorsSoFar.contains("paused"), "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try place.sidecar("a.png.json").renditions.map(\.name) == ["slow"])
            #expect(try place.sidecar("b.png.json").renditions.map(\.name) == ["slow"])
            #expect(try place.sidecar("c.png.json").renditions.map(\.name) == ["other"])
            #expect(try place.sidecar("d.png.json").renditions.map(\.name) == ["other"])
            try place.expectWholeOutbox()
        }
    }
}
