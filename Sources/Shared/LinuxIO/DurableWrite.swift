import Glibc

/// Writes a file so that, whatever happens, `name` holds either nothing new or all of `bytes`: temporary sibling,
/// fsync, rename, fsync of the directory. Throws SystemCallError (EEXIST where the name is taken and not `replacing`),
/// leaving no temporary file. A crash may leave `draftName`, which the next write of the same name replaces; two at once
/// are not for this.
package func writeDurably(_ bytes: [UInt8], to directory: Directory, name: [UInt8], replacing: Bool) throws {
    let temporary = draftName(of: name)
    if try directory.stat(temporary)?.isRegular == true { try directory.unlink(temporary) }
    try withTemporarySibling(temporary, in: directory, name: name, mode: 0o666, replacing: replacing) { file, shown in
        try bytes.withUnsafeBytes { try file.writeAll($0, subject: shown) }
    }
}

/// The same without the syncs, which find the writing begun: after a power loss `name` may hold nothing, unless the file
/// was synced. Replaces what has the name. Throws SystemCallError.
package func writeWhole(_ bytes: [UInt8], to directory: Directory, name: [UInt8]) throws {
    let temporary = draftName(of: name)
    if try directory.stat(temporary)?.isRegular == true { try directory.unlink(temporary) }
    let file = try directory.createFile(temporary, mode: 0o666)
    do {
        try bytes.withUnsafeBytes { try file.writeAll($0, subject: directory.subject(temporary)) }
        file.beginWriting()
        try directory.rename(temporary, to: directory, name, replacing: true)
    } catch {
        try? directory.unlink(temporary)
        throw error
    }
}

/// A file that is written piece by piece and appears atomically. See `writeDurably`.
package final class DurableFile {
    private let file: Descriptor
    private let directory: Directory
    private let temporary: [UInt8]
    private let name: [UInt8]
    private var pending: [UInt8] = []
    private var isOpen = true

    /// Throws SystemCallError.
    package init(in directory: Directory, name: [UInt8]) throws {
        self.directory = directory
        self.name = name
        temporary = draftName(of: name)
        if try directory.stat(temporary)?.isRegular == true { try directory.unlink(temporary) }
        file = try directory.createFile(temporary, mode: 0o666)
    }

    /// What was not finished leaves nothing.
    deinit { if isOpen { try? directory.unlink(temporary) } }

    package func append(_ text: String) throws {
        pending.append(contentsOf: text.utf8)
        if pending.count >= 256 << 10 { try flush() }
    }

    private func flush() throws {
        try pending.withUnsafeBytes { try file.writeAll($0, subject: directory.subject(name)) }
        pending.removeAll(keepingCapacity: true)
    }

    /// Throws SystemCallError, leaving what was there before.
    package func finish() throws {
        try flush()
        try file.sync(subject: directory.subject(name))
        try directory.rename(temporary, to: directory, name, replacing: true)
        isOpen = false
        try directory.sync()
    }
}

/// What `writeDurably` calls a file until it is whole.
package func draftName(of name: [UInt8]) -> [UInt8] {
    temporaryName(for: name, mark: String(sha256(name).prefix(16)))
}

/// Copies a file to another directory, on whatever file system: copy, fsync, read back and compare digests, rename,
/// fsync of the directory. Permissions and the time of the last change go with it, where the file system takes them;
/// what is all zero stays a hole, so that a file of a terabyte that takes no room does not take it here. The source is
/// left alone.
/// - Parameter temporary: the name that it has until it is whole; a file that a crash has left there is replaced. Nil: a
///   name of its own.
/// - Parameter isCancelled: asked between two pieces, of 128 KiB.
/// - Returns: the content's SHA-256, in hex.
/// - Throws: SystemCallError (EEXIST where the name is taken and not `replacing`; EIO where what was read back differs;
///   the call is `readSource` where it is the source that cannot be read), CancellationError; leaving no temporary
///   file.
@discardableResult
package func copyDurably(
    _ source: Descriptor, to directory: Directory, name: [UInt8], temporary: [UInt8]? = nil, replacing: Bool,
    isCancelled: () -> Bool = { false }
) throws -> String {
    let status = try FileStatus.of(source)
    var digest = ""
    if let temporary, try directory.stat(temporary)?.isRegular == true { try directory.unlink(temporary) }
    let temporary = temporary ?? temporaryName(for: name)
    try withTemporarySibling(temporary, in: directory, name: name, mode: 0o600, replacing: replacing) { file, shown in
        var hasher = SHA256Hasher()
        var length: off_t = 0
        try source.forEachPiece(subject: shown, call: readSource) { piece in
            if isCancelled() { throw CancellationError() }
            hasher.update(piece)
            length += off_t(piece.count)
            if piece.allSatisfy({ $0 == 0 }) {
                guard lseek(file.number, length, SEEK_SET) >= 0 else { throw SystemCallError("lseek", shown) }
            } else {
                try file.writeAll(piece, subject: shown)
            }
        }
        guard ftruncate(file.number, length) == 0 else { throw SystemCallError("ftruncate", shown) }
        digest = hasher.finish()
        try file.sync(subject: shown)
        // Written pages are clean now; without them the copy is read from the disk, not from memory.
        posix_fadvise(file.number, 0, 0, POSIX_FADV_DONTNEED)
        var copied = SHA256Hasher()
        try file.forEachPiece(subject: shown) { piece in
            if isCancelled() { throw CancellationError() }
            copied.update(piece)
        }
        guard copied.finish() == digest else { throw SystemCallError("verify", shown, errno: EIO) }
        // Nice to have: FAT knows no permissions, and no file system all times that another one holds.
        _ = fchmod(file.number, status.mode & 0o777)
        if let changed = try? source.lastChange() { _ = futimens(file.number, [changed, changed]) }
    }
    return digest
}

/// The call that a `SystemCallError` of `copyDurably` names when it is the source that cannot be read.
package let readSource = "read source"

private func withTemporarySibling(
    _ temporary: [UInt8], in directory: Directory, name: [UInt8], mode: UInt32, replacing: Bool,
    _ fill: (_ file: Descriptor, _ shown: String) throws -> Void
) throws {
    let file = try directory.createFile(temporary, mode: mode)
    do {
        let shown = directory.subject(name)
        try fill(file, shown)
        try file.sync(subject: shown)
        try directory.rename(temporary, to: directory, name, replacing: replacing)
    } catch {
        try? directory.unlink(temporary)
        throw error
    }
    do {
        try directory.sync()
    } catch {
        // It may be gone after a power loss: it must not be treated as durable.
        if !replacing { try? directory.unlink(name) }
        throw error
    }
}
