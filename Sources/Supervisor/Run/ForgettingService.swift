import Configuration
import Engine
import Journal
import LinuxIO
import Logging
import ServiceLifecycle

/// Prunes jobs that finished long ago from the journal, a few at a time.
struct ForgettingService: Service {
    let engine: Engine
    let journal: Journal
    let history: Configuration.History
    let logger: Logger

    private static let first = Duration.seconds(10)
    private static let interval = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await Task.sleep(for: Self.first)
            while !Task.isCancelled {
                await sweep()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func sweep() async {
        var cursor = Journal.ForgettingCursor()
        repeat {
            let retention = Journal.Retention(
                before: wallClock() - history.age, jobs: history.jobs, inboxes: await engine.inboxesThatGiveAway)
            do {
                let (next, _) = try await journal.forget(retention, from: cursor) { [engine] sources in
                    await engine.gone(sources)
                }
                cursor = next
            } catch {
                // A full disk: the engine reports it. The next sweep retries.
                return logger.debug("cannot prune the journal", metadata: ["error": "\(error)"])
            }
            // Commits of jobs wait behind it.
            try? await Task.sleep(for: .milliseconds(50))
        } while !cursor.isAtStart && !Task.isCancelled
    }
}
