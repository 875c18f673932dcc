import Glibc

/// Keeps a second process out of a directory: a kernel lock on a file in it, or on the directory itself; let go when
/// this object goes or its process ends, however it ends. A lock file stays; its existence means nothing.
package final class DirectoryLock: Sendable {
    private let held: Descriptor

    private init(_ held: Descriptor) { self.held = held }

    /// Takes the lock without waiting, and leaves this process' number in the file; nil if another process holds it.
    /// Throws SystemCallError.
    package static func acquire(in directory: Directory, name: [UInt8]) throws -> DirectoryLock? {
        let lock = try acquire(in: directory, name: name, isShared: false, mode: 0o600)
        if lock != nil { leaveNumber(in: directory, name: name) }
        return lock
    }

    /// The same without the number, and, if it is shared, beside others who share it.
    package static func acquire(
        in directory: Directory, name: [UInt8], isShared: Bool, mode: UInt32 = 0o666
    ) throws -> DirectoryLock? {
        let operation = (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB
        // Held open for reading: what is open for writing keeps a file system from being remounted read-only.
        var file = try directory.openOrCreateFile(name, mode: mode, writable: false)
        var result = retryingInterrupted { flock(file.number, operation) }
        if result != 0, errno == EBADF {
            // NFS locks a range of bytes instead, which needs a descriptor open for writing.
            file = try directory.openOrCreateFile(name, mode: mode, writable: true)
            result = retryingInterrupted { flock(file.number, operation) }
        }
        guard result == 0 else {
            if errno == EWOULDBLOCK { return nil }
            throw SystemCallError("flock", directory.subject(name))
        }
        return DirectoryLock(file)
    }

    /// For people, and for the message that a second process gives. Nothing depends on it: the disk may be full.
    private static func leaveNumber(in directory: Directory, name: [UInt8]) {
        guard let file = try? directory.openOrCreateFile(name, mode: 0o600, writable: true) else { return }
        let number = Array("\(getpid())\n".utf8)
        if ftruncate(file.number, 0) == 0 { _ = pwrite(file.number, number, number.count, 0) }
    }

    /// How taking a directory's own lock ended.
    package enum Outcome: Sendable {
        case taken(DirectoryLock)
        case heldByAnother
        /// The file system has no such locks for directories (NFS, some FUSE ones).
        case unsupported
    }

    /// Takes the lock of the directory itself, without waiting and without leaving anything in it: whatever path leads
    /// there, it is one lock. Throws SystemCallError.
    package static func acquire(_ directory: Directory, isShared: Bool = false) throws -> Outcome {
        // A descriptor of its own: the lock belongs to the open file, and goes with it.
        let own = try directory.openDirectory([]).descriptor
        let operation = (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB
        if retryingInterrupted({ flock(own.number, operation) }) == 0 { return .taken(DirectoryLock(own)) }
        switch errno {
        case EWOULDBLOCK: return .heldByAnother
        // NFS makes a lock on a byte range of it, which needs a descriptor open for writing: EBADF.
        case EINVAL, ENOTSUP, EBADF, ENOLCK: return .unsupported
        default: throw SystemCallError("flock", directory.path)
        }
    }

    /// The process that holds a lock on this file or directory, as far as the kernel tells: not of another process
    /// namespace, and not where a file system gives its files other device numbers than its own (btrfs, overlays).
    package static func holder(of status: FileStatus) -> Int32? {
        contents(ofSmallFile: "/proc/locks").flatMap { holder(of: status, locks: $0) }
    }

    /// The number that the last holder left in a lock file; nil where there is none or it may not be read.
    package static func number(in directory: Directory, name: [UInt8]) -> Int32? {
        guard let file = try? directory.openFile(name) else { return nil }
        var bytes: [UInt8] = []
        try? file.forEachPiece(subject: "lock") { bytes += $0.prefix(32) }
        return Int32(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// The same on a given text of `/proc/locks` (proc(5)): `1: FLOCK ADVISORY WRITE 42 fe:01:1234 0 EOF`.
    static func holder(of status: FileStatus, locks: String) -> Int32? {
        let (major, minor) = deviceNumbers(status.device)
        for line in locks.split(separator: "\n") {
            let fields = line.split(separator: " ")
            // Those that wait for it have an arrow in the second field.
            guard fields.count >= 6, fields[1] == "FLOCK" else { continue }
            let file = fields[5].split(separator: ":")
            if file.count == 3, UInt64(file[0], radix: 16) == major, UInt64(file[1], radix: 16) == minor,
                UInt64(file[2]) == status.inode, let process = Int32(fields[4]), process > 0
            {
                return process
            }
        }
        return nil
    }
}

/// As makedev(3) of the GNU C library takes them apart.
private func deviceNumbers(_ device: UInt64) -> (major: UInt64, minor: UInt64) {
    ((device >> 8) & 0xFFF | (device >> 32) & ~0xFFF, device & 0xFF | (device >> 12) & ~0xFF)
}
