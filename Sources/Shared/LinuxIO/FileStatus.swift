import Glibc

/// What stat(2) says about a file: enough to tell whether it is the same and unchanged.
package struct FileStatus: Sendable, Hashable {
    package var device: UInt64
    package var inode: UInt64
    /// Bytes.
    package var size: Int64
    /// Last change of the content, nanoseconds since 1970. Anybody may set it to anything: before 1970 it is negative, and
    /// outside of the years 1678 to 2261 it wraps round. It says whether two states differ, not when something was.
    package var mtime: Int64
    /// Last change of content or inode, as `mtime`.
    package var ctime: Int64
    /// Type and permissions, as in stat(2).
    package var mode: UInt32
    /// Number of hard links.
    package var links: UInt64

    package init(
        device: UInt64, inode: UInt64, size: Int64, mtime: Int64, ctime: Int64, mode: UInt32, links: UInt64 = 1
    ) {
        self.device = device
        self.inode = inode
        self.size = size
        self.mtime = mtime
        self.ctime = ctime
        self.mode = mode
        self.links = links
    }

    init(_ raw: Glibc.stat) {
        self.init(
            device: UInt64(raw.st_dev), inode: UInt64(raw.st_ino), size: Int64(raw.st_size),
            mtime: nanoseconds(raw.st_mtim), ctime: nanoseconds(raw.st_ctim),
            mode: raw.st_mode, links: UInt64(raw.st_nlink))
    }

    package var isRegular: Bool { mode & S_IFMT == S_IFREG }
    package var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    package var isSymbolicLink: Bool { mode & S_IFMT == S_IFLNK }

    package var type: EntryType {
        switch mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .directory
        case S_IFLNK: .symbolicLink
        case S_IFIFO: .fifo
        case S_IFSOCK: .socket
        case S_IFCHR: .characterDevice
        case S_IFBLK: .blockDevice
        default: .unknown
        }
    }

    /// fstat(2). Throws SystemCallError.
    package static func of(_ descriptor: Descriptor) throws -> FileStatus {
        var raw = Glibc.stat()
        guard fstat(descriptor.number, &raw) == 0 else {
            throw SystemCallError("fstat", "descriptor \(descriptor.number)")
        }
        return FileStatus(raw)
    }
}

extension Descriptor {
    /// The time of the last change of the content, as the file system holds it. Throws SystemCallError.
    func lastChange() throws -> timespec {
        var raw = Glibc.stat()
        guard fstat(number, &raw) == 0 else { throw SystemCallError("fstat", "descriptor \(number)") }
        return raw.st_mtim
    }
}

extension Descriptor {
    /// Sets the time of the last change of the content; durable with the next sync. Throws SystemCallError.
    /// - Parameters:
    ///   - seconds: since 1970.
    ///   - nanoseconds: 0…999,999,999.
    package func setLastChange(seconds: Int64, nanoseconds: Int64 = 0, subject: String) throws {
        // The time of the last reading stays.
        let times = [
            timespec(tv_sec: 0, tv_nsec: omitted), timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)),
        ]
        guard futimens(number, times) == 0 else { throw SystemCallError("futimens", subject) }
    }
}

/// UTIME_OMIT of utimensat(2), a macro that Swift does not see.
private let omitted = (1 << 30) - 2

/// Wraps round where the number is too large, which file systems allow (year 2446 on ext4).
private func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
}

/// What kind of thing a directory entry is.
package enum EntryType: Sendable, Hashable {
    case regular, directory, symbolicLink, fifo, socket, characterDevice, blockDevice
    /// The file system does not say.
    case unknown
}
