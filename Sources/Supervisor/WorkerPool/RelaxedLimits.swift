import Glibc

/// Relaxed limits for workers under a sanitizer or valgrind, which need many times the time and memory:
/// SLUICE_WORKER_BOUNDS=off lifts the memory limit and multiplies time limits by 30. Debug builds only.
enum RelaxedLimits {
    static var isEnabled: Bool {
        #if DEBUG
            getenv("SLUICE_WORKER_BOUNDS").map { String(cString: $0) } == "off"
        #else
            false
        #endif
    }

    /// The factor for time limits.
    static var timeFactor: Double { isEnabled ? 30 : 1 }
}
