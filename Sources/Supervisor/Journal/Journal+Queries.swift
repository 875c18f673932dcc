import GRDB
package import Jobs

// Queries on the journal: between two commits, without blocking a thread behind them.
extension Journal {
    package func job(_ number: Int64) async throws -> JobRecord {
        try await reading { try Self.job(number, in: $0) }
    }

    /// Nil for a job that the journal does not know.
    package func state(of job: Int64) async throws -> JobState? {
        try await reading { database in
            try database.rows("SELECT state FROM job WHERE id = ?", [job]) { JobState(rawValue: $0[0]) }.first ?? nil
        }
    }

    /// The newest job of a source path.
    package func latest(inbox: String, path: RelativePath) async throws -> JobRecord? {
        try await reading { try Self.latest(inbox: inbox, path: path, in: $0) }
    }

    /// The newest job of a source path that published something.
    package func latestDone(inbox: String, path: RelativePath) async throws -> JobRecord? {
        try await reading { try Self.latestDone(inbox: inbox, path: path, in: $0) }
    }

    /// The names that a source has in the outbox, of its newest job and of earlier ones.
    package func outputs(inbox: String, path: RelativePath) async throws -> [OutputRecord] {
        try await reading { try Self.outputs(inbox: inbox, path: path, in: $0) }
    }

    /// What the journal knows of a source's path.
    package struct Known: Sendable {
        /// The newest job.
        package var latest: JobRecord?
        /// As `outputs` gives them; only where the newest job is done.
        package var outputs: [OutputRecord] = []
    }

    /// The same of many sources at once, in their order.
    package func known(of sources: [SourceIdentity]) async throws -> [Known] {
        try await reading { database in try sources.map { try Self.known(of: $0, in: database) } }
    }

    private static func known(of source: SourceIdentity, in database: Database) throws -> Known {
        let latest = try latest(inbox: source.inbox, path: source.path, in: database)
        guard latest?.state == .done else { return Known(latest: latest) }
        return Known(latest: latest, outputs: try outputs(inbox: source.inbox, path: source.path, in: database))
    }

    /// Jobs in these states, oldest first, at most `limit`.
    package func jobs(in states: [JobState], limit: Int = .max) async throws -> [JobRecord] {
        let marks = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        // In the index's own words, else SQLite does not see that the index has all of them.
        let isOpen =
            states.contains { $0 == .done || $0 == .superseded } ? "" : "AND state NOT IN ('done', 'superseded')"
        return try await reading { database in
            try database.rows(
                "SELECT \(Self.columns) FROM job WHERE state IN (\(marks)) \(isOpen) ORDER BY id LIMIT ?",
                [Int64(clamping: limit)], Self.record)
        }
    }

    /// Those of the jobs that are to be done, or whose results are to be published.
    package func wanted(of jobs: [Int64]) async throws -> Set<Int64> {
        try await reading { database in
            try jobs.reduce(into: []) { wanted, job in
                let states = try database.rows(
                    "SELECT 1 FROM job WHERE id = ? AND state IN ('queued', 'staged')", [job], { $0[0] as Int })
                if !states.isEmpty { wanted.insert(job) }
            }
        }
    }

    /// The queued jobs of an inbox whose turn has come, in their order.
    /// - Parameter now: seconds since 1970. Turns that are far later are of a clock that was set back: they have come too.
    package func line(of inbox: String, now: Double, limit: Int) async throws -> [JobRecord] {
        try await reading { database in
            let select = "SELECT \(Self.columns) FROM job WHERE state = 'queued' AND inbox = ? AND \(Schema.turn)"
            let order = "ORDER BY \(Schema.turn), id LIMIT ?"
            let due = try database.rows("\(select) <= ? \(order)", [inbox, now, limit], Self.record)
            if due.count >= limit { return due }
            let rest: StatementArguments = [inbox, now + Self.longestDelay, limit - due.count]
            return try due + database.rows("\(select) > ? \(order)", rest, Self.record)
        }
    }

    /// Jobs of this inbox of which results are published that a pipeline of another name made, oldest first.
    package func published(
        inbox: String, butOf pipeline: String, after job: Int64, limit: Int
    ) async throws -> [JobRecord] {
        try await reading { database in
            try database.rows(
                """
                SELECT \(Self.columns) FROM job WHERE id > ? AND inbox = ? AND state = 'done' AND pipeline <> ?
                AND EXISTS (SELECT 1 FROM output WHERE output.job = job.id AND published) ORDER BY id LIMIT ?
                """, [job, inbox, pipeline, limit], Self.record)
        }
    }

    /// When the next queued job's turn comes that has not yet, seconds since 1970.
    package func nextTurn(after now: Double, inboxes: [String]) async throws -> Double? {
        try await reading { database in
            try inboxes.compactMap { inbox -> Double? in
                try database.rows(
                    """
                    SELECT \(Schema.turn) FROM job WHERE state = 'queued' AND inbox = ? AND \(Schema.turn) > ?
                    ORDER BY \(Schema.turn) LIMIT 1
                    """, [inbox, now], { $0[0] as Double }
                ).first
            }.min()
        }
    }

    /// Seconds: no job waits longer for its next attempt.
    private static var longestDelay: Double { 600 }

    static func readCounts(_ database: Database) throws -> JournalCounts {
        var counts = JournalCounts()
        _ = try database.rows("SELECT state, kind, present, total FROM tally", []) { row in
            guard let state = JobState(rawValue: row[0]) else { return }
            let (kind, present): (String, Int) = (row[1], row[2])
            counts.present[state, default: 0] += present
            counts.ever[state, default: 0] += row[3] as Int
            if state == .queued, kind == "retrying" { counts.retrying = present }
            if state == .done, kind == "unchanged" { counts.everUnchanged = row[3] }
            if state == .done, kind.hasPrefix(otherPrefix) {
                counts.everOthers += row[3] as Int
                if present > 0 { counts.others[String(kind.dropFirst(otherPrefix.count))] = present }
            }
            if state == .quarantined, let code = ErrorCode(rawValue: kind) {
                counts.everCodes[code] = row[3]
                if present > 0 { counts.codes[code] = present }
            }
        }
        counts.oldest = try database.rows(
            """
            SELECT queued_at FROM job WHERE state = 'queued' AND state NOT IN ('done', 'superseded')
            ORDER BY id LIMIT 1
            """, [], { $0[0] as Double }
        ).first
        return counts
    }

    /// Reads between two commits, in one transaction: each statement of its own would take and leave the file's locks.
    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            database.asyncWriteWithoutTransaction { database in
                continuation.resume(
                    with: Result {
                        var value: Value?
                        try database.inTransaction(.deferred) {
                            value = try body(database)
                            return .commit
                        }
                        guard let value else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
                        return value
                    })
            }
        }
    }
}
