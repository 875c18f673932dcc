import Glibc

/// What stat(2) says about a file: enough to tell whether it is the same and unchanged.
package struct FileStatus: Sendable, Hashable {
    package var device: UInt64
    package var inode: UInt64
    /// Bytes.
    package var size: Int64
    /// Last change of the content, nanoseconds since 1970.
    package var mtime: Int64
    /// Last change of content or inode, nanoseconds since 1970.
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
            mtime: Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec),
            ctime: Int64(raw.st_ctim.tv_sec) * 1_000_000_000 + Int64(raw.st_ctim.tv_nsec),
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

/// What kind of thing a directory entry is.
package enum EntryType: Sendable, Hashable {
    case regular, directory, symbolicLink, fifo, socket, characterDevice, blockDevice
    /// The file system does not say.
    case unknown
}
