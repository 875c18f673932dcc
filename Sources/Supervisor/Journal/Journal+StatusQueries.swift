import GRDB
package import Jobs

// Queries for the status page: by index, between two commits, without blocking a thread behind them.
extension Journal {
    /// What tells whether the quarantine has changed.
    package struct QuarantineMark: Sendable, Equatable {
        package var total: Int
        /// The number of the newest job in it; 0 where there is none.
        package var newest: Int64
    }

    package struct Quarantined: Sendable {
        package var mark: QuarantineMark
        package var counts: [ErrorCode: Int]
        /// The newest first.
        package var newest: [JobRecord]
    }

    /// The jobs that failed for good.
    /// - Parameter mark: of the last reading.
    /// - Returns: nil where nothing has changed since.
    package func quarantined(most: Int, since mark: QuarantineMark?) async throws -> Quarantined? {
        try await reading { database in
            let tally = try Self.readCounts(database)
            let newest = try database.rows(
                "SELECT coalesce(max(id), 0) FROM job WHERE \(Self.isQuarantined)", []
            ) { $0[0] as Int64 }.first
            let now = QuarantineMark(total: tally.present[.quarantined] ?? 0, newest: newest ?? 0)
            guard now != mark else { return nil }
            return Quarantined(
                mark: now,
                counts: tally.codes,
                newest: try database.rows(
                    "SELECT \(Self.columns) FROM job WHERE \(Self.isQuarantined) ORDER BY id DESC LIMIT ?",
                    [Int64(clamping: most)], Self.record))
        }
    }

    /// In the words of the index `job_open`.
    private static let isQuarantined = "state = 'quarantined' AND state NOT IN ('done', 'superseded')"

    /// The newest jobs that ended well or badly, the newest first, with the names of what they made.
    /// - Parameter among: so many of the newest jobs are looked through.
    package func lastEnds(most: Int, among: Int = 5000) async throws -> [(JobRecord, [OutputRecord])] {
        try await reading { database in
            let jobs = try database.rows(
                """
                SELECT \(Self.columns) FROM job
                WHERE id > (SELECT max(id) FROM job) - ? AND state IN ('done', 'quarantined') ORDER BY id DESC LIMIT ?
                """, [Int64(clamping: among), Int64(clamping: most)], Self.record)
            return try jobs.map { job in
                (
                    job,
                    job.state == .done
                        ? try Self.outputs(inbox: job.source.inbox, path: job.source.path, in: database) : []
                )
            }
        }
    }
}
