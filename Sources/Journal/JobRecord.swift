package import PipelineModel

/// A row of the journal: one job.
package struct JobRecord: Sendable, Equatable {
    package var id: Int64
    package var source: SourceIdentity
    package var pipelineName: String
    package var pipelineDigest: String
    package var state: JobState
    /// How often a worker was given it.
    package var attempts: Int
    /// How many of those failed by the job's own fault.
    package var failures: Int
    /// SHA-256 of the source (hex), once a worker has read it.
    package var sha256: String?
    package var error: JobError?
    /// The sidecar, JSON, from staged to done.
    package var sidecar: [UInt8]?
    /// Seconds since 1970.
    package var queuedAt: Double
    package var finishedAt: Double?
    /// After a failure: when it is tried again at the earliest.
    package var retryAt: Double?
    /// Whether its source is still in the inbox though it was to be taken out.
    package var stay = Stay.none

    package enum Stay: Int, Sendable {
        case none = 0
        /// It could not be taken out.
        case forGood = 1
        /// Somebody was writing to it, or it had changed: it is offered again.
        case forNow = 2
    }

    /// Attempts that ended with the supervisor, so that nobody knows how they would have gone.
    package var interruptions: Int { max(0, attempts - failures) }

    /// The job's name in sidecars, log lines and staging.
    package var name: String { Self.name(of: id) }

    package static func name(of job: Int64) -> String { "job-\(job)" }
}

/// How many jobs are in which state.
package typealias JobCounts = [JobState: Int]

/// What a journal holds, as of its last commit.
package struct JournalCounts: Sendable, Equatable {
    package var present: JobCounts = [:]
    /// How often a job came into the state, those too that have been forgotten since. Never less.
    package var ever: JobCounts = [:]
    /// Of those that are done: there was nothing to do.
    package var everUnchanged = 0
    /// Of those that were quarantined.
    package var everCodes: [ErrorCode: Int] = [:]
    /// Queued jobs that have failed before.
    package var retrying = 0
    /// Of quarantined jobs.
    package var codes: [ErrorCode: Int] = [:]
    /// When the oldest queued job came, seconds since 1970.
    package var oldest: Double?

    package init() {}

    /// For people: how many are in which state, and how many were done in all.
    package var shown: JobCounts {
        var shown = present
        for state in [JobState.done, .superseded] { shown[state] = ever[state] }
        return shown.filter { $0.value > 0 }
    }

    package var queued: Int { present[.queued] ?? 0 }
    package var running: Int { present[.running] ?? 0 }
    /// Made, and not yet in the outbox or not yet out of the inbox.
    package var finishing: Int { (present[.staged] ?? 0) + (present[.published] ?? 0) }
    /// Whether nothing is left to do.
    package var isIdle: Bool { queued + running + finishing == 0 }
}

/// A file that a job makes in the outbox.
package struct OutputName: Sendable, Equatable {
    /// Relative to the outbox.
    package var path: RelativePath
    /// Nil: the sidecar.
    package var rendition: String?
    package var bytes: UInt64?
    /// Hex.
    package var sha256: String?

    package init(path: RelativePath, rendition: String?, bytes: UInt64? = nil, sha256: String? = nil) {
        self.path = path
        self.rendition = rendition
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// The same as the journal knows it.
package struct OutputRecord: Sendable, Equatable {
    package var name: OutputName
    /// The newest job that makes it.
    package var job: Int64
    /// Whether a result of this source has been published there: only then may what lies there be replaced or removed.
    package var isPublished: Bool
}
