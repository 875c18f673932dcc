import Glibc
import Jobs
import LinuxIO
import Testing

@Suite("sluice watch: load", .enabled(if: Tool.python3.isInstalled))
struct WatchLoadTests {
    /// Debug builds take more than the 8 MiB that the supervisor is to stay under.
    private static let memoryBar: UInt64 = 16 << 20

    @Test("5,000 files by cp -r, mv and rename at the same time: each once, none missed, none half")
    func flood() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, inboxes: ["main: { path: inbox, pipeline: cheap, settle: 200ms, settle-other: 200ms }"])
            var dropped: [String: String] = [:]
            let ways = ["cp", "mv", "rsync"]
            for way in ways { try scratch.makeDirectory("from-\(way)/\(way)") }
            try scratch.makeDirectory("inbox/mv")
            for index in 0..<5000 {
                // Every one different, so that a mix-up shows.
                let bytes = Pictures.png(width: 12, height: 8 + index / 256, seed: UInt8(index % 256))
                let path = "\(ways[index % 3])/\(index % 7)-\(index).png"
                try scratch.drop(bytes, at: "from-\(ways[index % 3])/\(path)")
                dropped[path] = sha256(bytes)
            }
            var worst: UInt64 = 0
            try await place.watched { program in
                let drops = Task {
                    async let copied = runProgram(
                        "/bin/cp", ["-r", "\(scratch.path)/from-cp/cp", "\(scratch.path)/inbox"])
                    async let moved = runProgram(
                        "/bin/sh", ["-c", "mv from-mv/mv/* inbox/mv/"], directory: scratch.path)
                    async let renamed: Void = Task.detached { try dropAsRsync(scratch) }.value
                    return try await (copied.exitCode, moved.exitCode, renamed)
                }
                let done = try await eventually(within: 1200) {
                    worst = max(worst, ProcessFigures(of: program.processIdentifier)?.anonymous ?? 0)
                    try await Task.sleep(for: .milliseconds(200))
                    return try scratch.files(below: "archive").count >= 5000
                }
                let codes = try await drops.value
                #expect(codes.0 == 0 && codes.1 == 0)
                #expect(done, "\(program.errorsSoFar.suffix(2000))")
                try await place.settleAll(program)
                // On a loaded machine the kernel's queue may run over: that is told, and nothing may come of it.
                let warnings = program.errorsSoFar.split(separator: "\n").filter {
                    $0.contains("warning") && !$0.contains("the kernel dropped events")
                }
                #expect(warnings.isEmpty, "\(warnings.suffix(20))")
                #expect(await place.stop(program).exitCode == 0)
            }
            print("sluice's anonymous memory at most: \(worst >> 10) KiB")
            #expect(worst < Self.memoryBar)
            let archived = try scratch.snapshot(below: "archive").filter { !$0.key.hasPrefix("marker") }
            #expect(archived.mapValues(\.sha256) == dropped)
            #expect(try scratch.files(below: "inbox", hidden: true).isEmpty)
            #expect(try scratch.files(below: "quarantine").isEmpty)
            let sidecars = try scratch.files(below: "outbox").filter {
                $0.hasSuffix(".json") && !$0.hasPrefix("marker")
            }
            let expected = Set(dropped.keys.map { "\($0).json" })
            #expect(Set(sidecars) == expected)
            for name in sidecars where try place.sidecar(name).source.sha256 != dropped[String(name.dropLast(5))] {
                Issue.record("\(name) tells of another content")
            }
            try place.expectWholeOutbox()
            let counts =
                "SELECT state, count(*), count(DISTINCT path) FROM job WHERE CAST(path AS TEXT) NOT LIKE 'marker%' GROUP BY state"
            #expect(try await place.journal(counts) == ["done\t5000\t5000"])
        }
    }

    @Test("with nothing to do it takes next to no time and little memory")
    func idle() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try await place.settleAll(program)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                try await expectRest(of: program)
            }
        }
    }

    @Test("while a worker hangs and more wait than fit in the line it takes as little")
    func idleWithALongLine() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "drain: 1s\nworkers: 1")
            try place.dropLongLine()
            try await place.watched(environment: WatchedPlace.hangingWorker) { program in
                try await expectSoon { try await place.jobs() >= WatchedPlace.overfull }
                // Whatever it still has to do is done when a second has cost it next to nothing.
                await expectSoon(within: 60) {
                    let before = ProcessFigures(of: program.processIdentifier)?.ticks ?? 0
                    try? await Task.sleep(for: .seconds(1))
                    return (ProcessFigures(of: program.processIdentifier)?.ticks ?? .max) - before < 10
                }
                try await expectRest(of: program)
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    private func expectRest(of program: RunningProgram) async throws {
        let before = try #require(ProcessFigures(of: program.processIdentifier))
        // What is measured is time that passes.
        try await Task.sleep(for: .seconds(10))
        let after = try #require(ProcessFigures(of: program.processIdentifier))
        print("sluice idle: \(after.ticks - before.ticks) ticks in 10 s, \(after.anonymous >> 10) KiB")
        #expect(Double(after.ticks - before.ticks) / Double(sysconf(Int32(_SC_CLK_TCK))) < 0.25)
        #expect(after.anonymous < Self.memoryBar)
    }
}

/// Each file under a temporary name, then renamed.
private func dropAsRsync(_ scratch: Scratch) throws {
    try scratch.makeDirectory("inbox/rsync")
    for name in try scratch.files(below: "from-rsync/rsync") {
        try scratch.drop(scratch.read("from-rsync/rsync/\(name)"), at: "inbox/rsync/.\(name).Xy12ab")
        try scratch.move("inbox/rsync/.\(name).Xy12ab", to: "inbox/rsync/\(name)")
    }
}
