import Configuration
import Logging
import Pipeline
import Schema
import ServiceLifecycle
import UnixSignals

/// On SIGHUP reads the configuration again. One with faults is refused, and the old one kept.
struct ReloadService: Service {
    /// Trapped from the start: before that, SIGHUP would end the process.
    let signals: UnixSignalsSequence
    let reload: @Sendable () throws -> Configuration
    let apply: @Sendable (Configuration) async throws -> Void
    let report: ServiceReport
    let logger: Logger

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            report.reloading()
            var refusal: String?
            do {
                let configuration = try reload()
                try await apply(configuration)
                logger.info(
                    "reloaded", metadata: ["pipelines": .array(configuration.inboxes.map { "\($0.pipeline.name)" })])
            } catch let faults as ConfigurationFaults {
                logger.error("not reloaded, keeping the old pipelines", metadata: ["faults": "\(faults)"])
                refusal = "\(faults)"
            } catch {
                logger.error("not reloaded, keeping the old pipelines", metadata: ["error": "\(error)"])
                refusal = "\(error)"
            }
            report.reloaded(refusal: refusal)
        }
    }
}
