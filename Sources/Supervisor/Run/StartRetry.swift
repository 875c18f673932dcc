import Glibc
import Journal
import LinuxIO
import Logging
import Synchronization

/// Whether the process has been asked to stop, since its very start.
final class StopRequest: Sendable {
    private let state = Mutex((isSet: false, whenSet: [@Sendable () -> Void]()))

    var isSet: Bool { state.withLock { $0.isSet } }

    func set() {
        let bodies = state.withLock { state in
            defer { state = (true, []) }
            return state.whenSet
        }
        for body in bodies { body() }
    }

    /// Calls `body` once it is set; at once, if it is.
    func whenSet(_ body: @escaping @Sendable () -> Void) {
        let now = state.withLock { state in
            if !state.isSet { state.whenSet.append(body) }
            return state.isSet
        }
        if now { body() }
    }
}

/// Retries startup until the environment allows it: a disk that is full, read-only or not there yet is waited
/// for, as it would be later.
/// - Returns: nil if the process was asked to stop meanwhile.
/// - Throws: what `body` throws, where waiting does not help.
func retryUntilStarted<Value: Sendable>(
    _ report: ServiceReport, _ stop: StopRequest, _ logger: Logger, _ body: @Sendable () async throws -> Value
) async throws -> Value? {
    var pauses = 0
    while !stop.isSet {
        do {
            let value = try await body()
            if pauses > 0 { logger.info("resumed") }
            return value
        } catch  where isTransient(error) {
            pauses = min(pauses + 1, 7)
            let seconds = min(Double(1 << pauses) / 2, 60)
            logger.error(
                "paused at startup", metadata: ["reason": "\(error)", "seconds": .stringConvertible(seconds)])
            // It runs, and does what it can: the boot must not wait for it.
            report.ready()
            report.show("paused: \(error)")
            let end = monotonicNanoseconds() + Int64(seconds * 1e9)
            while !stop.isSet, monotonicNanoseconds() < end {
                report.alive()
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }
    return nil
}

/// Whether a fault of the environment may pass by itself.
private func isTransient(_ error: any Error) -> Bool {
    switch error {
    case let error as SystemCallError:
        [ENOSPC, EDQUOT, EROFS, EIO, ENODEV, ENXIO, ESTALE, ENOTCONN, ETIMEDOUT, EHOSTDOWN].contains(error.errno)
    case JournalError.unwritable: true
    default: Journal.isOfDisk(error)
    }
}
