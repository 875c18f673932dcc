import Admission
import Glibc
import LinuxIO
import Testing

@testable import Run
@testable import Status

@Suite("What the service manager is told", .enabled(if: Tool.python3.isInstalled))
struct ServiceReportTests {
    /// Runs `body` beside `sluice watch`, which has a service manager. The place has one worker.
    private func managed(
        watchdog microseconds: Int? = nil, inboxes: [String]? = nil,
        _ body: (WatchedPlace, ListeningManager, RunningProgram) async throws -> Void
    ) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, inboxes: inboxes, more: "workers: 1\ndrain: 10m")
            let manager = try ListeningManager(in: scratch)
            defer { manager.stop() }
            let environment: [String: String?] = [
                "NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": microseconds.map(String.init), "WATCHDOG_PID": nil,
            ]
            try await place.watched(environment: environment) { program in
                await expectSoon { manager.lines.contains("READY=1") || !program.isRunning }
                try #require(manager.lines.contains("READY=1"), "\(program.errorsSoFar)")
                try await body(place, manager, program)
            }
        }
    }

    @Test("READY once a worker has answered, STATUS as it changes, STOPPING and more time while it drains")
    func life() async throws {
        try await managed { place, manager, program in
            // A worker is there before any picture is.
            #expect(children(of: program.processIdentifier).count == 1)
            await expectSoon { manager.lines.contains { $0.hasPrefix("STATUS=idle, ") && $0.hasSuffix(" of 256 MiB") } }
            let held = try await place.holdWorkers(of: program)
            for name in ["a.png", "b.png", "c.png", "d.png", "e.png"] {
                try place.scratch.writePicture("inbox/\(name)")
            }
            await expectSoon { manager.lines.contains { $0.hasPrefix("STATUS=2 queued, 3 running, ") } }
            let told = manager.lines.count
            program.signal(SIGTERM)
            await expectSoon { manager.lines.contains("STOPPING=1") }
            // More than once: each is longer than the time between two.
            await expectSoon { manager.times(of: "EXTEND_TIMEOUT_USEC=20000000").count >= 3 }
            #expect(manager.lines.contains { $0.hasPrefix("STATUS=stopping: ") })
            held.release()
            let result = await program.wait()
            #expect(result.exitCode == 0, "\(result)")
            let lines = manager.lines
            #expect(lines.count { $0 == "READY=1" } == 1)
            #expect(lines.count { $0 == "STOPPING=1" } == 1)
            #expect(!lines.contains("WATCHDOG=1"), "nobody asked for it")
            #expect(!lines[..<told].contains { $0.hasPrefix("EXTEND_TIMEOUT_USEC") })
            let times = manager.times(of: "EXTEND_TIMEOUT_USEC=20000000")
            for (one, next) in zip(times, times.dropFirst()) { #expect(next - one < 20) }
        }
    }

    @Test("the watchdog is fed at half its time, while a flood comes")
    func watchdog() async throws {
        try await managed(watchdog: 1_000_000) { place, manager, program in
            for index in 0..<300 { try place.scratch.writePicture("inbox/p\(index).png", seed: UInt8(index % 256)) }
            try await expectSoon { try place.scratch.files(below: "archive").count == 300 }
            let beats = manager.times(of: "WATCHDOG=1")
            #expect(beats.count >= 3)
            for (one, next) in zip(beats, beats.dropFirst()) {
                #expect(next - one < 1, "the watchdog would have bitten")
            }
            #expect(await place.stop(program).exitCode == 0)
        }
    }

    @Test("a process that is stopped feeds nobody")
    func frozen() async throws {
        try await managed(watchdog: 400_000) { _, manager, program in
            await expectSoon { manager.times(of: "WATCHDOG=1").count >= 3 }
            program.signal(SIGSTOP)
            await expectSoon { processState(program.processIdentifier) == "T" }
            let told = manager.times(of: "WATCHDOG=1").count
            let since = monotonicNanoseconds()
            await expectSoon { monotonicNanoseconds() - since > 1_000_000_000 }
            #expect(manager.times(of: "WATCHDOG=1").count <= told + 1)
            program.signal(SIGCONT)
            await expectSoon { manager.times(of: "WATCHDOG=1").count > told + 2 }
        }
    }

    @Test("SIGHUP is RELOADING, then READY; a refusal stands in the status until the pipelines are whole again")
    func reload() async throws {
        try await managed { place, manager, program in
            try place.scratch.write(text: "version: 1\nstages: [sharpn]\n", to: "Pipelines/cheap.yaml")
            program.signal(SIGHUP)
            await expectSoon { manager.lines.count { $0 == "READY=1" } == 2 }
            let refusal = "not reloaded, keeping the old pipelines: "
            #expect(manager.lines.contains { $0.hasPrefix("STATUS=\(refusal)") && $0.contains("cheap.yaml:2") })
            await expectSoon { manager.lines.last?.contains("MiB; \(refusal)") ?? false }
            try place.scratch.write(text: WatchedPlace.cheap, to: "Pipelines/cheap.yaml")
            program.signal(SIGHUP)
            await expectSoon { manager.lines.count { $0 == "READY=1" } == 3 }
            await expectSoon { manager.lines.last.map { $0.hasSuffix(" MiB") } ?? false }
            let order = manager.lines.filter { $0 == "READY=1" || $0 == "RELOADING=1" }
            #expect(order == ["READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1"])
            #expect(
                manager.messages.filter { $0.lines.contains("RELOADING=1") }.allSatisfy { message in
                    message.lines.contains { $0.hasPrefix("MONOTONIC_USEC=") }
                })
            #expect(await place.stop(program).exitCode == 0)
        }
    }

    @Test("workers hear nothing of the service manager")
    func workers() async throws {
        try await managed(watchdog: 60_000_000) { _, _, program in
            let worker = try #require(children(of: program.processIdentifier).first)
            let environment = try #require(kernelText("/proc/\(worker)/environ"))
            for name in ["NOTIFY_SOCKET", "WATCHDOG", "LISTEN_"] { #expect(!environment.contains(name)) }
        }
    }

    @Test("without a worker it is never ready, and ends with 69")
    func noWorker() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let manager = try ListeningManager(in: scratch)
            defer { manager.stop() }
            let result = try await sluice(
                "watch", "--config", "\(place.scratch.path)/sluice.yaml",
                environment: ["NOTIFY_SOCKET": manager.name, "SLUICE_WORKER": "/bin/false"])
            #expect(result.exitCode == 69, "\(result)")
            #expect(!manager.lines.contains("READY=1"))
        }
    }

    @Test("the line of the status")
    func line() {
        var status = StatusBoard().status(use: "watch", cap: .init(total: 192 << 20, workers: 2), process: 1)
        status.memory.used = 61 << 20
        #expect(serviceStatus(status) == "idle, 61 of 192 MiB")
        status.state = .running
        status.queue = .init(waiting: 12, running: 2, finishing: 0)
        #expect(serviceStatus(status) == "12 queued, 2 running, 61 of 192 MiB")
        status.state = .paused
        status.pause = .init(reason: "the output cannot be written: disk full", since: "", triesAgain: nil)
        #expect(
            serviceStatus(status)
                == "paused: the output cannot be written: disk full; 12 queued, 2 running, 61 of 192 MiB")
        status.state = .draining
        status.queue = .init(waiting: 0, running: 1, finishing: 3)
        #expect(serviceStatus(status) == "stopping: 0 queued, 1 running, 3 being published, 61 of 192 MiB")
    }
}
