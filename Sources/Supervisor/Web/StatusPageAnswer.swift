import Jobs
import Outbox
import Status

/// What the page polls: the status, and what it displays.
struct StatusPageAnswer: Encodable {
    struct Recent: Encodable {
        var job: Int64?
        var source: String
        var inbox: String
        var pipeline: String?
        var finished: String
        var seconds: Double
        var format: String?
        var bytes: UInt64
        var written: UInt64
        var renditions: Int
        var labels: [Classification.Score]
        var failed: ErrorCode?
        /// Relative to the page.
        var thumbnail: String?

        init(_ result: RecentResults.Result) {
            job = result.job
            source = result.source
            inbox = result.inbox
            pipeline = result.pipeline
            finished = timestamp(result.finished)
            seconds = result.seconds
            format = result.format
            bytes = result.bytes
            written = result.written
            renditions = result.renditions
            labels = result.labels
            failed = result.failed
            if let job = result.job, result.thumbnail != nil { thumbnail = "thumbnails/\(job)" }
        }
    }

    var status: SupervisorStatus
    /// RFC 3339, UTC: the supervisor's clock, beside which all other times stand.
    var now: String
    var history: HourOfHistory.Samples
    var recent: [Recent]
    /// Nil: not read yet.
    var quarantine: QuarantineOnPage.Overview?

    init(_ status: SupervisorStatus, _ page: PageSnapshot, _ quarantine: QuarantineOnPage.Overview?) {
        self.status = status
        now = timestamp(page.now)
        history = page.history
        recent = page.recent.map(Recent.init)
        self.quarantine = quarantine
    }

    private enum Keys: CodingKey { case now, history, recent, quarantine }

    func encode(to encoder: any Encoder) throws {
        try status.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(now, forKey: .now)
        try container.encode(history, forKey: .history)
        try container.encode(recent, forKey: .recent)
        try container.encodeIfPresent(quarantine, forKey: .quarantine)
    }
}
