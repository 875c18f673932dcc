import LinuxIO
import Synchronization

/// What an inbox's thread shares with the others.
final class InboxOutlet: Sendable {
    let inbox: Int
    let mailbox: Mailbox
    let ready: BoundedQueue<ReadySource>
    let refusals: BoundedQueue<Refusal>
    /// Of all inboxes.
    let events: BoundedQueue<InboxEvent>
    let marks: WriterMarks
    private let counts = Mutex(InboxSnapshot())

    init(_ inbox: Int, _ mailbox: Mailbox, _ events: BoundedQueue<InboxEvent>, writerLimit: Duration) {
        self.inbox = inbox
        self.mailbox = mailbox
        self.events = events
        ready = BoundedQueue(capacity: 512) { mailbox.wake() }
        refusals = BoundedQueue(capacity: 512) { mailbox.wake() }
        marks = WriterMarks(writerLimit: writerLimit)
    }

    func publish(_ body: (inout InboxSnapshot) -> Void) { counts.withLock { body(&$0) } }

    /// A source has settled: it is counted there or here, and never twice or not at all.
    func hand(over source: ReadySource, settling: Int) {
        counts.withLock { counts in
            counts.settling = settling
            ready.offer(source)
        }
    }

    var snapshot: InboxSnapshot {
        var snapshot = counts.withLock { counts in
            counts.ready = ready.count
            return counts
        }
        snapshot.refusals = refusals.waitingCount
        snapshot.lastSignOfLife = mailbox.lastSignOfLife
        return snapshot
    }

    func stop() {
        mailbox.stop()
        ready.finish()
        refusals.finish()
    }
}
