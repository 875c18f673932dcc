import CLinux
import Glibc

/// Bytes of physical memory.
package func physicalMemory() -> UInt64 {
    UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
}

/// Processors that this process may run on; at least 1.
package func onlineProcessors() -> Int {
    let usable = Int(sluice_usable_processors())
    if usable > 0 { return usable }
    return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}

/// Bytes of anonymous memory of a process (nil: this one); nil once it is gone.
package func anonymousMemory(of process: Int32? = nil) -> UInt64? { processMemory(of: process)?.anonymous }

/// What a process holds. Bytes.
package struct ProcessMemory: Sendable, Equatable {
    /// Pages that are there, of no file (`RssAnon`).
    package var anonymous: UInt64
    /// What RLIMIT_DATA counts, there or not, and the stack.
    package var data: UInt64

    package init(anonymous: UInt64, data: UInt64) {
        self.anonymous = anonymous
        self.data = data
    }
}

/// From `/proc/PID/statm`; nil once the process is gone. The kernel keeps these figures, so reading them costs nothing
/// like smaps_rollup's walk through the page tables, and they are seven numbers, where `status` is sixty lines of text:
/// it is queried hundreds of times a second.
package func processMemory(of process: Int32? = nil) -> ProcessMemory? {
    let number = sluice_openat(
        AT_FDCWD, "/proc/\(process.map(String.init) ?? "self")/statm", O_RDONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return nil }
    defer { close(number) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { text in
        let count = retryingInterrupted { read(number, text.baseAddress, text.count) }
        return count > 0 ? processMemory(statm: text[..<count]) : nil
    }
}

/// The same of the file's text. proc(5): size, resident, shared (of files), text, lib, data (with the stack), dt; in
/// pages.
package func processMemory(statm text: some Sequence<UInt8>) -> ProcessMemory? {
    var pages: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    let read = withUnsafeMutableBytes(of: &pages) { raw in
        let fields = raw.assumingMemoryBound(to: UInt64.self)
        var field = 0
        for byte in text where field < fields.count {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): fields[field] = fields[field] &* 10 &+ UInt64(byte & 15)
            default: field += 1
            }
        }
        return field
    }
    // A process that has ended and was not waited for has no memory, and all zeros here.
    guard read == 6, pages.0 > 0 else { return nil }
    return ProcessMemory(anonymous: (pages.1 - min(pages.1, pages.2)) * pageSize, data: pages.5 * pageSize)
}

private let pageSize = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))

/// A file of `/proc` or `/sys` as text; nil where it cannot be read.
func contents(ofSmallFile path: String) -> String? {
    let number = sluice_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return nil }
    let file = Descriptor(owning: number)
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = retryingInterrupted { read(file.number, &piece, piece.count) }
        if count < 0 { return nil }
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += piece[..<count]
    }
}

/// One allocation arena and fixed thresholds, so that freed memory goes back to the kernel (measured in a worker:
/// 288 → 7 MB after 50 mixed files). First thing in `main`: threads that run already keep their arenas.
package func boundMemoryAllocator() { sluice_bound_malloc() }

/// Small stacks and no huge pages for all threads that start from now on, so that what a job takes can be foreseen.
package func boundThreadMemory() { sluice_bound_threads() }

/// Bytes of swap space of this machine; nil where it cannot be told.
package func totalSwap() -> UInt64? {
    guard let text = contents(ofSmallFile: "/proc/meminfo") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix("SwapTotal:") {
        return UInt64(line.dropFirst("SwapTotal:".count).filter(\.isNumber)).map { $0 << 10 }
    }
    return nil
}

/// As many files may be open as the kernel allows this process. For what holds many.
package func raiseOpenFilesLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
