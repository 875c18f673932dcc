import CLinux
import Glibc
import LinuxIO
import WorkerProtocol

/// Measures a job's cost: time, CPU, and the highest anonymous memory, which the kernel keeps (VmHWM) and lets one
/// reset (proc(5), clear_refs: 5).
struct CostMeter {
    /// A confined worker cannot open files of `/proc` for writing.
    private static let clearRefs = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    private static let status = open("/proc/self/status", O_RDONLY | O_CLOEXEC)

    private static let statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)

    /// Before the worker confines itself. They stay open.
    static func openFiles() { _ = (clearRefs, status, statm) }

    /// Bytes of anonymous memory; nil where that cannot be known.
    static func heldMemory() -> UInt64? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { text in
            let count = statm < 0 ? -1 : pread(statm, text.baseAddress, text.count, 0)
            return count > 0 ? processMemory(statm: text[..<count])?.anonymous : nil
        }
    }

    private let startedAt = monotonicNanoseconds()
    private let cpuAtStart = cpuSeconds()

    init() { Self.forgetPeak() }

    /// Starts the kernel's high-water mark over.
    static func forgetPeak() {
        if clearRefs >= 0 { _ = pwrite(clearRefs, "5", 1, 0) }
    }

    /// - Parameter spilled: bytes that lay in a file.
    func read(spilled: UInt64 = 0) -> JobCost {
        // The kernel's high-water mark counts the pages of that file too: then only the supervisor's samples tell.
        JobCost(
            wallSeconds: Double(monotonicNanoseconds() - startedAt) / 1e9, cpuSeconds: cpuSeconds() - cpuAtStart,
            peakMemory: spilled == 0 ? Self.peakMemory() : 0, spilled: spilled)
    }

    /// The high-water mark of resident memory, less what is mapped from files now: those pages only ever grow, so this
    /// errs on the small side by what was mapped during the job, a few hundred KiB.
    static func peakMemory() -> UInt64 {
        guard status >= 0 else { return 0 }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { text in
            let count = pread(status, text.baseAddress, text.count, 0)
            guard count > 0 else { return 0 }
            let status = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[..<count])
            let mapped = kibibytes("RssFile:", in: status) + kibibytes("RssShmem:", in: status)
            let high = kibibytes("VmHWM:", in: status)
            return high > mapped ? (high - mapped) * 1024 : 0
        }
    }
}

/// The number of a line of `/proc/PID/status`; 0 where there is none. Of bytes: this is read after every job, and taking
/// sixty lines apart as text takes longer than the kernel takes to write them.
private func kibibytes(_ name: StaticString, in status: UnsafeRawBufferPointer) -> UInt64 {
    var line = status[...]
    while !line.isEmpty {
        let end = line.firstIndex(of: UInt8(ascii: "\n")) ?? line.endIndex
        let length = name.utf8CodeUnitCount
        if let start = status.baseAddress, end - line.startIndex > length,
            memcmp(start + line.startIndex, name.utf8Start, length) == 0
        {
            var number: UInt64 = 0
            for byte in line[(line.startIndex + length)..<end] where byte >= 0x30 && byte <= 0x39 {
                number = number &* 10 &+ UInt64(byte & 15)
            }
            return number
        }
        line = status[min(end + 1, status.endIndex)...]
    }
    return 0
}

private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
