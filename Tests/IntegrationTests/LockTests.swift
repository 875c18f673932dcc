import Glibc
import LinuxIO
import Testing

@Suite("One supervisor a place", .enabled(if: Tool.python3.isInstalled))
struct LockTests {
    /// The configuration of a second watch in the same scratch directory.
    private func second(_ scratch: Scratch, _ text: String) throws -> String {
        try scratch.write(text: "version: 1\npipeline: cheap\n\(text)\n", to: "second.yaml")
        return "\(scratch.path)/second.yaml"
    }

    @Test(
        "a second watch is refused, whichever directory it shares, and told which one and who has it",
        arguments: [
            ("inbox", "inbox: inbox\nroot: other"), ("outbox", "inbox: other/in\noutbox: outbox\nstaging: .staging2"),
            ("quarantine", "inbox: other/in\nroot: other\nquarantine: ../quarantine"),
            ("staging", "inbox: other/in\nroot: other\nstaging: ../.staging"),
            // By another path.
            ("inbox", "inbox: link\nroot: other"),
        ])
    func overlap(shared: String, text: String) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.makeDirectory("other")
            #expect(symlink("../inbox", "\(scratch.path)/other/link") == 0)
            let inOther = text.replacing("inbox: inbox\nroot: other", with: "inbox: ../inbox\nroot: other")
            let config = try second(scratch, inOther)
            try await place.watched { program in
                let refused = try await sluice("watch", "--config", config, timeout: 60)
                #expect(refused.exitCode == 73, "\(refused)")
                #expect(refused.errors.contains("another sluice is running here"), "\(refused)")
                #expect(refused.errors.contains("holds the \(shared == "staging" ? "staging directory" : shared) "))
                let named = ["process \(program.processIdentifier) holds", "true"]
                #expect(named.contains { refused.errors.contains($0) }, "\(refused)")
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            // Once the first has gone, it may.
            try await withProgram(BuiltPrograms.sluice, ["watch", "--config", config]) { program in
                let began = await eventually(within: 60) { program.errorsSoFar.contains("watching") }
                #expect(began, "\(program.errorsSoFar)")
            }
        }
    }

    @Test("watch and process do not share an outbox, whoever comes first; two processes share an input")
    func process() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.writePicture("in/stuck.png")
            let intoOutbox = try scratch.processArguments(out: "outbox")
            try await place.watched { program in
                let refused = try await runProgram(BuiltPrograms.sluice, intoOutbox, timeout: 60)
                #expect(refused.exitCode == 73 && refused.errors.contains("holds the outbox"), "\(refused)")
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            try await withProgram(BuiltPrograms.sluice, intoOutbox, environment: ["SLUICE_CRASH": "hang:stuck"]) {
                program in
                let began = await eventually(within: 60) { !children(of: program.processIdentifier).isEmpty }
                #expect(began)
                let refused = try await sluice("watch", "--config", "\(scratch.path)/sluice.yaml", timeout: 60)
                #expect(refused.exitCode == 73 && refused.errors.contains("holds the outbox"), "\(refused)")
                let beside = try await runProgram(
                    BuiltPrograms.sluice, scratch.processArguments(out: "elsewhere"), timeout: 60)
                #expect(beside.exitCode == 0, "\(beside)")
            }
        }
    }

    @Test("a lock does not outlive its process, however that ends")
    func killed() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            for _ in 1...3 {
                try await place.watched { program in
                    try await place.settleAll(program)
                    program.signal(SIGKILL)
                    _ = await program.wait()
                }
            }
            #expect(try scratch.exists(".staging/lock"))
            try await place.watched { #expect(await place.stop($0).exitCode == 0) }
        }
    }

    @Test("one directory under two names is refused, and both are named")
    func twice() async throws {
        try await withScratch { scratch in
            _ = try WatchedPlace(scratch)
            #expect(symlink("inbox", "\(scratch.path)/alias") == 0)
            let config = try second(scratch, "inbox: inbox\noutbox: alias\nstaging: .staging2")
            let refused = try await sluice("watch", "--config", config, timeout: 60)
            #expect(refused.exitCode == 73, "\(refused)")
            #expect(refused.errors.contains("are the same directory"), "\(refused)")
        }
    }

    @Test("SIGTERM while it is still setting up ends it cleanly")
    func earlyTermination() async throws {
        try await withScratch { scratch in
            _ = try WatchedPlace(scratch)
            // The lock is taken long before the first line of the log.
            for _ in 1...5 {
                try await withProgram(
                    BuiltPrograms.sluice, ["watch", "--config", "\(scratch.path)/sluice.yaml"]
                ) { program in
                    try await onThread {
                        while program.isRunning, try !scratch.exists(".staging/control.sock") { usleep(200) }
                        program.signal(SIGTERM)
                    }
                    let result = await program.wait(timeout: 60)
                    #expect(result.exitCode == 0, "\(result)")
                }
            }
        }
    }
}
