package import Admission
package import Engine
import LinuxIO
import WorkerPool

/// Observes a running engine, for progress bars.
package struct RunMonitor: Sendable {
    let engine: Engine
    let pool: WorkerPool
    package let cap: MemoryCap

    /// Bytes of anonymous memory, supervisor and workers together.
    package func memory() async -> UInt64 { (anonymousMemory() ?? 0) + (await pool.memory()) }

    package func load() async -> Engine.Load { await engine.load }
}
