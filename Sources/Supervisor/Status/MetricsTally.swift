import Engine
package import Jobs
import Journal
import LinuxIO
import Models
import Pipeline
import Schema
import WorkerPool

/// Counters since the supervisor's start, for health and metrics. Bounded: every label has a fixed set of values.
package struct MetricsTally: Sendable {
    /// Final states of jobs, as in the journal.
    package enum End: String, Sendable, CaseIterable {
        case done, unchanged, other, quarantined, superseded
    }

    package private(set) var ends: [End: UInt64] = [:]
    /// Of quarantined jobs.
    package private(set) var codes: [ErrorCode: UInt64] = [:]
    /// Attempts that failed and are made again.
    package private(set) var retries: [ErrorCode: UInt64] = [:]
    package private(set) var pauses: UInt64 = 0

    package private(set) var jobSeconds = Histogram.work
    package private(set) var waitSeconds = Histogram.wait
    package private(set) var stageSeconds: [String: Histogram] = [:]
    package private(set) var renditionSeconds: [String: Histogram] = [:]
    package var commitSeconds = Histogram.commit
    /// Estimated over measured peak memory.
    package private(set) var estimateRatio = Histogram.ratio

    package private(set) var renditions: UInt64 = 0
    package private(set) var bytesRead: UInt64 = 0
    package private(set) var bytesWritten: UInt64 = 0

    package var workers = 0
    package var workersStarted: UInt64 = 0
    package private(set) var deaths: [String: UInt64] = [:]
    /// Bytes.
    package private(set) var supervisorPeak: UInt64 = 0
    package private(set) var workersPeak: UInt64 = 0

    package var models: [String] = []
    /// When results were last published, seconds since 1970.
    package private(set) var lastSuccess: Double?
    /// When a job last started or ended, monotonic nanoseconds.
    package private(set) var lastMove: Int64 = 0

    mutating func take(_ event: EngineEvent, now: Double, instant: Int64) {
        lastMove = instant
        switch event {
        case .published(_, let sidecar):
            ends[.done, default: 0] += 1
            lastSuccess = now
            take(sidecar)
        case .unchanged:
            ends[.unchanged, default: 0] += 1
            lastSuccess = now
        case .quarantined(_, let error, _):
            ends[.quarantined, default: 0] += 1
            codes[error.code, default: 0] += 1
        case .superseded, .overtaken: ends[.superseded, default: 0] += 1
        case .other: ends[.other, default: 0] += 1
        case .willRetry(_, let error, _): retries[error.code, default: 0] += 1
        case .paused, .held: pauses += 1
        case .followed, .started, .stillQuarantined, .requeued, .sourceOfferedAgain, .sourceNotRemoved, .resumed,
            .journalSetAside:
            break
        }
    }

    /// Ends as the journal has them, so that queue and ends are of one moment.
    mutating func setEnds(_ counts: JournalCounts, since before: JournalCounts) {
        ends[.done] = UInt64(max(0, counts.published(since: before)))
        ends[.unchanged] = UInt64(max(0, counts.everUnchanged - before.everUnchanged))
        ends[.other] = UInt64(max(0, counts.everOthers - before.everOthers))
        ends[.quarantined] = UInt64(max(0, counts.came(into: .quarantined, since: before)))
        ends[.superseded] = UInt64(max(0, counts.came(into: .superseded, since: before)))
        for (code, count) in counts.everCodes { codes[code] = UInt64(max(0, count - (before.everCodes[code] ?? 0))) }
    }

    mutating func began(_ job: JobRecord, now: Double, instant: Int64) {
        lastMove = instant
        // A second attempt waited for another reason.
        if job.attempts == 0 { waitSeconds.add(max(0, now - job.queuedAt)) }
    }

    mutating func note(_ death: Death) { deaths[death.cause.label, default: 0] += 1 }

    mutating func note(supervisor: UInt64, workers: UInt64) {
        supervisorPeak = max(supervisorPeak, supervisor)
        workersPeak = max(workersPeak, workers)
    }

    private mutating func take(_ sidecar: Sidecar) {
        jobSeconds.add(sidecar.timing.wallSeconds)
        for stage in sidecar.stages { stageSeconds.add(stage.seconds, to: stage.name, .work) }
        for rendition in sidecar.renditions {
            renditionSeconds.add(rendition.seconds, to: rendition.format, .work)
            bytesWritten &+= rendition.bytes
        }
        bytesWritten &+= sidecar.motion?.bytes ?? 0
        renditions &+= UInt64(sidecar.renditions.count)
        bytesRead &+= sidecar.source.bytes
        // For attempts that reused staged results, say, nothing was measured.
        if sidecar.memory.peak > 0, sidecar.memory.estimate > 0 {
            estimateRatio.add(Double(sidecar.memory.estimate) / Double(sidecar.memory.peak))
        }
    }
}

extension [String: Histogram] {
    /// Names come from workers: unknown ones are counted as `other`.
    fileprivate mutating func add(_ value: Double, to name: String, _ new: Histogram) {
        let known = self[name] != nil || count < 32
        self[known ? name : "other", default: new].add(value)
    }
}

extension Death.Cause {
    package static let labels = [
        "exited", "signalled", "killed-from-outside", "timed-out", "over-memory", "broke-protocol", "stopped",
        "never-ready",
    ]

    /// Of the metrics' label `cause`; one of `labels`.
    var label: String {
        switch self {
        case .exited: "exited"
        case .signalled: "signalled"
        case .killedFromOutside: "killed-from-outside"
        case .timedOut: "timed-out"
        case .overMemory: "over-memory"
        case .brokeProtocol: "broke-protocol"
        case .stopped: "stopped"
        case .neverReady: "never-ready"
        }
    }
}

/// What a supervisor knows about itself at a given moment, without blocking.
package struct Vitals: Sendable {
    package var status: SupervisorStatus
    package var tally: MetricsTally
    /// Seconds since 1970.
    package var now: Double
    package var startedAt: Double
    /// When the oldest waiting source was first seen, seconds since 1970.
    package var oldest: Double?
    /// Seconds since a job began or ended, or since the start.
    package var still: Double
}

extension Pipeline {
    /// The names of the models that it runs, as people know them: the file's name without what follows the dot.
    var modelNames: [String] {
        models.map { model in
            let file = model.file.isEmpty ? model.classifier?.path ?? "" : model.file
            let name = file.split(separator: "/").last.map { String($0.split(separator: ".").first ?? $0) } ?? ""
            return name.isEmpty ? "built-in" : name
        }
    }
}
