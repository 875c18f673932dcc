import GRDB
package import Jobs

/// What a sidecar in the outbox says about a job whose row is lost.
package struct PublishedResult: Sendable, Equatable {
    package var inbox: String
    /// Relative to the inbox.
    package var path: RelativePath
    /// Of the source, in bytes.
    package var size: Int64
    /// Of the source, hex.
    package var sha256: String
    package var pipelineName: String
    package var pipelineDigest: String
    package var attempts: Int
    package var outputs: [OutputName]
    /// Of `{counter}`, if it has one.
    package var number: Int?

    package init(
        inbox: String, path: RelativePath, size: Int64, sha256: String, pipelineName: String, pipelineDigest: String,
        attempts: Int, outputs: [OutputName], number: Int? = nil
    ) {
        self.number = number
        self.inbox = inbox
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.pipelineName = pipelineName
        self.pipelineDigest = pipelineDigest
        self.attempts = attempts
        self.outputs = outputs
    }
}

extension Journal {
    /// Whether no job was ever taken in: a new journal, or one that took the place of a lost one.
    package var isBlank: Bool { counts.ever.values.allSatisfy { $0 == 0 } }

    /// What `rebuild` was told last; 0 at first. Where sources are divided among several journals, it tells whether this
    /// one has seen what the others did since.
    package var generation: Int32 {
        get throws { try database.read { try Int32.fetchOne($0, sql: "PRAGMA user_version") ?? 0 } }
    }

    /// Fills the journal with what was published and is not in it, one after the other until `next` gives nil; all in one
    /// transaction, so that a crash leaves the journal as it was and the next start does it again. What it has of the same
    /// sources is older: jobs of theirs that wait are superseded, and names that are another source's now are given up.
    ///
    /// File times and inodes are not in a sidecar, so no source counts as done by its attributes: a worker reads it
    /// once, finds the content that is known, and nothing is published again.
    /// - Returns: how many there were.
    package func rebuild(
        now: Double, generation: Int32 = 0, from next: () throws -> PublishedResult?
    ) throws -> Int {
        let isBlank = isBlank
        defer { recount() }
        return try database.write { database in
            var count = 0
            while let result = try next() {
                if !isBlank, try Self.knows(result, in: database) { continue }
                try Self.giveWay(to: result, now: now, in: database)
                try database.execute(
                    sql: """
                        INSERT INTO job (inbox, path, size, mtime, inode, pipeline, pipeline_digest, state, attempts,
                            sha256, queued_at, finished_at)
                        VALUES (?, ?, ?, 0, 0, ?, ?, 'done', ?, ?, ?, ?)
                        """,
                    arguments: [
                        result.inbox, result.path.data, result.size, result.pipelineName, result.pipelineDigest,
                        result.attempts, result.sha256, now, now,
                    ])
                let job = try Self.job(database.lastInsertedRowID, in: database)
                for output in result.outputs {
                    try Self.own(output, by: job, in: database)
                    try database.execute(
                        sql: "UPDATE output SET published = 1 WHERE path = ? AND job = ?",
                        arguments: [output.path.data, job.id])
                }
                try Self.keepNumber(of: result, job, in: database)
                count += 1
            }
            try database.execute(sql: "PRAGMA user_version = \(generation)")
            return count
        }
    }

    private static func keepNumber(of result: PublishedResult, _ job: JobRecord, in database: Database) throws {
        guard let number = result.number, let rendition = result.outputs.first(where: { $0.rendition != nil }) else {
            return
        }
        let folder = folderKey(rendition.path.parent?.bytes ?? [])
        try database.run("UPDATE job SET number = ?, number_folder = ? WHERE id = ?", [number, folder, job.id])
        try give(number, in: folder, to: job.id, database)
    }

    private static func knows(_ result: PublishedResult, in database: Database) throws -> Bool {
        guard let job = try latest(inbox: result.inbox, path: result.path, in: database), job.state == .done,
            job.sha256 == result.sha256, job.pipelineDigest == result.pipelineDigest
        else { return false }
        let known = try outputs(inbox: result.inbox, path: result.path, in: database).filter { $0.job == job.id }
        return known.allSatisfy(\.isPublished) && Set(known.map(\.name.path)) == Set(result.outputs.map(\.path))
    }

    private static func giveWay(to result: PublishedResult, now: Double, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE job SET state = 'superseded', sidecar = NULL, finished_at = ?
                WHERE inbox = ? AND path = ? AND state IN (\(openStates))
                """,
            arguments: [now, result.inbox, result.path.data])
        try dropUnused(
            of: SourceIdentity(inbox: result.inbox, path: result.path, size: 0, mtime: 0, inode: 0), in: database)
        for output in result.outputs {
            try database.execute(
                sql: "DELETE FROM output WHERE path = ? AND NOT (inbox = ? AND source = ?)",
                arguments: [output.path.data, result.inbox, result.path.data])
        }
    }

    private static let openStates = JobState.predecessors(of: .superseded).map { "'\($0.rawValue)'" }
        .joined(separator: ", ")
}
