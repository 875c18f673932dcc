import CLinux
import Glibc

/// Signals that arrive before they are handled: remembered instead of ending the process.
package enum EarlySignals {
    /// To be called first in `main`. Later signal handlers take over from here.
    package static func remember() { sluice_remember_signals() }

    /// Whether SIGTERM or SIGINT came since.
    package static var isToStop: Bool { sluice_remembered_stop() != 0 }
}

/// The open-file limit is too low to work.
package struct DescriptorShortage: Error, CustomStringConvertible {
    package let limit: UInt64

    /// Raises the soft limit where it is low and the hard one allows it.
    /// - Returns: nil where there are enough.
    package static func ofThisProcess() -> DescriptorShortage? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < least else {
            return nil
        }
        limit.rlim_cur = min(limit.rlim_max, 1024)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit.rlim_cur < least ? DescriptorShortage(limit: UInt64(limit.rlim_cur)) : nil
    }

    /// Workers take four each, the journal three, directories ten, results in flight 64.
    private static let least: rlim_t = 192

    package var description: String {
        "the open-file limit is \(limit), but \(Self.least) is needed: raise it (ulimit -n, or LimitNOFILE= in systemd)"
    }
}

/// The open-file limit of this process; 1,024 if unknown.
package func openFilesLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    return Int(clamping: limit.rlim_cur)
}
