import Glibc

/// For workers under a sanitizer or valgrind, which take many times the time and memory of a job:
/// SLUICE_WORKER_BOUNDS=off leaves their memory without a bound, and gives them 30 times as long. Debug builds know it.
enum RelaxedLimits {
    static var isEnabled: Bool {
        #if DEBUG
            getenv("SLUICE_WORKER_BOUNDS").map { String(cString: $0) } == "off"
        #else
            false
        #endif
    }

    /// What time limits are multiplied by.
    static var timeFactor: Double { isEnabled ? 30 : 1 }
}
