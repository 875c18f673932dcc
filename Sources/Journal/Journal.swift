import GRDB
package import PipelineModel

/// The durable memory of every job: SQLite in WAL mode with `synchronous=FULL`, behind methods named after intentions,
/// each one transaction. When a method returns, what it did survives power loss.
package final class Journal: Sendable {
    /// Not private: tests look at its settings and query plans.
    let database: DatabaseQueue
    private let commits: GroupCommit

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
            // 512 KiB of pages: the supervisor has 8 MiB in all.
            try database.execute(sql: "PRAGMA cache_size = -512")
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.read(Self.examine)
            guard try database.read(Schema.migrator.hasBeenSuperseded) == false else {
                throw JournalError.newer(path: path)
            }
            try Schema.migrator.migrate(database)
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

    /// Transactions committed by this process.
    package var commitCount: Int { commits.commits }

    var waitingWrites: Int { commits.waiting }

    // MARK: Intentions

    /// A source on its way into the queue.
    package struct Arrival: Sendable {
        package var source: SourceIdentity
        package var pipelineName: String
        package var pipelineDigest: String
        /// The sets of names that its results could have, best first.
        package var candidates: [[OutputName]]

        package init(
            _ source: SourceIdentity, pipelineName: String, pipelineDigest: String, candidates: [[OutputName]]
        ) {
            self.source = source
            self.pipelineName = pipelineName
            self.pipelineDigest = pipelineDigest
            self.candidates = candidates
        }
    }

    /// A source that is in the queue now.
    package struct Arrived: Sendable {
        package var job: JobRecord
        /// The index of the candidate that it got; nil when every one has a name of another source's.
        package var candidate: Int?
    }

    /// Takes sources into the queue, in this order, and gives each the names that its results will have in the outbox:
    /// the first of the candidates of which none is another source's. A queued or quarantined job of the same path is
    /// superseded.
    package func enqueue(_ arrivals: [Arrival], now: Double) async throws -> [Arrived] {
        try await commits.write { database in try arrivals.map { try Self.enqueue($0, now: now, in: database) } }
    }

    private static func enqueue(_ arrival: Arrival, now: Double, in database: Database) throws -> Arrived {
        let source = arrival.source
        try database.execute(
            sql: """
                UPDATE job SET state = 'superseded', finished_at = ?
                WHERE inbox = ? AND path = ? AND state IN ('queued', 'quarantined')
                """,
            arguments: [now, source.inbox, source.path.data])
        try dropUnused(of: source, in: database)
        try database.execute(
            sql: """
                INSERT INTO job (inbox, path, size, mtime, inode, pipeline, pipeline_digest, state, queued_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?)
                """,
            arguments: [
                source.inbox, source.path.data, source.size, source.mtime, Int64(bitPattern: source.inode),
                arrival.pipelineName, arrival.pipelineDigest, now,
            ])
        let job = try job(database.lastInsertedRowID, in: database)
        for (index, names) in arrival.candidates.enumerated() where try areFree(names, for: source, in: database) {
            for name in names { try own(name, by: job, in: database) }
            return Arrived(job: job, candidate: index)
        }
        return Arrived(job: job, candidate: nil)
    }

    /// Counts an attempt, durably, before any worker sees the job.
    /// - Parameters:
    ///   - estimate: bytes that the worker is expected to hold at most.
    ///   - plan: how the job is done under the memory cap, in a word.
    package func claim(_ job: Int64, estimate: UInt64, plan: String, now: Double) async throws -> JobRecord {
        try await commits.write { database in
            try Self.move(
                job, to: .running, "attempts = attempts + 1, estimate = ?, plan = ?, started_at = ?",
                [Int64(clamping: estimate), plan, now], in: database)
            return try Self.job(job, in: database)
        }
    }

    /// Gives a claimed job back without a failure: the supervisor stops, the source changed, the outbox is full.
    package func release(_ job: Int64, countsAttempt: Bool = false) async throws {
        try await commits.write { database in
            try Self.move(
                job, to: .queued, "attempts = attempts - ?, sidecar = NULL", [countsAttempt ? 0 : 1], in: database)
        }
    }

    /// A failed attempt that is worth another, at `retryAt` or later.
    package func recordFailure(_ job: Int64, _ error: JobError, retryAt: Double) async throws -> JobRecord {
        try await commits.write { database in
            try Self.move(
                job, to: .queued,
                "failures = failures + 1, error_code = ?, error_message = ?, error_stage = ?, retry_at = ?",
                [error.code.rawValue, error.message, error.stage, retryAt], in: database)
            return try Self.job(job, in: database)
        }
    }

    /// The renditions lie in staging and are synced.
    /// - Parameters:
    ///   - peak: bytes that the worker held at most.
    ///   - spilled: bytes that it had in files at most.
    package func recordStaged(
        _ job: JobRecord, sha256: String, peak: UInt64, spilled: UInt64 = 0, sidecar: [UInt8], outputs: [OutputName]
    ) async throws {
        try await commits.write { database in
            try Self.move(
                job.id, to: .staged, "sha256 = ?, peak = ?, spilled = ?, sidecar = ?",
                [sha256, Int64(clamping: peak), Int64(clamping: spilled), Blob(sidecar).value], in: database)
            for output in outputs { try Self.own(output, by: job, in: database) }
        }
    }

    /// Renditions and sidecar are in the outbox, synced, at these paths.
    package func markPublished(_ job: JobRecord, at paths: [RelativePath]) async throws {
        try await commits.write { try Self.markPublished(job, at: paths, in: $0) }
    }

    /// The source has gone where its pipeline sends it; outputs of earlier jobs are removed.
    package func markDone(_ job: JobRecord, now: Double) async throws {
        try await commits.write { try Self.markDone(job, now: now, in: $0) }
    }

    /// Both at once, where nothing has to happen in between: the source stays, and no older output goes.
    package func markPublishedAndDone(_ job: JobRecord, at paths: [RelativePath], now: Double) async throws {
        try await commits.write { database in
            try Self.markPublished(job, at: paths, in: database)
            try Self.markDone(job, now: now, in: database)
        }
    }

    private static func markPublished(_ job: JobRecord, at paths: [RelativePath], in database: Database) throws {
        try move(job.id, to: .published, nil, [], in: database)
        for path in paths {
            try database.execute(
                sql: "UPDATE output SET published = 1 WHERE path = ? AND inbox = ? AND source = ?",
                arguments: [path.data, job.source.inbox, job.source.path.data])
        }
    }

    private static func markDone(_ job: JobRecord, now: Double, in database: Database) throws {
        try move(job.id, to: .done, "sidecar = NULL, finished_at = ?", [now], in: database)
        try database.execute(
            sql: "DELETE FROM output WHERE inbox = ? AND source = ? AND job < ?",
            arguments: [job.source.inbox, job.source.path.data, job.id])
    }

    /// The content is what an earlier job published already.
    package func markUnchanged(_ job: JobRecord, sha256: String, now: Double) async throws {
        try await commits.write { database in
            try Self.move(job.id, to: .done, "sha256 = ?, finished_at = ?", [sha256, now], in: database)
        }
    }

    /// Failed for good.
    package func quarantine(_ job: Int64, _ error: JobError, countsFailure: Bool, now: Double) async throws {
        try await commits.write { database in
            try Self.move(
                job, to: .quarantined,
                "failures = failures + ?, error_code = ?, error_message = ?, error_stage = ?, finished_at = ?",
                [countsFailure ? 1 : 0, error.code.rawValue, error.message, error.stage, now], in: database)
            try Self.dropUnused(by: job, in: database)
        }
    }

    /// The source is gone or was replaced: there is nothing to publish.
    package func supersede(_ job: Int64, now: Double) async throws {
        try await commits.write { database in
            try Self.move(job, to: .superseded, "sidecar = NULL, finished_at = ?", [now], in: database)
            try Self.dropUnused(by: job, in: database)
        }
    }

    // MARK: Questions

    package func job(_ number: Int64) throws -> JobRecord {
        try database.read { try Self.job(number, in: $0) }
    }

    /// Nil for a job that the journal does not know.
    package func state(of job: Int64) throws -> JobState? {
        try database.read { database in
            try String.fetchOne(database, sql: "SELECT state FROM job WHERE id = ?", arguments: [job])
                .flatMap(JobState.init)
        }
    }

    /// The newest job of a source path.
    package func latest(inbox: String, path: RelativePath) throws -> JobRecord? {
        try database.read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM job WHERE inbox = ? AND path = ? ORDER BY id DESC LIMIT 1",
                arguments: [inbox, path.data]
            ).map(Self.record)
        }
    }

    /// The newest job of a source path that published something.
    package func latestDone(inbox: String, path: RelativePath) throws -> JobRecord? {
        try database.read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT * FROM job WHERE inbox = ? AND path = ? AND state = 'done' ORDER BY id DESC LIMIT 1",
                arguments: [inbox, path.data]
            ).map(Self.record)
        }
    }

    /// The names that a source has in the outbox, of its newest job and of earlier ones.
    package func outputs(inbox: String, path: RelativePath) throws -> [OutputRecord] {
        try database.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM output WHERE inbox = ? AND source = ?", arguments: [inbox, path.data]
            ).compactMap(Self.output)
        }
    }

    /// The number of the newest job of all; 0 where there is none.
    package func lastJob() throws -> Int64 {
        try database.read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM job") ?? 0 }
    }

    /// Jobs in these states with numbers in `range`, oldest first, at most `limit`.
    /// - Parameter interrupted: only those of which an attempt ended with its supervisor, or only the others.
    package func jobs(
        in states: [JobState], numbered range: ClosedRange<Int64> = 0...Int64.max, interrupted: Bool? = nil,
        limit: Int = .max
    ) throws -> [JobRecord] {
        try database.read { database in
            let marks = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            // In the index's own words, else SQLite does not see that the index has all of them.
            let isOpen =
                states.contains { $0 == .done || $0 == .superseded }
                ? "" : "AND state NOT IN ('done', 'superseded')"
            let kind = interrupted.map { "AND (state = 'queued' AND attempts > failures) = \($0 ? 1 : 0)" } ?? ""
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE state IN (\(marks)) \(isOpen) AND id BETWEEN ? AND ? \(kind)
                    ORDER BY id LIMIT ?
                    """,
                arguments: [range.lowerBound, range.upperBound, Int64(clamping: limit)]
            ).map(Self.record)
        }
    }

    package func counts() throws -> JobCounts {
        try database.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT state, count(*) AS number FROM job GROUP BY state")
            return rows.reduce(into: [:]) { counts, row in
                if let state = JobState(rawValue: row["state"]) { counts[state] = row["number"] }
            }
        }
    }

    /// Folds the log into the database file, and closes both.
    package func close() throws {
        database.writeWithoutTransaction { database in
            _ = try? database.checkpoint(.truncate)
        }
        try database.close()
    }
}

package enum JournalError: Error, CustomStringConvertible {
    /// The file is no SQLite database, or its pages or tables are not what they should be.
    case damaged(path: String, reason: String)
    case unusable(path: String, reason: String)
    /// The disk is full, read-only or failing.
    case unwritable(path: String, reason: String)
    /// A newer Sluice has changed its tables.
    case newer(path: String)
    case notDurable(path: String, mode: String, synchronous: Int)
    case noSuchJob(Int64)
    /// A change that the table of transitions does not have.
    case forbidden(job: Int64, from: JobState, to: JobState)

    package var description: String {
        switch self {
        case .damaged(let path, let reason):
            "\(path) is damaged: \(reason). The next start sets it aside and goes on with what the sidecars say."
        case .unusable(let path, let reason):
            "\(path) cannot be used as a journal: \(reason). Move it away to start with a new one."
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason). Is the disk full or read-only? Make room, and start again."
        case .newer(let path):
            "\(path) was made by a newer sluice, and this one could damage it: install that one, or choose another place."
        case .notDurable(let path, let mode, let synchronous):
            "\(path) is in mode \(mode), synchronous \(synchronous), instead of WAL with FULL: commits would not "
                + "survive power loss. Put the journal on a local file system."
        case .noSuchJob(let job): "the journal has no job \(job)"
        case .forbidden(let job, let from, let to): "job \(job) cannot go from \(from.rawValue) to \(to.rawValue)"
        }
    }
}
