import Logging
import ServiceLifecycle
import WorkerPool

/// Keeps the engine until shutdown, then drains it.
struct EngineService: Service {
    let engine: Engine
    let pool: WorkerPool
    let drain: Double
    let lastOfEarlierRuns: Int64
    let logger: Logger

    func run() async throws {
        // Beside the rest: it waits for room while more than fits in the line is left.
        let resumption = Task { await engine.resume(upTo: lastOfEarlierRuns) }
        try await waitForTheEnd()
        let load = await engine.load
        logger.info(
            "stopping",
            metadata: ["running": .stringConvertible(load.running), "waiting": .stringConvertible(load.waiting)])
        await engine.stop()
        let impatience = Task {
            try await Task.sleep(for: .seconds(drain))
            logger.warning("jobs still run after the drain time: they are stopped and will be done at the next start")
            await engine.abandon()
        }
        await resumption.value
        defer { impatience.cancel() }
        try await engine.waitUntilIdle()
    }

    /// Told to stop, or at a fault that waiting cannot mend.
    private func waitForTheEnd() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gracefulShutdown() }
            group.addTask { try await engine.waitForFault() }
            try await group.next()
            group.cancelAll()
        }
    }
}
