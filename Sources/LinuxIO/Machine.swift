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
    /// What RLIMIT_DATA counts, there or not (`VmData`; the stack, `VmStk`, is apart).
    package var data: UInt64

    package init(anonymous: UInt64, data: UInt64) {
        self.anonymous = anonymous
        self.data = data
    }
}

/// From `/proc/PID/status`; nil once the process is gone. The kernel keeps these figures, so reading them costs nothing
/// like smaps_rollup's walk through the page tables.
package func processMemory(of process: Int32? = nil) -> ProcessMemory? {
    guard let status = contents(ofSmallFile: "/proc/\(process.map(String.init) ?? "self")/status") else { return nil }
    var bytes: [Substring: UInt64] = [:]
    for line in status.split(separator: "\n") {
        let parts = line.split(whereSeparator: { $0 == ":" || $0 == " " || $0 == "\t" })
        if parts.count >= 2, let kibibytes = UInt64(parts[1]) { bytes[parts[0]] = kibibytes << 10 }
    }
    guard let anonymous = bytes["RssAnon"], let data = bytes["VmData"] else { return nil }
    return ProcessMemory(anonymous: anonymous, data: data)
}

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
