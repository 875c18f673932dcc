import GRDB
import Synchronization

/// The durable memory of every job: SQLite in WAL mode with `synchronous=FULL`, behind methods named after intentions,
/// each one transaction. When a method returns, what it did survives power loss.
package final class Journal: Sendable {
    /// Not private: tests look at its settings and query plans.
    let database: DatabaseQueue
    let commits: GroupCommit
    struct Counted {
        var counts = JournalCounts()
        /// To be called with the next counts.
        var next: [@Sendable () -> Void] = []
    }
    let counted = Mutex(Counted())

    /// Opens or makes the journal.
    /// - Throws: `JournalError.damaged` when the file is no journal or a damaged one (`setAside` makes room for a new
    ///   one); other cases when it cannot be opened or cannot be made durable.
    package init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.label = "journal"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // 256 KiB of pages: the supervisor has 10 MiB in all.
            try database.execute(sql: "PRAGMA cache_size = -256")
            // All commits wait for a checkpoint, which a slow disk takes three syncs for: one each 12 MiB.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 3000")
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.read(Self.examine)
            guard try database.read(Schema.migrator.hasBeenSuperseded) == false else {
                throw JournalError.newer(path: path)
            }
            try Schema.migrator.migrate(database)
            try database.write(Self.markOpen)
        } catch let error as DatabaseError where Self.meansDamage(error) {
            throw JournalError.damaged(path: path, reason: "\(error)")
        } catch let error as DatabaseError where Self.meansFullDisk(error) {
            throw JournalError.unwritable(path: path, reason: "\(error)")
        } catch let error as JournalError {
            throw error
        } catch {
            throw JournalError.unusable(path: path, reason: "\(error)")
        }
        commits = GroupCommit(database)
        recount()
        commits.afterCommit { [weak self] database in
            // What cannot be counted now, is counted after the next commit.
            guard let self, let counts = try? Self.readCounts(database) else { return }
            counted.withLock { counted in
                counted.counts = counts
                for body in counted.next { body() }
                counted.next = []
            }
        }
        // GRDB has set NORMAL behind its users' backs before: look, don't trust.
        let (mode, level) = try database.read { database in
            (
                try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(database, sql: "PRAGMA synchronous")
            )
        }
        guard mode == "wal", level == 2 else {
            throw JournalError.notDurable(path: path, mode: mode ?? "none", synchronous: level ?? -1)
        }
    }

    /// Of SQLite; nil where it does not tell.
    package static var libraryVersion: String? {
        try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
    }

    /// As of the last commit; waits for nothing. What a method has changed is in it when the method returns.
    package var counts: JournalCounts { withCounts { $0 } }

    /// The same, with what is counted elsewhere at this very moment: neither changes while `body` runs, which waits for
    /// nothing and asks nothing of the journal.
    package func withCounts<Result>(_ body: (JournalCounts) -> Result) -> Result {
        counted.withLock { body($0.counts) }
    }

    func recount() {
        guard let counts = try? database.read(Self.readCounts) else { return }
        counted.withLock { $0.counts = counts }
    }

    /// Transactions committed by this process.
    package var commitCount: Int { commits.commits }

    /// Calls `body` after each of them with the seconds that it took, from any thread. For metrics.
    package func onCommit(_ body: @escaping @Sendable (Double) -> Void) { commits.onCommit(body) }

    var waitingWrites: Int { commits.waiting }

    /// Folds the log into the database file, and closes both.
    package func close() throws {
        try? database.write(Self.markClosed)
        database.writeWithoutTransaction { database in
            _ = try? database.checkpoint(.truncate)
        }
        try database.close()
    }
}
