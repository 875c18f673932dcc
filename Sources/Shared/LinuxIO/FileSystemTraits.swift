import CLinux
import Glibc

/// How reliable renames, inode numbers, times and leases are in a directory: FUSE file systems and
/// network servers lack some of them. `Directory.rename` and comparisons of file states rely on it.
package struct FileSystemTraits: Sendable, Hashable {
    /// A rename can refuse a taken name by itself (renameat2(2), RENAME_NOREPLACE).
    package var renamesWithoutReplacing = true
    /// A hard link can be made, and is the same file by its inode number: link and unlink are then as good.
    package var hasHardLinks = true
    /// A file that is renamed keeps its inode number.
    package var keepsInodeOnRename = true
    /// Inode numbers are the files', not made up for names: without hard links (FAT, exFAT) the number may be another
    /// one as soon as the file is no longer open.
    package var hasStableInodes = true
    /// A change shows in a timestamp that users cannot set.
    package var hasChangeTimes = true
    /// The owner of a file can find out whether it is open for writing (fcntl(2), F_SETLEASE).
    package var hasLeases = true

    package init() {}

    /// What local file systems of Linux do.
    package static let ordinary = FileSystemTraits()

    /// Finds out with two hidden files that are gone afterwards, also what a crash has left of an earlier look.
    /// Throws SystemCallError where the directory cannot be written to.
    package static func probe(_ directory: Directory) throws -> FileSystemTraits {
        let (name, file) = try makeProbe(in: directory)
        let other = name + Array(".b".utf8)
        defer {
            try? directory.unlink(name)
            try? directory.unlink(other)
        }
        var traits = FileSystemTraits()
        try [UInt8](repeating: 1, count: 16).withUnsafeBytes { try file.writeAll($0, subject: directory.subject(name)) }
        traits.hasChangeTimes = try changeTimesAreKept(file, name, in: directory)
        traits.hasLeases = try hasLeases(file, name, in: directory)
        traits.hasHardLinks = try linkIsSameFile(name, other, in: directory)
        traits.renamesWithoutReplacing = try refusesTakenName(name, other, in: directory)
        let before = try directory.stat(name)?.inode
        try directory.rename(name, to: directory, other, replacing: true)
        traits.keepsInodeOnRename = try directory.stat(other)?.inode == before
        traits.hasStableInodes = traits.hasHardLinks && traits.keepsInodeOnRename
        return traits
    }

    /// Names of their own for those who look at once (a doctor beside a supervisor), few of them: what is left under
    /// one for long is a crash's.
    private static func makeProbe(in directory: Directory) throws -> (name: [UInt8], file: Descriptor) {
        for serial in 0..<8 {
            let name = Array(".sluice-traits-\(serial)".utf8)
            if let there = try directory.stat(name) {
                let age = wallClockNanoseconds() &- there.mtime
                if age > -60_000_000_000, age < 60_000_000_000 { continue }
                try directory.unlink(name)
            }
            do {
                let file = try directory.createFile(name, mode: 0o600)
                try? directory.unlink(name + Array(".b".utf8))
                return (name, file)
            } catch let error as SystemCallError where error.errno == EEXIST {
                continue
            }
        }
        throw SystemCallError("create", directory.subject(Array(".sluice-traits".utf8)), errno: EEXIST)
    }

    /// Whether the change time stays under kernel control when the modification time is set.
    private static func changeTimesAreKept(
        _ file: Descriptor, _ name: [UInt8], in directory: Directory
    ) throws -> Bool {
        let old = timespec(tv_sec: Int(wallClockNanoseconds() / 1_000_000_000) - 30, tv_nsec: 0)
        guard futimens(file.number, [old, old]) == 0, let status = try directory.stat(name) else { return false }
        let now = [timespec(tv_sec: 0, tv_nsec: utimeNow), timespec(tv_sec: 0, tv_nsec: utimeNow)]
        defer { _ = futimens(file.number, now) }
        return status.ctime != status.mtime
    }

    /// UTIME_NOW is a macro that Swift does not import.
    private static let utimeNow = 0x3FFF_FFFF

    private static func hasLeases(_ file: Descriptor, _ name: [UInt8], in directory: Directory) throws -> Bool {
        try withExtendedLifetime(file) { try directory.openFile(name).hasWriter() == true }
    }

    private static func linkIsSameFile(_ name: [UInt8], _ other: [UInt8], in directory: Directory) throws -> Bool {
        let number = directory.descriptor.number
        guard linkat(number, cString(name), number, cString(other), 0) == 0 else { return false }
        let (one, two) = (try directory.stat(name), try directory.stat(other))
        try directory.unlink(other)
        return one != nil && one?.inode == two?.inode && one?.device == two?.device
    }

    /// Leaves the file under its first name.
    private static func refusesTakenName(_ name: [UInt8], _ other: [UInt8], in directory: Directory) throws -> Bool {
        let number = directory.descriptor.number
        // The kernel itself refuses a name that it knows to be taken; what the file system knows shows with a free one.
        guard sluice_rename_noreplace(number, cString(name), number, cString(other)) == 0 else { return false }
        try directory.rename(other, to: directory, name, replacing: true)
        _ = try directory.createFile(other, mode: 0o600)
        // Some programs take the flag, and do not heed it.
        if sluice_rename_noreplace(number, cString(name), number, cString(other)) == 0 {
            try directory.rename(other, to: directory, name, replacing: true)
            return false
        }
        let code = errno
        try directory.unlink(other)
        return code == EEXIST
    }
}

extension FileStatus {
    /// Without what says nothing where the file lies: 0 is an unknown inode number or time.
    package func trusted(_ traits: FileSystemTraits) -> FileStatus {
        var status = self
        if !traits.hasStableInodes { status.inode = 0 }
        return status
    }
}
