import GRDB
package import Jobs

// Pruning: no part of the journal grows for ever.
extension Journal {
    /// Queued jobs of inboxes that are no more, or of a pipeline that the inbox does not have any more: the next scan says
    /// what is to be done instead. At start, before anything runs.
    /// - Parameter current: the digest of each inbox' pipeline.
    /// - Returns: how many there were.
    package func supersedeQueued(except current: [String: String], now: Double) async throws -> Int {
        var count = 0
        while true {
            let done = try await commits.write { database in
                let isCurrent = current.map { _ in "(inbox = ? AND pipeline_digest = ?)" } + ["0"]
                let ids: [Int64] = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT id FROM job WHERE state = 'queued' AND state NOT IN ('done', 'superseded')
                        AND NOT (\(isCurrent.joined(separator: " OR "))) LIMIT 1000
                        """,
                    arguments: StatementArguments(current.flatMap { [$0.key, $0.value] })
                ).map { $0[0] }
                for id in ids {
                    try Self.move(id, to: .superseded, "sidecar = NULL, finished_at = ?", [now], in: database)
                    try Self.dropUnused(by: id, in: database)
                }
                return ids.count
            }
            count += done
            if done < 1000 { return count }
        }
    }

    /// What may be forgotten of jobs that have ended.
    package struct Retention: Sendable {
        /// Jobs that ended before, seconds since 1970.
        package var before: Double
        /// Of more than so many, the oldest.
        package var jobs: Int
        /// Inboxes whose sources are gone once they are done. Of the others' sources, what the journal knows is all that
        /// tells that they were done: it is forgotten only with the source.
        package var inboxes: Set<String>

        package init(before: Double, jobs: Int, inboxes: Set<String>) {
            self.before = before
            self.jobs = jobs
            self.inboxes = inboxes
        }
    }

    /// Where the next look for what may be forgotten begins.
    package struct ForgettingCursor: Sendable, Equatable {
        var after: Int64 = 0
        package init() {}
        /// Whether everything has been looked at.
        package var isAtStart: Bool { after == 0 }
    }

    /// Forgets a few at a time: commits of jobs wait behind it.
    /// - Parameters:
    ///   - isGone: whether a source that is kept in its inbox is not there any more; asked of old jobs only.
    /// - Returns: where to go on, and how many were forgotten.
    package func forget(
        _ retention: Retention, from cursor: ForgettingCursor, atMost limit: Int = 500,
        isGone: @escaping @Sendable ([SourceIdentity]) async -> Set<RelativePath>
    ) async throws -> (next: ForgettingCursor, forgotten: Int) {
        let ended = [JobState.done, .quarantined, .superseded].reduce(0) { $0 + (counts.present[$1] ?? 0) }
        let surplus = max(0, ended - retention.jobs)
        let (rows, overtaken) = try await reading { database in
            let rows = try database.rows(
                """
                SELECT \(Self.columns) FROM job WHERE id > ? AND state IN ('done', 'quarantined', 'superseded')
                ORDER BY id LIMIT ?
                """, [cursor.after, limit], Self.record)
            return (rows, try Self.overtaken(rows, in: database))
        }
        var next = ForgettingCursor()
        if rows.count == limit, let last = rows.last { next.after = last.id }
        var overLimit = 0
        var (old, doubtful): ([JobRecord], [JobRecord]) = ([], [])
        for job in rows {
            let isSurplus = overLimit < surplus
            guard isSurplus || (job.finishedAt ?? job.queuedAt) < retention.before else { continue }
            overLimit += isSurplus ? 1 : 0
            let isFree =
                job.state == .superseded || overtaken.contains(job.id)
                || retention.inboxes.contains(job.source.inbox) && job.stay == .none
            if isFree { old.append(job) } else { doubtful.append(job) }
        }
        if !doubtful.isEmpty {
            for (inbox, jobs) in Dictionary(grouping: doubtful, by: \.source.inbox) {
                let gone = await isGone(jobs.map(\.source))
                old += jobs.filter { $0.source.inbox == inbox && gone.contains($0.source.path) }
            }
        }
        guard !old.isEmpty else { return (next, 0) }
        let ids = old.map(\.id)
        try await commits.write { database in
            for id in ids {
                try database.run(
                    "DELETE FROM job WHERE id = ? AND state IN ('done', 'quarantined', 'superseded')", [id])
                try database.run("DELETE FROM output WHERE job = ?", [id])
            }
            try Self.forgetFolders(database)
        }
        return (next, ids.count)
    }

    /// Those after which another job of their path was done: they say nothing any more.
    private static func overtaken(_ jobs: [JobRecord], in database: Database) throws -> Set<Int64> {
        try jobs.reduce(into: []) { overtaken, job in
            let later = try database.rows(
                "SELECT 1 FROM job WHERE inbox = ? AND path = ? AND id > ? AND state = 'done' LIMIT 1",
                [job.source.inbox, job.source.path.data, job.id], { $0[0] as Int })
            if !later.isEmpty { overtaken.insert(job.id) }
        }
    }
}
