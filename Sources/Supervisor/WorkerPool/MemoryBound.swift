import CLinux
import Glibc
import LinuxIO

/// Enforces a worker's grant from outside, in case its own allocator fails to: a limit that the kernel enforces, and
/// a figure above which it is killed. All in bytes.
struct MemoryBound: Equatable {
    /// The anonymous memory above which the worker is killed.
    let anonymous: UInt64
    /// RLIMIT_DATA: what is reserved counts, held or not (a job of 32 MiB needed 80 before stacks were bounded and large
    /// blocks given back at once).
    let data: UInt64

    /// - Parameters:
    ///   - now: what it holds before the job.
    ///   - grant: what the job may ask for beside that.
    ///   - untouched: of these, what it reserves without touching: not counted in the budget.
    init(now: ProcessMemory, grant: UInt64, untouched: UInt64 = 0) {
        anonymous = saturatedSum(now.anonymous, grant - min(grant, untouched), Self.tolerance)
        data = saturatedSum(now.data, grant, Self.untouched)
    }

    /// An estimate counts what a picture takes; libraries' tables, fragments of the heap and pages of stacks come on top.
    static let tolerance: UInt64 = 8 << 20
    /// Stacks of decoders' and encoders' threads, a mebibyte each, of which few pages are ever touched.
    static let untouched: UInt64 = 32 << 20

    /// Of the soft limit alone: the next job may need more, and raising the hard one takes privileges. Where it cannot be
    /// set, the samples are there still.
    func limitData(of process: pid_t) { _ = sluice_soft_limit(process, Int32(RLIMIT_DATA.rawValue), data) }

    static func liftLimit(of process: pid_t) { _ = sluice_soft_limit(process, Int32(RLIMIT_DATA.rawValue), .max) }
}

private func saturatedSum(_ values: UInt64...) -> UInt64 {
    values.reduce(0) { sum, value in
        let (sum, overflow) = sum.addingReportingOverflow(value)
        return overflow ? .max : sum
    }
}
