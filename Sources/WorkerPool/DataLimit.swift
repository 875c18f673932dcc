import CLinux
import Glibc
import LinuxIO

/// Limits what a worker can allocate, from outside (prlimit(2), RLIMIT_DATA), for the moments between two samples of
/// its memory and for a supervisor that is busy. The limit counts what is reserved, not what is held: stacks of threads
/// that hardly use them, canvases that decoders reserve whole and fill slowly (a job of 32 MiB needed 80). So it is
/// generous, and the samples are what holds the figure.
///
/// - Parameter limit: bytes of anonymous memory; nil lifts the limit.
func limitData(of process: pid_t, to limit: UInt64?) {
    let allowed = limit.map { limit in
        let (doubled, overflow) = limit.multipliedReportingOverflow(by: 2)
        return overflow || doubled > .max - dataSlack ? .max : doubled + dataSlack
    }
    // Of the soft limit alone: the next job may need more, and raising the hard one takes privileges. Where it cannot be
    // set, the samples are there still.
    _ = sluice_soft_limit(process, Int32(RLIMIT_DATA.rawValue), allowed ?? .max)
}

/// Bytes. Sixteen stacks of 8 MiB, an encoder with as many threads, libraries.
private let dataSlack: UInt64 = 384 << 20
