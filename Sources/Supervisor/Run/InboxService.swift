import Engine
import Inbox
import Jobs
import Journal
import Logging
import ServiceLifecycle
import Status

/// Passes settled sources on to the engine. Ready sources, refusals and events are handled separately, for
/// each inbox on its own: none waits for another. Where the journal does not take it, the inboxes' threads stand still.
struct InboxService: Service {
    let source: InboxSource
    let engine: Engine
    /// Indexed by the source's inbox number.
    let inboxes: [String]
    let board: StatusBoard
    /// Opens an inbox that is back, and takes its lock.
    let reopen: @Sendable (_ inbox: String) async throws -> Void
    let logger: Logger

    func run() async throws {
        try source.start()
        await withGracefulShutdownHandler {
            // What was not taken before the stop is found by the scan at the next start.
            await withTaskGroup(of: Void.self) { group in
                for (number, name) in inboxes.enumerated() {
                    group.addTask { await takeReady(number, name) }
                    group.addTask { await takeRefusals(number, name) }
                }
                group.addTask {
                    while let events = await source.nextEvents() {
                        for event in events { await take(event) }
                    }
                }
            }
        } onGracefulShutdown: {
            source.stop()
        }
    }

    private func takeReady(_ number: Int, _ name: String) async {
        var unchanged = 0
        while let ready = await source.nextReady(inbox: number) {
            let sources = ready.map { SourceIdentity(inbox: name, path: $0.path, status: $0.status) }
            await retryUntilAccepted {
                let submissions = try await engine.submit(sources) { source.acknowledgeReady(inbox: number) }
                unchanged += submissions.count { $0 == .unchanged }
            }
            source.acknowledgeReady(inbox: number)
            // One line for all unchanged sources, however many they are.
            if unchanged > 0, source.snapshot(inbox: number).ready == 0 {
                logger.info(
                    "unchanged since an earlier run",
                    metadata: ["inbox": "\(name)", "sources": .stringConvertible(unchanged)])
                unchanged = 0
            }
        }
    }

    private func takeRefusals(_ number: Int, _ name: String) async {
        while let refusals = await source.nextRefusals(inbox: number) {
            let refused = refusals.map { refusal in
                (SourceIdentity(inbox: name, path: refusal.path, status: refusal.status), refusal.error)
            }
            await retryUntilAccepted { try await engine.refuse(refused) }
        }
    }

    private func take(_ event: InboxEvent) async {
        switch event {
        case .broughtBack(let inbox, let path):
            logger.warning(
                "restored a source that an earlier run had set aside",
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
            logger.info("watching again", metadata: ["inbox": "\(inboxes[inbox])"])
        case .overflow:
            logger.warning("the kernel dropped events: rescanning everything")
        case .held(let inbox, let path, let reason):
            logger.warning(
                "a source is waiting",
                metadata: ["inbox": "\(inboxes[inbox])", "source": "\(path)", "reason": "\(reason.words)"])
        case .noticed(let inbox, let notice):
            logger.warning("\(notice)", metadata: ["inbox": "\(inboxes[inbox])"])
        case .takenWhileOpen(let inbox, let path):
            logger.warning(
                "took a source that is still open for writing: it has not changed for a long time",
                metadata: ["inbox": "\(inboxes[inbox])", "source": "\(path)"])
        case .takenBeforeCompanion(let inbox, let path):
            logger.warning(
                "took a source without waiting longer for a file that belongs to it and is still being written",
                metadata: ["inbox": "\(inboxes[inbox])", "source": "\(path)"])
        case .rootGone(let inbox, let reason):
            board.note(inbox: inbox, .gone, reason: reason)
            logger.error("an inbox is gone", metadata: ["inbox": "\(inboxes[inbox])", "reason": "\(reason)"])
            await engine.markUnresponsive(inbox: inboxes[inbox], hangs: false)
        case .rootBack(let inbox):
            board.note(inbox: inbox, .watched)
            logger.info("an inbox is back", metadata: ["inbox": "\(inboxes[inbox])"])
            do {
                try await reopen(inboxes[inbox])
            } catch {
                logger.error("an inbox cannot be opened", metadata: ["error": "\(error)"])
            }
        }
    }

    /// What cannot be journalled now (a full disk) waits here, and later arrivals wait in the inbox: nothing is
    /// dropped. Once the engine stops, which is before this service is stopped, nothing more is taken: sources stay in
    /// the inbox.
    private func retryUntilAccepted(_ body: () async throws -> Void) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled, await !engine.isStopping {
            do {
                try await body()
                return board.note(intakeFault: nil)
            } catch {
                board.note(intakeFault: "cannot accept sources: \(error)")
                await engine.backOff(after: error)
            }
        }
    }
}
