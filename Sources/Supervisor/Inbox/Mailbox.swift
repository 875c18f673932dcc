import Jobs
import LinuxIO
import Synchronization

/// A command for an inbox's thread.
enum InboxCommand: Sendable {
    case done(RelativePath)
    case forget(RelativePath)
    case retry(RelativePath)
    case rescan
}

/// Where to check, and why.
enum InboxHint: Sendable, Equatable {
    case changed(RelativePath, Sighting)
    /// What may have been a companion of another file is there no more.
    case left(RelativePath)
    case directoryAppeared(RelativePath, Sighting)
    case rootGone

    fileprivate var cost: Int {
        switch self {
        case .changed(let path, _), .left(let path), .directoryAppeared(let path, _): path.bytes.count + 64
        case .rootGone: 64
        }
    }
}

/// A bounded number of commands and hints for an inbox's thread, and its wake-up. What does not fit is made up for by
/// a scan.
final class Mailbox: Sendable {
    struct Mail {
        var commands: [InboxCommand] = []
        var hints: [InboxHint] = []
        /// Something was lost, or is seen differently: everything is to be scanned.
        var mustScan = false
        /// Commands were lost: nothing that was offered may count as told.
        var mustForget = false
        var hasMore = false
    }

    private struct State {
        var commands: [InboxCommand] = []
        var hints: [InboxHint] = []
        var hintBytes = 0
        var mustScan = false
        var mustForget = false
    }

    let wakeUp: WakeUp
    private static let mostCommands = 1024
    private static let mostHints = 1024
    private static let mostHintBytes = 256 << 10
    private let state = Mutex(State())
    private let stopping = Atomic(false)
    /// When the thread was last seen at work, in monotonic nanoseconds; `Int64.max` while it waits to be woken up.
    private let life = Atomic(Int64.max)

    init() throws { wakeUp = try WakeUp() }

    // MARK: For others

    /// Known at once, so that a scan under way can end early.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func stop() {
        stopping.store(true, ordering: .relaxed)
        wakeUp.signal()
    }

    /// Monotonic nanoseconds.
    var lastSignOfLife: Int64 { min(life.load(ordering: .relaxed), monotonicNanoseconds()) }

    func post(_ command: InboxCommand) {
        state.withLock { state in
            if state.commands.count < Self.mostCommands {
                state.commands.append(command)
            } else {
                (state.mustForget, state.mustScan) = (true, true)
            }
        }
        wakeUp.signal()
    }

    /// Whether there was room. Several about one path, one after the other, become one.
    func post(_ hint: InboxHint) -> Bool {
        let (isTaken, wasEmpty) = state.withLock { state -> (Bool, Bool) in
            // The scan will see it.
            if state.mustScan, hint != .rootGone { return (true, false) }
            let wasEmpty = state.hints.isEmpty
            if case .changed(let path, _) = hint, case .changed(path, _)? = state.hints.last {
                state.hints[state.hints.count - 1] = hint
                return (true, false)
            }
            guard state.hints.count < Self.mostHints, state.hintBytes + hint.cost <= Self.mostHintBytes else {
                return (false, false)
            }
            state.hints.append(hint)
            state.hintBytes += hint.cost
            return (true, wasEmpty)
        }
        if wasEmpty { wakeUp.signal() }
        return isTaken
    }

    /// Everything is to be scanned; the hints that wait are part of that.
    func demandScan() {
        state.withLock { state in
            state.mustScan = true
            state.hints.removeAll { $0 != .rootGone }
            state.hintBytes = state.hints.reduce(0) { $0 + $1.cost }
        }
        wakeUp.signal()
    }

    func wake() { wakeUp.signal() }

    // MARK: For the thread

    /// Takes what waits, up to `most` hints.
    func take(_ most: Int) -> Mail {
        life.store(monotonicNanoseconds(), ordering: .relaxed)
        return state.withLock { state in
            var mail = Mail(mustScan: state.mustScan, mustForget: state.mustForget)
            mail.hints = Array(state.hints.prefix(most))
            state.hints.removeFirst(mail.hints.count)
            state.hintBytes -= mail.hints.reduce(0) { $0 + $1.cost }
            (mail.commands, state.commands) = (state.commands, [])
            (state.mustScan, state.mustForget) = (false, false)
            mail.hasMore = !state.hints.isEmpty
            return mail
        }
    }

    /// Shows that the thread is at work.
    func beat() { life.store(monotonicNanoseconds(), ordering: .relaxed) }

    /// Waits to be woken up, until `due` (monotonic nanoseconds; nil: no limit).
    func wait(until due: Int64?) {
        life.store(.max, ordering: .relaxed)
        waitUntilReadable([wakeUp.number], nanoseconds: due.map { $0 - monotonicNanoseconds() })
        beat()
        wakeUp.clear()
    }
}
