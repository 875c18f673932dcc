import Foundation
import Glibc
import Jobs
import LinuxIO
import Status
import Testing

@Suite("sluice watch: directories that go and come", .enabled(if: Tool.python3.isInstalled))
struct WatchRootTests {
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case deleted, moved
        var testDescription: String { rawValue }
    }

    @Test(
        "an outbox or staging that is gone pauses everything, says which, costs no attempt, and work goes on by itself",
        arguments: ["outbox", ".staging"], Way.allCases)
    func lost(root: String, way: Way) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try scratch.writePicture("inbox/before.png")
                try await place.expectSidecars(["before.png.json"], program)
                try await place.settleAll(program)
                switch way {
                case .deleted: try FileManager.default.removeItem(atPath: "\(scratch.path)/\(root)")
                case .moved: try scratch.move(root, to: "elsewhere")
                }
                let held = way == .moved ? try scratch.files(below: "elsewhere", hidden: true) : []
                // At once: nothing is begun in a staging directory that is not where it belongs, noticed or not.
                if root == ".staging" { try scratch.writePicture("inbox/a.png") }
                await expectSoon { program.errorsSoFar.contains("paused") }
                if root != ".staging" { try scratch.writePicture("inbox/a.png") }
                let name = way == .deleted ? "was deleted" : "was moved away"
                #expect(program.errorsSoFar.contains("\(scratch.path)/\(root) \(name)"), "\(program.errorsSoFar)")
                try await expectSoon { try await place.states(of: "a.png") == ["queued"] }
                // Whoever asks is told, wherever the socket was.
                let paused = try await place.statusBecomes { $0.supervisor?.state == .paused }
                #expect(paused.supervisor?.pause?.reason.contains(name) == true, "\(String(describing: paused))")
                if way == .moved { #expect(try scratch.files(below: "elsewhere", hidden: true) == held) }
                switch way {
                case .deleted: try scratch.makeDirectory(root)
                case .moved: try scratch.move("elsewhere", to: root)
                }
                let came = try await eventually { try scratch.exists("outbox/a.png.json") }
                #expect(came, "\(program.errorsSoFar)")
                try await place.settleAll(program)
                let again = try await place.statusBecomes { $0.supervisor?.state != .paused }
                #expect(again.process == program.processIdentifier)
                try await expectSoon {
                    try !scratch.exists("journal.sqlite.sock") && scratch.exists(".staging/control.sock")
                }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try place.sidecar("a.png.json").attempts == 1)
            #expect(try scratch.files(below: "quarantine").isEmpty)
        }
    }

    @Test("an inbox that is not there at the start is waited for, and the other one works")
    func missingInbox() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch,
                inboxes: [
                    "main: { path: inbox, pipeline: cheap, \(WatchedPlace.quick) }",
                    "late: { path: /proc/sluice/late, pipeline: cheap, \(WatchedPlace.quick) }",
                ])
            try await place.watched { program in
                try scratch.writePicture("inbox/a.png")
                try await place.expectSidecars(["main/a.png.json"], program)
                await expectSoon { program.errorsSoFar.contains("an inbox is gone") }
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("a signal while it starts never kills it: SIGHUP is passed over, SIGTERM ends it in order")
    func earlySignals() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            for milliseconds in stride(from: 5, through: 205, by: 40) {
                for number in [SIGHUP, SIGTERM] {
                    let command = ["watch", "--config", "\(place.scratch.path)/sluice.yaml"]
                    try await withProgram(BuiltPrograms.sluice, command) { program in
                        // Once it runs its own code: what comes before is the loader's, and ends any program.
                        let begun = await eventually { ignoresOrCatches(SIGHUP, program.processIdentifier) }
                        try #require(begun, "\(program.errorsSoFar)")
                        try await Task.sleep(for: .milliseconds(milliseconds))
                        program.signal(number)
                        if number == SIGHUP {
                            await expectSoon { program.errorsSoFar.contains("watching") || !program.isRunning }
                            #expect(program.isRunning, "\(program.errorsSoFar)")
                            program.signal(SIGTERM)
                        }
                        let result = await program.wait()
                        #expect(result.exitCode == 0, "after \(milliseconds) ms: \(result)")
                    }
                }
            }
        }
    }

    @Test("with too few descriptors it says so and ends with 69")
    func fewDescriptors() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            for limit in [12, 20, 64] {
                let command =
                    "ulimit -n \(limit); exec '\(BuiltPrograms.sluice)' watch --config '\(place.scratch.path)/sluice.yaml'"
                let result = try await runProgram("/bin/bash", ["-c", command])
                #expect(result.exitCode == 69, "\(result)")
                #expect(result.errors.contains("the open-file limit is"), "\(result)")
            }
        }
    }
}

/// Whether a process has its own mind about a signal, as the kernel shows it.
private func ignoresOrCatches(_ signal: Int32, _ process: pid_t) -> Bool {
    guard let status = kernelText("/proc/\(process)/status") else { return false }
    return status.split(separator: "\n").contains { line in
        guard line.hasPrefix("SigCgt:") || line.hasPrefix("SigIgn:"),
            let mask = UInt64(line.split(separator: "\t").last ?? "", radix: 16)
        else { return false }
        return mask & (1 << UInt64(signal - 1)) != 0
    }
}
