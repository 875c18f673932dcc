import Glibc

/// Writes a file so that, whatever happens, `name` holds either nothing new or all of `bytes`: temporary sibling,
/// fsync, rename, fsync of the directory. Throws SystemCallError (EEXIST where the name is taken and not `replacing`),
/// leaving no temporary file.
package func writeDurably(_ bytes: [UInt8], to directory: Directory, name: [UInt8], replacing: Bool) throws {
    try withTemporarySibling(in: directory, name: name, mode: 0o666, replacing: replacing) { file, shown in
        try bytes.withUnsafeBytes { try file.writeAll($0, subject: shown) }
    }
}

/// Copies a file to another directory, on whatever file system: copy, fsync, read back and compare digests, rename,
/// fsync of the directory. Permissions and the time of the last change go with it. The source is left alone.
///
/// Returns the content's SHA-256, in hex. Throws SystemCallError (EEXIST where the name is taken and not `replacing`;
/// EIO where what was read back differs), leaving no temporary file.
@discardableResult
package func copyDurably(
    _ source: Descriptor, to directory: Directory, name: [UInt8], replacing: Bool
) throws -> String {
    let status = try FileStatus.of(source)
    var digest = ""
    try withTemporarySibling(in: directory, name: name, mode: 0o600, replacing: replacing) { file, shown in
        var hasher = SHA256Hasher()
        try source.forEachPiece(subject: shown) { piece in
            hasher.update(piece)
            try file.writeAll(piece, subject: shown)
        }
        digest = hasher.finish()
        try file.sync(subject: shown)
        // Written pages are clean now; without them the copy is read from the disk, not from memory.
        posix_fadvise(file.number, 0, 0, POSIX_FADV_DONTNEED)
        guard try sha256(of: file).digest == digest else { throw SystemCallError("verify", shown, errno: EIO) }
        guard fchmod(file.number, status.mode & 0o777) == 0 else { throw SystemCallError("fchmod", shown) }
        let changed = timespec(
            tv_sec: Int(status.mtime / 1_000_000_000), tv_nsec: Int(status.mtime % 1_000_000_000))
        guard futimens(file.number, [changed, changed]) == 0 else { throw SystemCallError("futimens", shown) }
    }
    return digest
}

/// `.NAME.sluice-RANDOM`, at most 255 bytes: hidden, and ignored by inboxes.
package func temporaryName(for name: [UInt8]) -> [UInt8] {
    let ending = Array(".sluice-\(uniqueRandomHex(8))".utf8)
    return [UInt8(ascii: ".")] + name.prefix(255 - 1 - ending.count) + ending
}

private func withTemporarySibling(
    in directory: Directory, name: [UInt8], mode: mode_t, replacing: Bool,
    _ fill: (_ file: Descriptor, _ shown: String) throws -> Void
) throws {
    let temporary = temporaryName(for: name)
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
    try directory.sync()
}
