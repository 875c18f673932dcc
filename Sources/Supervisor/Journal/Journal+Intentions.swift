import GRDB
package import Jobs
import Synchronization

// Changes to the journal: each method is one transaction, which it may share with simultaneous ones.
extension Journal {
    /// A source on its way into the queue.
    package struct Arrival: Sendable {
        package var source: SourceIdentity
        package var pipelineName: String
        package var pipelineDigest: String
        /// The sets of names that its results could have, best first.
        package var candidates: [[OutputName]]
        /// What names that come late ask for already; nil: nothing.
        package var naming: NamingWish?

        package init(
            _ source: SourceIdentity, pipelineName: String, pipelineDigest: String, candidates: [[OutputName]],
            naming: NamingWish? = nil
        ) {
            self.naming = naming
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
        /// Jobs of the same path that were queued, and are not any more.
        package var superseded: [Int64] = []
    }

    /// Takes sources into the queue, in this order, and gives each the names that its results will have in the outbox:
    /// the first of the candidates of which none is another source's. A queued or quarantined job of the same path is
    /// superseded.
    package func enqueue(
        _ arrivals: [Arrival], now: Double, whenCounted: @escaping @Sendable () -> Void = {}
    ) async throws -> [Arrived] {
        do {
            return try await commits.write { [self] database in
                let arrived = try arrivals.map { try Self.enqueue($0, now: now, in: database) }
                counted.withLock { $0.next.append(whenCounted) }
                return arrived
            }
        } catch {
            // None of them is in the journal: the next counts are not of them.
            counted.withLock { $0.next = [] }
            throw error
        }
    }

    private static func enqueue(_ arrival: Arrival, now: Double, in database: Database) throws -> Arrived {
        let source = arrival.source
        let superseded: [Int64] = try database.rows(
            """
            UPDATE job SET state = 'superseded', finished_at = ?
            WHERE inbox = ? AND path = ? AND state IN ('queued', 'quarantined') RETURNING id
            """,
            [now, source.inbox, source.path.data], { $0[0] })
        try dropUnused(of: source, in: database)
        try database.run(
            """
            INSERT INTO job (inbox, path, size, mtime, inode, ctime, pipeline, pipeline_digest, state, queued_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?)
            """,
            [
                source.inbox, source.path.data, source.size, source.mtime, Int64(bitPattern: source.inode),
                source.ctime, arrival.pipelineName, arrival.pipelineDigest, now,
            ])
        let id = database.lastInsertedRowID
        if let wish = arrival.naming { try settleNaming(of: id, source, wish, in: database) }
        let job = try job(id, in: database)
        for (index, names) in arrival.candidates.enumerated() where try areFree(names, for: source, in: database) {
            for name in names { try own(name, by: job, in: database) }
            return Arrived(job: job, candidate: index, superseded: superseded)
        }
        return Arrived(job: job, candidate: nil, superseded: superseded)
    }

    /// A source that can never be a job.
    package struct Refusal: Sendable {
        package var source: SourceIdentity
        package var error: JobError
        /// Whether it is in the inbox still.
        package var stay: JobRecord.Stay

        package init(_ source: SourceIdentity, _ error: JobError, stay: JobRecord.Stay = .forGood) {
            self.source = source
            self.error = error
            self.stay = stay
        }
    }

    /// Sources that can never be jobs: of each path the refusal is all that the journal knows from now on.
    package func recordRefused(
        _ refusals: [Refusal], pipelineName: String, pipelineDigest: String, now: Double
    ) async throws -> [Int64] {
        try await commits.write { database in
            try refusals.map { refusal in
                let (source, error) = (refusal.source, refusal.error)
                try database.run(
                    """
                    UPDATE job SET state = 'superseded', finished_at = ?
                    WHERE inbox = ? AND path = ? AND state IN ('queued', 'quarantined')
                    """,
                    [now, source.inbox, source.path.data])
                try database.run(
                    """
                    INSERT INTO job (inbox, path, size, mtime, inode, ctime, pipeline, pipeline_digest, state, error_code,
                        error_message, queued_at, finished_at, stay)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'quarantined', ?, ?, ?, ?, ?)
                    """,
                    [
                        source.inbox, source.path.data, source.size, source.mtime, Int64(bitPattern: source.inode),
                        source.ctime, pipelineName, pipelineDigest, error.code.rawValue, error.message, now, now,
                        refusal.stay.rawValue,
                    ])
                return database.lastInsertedRowID
            }
        }
    }

    /// A job that may be given to a worker, and what is known of its path.
    package struct Claim: Sendable {
        package var job: JobRecord
        /// As `outputs` gives them.
        package var outputs: [OutputRecord]
        /// As `latestDone` gives it.
        package var before: JobRecord?
    }

    /// Counts an attempt, durably, before any worker sees the job.
    /// - Parameters:
    ///   - estimate: bytes that the worker is expected to hold at most.
    ///   - plan: how the job is done under the memory cap, in a word.
    ///   - companions: what they are; nil without any.
    package func claim(
        _ job: Int64, estimate: UInt64, plan: String, companions: String? = nil, now: Double
    ) async throws -> Claim {
        try await commits.write { database in
            try Self.move(
                job, to: .running, "attempts = attempts + 1, estimate = ?, plan = ?, companions = ?, started_at = ?",
                [Int64(clamping: estimate), plan, companions, now], in: database)
            let job = try Self.job(job, in: database)
            let (inbox, path) = (job.source.inbox, job.source.path)
            return Claim(
                job: job, outputs: try Self.outputs(inbox: inbox, path: path, in: database),
                before: try Self.latestDone(inbox: inbox, path: path, in: database))
        }
    }

    /// Gives a claimed job back without a failure: the supervisor stops, the source changed, the outbox is full.
    /// - Parameters:
    ///   - countsAttempt: whether it counts as an attempt with unknown outcome.
    ///   - retryAt: seconds since 1970 before which it is not tried again; nil: at once, as before.
    /// - Returns: the job as it is now.
    @discardableResult
    package func release(_ job: Int64, countsAttempt: Bool = false, retryAt: Double? = nil) async throws -> JobRecord {
        try await commits.write { database in
            try Self.move(
                job, to: .queued, "attempts = attempts - ?, sidecar = NULL, retry_at = coalesce(?, retry_at)",
                [countsAttempt ? 0 : 1, retryAt], in: database)
            return try Self.job(job, in: database)
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

    /// Gives a running job the names of its results where they depend on what was found out of it: the first of the
    /// candidates of which none is another source's. Names that it had from an earlier attempt and does not fill are free
    /// again.
    /// - Returns: the index of the candidate; nil when every one has a name of another source's.
    package func claimNames(of job: JobRecord, candidates: [[OutputName]]) async throws -> Int? {
        try await commits.write { database in
            let state = try Self.job(job.id, in: database).state
            guard state == .running else { throw JournalError.forbidden(job: job.id, from: state, to: .staged) }
            try Self.dropUnused(by: job.id, in: database)
            for (index, names) in candidates.enumerated()
            where try Self.areFree(names, for: job.source, in: database) {
                for name in names { try Self.own(name, by: job, in: database) }
                return index
            }
            return nil
        }
    }

    /// The renditions lie in staging and are synced. Names that the job had for others, which it did not make, are free
    /// again; older results of its source there are of no job any more, and go when it is done.
    /// - Parameters:
    ///   - peak: bytes that the worker held at most.
    ///   - spilled: bytes that it had in files at most.
    /// - Returns: the names that the source has in the outbox now, as `outputs` gives them.
    @discardableResult
    package func recordStaged(
        _ job: JobRecord, sha256: String, peak: UInt64, spilled: UInt64 = 0, sidecar: [UInt8], outputs: [OutputName]
    ) async throws -> [OutputRecord] {
        try await commits.write { database in
            try Self.move(
                job.id, to: .staged, "sha256 = ?, peak = ?, spilled = ?, sidecar = ?",
                [sha256, Int64(clamping: peak), Int64(clamping: spilled), Blob(sidecar).value], in: database)
            for output in outputs { try Self.own(output, by: job, in: database) }
            try Self.disown(allBut: outputs, by: job, in: database)
            return try Self.outputs(inbox: job.source.inbox, path: job.source.path, in: database)
        }
    }

    /// Renditions and sidecar are in the outbox, synced, at these paths.
    package func markPublished(_ job: JobRecord, at paths: [RelativePath]) async throws {
        try await commits.write { try Self.markPublished(job, at: paths, in: $0) }
    }

    /// The source has gone where its pipeline sends it; outputs of earlier jobs are removed.
    package func markDone(_ job: JobRecord, stay: JobRecord.Stay = .none, now: Double) async throws {
        try await commits.write { try Self.markDone(job, stay: stay, now: now, in: $0) }
    }

    /// Both at once, where nothing has to happen in between: no older output goes.
    package func markPublishedAndDone(
        _ job: JobRecord, at paths: [RelativePath], stay: JobRecord.Stay = .none, now: Double
    ) async throws {
        try await commits.write { database in
            try Self.markPublished(job, at: paths, in: database)
            try Self.markDone(job, stay: stay, now: now, in: database)
        }
    }

    private static func markPublished(_ job: JobRecord, at paths: [RelativePath], in database: Database) throws {
        try move(job.id, to: .published, nil, [], in: database)
        for path in paths {
            try database.run(
                "UPDATE output SET published = 1 WHERE path = ? AND inbox = ? AND source = ?",
                [path.data, job.source.inbox, job.source.path.data])
        }
    }

    private static func markDone(
        _ job: JobRecord, stay: JobRecord.Stay = .none, now: Double, in database: Database
    ) throws {
        try move(job.id, to: .done, "sidecar = NULL, finished_at = ?, stay = ?", [now, stay.rawValue], in: database)
        try database.run(
            "DELETE FROM output WHERE inbox = ? AND source = ? AND job < ? AND rendition IS NOT ?",
            [job.source.inbox, job.source.path.data, job.id, OutputName.copy])
    }

    /// The content is what an earlier job published already.
    package func markUnchanged(
        _ job: JobRecord, sha256: String, stay: JobRecord.Stay = .none, now: Double
    ) async throws {
        try await commits.write { database in
            try Self.move(
                job.id, to: .done, "sha256 = ?, finished_at = ?, stay = ?, plan = 'unchanged'",
                [sha256, now, stay.rawValue], in: database)
            // What was made of this content before is all that is made of it.
            try Self.dropUnused(by: job.id, in: database)
        }
    }

    /// Failed for good.
    package func quarantine(
        _ job: Int64, _ error: JobError, countsFailure: Bool, stay: JobRecord.Stay = .none, now: Double
    ) async throws {
        try await commits.write { database in
            try Self.move(
                job, to: .quarantined,
                "failures = failures + ?, error_code = ?, error_message = ?, error_stage = ?, finished_at = ?, stay = ?",
                [countsFailure ? 1 : 0, error.code.rawValue, error.message, error.stage, now, stay.rawValue],
                in: database)
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
}
