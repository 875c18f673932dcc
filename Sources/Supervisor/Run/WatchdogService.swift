import Admission
import Engine
import Glibc
import LinuxIO
import ServiceLifecycle
import Status
import WorkerPool

/// Keeps the service manager informed and pings its watchdog.
///
/// Each ping goes through the engine and the pool, the two that everything waits for, on the threads that they run on:
/// where one hangs, or all threads do, there is none. A pause, a slow journal or ten thousand drops are no hang: what
/// blocks runs elsewhere. The inboxes' thread is not asked: a network share that does not answer holds it up, and a
/// restart would not help.
///
/// The first of the services, so that it ends last: it speaks while the engine drains.
struct WatchdogService: Service {
    let report: ServiceReport
    let engine: Engine
    let pool: WorkerPool
    let board: StatusBoard
    let cap: MemoryCap

    /// Interval between status updates; longer while idle.
    private static let busy = Duration.seconds(1)
    private static let idle = Duration.seconds(5)
    /// Seconds by which each ping extends a stop: more than the interval between two pings.
    private static let patience = 20

    func run() async throws {
        guard report.isHeard else { return try await gracefulShutdown() }
        try await greet()
        if await !engine.isStopping { report.ready() }
        await withTaskGroup(of: Void.self) { group in
            if let beat = report.beat { group.addTask { await keepAlive(every: .nanoseconds(beat)) } }
            group.addTask { await keepInformed() }
            group.addTask {
                // Ends when the services before it have: the engine is drained.
                try? await gracefulShutdown()
            }
            // The endless ones are cancelled when the first ends.
            await group.next()
            group.cancelAll()
        }
    }

    /// Ready means that work can be done: a worker has started with all its libraries. The inboxes need not have been
    /// looked through: that may take minutes.
    private func greet() async throws {
        do {
            guard try await pool.greeting() == nil else { return }
        } catch {
            if await engine.isStopping { return }
            throw EngineFault.workersUnavailable("\(error)")
        }
    }

    private func keepAlive(every beat: Duration) async {
        while !Task.isCancelled {
            await pingActors()
            report.alive()
            try? await Task.sleep(for: beat)
        }
    }

    private func pingActors() async {
        _ = await engine.load
        _ = await pool.processIdentifiers
    }

    private func keepInformed() async {
        while !Task.isCancelled {
            await pingActors()
            board.note(workers: await pool.processIdentifiers, started: await pool.started)
            let status = board.status(use: "watch", cap: cap, process: getpid())
            if status.state == .draining {
                report.stopping()
                report.extend(seconds: Self.patience)
            }
            report.show(serviceStatus(status))
            try? await Task.sleep(for: status.state == .idle ? Self.idle : Self.busy)
        }
    }
}
