import Glibc
import LinuxIO
import Testing

/// Workers that were stopped (SIGSTOP), so that a job stays where it is for as long as a test needs.
final class HeldWorkers: Sendable {
    private let processes: [pid_t]

    fileprivate init(_ processes: [pid_t]) { self.processes = processes }

    deinit { release() }

    func release() { for process in processes { kill(process, SIGCONT) } }
}

extension WatchedPlace {
    /// Stops the workers there are once nothing runs any more: the next job is handed over and does not move on. With
    /// `workers: 1` in the configuration there is exactly one.
    func holdWorkers(of program: RunningProgram) async throws -> HeldWorkers {
        try await settleAll(program)
        let idle = try await eventually {
            try await journal("SELECT count(*) FROM job WHERE state NOT IN ('done', 'quarantined', 'superseded')")
                == ["0"]
        }
        try #require(idle, "\(program.errorsSoFar)")
        let workers = children(of: program.processIdentifier)
        try #require(!workers.isEmpty)
        let held = HeldWorkers(workers)
        for worker in workers { kill(worker, SIGSTOP) }
        let stopped = await eventually { workers.allSatisfy { processState($0) == "T" } }
        try #require(stopped)
        return held
    }

    /// Waits until the journal's newest job of a path is in this state.
    func expectState(
        _ state: String, of path: String, _ program: RunningProgram,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        // Where commits are slow, jobs that wait for a worker are claimed ahead.
        let wanted = state == "queued" ? ["queued", "running"] : [state]
        let reached = try await eventually { try await wanted.contains(states(of: path).last ?? "") }
        let found = try await states(of: path)
        #expect(reached, "\(path) is \(found), not \(state)\n\(program.errorsSoFar)", sourceLocation: sourceLocation)
    }
}

/// `R`, `S`, `T`, … as in /proc; nil where there is no such process.
func processState(_ process: pid_t) -> Character? {
    guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 1024)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text[(text.lastIndex(of: ")") ?? text.startIndex)...].dropFirst(2).first
}
