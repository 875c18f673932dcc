import Jobs
import LinuxIO
import Synchronization

/// The process's one watcher, shared by the threads of all inboxes; a thread of its own reads the kernel's events and
/// hands them on. Nothing here waits for a file system: what may hang is not to be watched (`Mount.isRemote`), and a
/// hung inbox' events are dropped, which it makes up for by a scan.
final class WatchHub: Sendable {
    /// Receives an inbox's events.
    struct Recipient: Sendable {
        let inbox: Int
        let mailbox: Mailbox
        let marks: WriterMarks
    }

    enum Outcome: Equatable {
        case watching
        /// It has been for some time, as the same directory.
        case watchedAlready
        case limitReached
        case failed
        /// There is no watcher, or another than when the walk began.
        case noWatcher
    }

    private struct State {
        var watcher: Watcher?
        /// Why there is none.
        var reason = "events are disabled"
        /// Grows with each watcher.
        var generation = 0
        /// When a new one is to be made, in monotonic nanoseconds; nil while there is no reason to.
        var renewal: Int64?
        var lastOverflow: Int64 = 0
        var overflows = 0
    }

    private let state = Mutex(State())
    private let recipients: [Int: Recipient]
    private let isUsed: Bool
    private let emit: @Sendable (InboxEvent) -> Void
    private let wakeUp: WakeUp
    private let stopping = Atomic(false)

    /// Throws SystemCallError.
    init(_ recipients: [Recipient], isUsed: Bool, emit: @escaping @Sendable (InboxEvent) -> Void) throws {
        self.recipients = Dictionary(recipients.map { ($0.inbox, $0) }) { first, _ in first }
        self.isUsed = isUsed
        self.emit = emit
        wakeUp = try WakeUp()
    }

    func stop() {
        stopping.store(true, ordering: .relaxed)
        wakeUp.signal()
    }

    // MARK: For the inboxes' threads

    /// Before a scan: which watcher there is, made now where it can be; nil where there is none, and why.
    func begin() -> (generation: Int?, reason: String) {
        let (answer, isNew) = state.withLock { state -> ((Int?, String), Bool) in
            guard isUsed, !stopping.load(ordering: .relaxed) else { return ((nil, state.reason), false) }
            let isNew = state.watcher == nil && state.renewal == nil && make(&state)
            return ((state.watcher == nil ? nil : state.generation, state.reason), isNew)
        }
        if isNew { wakeUp.signal() }
        return answer
    }

    func watch(_ directory: Directory, _ status: FileStatus, inbox: Int, path: RelativePath?, generation: Int)
        -> Outcome
    {
        state.withLock { state in
            guard let watcher = state.watcher, state.generation == generation else { return .noWatcher }
            switch watcher.watch(directory, status, inbox: inbox, path: path) {
            case .watching: return .watching
            case .watchedAlready: return .watchedAlready
            case .limitReached: return .limitReached
            case .failed: return .failed
            }
        }
    }

    /// Whether a directory is watched under this path, the same as is there now or not.
    func knows(_ path: RelativePath, inbox: Int) -> Bool {
        state.withLock { $0.watcher?.knows(path, inbox: inbox) ?? false }
    }

    func isWatching(_ status: FileStatus, inbox: Int, path: RelativePath) -> Bool {
        state.withLock { $0.watcher?.isWatching(status, inbox: inbox, path: path) ?? false }
    }

    func unwatch(inbox: Int) { state.withLock { $0.watcher?.unwatch(inbox: inbox) } }

    /// Whether as many directories are watched as may be.
    var isFull: Bool { state.withLock { ($0.watcher?.count ?? 0) >= Watcher.mostWatches } }

    private func make(_ state: inout State) -> Bool {
        do {
            state.watcher = try Watcher()
            state.generation += 1
            return true
        } catch Watcher.Failure.unavailable(let reason) {
            state.reason = reason
        } catch {
            state.reason = "\(error)"
        }
        return false
    }

    // MARK: The hub's thread

    func run() {
        while !stopping.load(ordering: .relaxed) {
            let (descriptor, renewal) = state.withLock { ($0.watcher?.descriptor, $0.renewal) }
            waitUntilReadable(
                [wakeUp.number] + (descriptor.map { [$0] } ?? []),
                nanoseconds: renewal.map { $0 - monotonicNanoseconds() })
            wakeUp.clear()
            renewIfDue()
            while !stopping.load(ordering: .relaxed), case let events = drain(), !events.isEmpty {
                for event in events { dispatch(event) }
            }
            // Meanwhile the kernel makes one event of a writer's many.
            if !stopping.load(ordering: .relaxed) { waitUntilReadable([wakeUp.number], nanoseconds: 5_000_000) }
        }
        state.withLock { $0.watcher = nil }
    }

    private func drain() -> [WatchEvent] { state.withLock { $0.watcher?.drain() ?? [] } }

    private func renewIfDue() {
        let now = monotonicNanoseconds()
        let isRenewed = state.withLock { state in
            guard let due = state.renewal, due <= now else { return false }
            state.renewal = nil
            // The old one goes first: a user may have few.
            state.watcher = nil
            _ = make(&state)
            return true
        }
        guard isRenewed else { return }
        for recipient in recipients.values {
            recipient.marks.clearAll()
            recipient.mailbox.demandScan()
        }
    }

    /// What the map of watches says may be wrong now (a directory moved), so it goes as well. Where it happens again and
    /// again, the inboxes are scanned less and less often for it.
    private func overflowed() {
        let now = monotonicNanoseconds()
        state.withLock { state in
            state.watcher = nil
            state.reason = "events were lost"
            state.overflows = now - state.lastOverflow < 60_000_000_000 ? min(state.overflows + 1, 6) : 0
            state.lastOverflow = now
            state.renewal = now + 200_000_000 << Int64(state.overflows)
        }
        for recipient in recipients.values { recipient.marks.clearAll() }
        emit(.overflow)
    }

    private func dispatch(_ event: WatchEvent) {
        guard let inbox = event.inbox else { return overflowed() }
        guard let recipient = recipients[inbox] else { return }
        recipient.marks.note(event)
        guard let hint = hint(event) else { return }
        // A thread that is at work makes room soon; the kernel keeps what comes meanwhile.
        let patience = monotonicNanoseconds() + 2_000_000_000
        while !recipient.mailbox.post(hint) {
            let now = monotonicNanoseconds()
            if stopping.load(ordering: .relaxed) || now > patience
                || now - recipient.mailbox.lastSignOfLife > 500_000_000
            {
                recipient.mailbox.demandScan()
                return
            }
            waitUntilReadable([wakeUp.number], nanoseconds: 1_000_000)
        }
    }

    private func hint(_ event: WatchEvent) -> InboxHint? {
        switch event {
        case .created(_, let path): .changed(path, .other)
        case .closed(_, let path): .changed(path, .closedAfterWriting)
        case .arrived(_, let path, _): .changed(path, .renamed)
        case .left(_, let path):
            Companions.file(besides: path) == nil && path.name != FolderRules.file ? nil : .left(path)
        case .directoryAppeared(_, let path, let sighting): .directoryAppeared(path, sighting)
        case .rootGone: .rootGone
        case .modified, .overflow: nil
        }
    }
}
