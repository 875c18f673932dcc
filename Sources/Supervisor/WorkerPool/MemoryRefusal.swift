import Glibc
import Jobs

/// What a worker's allocator wrote to standard error when it refused memory, shortly before a library that cannot do
/// without gave up: `sluice-worker: refused 1200000000 bytes of memory: grant 12`, or `spill 28` where the file in staging
/// could not take it, with errno.
struct MemoryRefusal: Equatable {
    let bytes: UInt64
    /// errno of the file; nil where the grant was used up.
    let spillError: Int32?

    /// - Parameter words: as `StderrTail` gives them. Nil if there was no such message.
    init?(_ words: String) {
        let parts = words.split(separator: " ")
        guard let start = parts.firstIndex(of: "refused"), start > 0, parts[start - 1] == "sluice-worker:",
            parts.count > start + 6, let bytes = UInt64(parts[start + 1]), let code = Int32(parts[start + 6])
        else { return nil }
        self.bytes = bytes
        spillError = parts[start + 5] == "spill" ? code : nil
    }

    /// Whether staging's disk was full: then the job is not at fault.
    var isEnvironment: Bool { spillError != nil }

    private var size: String { bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB" }

    var jobError: JobError {
        if let spillError {
            let reason = String(cString: strerror(spillError))
            return JobError(.memoryLimit, "\(size) could not be spilled to a file in staging: \(reason).")
        }
        return JobError(
            .memoryLimit, "The worker was refused \(size) beyond what the job had been given, and exited.")
    }
}

extension Death.Cause {
    /// Exits that may follow refused memory: an abort, a crash, its own exit, a kill.
    var mayFollowRefusal: Bool {
        switch self {
        case .exited, .signalled(SIGABRT), .signalled(SIGTRAP), .signalled(SIGSEGV), .signalled(SIGBUS),
            .signalled(SIGILL):
            true
        default: false
        }
    }
}

extension Death {
    /// Why staging is to blame, if a worker died because its disk had no room to spill.
    package var stagingFault: String? {
        guard cause.mayFollowRefusal, let refusal = MemoryRefusal(stderrTail), refusal.isEnvironment else { return nil }
        return refusal.jobError.message
    }
}
