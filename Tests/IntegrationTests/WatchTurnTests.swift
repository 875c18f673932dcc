import Glibc
import LinuxIO
import Testing

@Suite("sluice watch: whose turn it is", .enabled(if: Tool.python3.isInstalled))
struct WatchTurnTests {
    @Test("however often one path is dropped while its job is held, pictures of other paths are done meanwhile")
    func reDrops() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 2")
            try await place.watched(environment: ["SLUICE_CRASH": "hang:held"]) { program in
                try scratch.writePicture("inbox/held.png")
                try await place.expectState("running", of: "held.png", program)
                for round in 1...20 {
                    try scratch.writePicture("inbox/held.png", seed: UInt8(round))
                    try await expectSoon { try await place.states(of: "held.png").count > round }
                }
                // Those in between have left the line, and count no longer.
                let states = try await place.states(of: "held.png")
                #expect(states.filter { $0 == "queued" }.count == 1, "\(states)")
                let others = (1...5).map { "other-\($0).png" }
                for name in others { try scratch.writePicture("inbox/\(name)") }
                try await place.expectSidecars(others.map { "\($0).json" }, program, within: 60)
                #expect(try await place.states(of: "held.png").first == "running")
            }
        }
    }

    @Test("five pictures of one inbox do not wait behind hundreds of another")
    func fairness() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch,
                inboxes: [
                    "many: { path: inbox, pipeline: cheap, \(WatchedPlace.quick) }",
                    "few: { path: few, pipeline: cheap, \(WatchedPlace.quick) }",
                ], more: "workers: 1")
            for index in 0..<400 { try scratch.writePicture("inbox/\(index).png") }
            try await place.watched { program in
                let busy = try await eventually {
                    try scratch.exists("outbox/many") && scratch.files(below: "outbox/many").count > 20
                }
                try #require(busy, "\(program.errorsSoFar)")
                for index in 0..<5 { try scratch.writePicture("few/\(index).png") }
                let came = try await eventually {
                    try scratch.exists("outbox/few") && scratch.files(below: "outbox/few").count == 10
                }
                let done = "SELECT count(*) FROM job WHERE inbox = 'many' AND state = 'queued'"
                let left = try await place.journal(done).first.flatMap { Int($0) } ?? 0
                #expect(came && left > 0, "\(left) of the other inbox wait still")
            }
        }
    }

    @Test("one worker is one process, from the start on")
    func oneWorker() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 1")
            let manager = try ListeningManager(in: scratch)
            defer { manager.stop() }
            for index in 0..<10 { try scratch.writePicture("inbox/\(index).png") }
            // With a service manager a worker is asked for its greeting while the first jobs come.
            try await place.watched(environment: ["NOTIFY_SOCKET": manager.name]) { program in
                var most = 0
                let done = try await eventually {
                    most = max(most, children(of: program.processIdentifier).count)
                    return try scratch.files(below: "archive").count == 10
                }
                #expect(done && most == 1, "\(most) processes")
            }
        }
    }
}
