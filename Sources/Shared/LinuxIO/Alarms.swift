import Synchronization

/// Timers that share one sleeping task: a task per timer leaves its timer with Dispatch until
/// that fires, cancelled or not, and hundreds of calls a second would hold some megabytes by that.
final class Alarms: Sendable {
    private struct Alarm {
        /// Monotonic nanoseconds.
        let due: Int64
        let ring: @Sendable () -> Void
    }
    private struct State {
        var alarms: [UInt64: Alarm] = [:]
        /// When the task wakes whose turn it is to look; `max` where there is none.
        var wake = Int64.max
    }
    private let state = Mutex(State())

    /// Those that are set.
    var count: Int { state.withLock { $0.alarms.count } }

    func set(_ number: UInt64, in seconds: Double, _ ring: @escaping @Sendable () -> Void) {
        let due = monotonicNanoseconds() + Int64(min(max(0, seconds), 1e9) * 1e9)
        let isFirst = state.withLock { state in
            state.alarms[number] = Alarm(due: due, ring: ring)
            guard due < state.wake else { return false }
            state.wake = due
            return true
        }
        if isFirst { Task { await watch(due) } }
    }

    func cancel(_ number: UInt64) { state.withLock { $0.alarms[number] = nil } }

    private func watch(_ first: Int64) async {
        var next = first
        while next < .max {
            try? await Task.sleep(for: .nanoseconds(max(0, next - monotonicNanoseconds())))
            let (due, following) = take(next)
            for alarm in due { alarm.ring() }
            next = following
        }
    }

    /// - Returns: those whose time is over, and when to look again; `max` where another task does, or none has to.
    private func take(_ wake: Int64) -> ([Alarm], Int64) {
        let now = monotonicNanoseconds()
        return state.withLock { state in
            guard state.wake == wake else { return ([], .max) }
            let due = state.alarms.filter { $0.value.due <= now }
            for number in due.keys { state.alarms[number] = nil }
            state.wake = state.alarms.values.map(\.due).min() ?? .max
            return (due.values.sorted { $0.due < $1.due }, state.wake)
        }
    }
}
