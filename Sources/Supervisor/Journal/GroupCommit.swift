import GRDB
import LinuxIO
import Synchronization

/// Group commit: joins simultaneous writes into one transaction, so that they share one fsync. Each write
/// has a savepoint of its own: one that throws leaves the others alone. A write's caller goes on only after the
/// commit, so nothing is ever reported that is not durable.
final class GroupCommit: Sendable {
    private typealias Answer = @Sendable (_ committed: Result<Void, any Error>) -> Void

    private struct Write: Sendable {
        let run: @Sendable (Database) -> Answer
        /// Instead of `run`, where no transaction could begin.
        let refuse: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        var running = false
        var commits = 0
        var pace = CommitPace()
        var onCommit: (@Sendable (Double) -> Void)?
        var afterCommit: (@Sendable (Database) -> Void)?
    }

    private let database: DatabaseQueue
    private let state = Mutex(State())
    /// At most this many writes a transaction, so that a long queue does not make one endless commit.
    private let most = 256

    init(_ database: DatabaseQueue) { self.database = database }

    /// Writes that are in no transaction yet.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Transactions so far.
    var commits: Int { state.withLock { $0.commits } }

    /// Calls `body` after each transaction with the seconds that it took, from any thread.
    func onCommit(_ body: @escaping @Sendable (Double) -> Void) { state.withLock { $0.onCommit = body } }

    /// Calls `body` after each transaction, on the database's thread, before its completion is reported.
    func afterCommit(_ body: @escaping @Sendable (Database) -> Void) { state.withLock { $0.afterCommit = body } }

    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let run: @Sendable (Database) -> Answer = { database in
                let value = Result { try Self.inSavepoint(of: database) { try body(database) } }
                return { committed in
                    continuation.resume(with: committed.flatMap { value })
                }
            }
            let write = Write(run: run, refuse: { continuation.resume(throwing: $0) })
            let start = state.withLock { state in
                state.waiting.append(write)
                defer { state.running = true }
                return !state.running
            }
            if start { schedule() }
        }
    }

    /// GRDB's own `inSavepoint` prepares its statements each time.
    private static func inSavepoint<Value>(of database: Database, _ body: () throws -> Value) throws -> Value {
        try database.run("SAVEPOINT one_write")
        do {
            let value = try body()
            try database.run("RELEASE SAVEPOINT one_write")
            return value
        } catch {
            // Where even this fails, the transaction is gone, and its commit says so.
            try? database.run("ROLLBACK TO SAVEPOINT one_write")
            try? database.run("RELEASE SAVEPOINT one_write")
            throw error
        }
    }

    /// Now, or a little later where many have come of late: what comes meanwhile shares the next commit, and its fsync.
    /// Not on the database's own thread: others read there.
    private func schedule() {
        let wait = state.withLock { $0.pace.wait(now: monotonicNanoseconds()) }
        if wait <= 0 { return commit() }
        Task {
            try? await Task.sleep(for: .nanoseconds(wait))
            commit()
        }
    }

    private func commit() {
        database.asyncWriteWithoutTransaction { [self] database in
            let batch = state.withLock { state in
                state.pace.note(commitAt: monotonicNanoseconds())
                let batch = Array(state.waiting.prefix(most))
                state.waiting.removeFirst(batch.count)
                return batch
            }
            var answers: [Answer] = []
            let begin = monotonicNanoseconds()
            let result = Result<Void, any Error> {
                try database.inTransaction(.immediate) {
                    answers = batch.map { $0.run(database) }
                    return .commit
                }
            }
            let (goesOn, onCommit, afterCommit) = state.withLock { state in
                state.commits += 1
                let now = monotonicNanoseconds()
                state.pace.note(commitEndedAt: now, after: now - begin)
                state.running = !state.waiting.isEmpty
                return (state.running, state.onCommit, state.afterCommit)
            }
            if case .success = result { afterCommit?(database) }
            onCommit?(Double(monotonicNanoseconds() - begin) / 1e9)
            // It could not begin. The writes must not run now: each would be a transaction of its own, committed
            // and yet reported as failed.
            if answers.isEmpty, case .failure(let error) = result {
                for write in batch { write.refuse(error) }
            }
            for answer in answers { answer(result) }
            if goesOn { schedule() }
        }
    }
}
