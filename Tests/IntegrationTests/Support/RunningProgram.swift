import Glibc
import LinuxIO
import Synchronization

/// How a program ended, and what it said.
struct FinishedProgram: Sendable, CustomStringConvertible {
    enum Ending: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        /// It ran longer than it was given, and was killed.
        case timedOut
    }

    let ending: Ending
    let outputBytes: [UInt8]
    let errorBytes: [UInt8]

    /// Nil where it did not end by itself.
    var exitCode: Int32? {
        if case .exited(let code) = ending { code } else { nil }
    }
    var output: String { String(decoding: outputBytes, as: UTF8.self) }
    var errors: String { String(decoding: errorBytes, as: UTF8.self) }

    var description: String { "\(ending)\n--- output\n\(output)--- errors\n\(errors)---" }
}

/// A started program. Its output goes to unlinked files, so that it never waits for a reader. A thread of its own
/// reaps it.
final class RunningProgram: Sendable {
    private struct State {
        var ending: FinishedProgram.Ending?
        var expired = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let processIdentifier: pid_t
    private let state = Mutex(State())
    private let output: Descriptor
    private let errors: Descriptor

    /// - Parameters:
    ///   - executable: an absolute path.
    ///   - environment: changes to this process's own; nil removes. What begins with `SLUICE_` is never inherited.
    ///   - directory: the working directory, if another one.
    init(
        executable: String, arguments: [String], environment: [String: String?] = [:], directory: String? = nil
    ) throws {
        output = try unlinkedFile()
        errors = try unlinkedFile()
        var command = [executable] + arguments
        // exec keeps the process, so that signals go to the program itself.
        if let directory { command = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, directory] + command }
        processIdentifier = try spawn(command, changed(environment), output: output.number, errors: errors.number)
        try startThread(named: "reaper") { [self] in reap() }
    }

    /// Sends a signal; nothing happens where the program has ended.
    func signal(_ number: Int32) {
        state.withLock { state in
            if state.ending == nil { kill(processIdentifier, number) }
        }
    }

    var isRunning: Bool { state.withLock { $0.ending == nil } }

    /// What it has said so far.
    var outputSoFar: String { String(decoding: contents(of: output), as: UTF8.self) }
    var errorsSoFar: String { String(decoding: contents(of: errors), as: UTF8.self) }

    /// Waits until it has ended; kills it after `timeout` seconds.
    func wait(timeout: Double = 300) async -> FinishedProgram {
        let killer = Task {
            try await Task.sleep(for: .seconds(timeout))
            state.withLock { state in
                guard state.ending == nil else { return }
                state.expired = true
                kill(processIdentifier, SIGKILL)
            }
        }
        defer { killer.cancel() }
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state in
                if state.ending == nil { state.waiting.append(continuation) }
                return state.ending != nil
            }
            if ended { continuation.resume() }
        }
        let ending = state.withLock { $0.expired ? .timedOut : $0.ending } ?? .timedOut
        return FinishedProgram(
            ending: ending, outputBytes: contents(of: output), errorBytes: contents(of: errors))
    }

    private func reap() {
        // Without taking its status: while it is a zombie, its number cannot become another process's.
        var info = siginfo_t()
        while waitid(P_PID, id_t(processIdentifier), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        let waiting = state.withLock { state in
            var status: Int32 = 0
            while waitpid(processIdentifier, &status, 0) < 0 && errno == EINTR {}
            let signal = status & 0x7F
            state.ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Runs `body` beside a program, which is killed if it is still there afterwards.
func withProgram<Result>(
    _ executable: String, _ arguments: [String], environment: [String: String?] = [:], directory: String? = nil,
    _ body: (RunningProgram) async throws -> Result
) async throws -> Result {
    let program = try RunningProgram(
        executable: executable, arguments: arguments, environment: environment, directory: directory)
    do {
        let result = try await body(program)
        program.signal(SIGKILL)
        _ = await program.wait()
        return result
    } catch {
        program.signal(SIGKILL)
        _ = await program.wait()
        throw error
    }
}

/// Runs a program to its end.
func runProgram(
    _ executable: String, _ arguments: [String], environment: [String: String?] = [:], directory: String? = nil,
    timeout: Double = 300
) async throws -> FinishedProgram {
    try await RunningProgram(
        executable: executable, arguments: arguments, environment: environment, directory: directory
    ).wait(timeout: timeout)
}

/// Looks again and again until the condition holds; false once `timeout` seconds are over. The limit only ends a test that
/// would hang: on a loaded machine anything may take long.
func eventually(within timeout: Double = 180, _ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = monotonicNanoseconds() + Int64(timeout * 1e9)
    var pause = 5
    while try await !condition() {
        if monotonicNanoseconds() > deadline { return false }
        try? await Task.sleep(for: .milliseconds(pause))
        // Often at first, then less so: what is waited for needs the processors too.
        pause = min(pause * 2, 80)
    }
    return true
}

/// Runs `body` on a thread of its own: for what must happen at its time, while other tests keep every thread of the
/// cooperative pool busy.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        do {
            try startThread(named: "test") { continuation.resume(with: Swift.Result { try body() }) }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

private func unlinkedFile() throws -> Descriptor {
    guard let stream = tmpfile() else { throw SystemCallError("tmpfile", "output of a program") }
    defer { fclose(stream) }
    let number = dup(fileno(stream))
    guard number >= 0 else { throw SystemCallError("dup", "output of a program") }
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    return Descriptor(owning: number)
}

private func contents(of file: Descriptor) -> [UInt8] {
    var bytes: [UInt8] = []
    try? file.forEachPiece(subject: "output of a program") { bytes.append(contentsOf: $0) }
    return bytes
}

private func changed(_ changes: [String: String?]) -> [String] {
    var variables: [String: String] = [:]
    // As it was at this process's start: other tests change it, and reading it meanwhile is a race.
    var initial: [UInt8] = []
    if let file = try? Directory.open(path: "/proc/self").openFile(Array("environ".utf8)) {
        try? file.forEachPiece(subject: "environment") { initial.append(contentsOf: $0) }
    }
    for entry in initial.split(separator: 0) {
        let parts = String(decoding: entry, as: UTF8.self).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[0].hasPrefix("SLUICE_") { variables[String(parts[0])] = String(parts[1]) }
    }
    for (name, value) in changes { variables[name] = value }
    return variables.map { "\($0.key)=\($0.value)" }
}

private func spawn(_ command: [String], _ environment: [String], output: Int32, errors: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var process = pid_t()
    let code = posix_spawn(&process, command[0], &actions, &attributes, &arguments, &variables)
    guard code == 0 else { throw SystemCallError("posix_spawn", command[0], errno: code) }
    return process
}
