import LinuxIO
import Logging
import Status
import Synchronization

/// Logs memory use at intervals while jobs run, and when it approaches the cap.
final class MemoryLog: Sendable {
    private let logger: Logger
    private let reports = Mutex(MemoryReports(now: seconds()))

    init(_ logger: Logger) { self.logger = logger }

    func take(_ sample: MemorySample) {
        for report in reports.withLock({ $0.take(sample, now: seconds()) }) {
            switch report {
            case .regular: logger.info("memory", metadata: sample.metadata)
            case .high: logger.warning("memory is over 80 % of the cap", metadata: sample.metadata)
            }
        }
    }
}

private func seconds() -> Double { Double(monotonicNanoseconds()) / 1e9 }
