package import Admission
import FoundationEssentials
import Glibc
package import LinuxIO
import Synchronization
package import WorkerPool

/// Sends every client the supervisor's status and closes: to `control.sock` in staging, or to the journal's name with
/// `.sock` beside it while staging is gone. A socket, because a file cannot be written while the disk is full. On one
/// thread of its own; no client can block it: it reads nothing, passes the answer to the
/// kernel in one go, and makes at most ten answers a second however many ask.
package final class StatusServer: Sendable {
    package static let socketName = Array("control.sock".utf8)
    /// Bytes. The kernel takes this much without waiting for the client (net.core.wmem_default is 208 KiB).
    private static let longestAnswer = 96 << 10
    private static let sampling: Int64 = 500_000_000

    private struct State {
        var listener: LocalListener?
        /// Why there is none.
        var problem: String?
        var ended = false
        var directory: Directory
        var name = StatusServer.socketName

        /// Whether the socket lies beside the journal.
        var isAtFallback: Bool { name != StatusServer.socketName }

        mutating func move(to directory: Directory, _ name: [UInt8] = StatusServer.socketName) {
            if isAtFallback { try? self.directory.unlink(self.name) }
            (self.directory, self.name, listener) = (directory, name, nil)
        }
    }

    private let state: Mutex<State>
    private let journal: String
    private let board: StatusBoard
    private let pool: WorkerPool
    private let cap: MemoryCap
    private let use: String
    private let onSample: @Sendable (MemorySample) -> Void
    private let wake: WakeUp

    /// - Parameters:
    ///   - directory: staging; its lock is held, so that a socket that lies there is a dead process'.
    ///   - journal: the journal's path.
    ///   - use: `watch` or `process`.
    ///   - onSample: called with the memory in use, twice a second while jobs run.
    /// - Throws: SystemCallError when there are no descriptors or threads left.
    package init(
        in directory: Directory, journal: String, board: StatusBoard, pool: WorkerPool, cap: MemoryCap, use: String,
        onSample: @escaping @Sendable (MemorySample) -> Void = { _ in }
    ) throws {
        state = Mutex(State(directory: directory))
        self.journal = journal
        self.board = board
        self.pool = pool
        self.cap = cap
        self.use = use
        self.onSample = onSample
        wake = try WakeUp()
        // One that was killed while its staging was gone leaves it.
        let (parent, name) = Self.fallback(of: journal)
        try? Directory.open(path: parent).unlink(name)
        listen()
        try startThread(named: "sluice-status") { [self] in serve() }
    }

    /// Where it listens while staging is gone: a directory, and a name in it.
    static func fallback(of journal: String) -> (directory: String, name: [UInt8]) {
        let (directory, name) = directoryAndName(of: journal)
        return (directory, Array("\(name).sock".utf8))
    }

    /// Why it cannot be reached now; listening is retried every few seconds.
    package var problem: String? { state.withLock { $0.problem } }

    /// Removes the socket. To be called before the lock is released: the next supervisor may bind its own right after.
    package func stop() {
        state.withLock { state in
            state.ended = true
            if state.listener != nil { try? state.directory.unlink(state.name) }
            state.listener = nil
        }
        wake.signal()
    }

    /// Staging was recreated: listens there from now on.
    package func move(to directory: Directory) {
        state.withLock { $0.move(to: directory) }
        wake.signal()
    }

    /// Staging is gone: listens beside the journal until `returnFromFallback`. Blocks.
    package func moveToFallback() {
        let (parent, name) = Self.fallback(of: journal)
        guard !state.withLock(\.isAtFallback), let directory = try? Directory.open(path: parent) else { return }
        state.withLock { $0.move(to: directory, name) }
        wake.signal()
    }

    /// Staging is back.
    package func returnFromFallback(to staging: Directory) {
        if state.withLock(\.isAtFallback) { move(to: staging) }
    }

    private func listen() {
        state.withLock { state in
            guard !state.ended, state.listener == nil else { return }
            do {
                state.listener = try LocalListener.listen(in: state.directory, name: state.name, mode: 0o660)
                state.problem = nil
            } catch {
                state.problem = "\(error)"
            }
        }
    }

    // MARK: On its own thread

    private func serve() {
        var answer: (bytes: [UInt8], madeAt: Int64) = ([], .min)
        var sampledAt: Int64 = .min
        while true {
            let (listener, ended) = state.withLock { ($0.listener, $0.ended) }
            if ended { return }
            waitUntilReadable(
                [wake.number] + (listener.map { [$0.number] } ?? []), nanoseconds: patience(listening: listener != nil))
            wake.clear()
            let now = monotonicNanoseconds()
            if sampledAt == .min || now - sampledAt >= Self.sampling {
                sampledAt = now
                refreshWorkers(wait: 0)
                let sample = board.sample(cap: cap)
                if board.isBusy { onSample(sample) }
            }
            guard let listener else {
                listen()
                continue
            }
            do {
                // So many at a time, that a flood does not keep it from the rest.
                for _ in 0..<64 {
                    guard let client = try listener.accept() else { break }
                    if answer.madeAt == .min || monotonicNanoseconds() - answer.madeAt > 100_000_000 {
                        answer = (makeAnswer(), monotonicNanoseconds())
                    }
                    _ = client.offer(answer.bytes)
                }
            } catch {
                // Out of descriptors. The client waits in the kernel's line.
                waitUntilReadable([wake.number], nanoseconds: 200_000_000)
            }
        }
    }

    /// Nanoseconds until the next look at the memory, or at the socket that could not be made; nil while nothing runs.
    private func patience(listening: Bool) -> Int64? {
        if !board.whenBusy({ [wake] in wake.signal() }) { return Self.sampling }
        return listening ? nil : 5_000_000_000
    }

    /// The pool is asked beside: it is an actor, and this a plain thread.
    private func refreshWorkers(wait: Int64) {
        let answered = wait > 0 ? try? WakeUp() : nil
        Task { [board, pool] in
            board.note(workers: await pool.processIdentifiers, started: await pool.started)
            answered?.signal()
        }
        if let answered { waitUntilReadable([answered.number], nanoseconds: wait) }
    }

    private func makeAnswer() -> [UInt8] {
        refreshWorkers(wait: 200_000_000)
        var status = board.status(use: use, cap: cap, process: getpid())
        while true {
            let bytes = (try? JSONEncoder().encode(status)).map { Array($0) } ?? []
            if bytes.count <= Self.longestAnswer { return bytes }
            // Names of thousands of bytes: fewer of them, rather than none.
            if status.jobs.isEmpty && status.inboxes.isEmpty { return [] }
            status.jobs = Array(status.jobs.prefix(status.jobs.count / 2))
            if status.jobs.isEmpty { status.inboxes = Array(status.inboxes.prefix(status.inboxes.count / 2)) }
        }
    }
}
