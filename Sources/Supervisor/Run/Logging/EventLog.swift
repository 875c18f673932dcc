import Admission
import Engine
import Jobs
import Journal
import Logging
import Pipeline

/// One log line per event of a job. `job` is as in its sidecar; its number is that of the journal's row.
struct EventLog: Sendable {
    let logger: Logger
    let next: @Sendable (EngineEvent) -> Void

    func take(_ event: EngineEvent) {
        switch event {
        case .started(let job, let plan):
            var metadata = describe(job.source, job.id)
            metadata["attempt"] = .stringConvertible(job.attempts)
            metadata["estimate"] = .stringConvertible(plan.estimate)
            metadata["plan"] = "\(plan.way.rawValue)"
            logger.debug("started", metadata: metadata)
        case .published(let job, let sidecar):
            var metadata = describe(job.source, job.id)
            metadata["renditions"] = .stringConvertible(sidecar.renditions.count)
            metadata["seconds"] = .stringConvertible((sidecar.timing.wallSeconds * 1000).rounded() / 1000)
            metadata["peak"] = .stringConvertible(sidecar.memory.peak)
            logger.info("published", metadata: metadata)
        case .unchanged(let source, let job):
            logger.info("unchanged", metadata: describe(source, job))
        case .other(let source, let kind, let rule, let job):
            var metadata = describe(source, job)
            metadata["kind"] = "\(kind)"
            metadata["others"] = "\(rule.rawValue)"
            logger.info("no picture", metadata: metadata)
        case .followed(let source, let disposal, let job):
            var metadata = describe(source, job)
            metadata["after"] = "\(disposal.rawValue)"
            logger.info("has left with its picture", metadata: metadata)
        case .quarantined(let source, let error, let job):
            logger.warning("quarantined", metadata: describe(source, job, error))
        case .stillQuarantined(let source, let error, let job):
            logger.debug("still quarantined", metadata: describe(source, job, error))
        case .willRetry(let job, let error, let delay):
            var metadata = describe(job.source, job.id, error)
            metadata["attempt"] = .stringConvertible(job.attempts)
            metadata["delay"] = .stringConvertible(delay)
            logger.warning("will be retried", metadata: metadata)
        case .sourceNotRemoved(let source, let reason, let job):
            var metadata = describe(source, job)
            metadata["reason"] = "\(reason)"
            logger.warning("cannot be removed from the inbox", metadata: metadata)
        case .requeued(let job, let reason, let delay):
            var metadata = describe(job.source, job.id)
            metadata["reason"] = "\(reason)"
            metadata["attempt"] = .stringConvertible(job.attempts)
            metadata["delay"] = .stringConvertible(delay)
            logger.warning("will be retried", metadata: metadata)
        case .sourceOfferedAgain(let source, let reason, let job):
            var metadata = describe(source, job)
            metadata["reason"] = "\(reason)"
            logger.warning("left in the inbox, to be checked again", metadata: metadata)
        case .overtaken(let source, let job):
            logger.info("replaced by a newer drop", metadata: describe(source, job))
        case .superseded(let source, let job):
            logger.info("removed or changed before processing", metadata: describe(source, job))
        case .paused(let reason, let seconds):
            logger.error("paused", metadata: ["reason": "\(reason)", "seconds": .stringConvertible(seconds)])
        case .held(let reason):
            logger.error("paused", metadata: ["reason": "\(reason)"])
        case .resumed:
            logger.info("resumed")
        case .journalSetAside(let damage):
            logger.error("\(damage); rebuilding it from the sidecars")
        }
        next(event)
    }

    private func describe(_ source: SourceIdentity, _ job: Int64, _ error: JobError? = nil) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "job": "\(JobRecord.name(of: job))", "source": "\(source.path)", "inbox": "\(source.inbox)",
        ]
        if let error {
            metadata["code"] = "\(error.code.rawValue)"
            metadata["error"] = "\(error.message)"
        }
        return metadata
    }
}
