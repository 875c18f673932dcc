import CLinux
import Glibc
import Synchronization

/// The traits of a file system; nil until probed.
final class KnownTraits: Sendable {
    let traits = Mutex<FileSystemTraits?>(nil)
}

extension Directory {
    /// The traits of its file system, as far as probed; otherwise those of most file systems.
    package var traits: FileSystemTraits { known.traits.withLock { $0 } ?? .ordinary }

    /// The same for certain: looks, the first time. Throws SystemCallError where it cannot be written to.
    @discardableResult
    package func learnTraits() throws -> FileSystemTraits {
        if let known = known.traits.withLock({ $0 }) { return known }
        let found = try FileSystemTraits.probe(self)
        assume(found)
        return found
    }

    /// The same where there is reason to doubt: nothing is written to a directory of an ordinary file system, nor to one that
    /// may not be written to. Blocks.
    package func learnTraitsIfOdd() {
        if Mount.holding(self)?.isOdd != false { _ = try? learnTraits() }
    }

    /// Goes by these from now on, here and in what is opened below.
    package func assume(_ traits: FileSystemTraits) { known.traits.withLock { $0 = traits } }

    /// Moves `path` to `name` in (or below) another directory of the same file system. Without `replacing`, throws
    /// EEXIST where the name is taken, atomically if the file system can (see `FileSystemTraits`). Not durable before
    /// both directories are synced. Throws SystemCallError; EXDEV between file systems.
    package func rename(_ path: [UInt8], to target: Directory, _ name: [UInt8], replacing: Bool) throws {
        let move = Move(
            from: try parent(of: path, call: "rename"), to: try target.parent(of: name, call: "rename"),
            shown: "\(subject(path)) -> \(target.subject(name))")
        if replacing { return try move.replacing() }
        if try target.traits.renamesWithoutReplacing && move.withoutReplacing() { return }
        if try target.traitsWithoutFlag().hasHardLinks && move.byLink() { return }
        try move.afterLook()
    }

    /// When the file system has just shown that it does not know the flag. A mount below the one that was looked at may
    /// be of another kind.
    private func traitsWithoutFlag() throws -> FileSystemTraits {
        let known = try learnTraits()
        return known.renamesWithoutReplacing ? try FileSystemTraits.probe(self) : known
    }
}

/// One name that becomes another.
private struct Move {
    typealias Place = (directory: Descriptor, name: [CChar])
    let from: Place
    let to: Place
    let shown: String

    func replacing() throws {
        guard renameat(from.directory.number, from.name, to.directory.number, to.name) == 0 else {
            throw SystemCallError("rename", shown)
        }
    }

    /// - Returns: false where the file system does not know the flag (some network and FUSE ones).
    func withoutReplacing() throws -> Bool {
        if sluice_rename_noreplace(from.directory.number, from.name, to.directory.number, to.name) == 0 { return true }
        guard [EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) else { throw SystemCallError("rename", shown) }
        return false
    }

    /// A hard link refuses a taken name as well, and then the old name goes, unless another file has it by now.
    /// - Returns: false where there are none, or not of this: a directory.
    func byLink() throws -> Bool {
        guard linkat(from.directory.number, from.name, to.directory.number, to.name, 0) == 0 else {
            if [EPERM, EINVAL, ENOSYS, EOPNOTSUPP, EMLINK].contains(errno) { return false }
            throw SystemCallError("link", shown)
        }
        guard let linked = inode(of: to), linked == inode(of: from) else {
            unlinkat(to.directory.number, to.name, 0)
            throw SystemCallError("rename", shown, errno: ENOENT)
        }
        guard unlinkat(from.directory.number, from.name, 0) == 0 else {
            let code = errno
            unlinkat(to.directory.number, to.name, 0)
            throw SystemCallError("unlink", shown, errno: code)
        }
        return true
    }

    /// Sluice holds the directories' locks: who else makes a file of that name between the look and the rename loses it.
    func afterLook() throws {
        if inode(of: to) != nil { throw SystemCallError("rename", shown, errno: EEXIST) }
        try replacing()
    }

    private func inode(of place: Place) -> UInt64? {
        var status = stat()
        let result = fstatat(place.directory.number, place.name, &status, AT_SYMLINK_NOFOLLOW)
        return result == 0 ? UInt64(status.st_ino) : nil
    }
}
