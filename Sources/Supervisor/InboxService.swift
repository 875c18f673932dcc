import Inbox
import Logging
import PipelineModel
import ServiceLifecycle
import Synchronization

/// Passes what settles in the inboxes on to the engine.
struct InboxService: Service {
    let source: InboxSource
    let engine: Engine
    /// By the number that the source knows them by.
    let inboxes: [String]
    let board: StatusBoard
    /// Takes the lock of an inbox that was made anew.
    let relock: @Sendable (_ inbox: String) throws -> Void
    let logger: Logger

    func run() async throws {
        try source.start()
        let backlog = Backlog()
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in source.events { backlog.append(event) }
                    backlog.finish()
                }
                // What was not taken when the end came is found by the scan at the next start.
                group.addTask {
                    for await events in backlog where !Task.isShuttingDownGracefully { await take(events) }
                }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            source.stop()
        }
    }

    /// In order; what is ready is queued together, in one commit.
    private func take(_ events: [InboxEvent]) async {
        var ready: [SourceIdentity] = []
        for event in events {
            if case .ready(let source) = event {
                ready.append(
                    SourceIdentity(inbox: inboxes[source.inbox], path: source.path, status: source.status))
            } else {
                await submit(ready)
                ready = []
                await take(event)
            }
            // Not too many at once: each is held several times over until the commit.
            if ready.count == 256 {
                await submit(ready)
                ready = []
            }
        }
        await submit(ready)
    }

    private func submit(_ sources: [SourceIdentity]) async {
        guard !sources.isEmpty else { return }
        await insist { _ = try await engine.submit(sources) }
    }

    private func take(_ event: InboxEvent) async {
        switch event {
        case .ready: break
        case .refused(let inbox, let refusal):
            let identity = SourceIdentity(inbox: inboxes[inbox], path: refusal.path, status: refusal.status)
            await insist { try await engine.refuse(identity, refusal.error) }
        case .broughtBack(let inbox, let path):
            logger.warning(
                "a source that a run before had put aside is back",
                metadata: ["inbox": "\(inboxes[inbox])", "source": "\(path)"])
        case .scanned(let inbox, let complete):
            if !complete {
                logger.warning("a directory could not be read", metadata: ["inbox": "\(inboxes[inbox])"])
            }
        case .polling(let inbox, let reason):
            board.note(inbox: inbox, .polled, reason: reason)
            logger.warning("polling", metadata: ["inbox": "\(inboxes[inbox])", "reason": "\(reason)"])
        case .watching(let inbox):
            board.note(inbox: inbox, .watched)
            logger.info("watched again", metadata: ["inbox": "\(inboxes[inbox])"])
        case .overflow:
            logger.warning("the kernel dropped events: scanning everything")
        case .rootGone(let inbox, let reason):
            board.note(inbox: inbox, .gone, reason: reason)
            logger.error("an inbox is gone", metadata: ["inbox": "\(inboxes[inbox])", "reason": "\(reason)"])
        case .rootBack(let inbox):
            board.note(inbox: inbox, .watched)
            logger.info("an inbox is back", metadata: ["inbox": "\(inboxes[inbox])"])
            do {
                try await engine.reopen(inbox: inboxes[inbox])
                try relock(inboxes[inbox])
            } catch {
                logger.error("an inbox cannot be opened", metadata: ["error": "\(error)"])
            }
        }
    }

    /// What cannot be journalled now (a full disk) waits here, and all that comes after it: nothing is dropped. Once the
    /// engine stops, which is before this service is told to, nothing more is taken: it stays in the inbox.
    private func insist(_ body: () async throws -> Void) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled, await !engine.isStopping {
            do {
                try await body()
                return board.note(intakeFault: nil)
            } catch {
                board.note(intakeFault: "sources cannot be taken in: \(error)")
                await engine.waitOut(error)
            }
        }
    }
}

/// Events that wait to be taken, all of them at once.
private final class Backlog: AsyncSequence, Sendable {
    private let waiting = Mutex<[InboxEvent]>([])
    private let signal: AsyncStream<Void>
    private let signaller: AsyncStream<Void>.Continuation

    init() {
        (signal, signaller) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func append(_ event: InboxEvent) {
        waiting.withLock { $0.append(event) }
        signaller.yield()
    }

    func finish() { signaller.finish() }

    struct Iterator: AsyncIteratorProtocol {
        let backlog: Backlog
        var signals: AsyncStream<Void>.Iterator

        mutating func next() async -> [InboxEvent]? {
            guard await signals.next() != nil else { return nil }
            return backlog.waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(backlog: self, signals: signal.makeAsyncIterator()) }
}
