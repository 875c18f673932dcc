import CLinux
import Glibc

/// Properties of a file system (statfs(2)).
package struct FileSystem: Sendable, Equatable {
    /// Files there take memory: tmpfs, ramfs.
    package var isMemory: Bool
    /// Bytes that this user may still fill.
    package var free: UInt64

    package init(isMemory: Bool, free: UInt64) {
        self.isMemory = isMemory
        self.free = free
    }

    /// The one that holds `path`, or will: where that does not exist, the nearest directory above it counts.
    /// Throws SystemCallError.
    package static func holding(_ path: String) throws -> FileSystem {
        var path = path
        while true {
            var (isMemory, free) = (Int32(0), UInt64(0))
            if retryingInterrupted({ sluice_file_system(path, &isMemory, &free) }) == 0 {
                return FileSystem(isMemory: isMemory != 0, free: free)
            }
            guard errno == ENOENT || errno == ENOTDIR, path != "/", path != "." else {
                throw SystemCallError("statfs", path)
            }
            path = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        }
    }
}
