package import Jobs
import LinuxIO
import Synchronization

/// Reports what lands in inboxes, from a thread per inbox that watches, scans and checks files, so that none of it
/// blocks async code, and an inbox whose file system hangs stops itself only.
///
/// The kernel's events are hints that say where to look at once; scans at start, at intervals and after lost events are the
/// truth. Little waits here: where what was found is not taken, the scan stands still.
package final class InboxSource: Sendable {
    private let outlets: [Int: InboxOutlet]
    private let events: BoundedQueue<InboxEvent>
    private let hub: WatchHub
    private let roots: [InboxRoot]
    private let settings: InboxSettings
    private let started = Atomic(false)

    /// How many sources or refusals are handed over at once.
    private static let batch = 256

    /// Throws SystemCallError.
    package init(roots: [InboxRoot], settings: InboxSettings = InboxSettings()) throws {
        self.roots = roots
        self.settings = settings
        let mailboxes = try roots.map { _ in try Mailbox() }
        let events = BoundedQueue<InboxEvent>(capacity: 256) { for mailbox in mailboxes { mailbox.wake() } }
        let outlets = zip(roots, mailboxes).map { root, mailbox in
            InboxOutlet(
                root.id, mailbox, events, writerLimit: root.writerLimit ?? settings.hold.writerLimit)
        }
        self.events = events
        self.outlets = Dictionary(outlets.map { ($0.inbox, $0) }) { first, _ in first }
        hub = try WatchHub(
            outlets.map { WatchHub.Recipient(inbox: $0.inbox, mailbox: $0.mailbox, marks: $0.marks) },
            isUsed: settings.usesEvents
        ) { events.emit($0) }
    }

    deinit { stop() }

    /// Starts watching; call once. Throws SystemCallError.
    package func start() throws {
        started.store(true, ordering: .relaxed)
        try startThread(named: "sluice-watch", stack: 256 << 10) { [hub, events] in
            hub.run()
            events.finish()
        }
        for root in roots {
            guard let outlet = outlets[root.id] else { continue }
            try startThread(named: "sluice-inbox") { [settings, hub, share = roots.count] in
                InboxEngine(root, settings, hub, outlet, share: share).run()
            }
        }
    }

    // MARK: What was found

    /// Sources that are complete, up to 256, each once per state of its file; waits for one. For one consumer an inbox.
    /// Nil after `stop`.
    package func nextReady(inbox: Int) async -> [ReadySource]? { await outlets[inbox]?.ready.next(Self.batch) }

    /// What `nextReady` gave last is counted elsewhere by now. Waits for nothing.
    package func acknowledgeReady(inbox: Int) { outlets[inbox]?.ready.acknowledge() }

    /// What can never be a source, up to 256, each once per state as far as that is remembered; waits for one. For one
    /// consumer an inbox. Nil after `stop`.
    package func nextRefusals(inbox: Int) async -> [Refusal]? { await outlets[inbox]?.refusals.next(Self.batch) }

    /// What else happens, in order; waits for it. For one consumer. Nil after `stop`.
    package func nextEvents() async -> [InboxEvent]? { await events.next(Self.batch) }

    /// What waits, and how the inbox' thread fares. Never waits for that.
    package func snapshot(inbox: Int) -> InboxSnapshot { outlets[inbox]?.snapshot ?? InboxSnapshot() }

    /// Whether events show that a file is being written to and has not been closed since. Never waits for a disk.
    package func isBeingWritten(_ path: RelativePath, inbox: Int) -> Bool {
        outlets[inbox]?.marks.contains(path) ?? false
    }

    // MARK: Requests

    /// A source was dealt with. Where it was moved away or deleted, all memory of it goes; where it was kept, it stays
    /// known, so that it is not offered again until it changes.
    package func done(_ path: RelativePath, inbox: Int) { outlets[inbox]?.mailbox.post(.done(path)) }

    /// Drops all memory of a file: the next scan or event that meets it offers it again.
    package func forget(_ path: RelativePath, inbox: Int) { outlets[inbox]?.mailbox.post(.forget(path)) }

    /// Offers a file again, once it has settled.
    package func retry(_ path: RelativePath, inbox: Int) { outlets[inbox]?.mailbox.post(.retry(path)) }

    /// Scans an inbox now.
    package func rescan(inbox: Int) { outlets[inbox]?.mailbox.post(.rescan) }

    /// Ends the threads, each as soon as its file system answers, and what is waited for above, at once.
    package func stop() {
        for outlet in outlets.values { outlet.stop() }
        hub.stop()
        if !started.load(ordering: .relaxed) { events.finish() }
    }
}

extension BoundedQueue<InboxEvent> {
    /// Always finds room: drops an outdated state event, or else the oldest event.
    func emit(_ event: InboxEvent) {
        _ = edit { waiting in
            if waiting.count >= 2 * capacity { waiting.remove(at: waiting.firstIndex { !$0.isAboutFile } ?? 0) }
            waiting.append(event)
            return true
        }
    }
}
