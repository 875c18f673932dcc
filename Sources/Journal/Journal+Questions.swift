import GRDB
package import PipelineModel

// What is read of the journal.
extension Journal {
    package func job(_ number: Int64) throws -> JobRecord {
        try database.unsafeRead { try Self.job(number, in: $0) }
    }

    /// Nil for a job that the journal does not know.
    package func state(of job: Int64) throws -> JobState? {
        try database.unsafeRead { database in
            try database.rows("SELECT state FROM job WHERE id = ?", [job]) { JobState(rawValue: $0[0]) }.first ?? nil
        }
    }

    /// The newest job of a source path.
    package func latest(inbox: String, path: RelativePath) throws -> JobRecord? {
        try database.unsafeRead { try Self.latest(inbox: inbox, path: path, in: $0) }
    }

    /// The newest job of a source path that published something.
    package func latestDone(inbox: String, path: RelativePath) throws -> JobRecord? {
        try database.unsafeRead { try Self.latestDone(inbox: inbox, path: path, in: $0) }
    }

    /// The names that a source has in the outbox, of its newest job and of earlier ones.
    package func outputs(inbox: String, path: RelativePath) throws -> [OutputRecord] {
        try database.unsafeRead { try Self.outputs(inbox: inbox, path: path, in: $0) }
    }

    /// What the journal knows of a source's path.
    package struct Known: Sendable {
        /// The newest job.
        package var latest: JobRecord?
        /// As `outputs` gives them; only where the newest job is done.
        package var outputs: [OutputRecord] = []
    }

    /// The same of many sources at once, in their order; without keeping a thread waiting behind a commit.
    package func known(of sources: [SourceIdentity]) async throws -> [Known] {
        try await withCheckedThrowingContinuation { continuation in
            database.asyncWriteWithoutTransaction { database in
                let known = Result {
                    var known: [Known] = []
                    // One transaction: each statement of its own would take and leave the file's locks.
                    try database.inTransaction(.deferred) {
                        known = try sources.map { try Self.known(of: $0, in: database) }
                        return .commit
                    }
                    return known
                }
                continuation.resume(with: known)
            }
        }
    }

    private static func known(of source: SourceIdentity, in database: Database) throws -> Known {
        let latest = try latest(inbox: source.inbox, path: source.path, in: database)
        guard latest?.state == .done else { return Known(latest: latest) }
        return Known(latest: latest, outputs: try outputs(inbox: source.inbox, path: source.path, in: database))
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
                    SELECT \(Self.columns) FROM job WHERE state IN (\(marks)) \(isOpen) AND id BETWEEN ? AND ? \(kind)
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
}
