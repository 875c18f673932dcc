import Journal
import Logging
import PipelineModel

/// One log line per thing that happens to a job.
struct EventLog: Sendable {
    let logger: Logger
    let next: @Sendable (EngineEvent) -> Void

    func take(_ event: EngineEvent) {
        switch event {
        case .started(let job, _):
            logger.debug("started", metadata: ["job": "\(job.name)", "source": "\(job.source.path)"])
        case .published(let job, let sidecar):
            logger.info(
                "published",
                metadata: [
                    "job": "\(job.name)", "source": "\(job.source.path)", "renditions": "\(sidecar.renditions.count)",
                    "seconds": "\(Double(Int(sidecar.timing.wallSeconds * 1000)) / 1000)",
                ])
        case .unchanged(let source):
            logger.info("unchanged", metadata: ["source": "\(source.path)"])
        case .quarantined(let source, let error):
            logger.warning("quarantined", metadata: describe(source, error))
        case .stillQuarantined(let source, let error):
            logger.debug("still quarantined", metadata: describe(source, error))
        case .willRetry(let job, let error, let delay):
            var metadata = describe(job.source, error)
            metadata["job"] = "\(job.name)"
            metadata["delay"] = "\(delay)"
            logger.warning("will be tried again", metadata: metadata)
        case .stays(let source, let reason):
            logger.warning(
                "cannot be taken out of the inbox", metadata: ["source": "\(source.path)", "reason": "\(reason)"])
        case .superseded(let source):
            logger.info("vanished or changed meanwhile", metadata: ["source": "\(source.path)"])
        case .paused(let reason, let seconds):
            logger.error("paused", metadata: ["reason": "\(reason)", "seconds": "\(seconds)"])
        case .resumed:
            logger.info("resumed")
        case .journalSetAside(let damage):
            logger.error("\(damage); a new one is filled from the sidecars")
        }
        next(event)
    }

    private func describe(_ source: SourceIdentity, _ error: JobError) -> Logger.Metadata {
        ["source": "\(source.path)", "code": "\(error.code.rawValue)", "message": "\(error.message)"]
    }
}
