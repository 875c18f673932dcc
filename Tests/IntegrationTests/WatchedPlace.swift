import FoundationEssentials
import Glibc
import LinuxIO
import Synchronization
import Testing
import Text

@testable import Jobs

/// Inboxes, outbox and the rest in a directory of a test's own, and `sluice watch` on them.
struct WatchedPlace: Sendable {
    let scratch: Scratch

    /// One rendition, about as cheap as a job can be.
    static let cheap = """
        version: 1
        renditions:
          small: { resize: 8x8, format: png }
        metadata: { keep: none }

        """
    /// Takes seconds for a large picture, so that there is time to do something meanwhile.
    static let slow = """
        version: 1
        renditions:
          slow: { format: avif, effort: 9, quality: 90 }
        metadata: { keep: none }

        """
    static let quick = "settle: 200ms, settle-other: 400ms, settle-empty: 400ms"

    /// - Parameters:
    ///   - inboxes: lines of the map `inboxes`; a single `inbox` through the pipeline `cheap` without them.
    ///   - more: further lines of the configuration.
    init(_ scratch: Scratch, inboxes: [String]? = nil, more: String = "") throws {
        self.scratch = scratch
        let inboxes = inboxes ?? ["main: { path: inbox, pipeline: cheap, \(Self.quick) }"]
        try scratch.write(text: Self.cheap, to: "Pipelines/cheap.yaml")
        try scratch.write(text: Self.slow, to: "Pipelines/slow.yaml")
        let list = inboxes.map { "  \($0)\n" }.joined()
        try scratch.write(
            text: "version: 1\nmemory: { cap: 256MiB }\ninboxes:\n\(list)\(more)\n", to: "sluice.yaml")
        try scratch.makeDirectory("inbox")
    }

    /// Runs `body` beside `sluice watch`, which is killed afterwards where it still runs. No worker may outlive it.
    /// - Parameter launcher: a command, with its path, that becomes `sluice` in the end, in the same process.
    func watched(
        environment: [String: String?] = [:], through launcher: [String] = [],
        _ body: (RunningProgram) async throws -> Void
    ) async throws {
        let seen = SeenProcesses()
        let command = launcher + [BuiltPrograms.sluice, "watch", "--config", "\(scratch.path)/sluice.yaml"]
        try await withProgram(command[0], Array(command.dropFirst()), environment: environment) { program in
            let sampling = Task {
                while !Task.isCancelled, program.isRunning {
                    seen.note(children(of: program.processIdentifier))
                    try? await Task.sleep(for: .milliseconds(50))
                }
            }
            defer { sampling.cancel() }
            let started = await eventually { program.errorsSoFar.contains("watching") || !program.isRunning }
            try #require(started && program.isRunning, "\(program.errorsSoFar)")
            try await body(program)
        }
        let allGone = await eventually { seen.all.allSatisfy { !isWorker($0) } }
        #expect(allGone, "workers outlived sluice")
    }

    /// Tells it to stop and waits for its end.
    func stop(_ program: RunningProgram, within seconds: Double = 300) async -> FinishedProgram {
        program.signal(SIGTERM)
        return await program.wait(timeout: seconds)
    }

    /// Waits for sidecars; says what there is where they do not come.
    func expectSidecars(
        _ names: [String], _ program: RunningProgram, within seconds: Double = 180,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let came = try await eventually(within: seconds) { try names.allSatisfy { try scratch.exists("outbox/\($0)") } }
        let there = try scratch.files(below: "outbox")
        #expect(
            came, "there is only \(there)\n\(program.errorsSoFar)",
            sourceLocation: sourceLocation)
    }

    /// Everything that was dropped before has settled afterwards, twice over: further pictures have come out.
    func settleAll(_ program: RunningProgram, inbox: String = "inbox") async throws {
        for _ in 0..<2 {
            let name = "marker-\(uniqueRandomHex(4)).png"
            try scratch.writePicture("\(inbox)/\(name)")
            // At the top of the outbox or in the inbox's folder there: no need to walk all of it, again and again.
            let came = try await eventually {
                let outbox = try scratch.directory.openDirectory(Array("outbox".utf8))
                let sidecar = Array("\(name).json".utf8)
                if try outbox.stat(sidecar) != nil { return true }
                return try outbox.list().contains { entry in
                    try entry.type == .directory && outbox.stat(entry.name + [0x2F] + sidecar) != nil
                }
            }
            try #require(came, "\(program.errorsSoFar)")
        }
        // A job is done before the last of it is cleared away; others may hang for good.
        _ = try await eventually(within: 5) { try stagedJobs().isEmpty }
    }

    func sidecar(_ path: String) throws -> Sidecar {
        try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("outbox/\(path)")))
    }

    func errorFile(_ path: String) throws -> ErrorFile {
        try JSONDecoder().decode(ErrorFile.self, from: Data(scratch.read("quarantine/\(path)")))
    }

    /// Every sidecar tells of renditions that are there, whole; there is nothing else in the outbox, nor in staging.
    func expectWholeOutbox(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let files = try scratch.snapshot(below: "outbox", hidden: true)
        var expected: Set<String> = []
        for name in files.keys where name.hasSuffix(".json") {
            expected.insert(name)
            for rendition in try sidecar(name).renditions {
                expected.insert(rendition.path)
                #expect(files[rendition.path]?.sha256 == rendition.sha256, sourceLocation: sourceLocation)
            }
        }
        #expect(Set(files.keys) == expected, sourceLocation: sourceLocation)
        #expect(try stagedJobs().isEmpty, sourceLocation: sourceLocation)
    }

    func stagedJobs() throws -> [String] {
        guard try scratch.exists(".staging/jobs") else { return [] }
        return try scratch.directory.openDirectory(Array(".staging/jobs".utf8)).list().map { escaped($0.name) }
            .filter { $0.hasPrefix("job-") }
    }

    /// What the journal says of a path, oldest job first. Asks SQLite itself.
    func states(of path: String) async throws -> [String] {
        try await journal("SELECT state FROM job WHERE path = CAST('\(path)' AS BLOB) ORDER BY id")
    }

    /// The rows of a question to the journal, columns separated by tabs.
    func journal(_ question: String) async throws -> [String] {
        try await scratch.ask("journal.sqlite", question)
    }
}

extension Scratch {
    /// The rows of a question to a journal, columns separated by tabs; none where it cannot be asked yet.
    func ask(_ journal: String, _ question: String) async throws -> [String] {
        let python = try #require(Tool.python3.path)
        let code = """
            import sqlite3, sys
            try:
                for row in sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", timeout=10, uri=True).execute(sys.argv[2]):
                    print(*row, sep="\t")
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error) and "unable to open" not in str(error):
                    raise
            """
        let result = try await runProgram(python, ["-c", code, "\(path)/\(journal)", question])
        try #require(result.exitCode == 0, "\(result)")
        return result.output.split(separator: "\n").map(String.init)
    }
}

/// Waits for the condition, and says where it never held.
///
/// Closures stand outside of `#expect` in these tests: with Swift 6.3.1 a closure in its argument and one beside it can
/// become the same function.
func expectSoon(
    within seconds: Double = 180, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async rethrows {
    let held = try await eventually(within: seconds, condition)
    #expect(held, sourceLocation: sourceLocation)
}

extension Scratch {
    /// Writes without haste: neither synced nor renamed, as most programs do.
    func drop(_ bytes: [UInt8], at path: String) throws {
        let file = try OpenFile("\(self.path)/\(path)")
        try file.write(bytes)
    }

    func move(_ from: String, to: String) throws {
        guard rename("\(path)/\(from)", "\(path)/\(to)") == 0 else { throw SystemCallError("rename", from) }
    }
}

/// A file that somebody is writing; closed at the end of its life.
final class OpenFile {
    private let descriptor: Descriptor

    init(_ path: String, appending: Bool = false) throws {
        let number = open(path, O_WRONLY | O_CREAT | (appending ? O_APPEND : O_TRUNC) | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw SystemCallError("open", path) }
        descriptor = Descriptor(owning: number)
    }

    func write(_ bytes: some Collection<UInt8>) throws {
        try Array(bytes).withUnsafeBytes { try descriptor.writeAll($0, subject: "a test's file") }
    }
}

private final class SeenProcesses: Sendable {
    private let processes = Mutex<Set<pid_t>>([])

    func note(_ more: [pid_t]) { processes.withLock { $0.formUnion(more) } }

    var all: Set<pid_t> { processes.withLock { $0 } }
}

private func isWorker(_ process: pid_t) -> Bool {
    kernelText("/proc/\(process)/comm") == "sluice-worker\n"
}
