package import Admission
import LinuxIO
package import Outbox
package import WorkerPool
import WorkerProtocol

/// How the workers of a supervisor are started: confined to its staging directory.
///
/// - Parameters:
///   - onnxRuntime: the library that runs models; nil: where it is usually found.
///   - onShortfall: told once what the kernel lacks of the sandbox, on one line.
package func workerSettings(
    executable: String, cap: MemoryCap, staging: Staging, onnxRuntime: String? = nil,
    onShortfall: @escaping @Sendable (String) -> Void
) -> WorkerPool.Settings {
    var settings = WorkerPool.Settings(
        executable: executable, size: cap.workers, staging: realPath(staging.root.path))
    settings.onnxRuntime = onnxRuntime
    if cap.models > 0 { settings.models = cap.models }
    // What it keeps beyond its share would be missing under the cap.
    settings.recycleAbove = MemoryCap.warmWorker + cap.models + (4 << 20)
    settings.onFirstGreeting = { greeting in
        if let shortfall = greeting.confinement?.shortfall { onShortfall(shortfall) }
    }
    return settings
}
