import Foundation
import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Status

extension WatchedPlace {
    /// What `sluice status --json` says; nil where it ends with 66.
    func status(_ more: String...) async throws -> StatusReport? {
        let result = try await runProgram(
            BuiltPrograms.sluice, ["status", "--config", "\(scratch.path)/sluice.yaml", "--json"] + more, timeout: 60)
        if result.exitCode == 66 { return nil }
        try #require(result.exitCode == 0, "\(result)")
        return try JSONDecoder().decode(StatusReport.self, from: Data(result.outputBytes))
    }

    /// Waits until the status is as the condition wants it.
    func statusBecomes(
        sourceLocation: SourceLocation = #_sourceLocation, _ condition: (StatusReport) -> Bool
    ) async throws -> StatusReport {
        var last: StatusReport?
        _ = try await eventually(within: 60) {
            last = try await status()
            return last.map(condition) ?? false
        }
        let found = try #require(last, sourceLocation: sourceLocation)
        #expect(condition(found), "\(found)", sourceLocation: sourceLocation)
        return found
    }
}

@Suite("sluice status", .enabled(if: Tool.python3.isInstalled))
struct StatusCommandTests {
    @Test("before, during and after a watch: idle, running, stopped, killed; nothing is changed by asking")
    func life() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 1")
            #expect(try await place.status() == nil, "nothing was ever here")
            #expect(
                try scratch.files(hidden: true).sorted() == [
                    "Pipelines/cheap.yaml", "Pipelines/slow.yaml", "sluice.yaml",
                ])
            try await place.watched(environment: ["SLUICE_CRASH": "hang:stuck"]) { program in
                let idle = try await place.statusBecomes { $0.supervisor?.state == .idle }
                #expect(idle.running && idle.process == program.processIdentifier)
                let supervisor = try #require(idle.supervisor)
                #expect(supervisor.use == "watch" && supervisor.memory.cap == 256 << 20)
                #expect(supervisor.memory.supervisor > 0 && supervisor.memory.peak >= supervisor.memory.used)
                #expect(supervisor.inboxes.map(\.state) == [.watched])
                #expect(idle.journal?.jobs == [:] && idle.warnings == [])

                try scratch.writePicture("inbox/good.png")
                try scratch.drop(Array("no picture".utf8), at: "inbox/bad\u{1B}[2J.png")
                let odd = Array("inbox/".utf8) + [0xFF, 0x0A] + Array("%n%s".utf8)
                try scratch.write([], to: odd)
                try await place.settleAll(program)
                try scratch.writePicture("inbox/stuck.png")
                let running = try await place.statusBecomes { $0.supervisor?.jobs.isEmpty == false }
                let job = try #require(running.supervisor?.jobs.first)
                #expect(job.source == "stuck.png" && job.pipeline == "cheap" && job.attempt == 1 && job.inbox == "main")
                #expect(job.reserved > 0 && running.supervisor?.memory.reserved == job.reserved)
                #expect(job.estimate > job.reserved && job.plan == "in-memory")
                #expect((running.supervisor?.memory.spillReserved ?? 0) > 0)
                #expect(running.supervisor?.state == .running && running.supervisor?.queue.running == 1)
                #expect(running.journal?.jobs["running"] == 1 && running.journal?.jobs["quarantined"] == 2)
                #expect(running.supervisor?.sinceStart.pictures == 3 && running.supervisor?.ends.quarantined == 2)
                #expect((running.supervisor?.sinceStart.bytesRead ?? 0) > 0)
                #expect(running.journal?.estimates?.jobs == 3)
                let failures = try #require(running.journal?.failures)
                #expect(Set(failures.map(\.source)) == [#"bad\x1b[2J.png"#, #"\xff\x0a%n%s"#])
                #expect(Set(failures.map(\.code)) == [.unsupportedFormat, .emptyFile])
                #expect(try await place.status("--failures", "1")?.journal?.failures.count == 1)
                let memory = try await place.statusBecomes { ($0.supervisor?.memory.workers ?? 0) > 1 << 20 }
                #expect(memory.supervisor.map { $0.memory.used > $0.memory.supervisor } == true)
                let text = try await sluice("status", "--config", "\(scratch.path)/sluice.yaml")
                #expect(text.exitCode == 0 && text.output.contains("stuck.png"), "\(text)")
                #expect(text.output.allSatisfy { $0.isNewline || ($0.unicodeScalars.first?.value ?? 0) >= 0x20 })
                program.signal(SIGKILL)
                _ = await program.wait()
                let killed = try await place.statusBecomes { !$0.running }
                #expect(killed.supervisor == nil && killed.journal?.jobs["running"] == 1 && killed.warnings == [])
            }
            // A dead supervisor's socket is no obstacle to the next.
            #expect(try scratch.exists(".staging/control.sock"))
            try await place.watched { program in
                _ = try await place.statusBecomes { $0.process == program.processIdentifier && $0.supervisor != nil }
                try await place.expectSidecars(["stuck.png.json"], program)
                #expect(await place.stop(program).exitCode == 0)
            }
            let before = try scratch.snapshot(hidden: true)
            #expect(before[".staging/control.sock"] == nil)
            let stopped = try #require(try await place.status())
            #expect(!stopped.running && stopped.supervisor == nil && stopped.journal?.jobs["done"] == 4)
            #expect(try scratch.snapshot(hidden: true) == before)
        }
    }

    @Test("paused: the reason, since when, and when it tries again; well again by itself", .enabled(if: geteuid() == 0))
    func fullDisk() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, more: "workers: 1\noutbox: small/outbox\nstaging: small/.staging")
            try scratch.makeDirectory("small")
            let mounted = try await runProgram(
                "/bin/mount", ["-t", "tmpfs", "-o", "size=4m,nr_inodes=40", "tmpfs", "\(scratch.path)/small"])
            guard mounted.exitCode == 0 else { return print("skipped: no file system can be mounted here") }
            do {
                try await place.watched { program in
                    _ = try await place.statusBecomes { $0.supervisor?.state == .idle }
                    let ballast = try fill("\(scratch.path)/small")
                    try scratch.writePicture("inbox/a.png")
                    let paused = try await place.statusBecomes { $0.supervisor?.state == .paused }
                    let pause = try #require(paused.supervisor?.pause)
                    #expect(pause.reason.contains("No space left on device"), "\(pause)")
                    #expect(pause.triesAgain != nil && pause.since <= pause.triesAgain ?? "")
                    let text = try await sluice("status", "--config", "\(scratch.path)/sluice.yaml")
                    #expect(text.output.contains("paused since"), "\(text)")
                    for name in ballast { try scratch.remove("small/\(name)") }
                    let came = try await eventually(within: 90) { try scratch.exists("small/outbox/a.png.json") }
                    #expect(came, "\(program.errorsSoFar)")
                    let well = try await place.statusBecomes { $0.supervisor?.state == .idle }
                    #expect(well.supervisor?.pause == nil && well.supervisor?.ends.quarantined == 0)
                }
            } catch {
                _ = try? await runProgram("/bin/umount", ["-l", "\(scratch.path)/small"])
                throw error
            }
            #expect(try await runProgram("/bin/umount", ["-l", "\(scratch.path)/small"]).exitCode == 0)
        }
    }

    /// Takes every inode there is: a full disk that workers do not notice before the supervisor does.
    private func fill(_ directory: String) throws -> [String] {
        var names: [String] = []
        do {
            while true {
                let name = "ballast-\(names.count)"
                _ = try OpenFile("\(directory)/\(name)")
                names.append(name)
            }
        } catch let error as SystemCallError where error.errno == ENOSPC {
            return names
        }
    }

    @Test("clients that say nothing, by the hundred, keep neither the status nor the work")
    func silentClients() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                _ = try await place.statusBecomes { $0.supervisor != nil }
                let before = try #require(ProcessFigures(of: program.processIdentifier))
                let clients = try (0..<200).map { _ in try connected("\(scratch.path)/.staging") }
                try await place.settleAll(program)
                let status = try await place.statusBecomes { $0.supervisor != nil }
                #expect(status.supervisor?.process == program.processIdentifier)
                let after = try #require(ProcessFigures(of: program.processIdentifier))
                #expect(after.anonymous < before.anonymous + 4 << 20)
                withExtendedLifetime(clients) {}
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    private func connected(_ staging: String) throws -> Descriptor {
        let socket = Descriptor(owning: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(staging)/control.sock".utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw SystemCallError("connect", staging) }
        return socket
    }

    @Test("one that is stopped and cannot answer is told of all the same, and its journal is read")
    func hung() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try await place.settleAll(program)
                program.signal(SIGSTOP)
                let status = try #require(try await place.status())
                program.signal(SIGCONT)
                #expect(status.supervisor == nil && status.warnings.count == 1, "\(status)")
                #expect([nil, program.processIdentifier].contains(status.process))
                #expect((status.journal?.jobs["done"] ?? 0) > 0)
                _ = try await place.statusBecomes { $0.supervisor != nil }
            }
        }
    }

    @Test("an inbox that is gone is shown with the reason, until it is back")
    func goneInbox() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                _ = try await place.statusBecomes { $0.supervisor?.inboxes.first?.state == .watched }
                try scratch.move("inbox", to: "elsewhere")
                let gone = try await place.statusBecomes { $0.supervisor?.inboxes.first?.state == .gone }
                #expect(gone.supervisor?.inboxes.first?.reason?.isEmpty == false)
                #expect(gone.supervisor?.inboxes.first?.since != nil)
                try scratch.move("elsewhere", to: "inbox")
                _ = try await place.statusBecomes { $0.supervisor?.inboxes.first?.state == .watched }
                try await place.settleAll(program)
            }
        }
    }

    @Test("of a process run: while it runs, and afterwards")
    func process() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/stuck.png")
            try scratch.write(text: "no picture", to: "in/bad.png")
            let arguments = try scratch.processArguments()
            func status() async throws -> StatusReport? {
                let result = try await sluice("status", "--out", "\(scratch.path)/out", "--json")
                if result.exitCode == 66 { return nil }
                return try JSONDecoder().decode(StatusReport.self, from: Data(result.outputBytes))
            }
            #expect(try await status() == nil)
            try await withProgram(BuiltPrograms.sluice, arguments, environment: ["SLUICE_CRASH": "hang:stuck"]) {
                program in
                let seen = try await eventually(within: 60) {
                    let now = try await status()
                    return now?.supervisor?.jobs.first?.source == "stuck.png" && now?.journal?.failures.count == 1
                        && now?.supervisor?.use == "process"
                }
                #expect(seen)
                program.signal(SIGINT)
                program.signal(SIGINT)
                #expect(await program.wait(timeout: 60).exitCode == 130)
            }
            let after = try #require(try await status())
            #expect(!after.running && after.supervisor == nil && after.journal?.failures.first?.source == "bad.png")
            let neither = try await sluice("status")
            #expect(neither.exitCode == 64)
            try scratch.write(text: "version: 1\ninbx: x\n", to: "bad.yaml")
            #expect(try await sluice("status", "--config", "\(scratch.path)/bad.yaml").exitCode == 78)
        }
    }
}
