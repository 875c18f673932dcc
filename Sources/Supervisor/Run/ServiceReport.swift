import LinuxIO
import Status
import Synchronization

/// Reports to the service manager that the service is ready, its status, that it is reloading its pipelines, that it
/// is stopping. Does nothing without one.
final class ServiceReport: Sendable {
    private struct State {
        var text = ""
        var isStopping = false
        /// Why the last reload was refused.
        var refusal: String?
    }

    private let manager: ServiceManager?
    private let state = Mutex(State())

    init(_ manager: ServiceManager?) { self.manager = manager }

    /// Whether there is a listener.
    var isHeard: Bool { manager != nil }

    /// Nanoseconds between watchdog pings, half of the manager's timeout; nil: no watchdog.
    var beat: Int64? { manager?.watchdog.map { max($0 / 2, 1_000_000) } }

    func ready() { manager?.notify("READY=1") }

    func alive() { manager?.notify("WATCHDOG=1") }

    /// What `systemctl status` shows; sent if it has changed.
    func show(_ text: String) {
        let told: String? = state.withLock { state in
            let told = state.refusal.map { "\(text); \($0)" } ?? text
            guard told != state.text else { return nil }
            state.text = told
            return told
        }
        if let told { manager?.notify("STATUS=\(told)") }
    }

    func reloading() {
        manager?.notify(
            "RELOADING=1", "MONOTONIC_USEC=\(monotonicNanoseconds() / 1000)", "STATUS=reloading the pipelines")
    }

    /// - Parameter refusal: why the old pipelines are kept; nil if the new ones are used.
    func reloaded(refusal: String?) {
        state.withLock { state in
            state.refusal = refusal.map { "not reloaded, keeping the old pipelines: \($0.prefix(300))" }
            state.text = ""
        }
        // It is ready either way; the failure is in the log and in the status.
        let text = state.withLock { $0.refusal } ?? "reloaded"
        manager?.notify("READY=1", "STATUS=\(text)")
    }

    /// Once.
    func stopping() {
        let isFirst = state.withLock { state in
            defer { state.isStopping = true }
            return !state.isStopping
        }
        if isFirst { manager?.notify("STOPPING=1") }
    }

    /// Still busy: extends the start or stop timeout by `seconds`.
    func extend(seconds: Int) { manager?.notify("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000)") }
}

/// One line for `systemctl status`.
func serviceStatus(_ status: SupervisorStatus) -> String {
    let queue = status.queue
    let memory = "\(status.memory.used >> 20) of \(status.memory.cap >> 20) MiB"
    var parts = ["\(queue.waiting) queued", "\(queue.running) running"]
    if queue.finishing > 0 { parts.append("\(queue.finishing) being published") }
    parts.append(memory)
    let line = parts.joined(separator: ", ")
    switch status.state {
    case .paused: return "paused: \((status.pause?.reason ?? "").prefix(300)); \(line)"
    case .draining: return "stopping: \(line)"
    case .idle where status.inboxes.contains { $0.state == .gone }: return "an inbox is gone; \(line)"
    case .idle: return "idle, \(memory)"
    case .running: return line
    }
}
