import GRDB
package import PipelineModel

// What a page shows of the journal: read by indices, between two commits, without keeping a thread waiting behind them.
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
            let now = try database.rows(
                "SELECT count(*), coalesce(max(id), 0) FROM job WHERE \(Self.isQuarantined)", []
            ) { QuarantineMark(total: $0[0], newest: $0[1]) }.first
            guard let now, now != mark else { return nil }
            let counts = try database.rows(
                "SELECT error_code, count(*) FROM job WHERE \(Self.isQuarantined) GROUP BY error_code", []
            ) { (($0[0] as String?).flatMap(ErrorCode.init), $0[1] as Int) }
            return Quarantined(
                mark: now,
                counts: counts.reduce(into: [:]) { counts, row in if let code = row.0 { counts[code] = row.1 } },
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

    private func reading<Value: Sendable>(
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
