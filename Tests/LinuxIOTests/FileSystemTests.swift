import Glibc
import Testing

@testable import LinuxIO

@Suite("What a file system says of itself")
struct FileSystemTests {
    @Test("the one of a path that is not there yet is that of the nearest directory above it")
    func nearest() throws {
        let here = try FileSystem.holding("/")
        let below = try FileSystem.holding("/no-such-directory-\(getpid())/a/b")
        #expect(here.isMemory == below.isMemory)
        #expect(try FileSystem.holding(".").free > 0)
        #expect(try FileSystem.holding("no-such-directory-\(getpid())/a").isMemory == FileSystem.holding(".").isMemory)
    }

    @Test("shared memory is memory", .enabled(if: isTmpfs("/dev/shm"), "/dev/shm is no tmpfs here"))
    func memory() throws { #expect(try FileSystem.holding("/dev/shm").isMemory) }
}

private func isTmpfs(_ path: String) -> Bool {
    guard let mounts = contents(ofSmallFile: "/proc/self/mounts") else { return false }
    return mounts.split(separator: "\n").contains { $0.contains(" \(path) tmpfs ") }
}
