import CLinux
import Glibc

/// Wakes a thread that waits in `waitUntilReadable`, from any other.
package final class WakeUp: Sendable {
    private let event: Descriptor

    /// Throws SystemCallError.
    package init() throws {
        let number = sluice_eventfd()
        guard number >= 0 else { throw SystemCallError("eventfd", "wake-up") }
        event = Descriptor(owning: number)
    }

    package var number: Int32 { event.number }

    package func signal() {
        var one: UInt64 = 1
        _ = write(event.number, &one, 8)
    }

    /// Whether it was signalled since the last `clear`.
    package var isSignalled: Bool {
        var entry = pollfd(fd: event.number, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Takes back all signals given so far.
    package func clear() {
        var count: UInt64 = 0
        _ = read(event.number, &count, 8)
    }
}

/// Waits until one of the descriptors can be read, a signal handler ran, or the time is over (nanoseconds; nil: no
/// limit). Waits up to a millisecond longer, never shorter.
package func waitUntilReadable(_ descriptors: [Int32], nanoseconds: Int64?) {
    var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let milliseconds = nanoseconds.map { Int32(clamping: max(0, $0 + 999_999) / 1_000_000) } ?? -1
    _ = poll(&entries, nfds_t(entries.count), milliseconds)
}

/// Nanoseconds of a clock that never jumps.
package func monotonicNanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

/// Nanoseconds since 1970, as file systems count them; may jump.
package func wallClockNanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
}

extension Descriptor {
    /// Whether the file is open for writing; nil if the kernel does not say (not the owner's process, or a file system
    /// without leases). A lease is taken for an instant: a process that opens the file for writing just then waits for
    /// that instant, and SIGIO comes, which must be ignored (`ignoreLeaseSignal`).
    package func hasWriter() -> Bool? {
        switch sluice_has_writer(number) {
        case 0: false
        case 1: true
        default: nil
        }
    }
}

/// Ignores SIGIO, whose default action ends the process. Needed once before `hasWriter` is used.
package func ignoreLeaseSignal() { signal(SIGIO, SIG_IGN) }
