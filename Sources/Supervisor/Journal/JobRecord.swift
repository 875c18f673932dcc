package import Jobs

/// A row of the journal: one job. A class, because many tasks hold the same one at the same time.
package final class JobRecord: Sendable, Equatable {
    package let id: Int64
    package let source: SourceIdentity
    package let pipelineName: String
    package let pipelineDigest: String
    package let state: JobState
    /// How often a worker was given it.
    package let attempts: Int
    /// How many of those failed by the job's own fault.
    package let failures: Int
    /// SHA-256 of the source (hex), once a worker has read it.
    package let sha256: String?
    package let error: JobError?
    /// The sidecar, JSON, from staged to done.
    package let sidecar: [UInt8]?
    /// Seconds since 1970.
    package let queuedAt: Double
    package let finishedAt: Double?
    /// After a failure: when it is tried again at the earliest.
    package let retryAt: Double?
    /// Whether its source is still in the inbox though it was to be taken out.
    package let stay: Stay
    /// Of a file that is no picture, and was dealt with as such: what it is, as `OtherContent` names it.
    package let other: String?
    /// What its companions were when a worker had it last; nil without any.
    package let companions: String?
    /// What was decided of the names of its results; nil where these do not ask for it, or not yet.
    package let naming: JobNaming?

    package init(
        id: Int64, source: SourceIdentity, pipelineName: String, pipelineDigest: String, state: JobState,
        attempts: Int, failures: Int, sha256: String? = nil, error: JobError? = nil, sidecar: [UInt8]? = nil,
        queuedAt: Double, finishedAt: Double? = nil, retryAt: Double? = nil, stay: Stay = .none,
        other: String? = nil, companions: String? = nil, naming: JobNaming? = nil
    ) {
        self.id = id
        self.source = source
        self.pipelineName = pipelineName
        self.pipelineDigest = pipelineDigest
        self.state = state
        self.attempts = attempts
        self.failures = failures
        self.sha256 = sha256
        self.error = error
        self.sidecar = sidecar
        self.queuedAt = queuedAt
        self.finishedAt = finishedAt
        self.retryAt = retryAt
        self.stay = stay
        self.other = other
        self.companions = companions
        self.naming = naming
    }

    package static func == (one: JobRecord, other: JobRecord) -> Bool {
        one.id == other.id && one.source == other.source && one.pipelineName == other.pipelineName
            && one.pipelineDigest == other.pipelineDigest && one.state == other.state
            && one.attempts == other.attempts && one.failures == other.failures && one.sha256 == other.sha256
            && one.error == other.error && one.sidecar == other.sidecar && one.queuedAt == other.queuedAt
            && one.finishedAt == other.finishedAt && one.retryAt == other.retryAt && one.stay == other.stay
            && one.other == other.other && one.companions == other.companions
            && one.naming == other.naming
    }

    package enum Stay: Int, Sendable {
        case none = 0
        /// It could not be taken out.
        case forGood = 1
        /// It was being written to, or had changed: it is offered again.
        case forNow = 2
        /// It is no picture, and was left where it is.
        case left = 3
    }

    /// Attempts that ended with the supervisor, so that their outcome is unknown.
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
    /// The same: it was no picture.
    package var everOthers = 0
    /// Files that are no pictures, by what they are.
    package var others: [String: Int] = [:]
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
