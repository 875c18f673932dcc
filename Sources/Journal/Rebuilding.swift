import GRDB
package import PipelineModel

/// What a sidecar of the outbox says of a job whose row is lost.
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

    package init(
        inbox: String, path: RelativePath, size: Int64, sha256: String, pipelineName: String, pipelineDigest: String,
        attempts: Int, outputs: [OutputName]
    ) {
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
    package var isBlank: Bool { get throws { try lastJob() == 0 } }

    /// Fills a blank journal with what was published, one after the other until `next` gives nil; all in one transaction,
    /// so that a crash leaves the journal blank and the next start does it again.
    ///
    /// File times and inodes are not in a sidecar, so no source is taken for done by its looks: a worker reads it once,
    /// finds the content that is known, and nothing is published again.
    /// - Returns: how many there were.
    package func rebuild(now: Double, from next: () throws -> PublishedResult?) throws -> Int {
        try database.write { database in
            var count = 0
            while let result = try next() {
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
                count += 1
            }
            return count
        }
    }
}
