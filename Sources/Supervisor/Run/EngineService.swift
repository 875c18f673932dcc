import Engine
import Logging
import ServiceLifecycle
import WorkerPool

/// Runs the engine until shutdown, then drains it.
struct EngineService: Service {
    let engine: Engine
    let pool: WorkerPool
    let drain: Double
    let logger: Logger

    func run() async throws {
        try await begin()
        try await waitForShutdown()
        let load = await engine.load
        logger.info(
            "stopping",
            metadata: ["running": .stringConvertible(load.running), "waiting": .stringConvertible(load.waiting)])
        await engine.stop()
        let impatience = Task {
            try await Task.sleep(for: .seconds(drain))
            logger.warning("jobs are still running after the drain time: stopping them; the next start will redo them")
            await engine.abandon()
        }
        defer { impatience.cancel() }
        try await waitUntilIdle()
    }

    private func begin() async throws {
        while await !engine.isStopping {
            do {
                return try await engine.begin()
            } catch {
                await engine.backOff(after: error)
            }
        }
    }

    /// Waiting for a hung disk has no end: the job's state is in the journal, and the next start continues from there.
    private func waitUntilIdle() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await engine.waitUntilIdle()
                return true
            }
            group.addTask {
                try await Task.sleep(for: .seconds(drain + 15))
                return false
            }
            if try await group.next() == false {
                logger.error(
                    "results are still being published, and the disk does not respond: left for the next start")
                await engine.stopWaiting()
            }
            group.cancelAll()
        }
    }

    /// Waits for shutdown, or for a fault that waiting cannot fix.
    private func waitForShutdown() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gracefulShutdown() }
            group.addTask { try await engine.waitForFault() }
            try await group.next()
            group.cancelAll()
        }
    }
}
