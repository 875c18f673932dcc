import LinuxIO
package import PipelineModel
import Synchronization

/// Tells what lands in inboxes, from a thread of its own that watches, scans and looks at files, so that nothing of it
/// blocks async code.
///
/// The kernel's events are hints that say where to look at once; scans at start, at intervals and after lost events are
/// the truth. Files that are ready wait in `events` until they are taken, about 100 bytes each.
package final class InboxSource: Sendable {
    /// Ends after `stop`. For one consumer; when it stops listening, the thread ends.
    package let events: AsyncStream<InboxEvent>
    private let continuation: AsyncStream<InboxEvent>.Continuation
    private let mailbox: Mailbox
    private let roots: [InboxRoot]
    private let settings: InboxSettings

    /// Throws SystemCallError.
    package init(roots: [InboxRoot], settings: InboxSettings = InboxSettings()) throws {
        self.roots = roots
        self.settings = settings
        (events, continuation) = AsyncStream.makeStream()
        mailbox = try Mailbox()
        continuation.onTermination = { [mailbox] _ in mailbox.post(.stop) }
    }

    deinit { mailbox.post(.stop) }

    /// Starts watching; call once. Throws SystemCallError.
    package func start() throws {
        try startThread(named: "sluice-inbox") { [roots, settings, mailbox, continuation] in
            InboxEngine(roots: roots, settings: settings, mailbox: mailbox) { continuation.yield($0) }.run()
            continuation.finish()
        }
    }

    /// A source was dealt with. Where it was moved away or deleted, all memory of it goes; where it was kept, it stays
    /// known, so that it is not offered again until it changes.
    package func done(_ path: RelativePath, inbox: Int) { mailbox.post(.done(inbox: inbox, path)) }

    /// Drops all memory of a file: the next scan or event that meets it offers it again.
    package func forget(_ path: RelativePath, inbox: Int) { mailbox.post(.forget(inbox: inbox, path)) }

    /// Offers a file again, once it has settled.
    package func retry(_ path: RelativePath, inbox: Int) { mailbox.post(.retry(inbox: inbox, path)) }

    /// Scans an inbox now.
    package func rescan(inbox: Int) { mailbox.post(.rescan(inbox: inbox)) }

    /// Ends the thread and with it `events`, at once unless a scan of a directory or a look at a file is under way.
    package func stop() { mailbox.post(.stop) }
}

enum InboxCommand: Sendable {
    case done(inbox: Int, RelativePath)
    case forget(inbox: Int, RelativePath)
    case retry(inbox: Int, RelativePath)
    case rescan(inbox: Int)
    case stop
}

/// Commands for the thread, and what wakes it up.
final class Mailbox: Sendable {
    let wakeUp: WakeUp
    private let commands = Mutex<[InboxCommand]>([])
    private let stopping = Atomic(false)

    init() throws { wakeUp = try WakeUp() }

    /// Known at once, so that a scan under way can end early.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func post(_ command: InboxCommand) {
        if case .stop = command { stopping.store(true, ordering: .relaxed) }
        commands.withLock { $0.append(command) }
        wakeUp.signal()
    }

    func take() -> [InboxCommand] {
        commands.withLock { commands in
            wakeUp.clear()
            let taken = commands
            commands = []
            return taken
        }
    }
}
