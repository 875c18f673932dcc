import CLinux
import Glibc
import LinuxIO
import WorkerProtocol

/// What a job costs: time, CPU, and the highest anonymous memory, which the kernel keeps (VmHWM) and lets one reset
/// (proc(5), clear_refs: 5).
struct CostMeter {
    /// A confined worker cannot open files of `/proc` for writing.
    private static let clearRefs = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    private static let status = open("/proc/self/status", O_RDONLY | O_CLOEXEC)

    /// Before the worker confines itself. They stay open.
    static func openFiles() { _ = (clearRefs, status) }

    private let startedAt = monotonicNanoseconds()
    private let cpuAtStart = cpuSeconds()

    init() {
        if Self.clearRefs >= 0 { _ = pwrite(Self.clearRefs, "5", 1, 0) }
    }

    /// - Parameter spilled: bytes that lay in a file.
    func read(spilled: UInt64 = 0) -> JobCost {
        // The kernel's high-water mark counts the pages of that file too: then only the supervisor's samples tell.
        JobCost(
            wallSeconds: Double(monotonicNanoseconds() - startedAt) / 1e9, cpuSeconds: cpuSeconds() - cpuAtStart,
            peakMemory: spilled == 0 ? peakAnonymousMemory() : 0, spilled: spilled)
    }

    /// The high-water mark of resident memory, less what is mapped from files now: those pages only ever grow, so this
    /// errs on the small side by what was mapped during the job, a few hundred KiB.
    private func peakAnonymousMemory() -> UInt64 {
        var file = [UInt8](repeating: 0, count: 4096)
        guard Self.status >= 0 else { return 0 }
        let count = pread(Self.status, &file, file.count, 0)
        guard count > 0 else { return 0 }
        var kibibytes: [String: UInt64] = [:]
        for line in String(decoding: file[..<count], as: UTF8.self).split(separator: "\n") {
            let parts = line.split(whereSeparator: { $0 == ":" || $0 == " " || $0 == "\t" })
            if parts.count >= 2, let value = UInt64(parts[1]) { kibibytes[String(parts[0])] = value }
        }
        let mapped = (kibibytes["RssFile"] ?? 0) + (kibibytes["RssShmem"] ?? 0)
        let high = kibibytes["VmHWM"] ?? 0
        return high > mapped ? (high - mapped) * 1024 : 0
    }
}

private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
