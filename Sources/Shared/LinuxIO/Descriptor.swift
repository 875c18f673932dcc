import CLinux
import Glibc

/// An open file descriptor; closed when the last reference goes.
package final class Descriptor: Sendable {
    private let owned: Int32

    /// Takes ownership of `number`, which nothing else may close from now on.
    package init(owning number: Int32) { owned = number }

    deinit { close(owned) }

    /// Valid for as long as this object is referenced: keep it alive across the calls that use the number
    /// (`withExtendedLifetime`).
    package var number: Int32 { owned }

    /// Bytes from the start to where the next read(2) begins, by whoever shares the open file; nil of what has no
    /// positions.
    package var position: UInt64? { UInt64(exactly: lseek(owned, 0, SEEK_CUR)) }

    /// Writes all bytes at the descriptor's position. Throws SystemCallError.
    package func writeAll(_ bytes: UnsafeRawBufferPointer, subject: String) throws {
        var done = 0
        while done < bytes.count {
            let count = retryingInterrupted {
                write(owned, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            }
            guard count >= 0 else { throw SystemCallError("write", subject) }
            done += count
        }
    }

    /// fsync(2). A failure is final: the kernel has dropped what it could not write, so never call it again in the hope
    /// of better luck; discard the file. Throws SystemCallError.
    package func sync(subject: String) throws {
        guard retryingInterrupted({ fsync(owned) }) == 0 else { throw SystemCallError("fsync", subject) }
    }

    /// Begins to write to the disk, and does not wait: the syncs of many small files that have begun together share the file
    /// system's commit, where each would wait for one of its own.
    package func beginWriting() { sluice_begin_writing(owned) }

    /// The same for a file that another program wrote and may not have synced. A file system that is read-only, or has
    /// no such call, has nothing left to write. Throws SystemCallError, whose call is `syncSource`.
    package func syncSource(subject: String) throws {
        guard retryingInterrupted({ fsync(owned) }) == 0 || [EROFS, EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) else {
            throw SystemCallError(LinuxIO.syncSource, subject)
        }
    }

    /// What is read next comes from the disk, not from memory, if it was synced.
    package func dropCache() { posix_fadvise(owned, 0, 0, POSIX_FADV_DONTNEED) }

    /// Calls `body` with the file's bytes from its start to its end, in pieces of at most 128 KiB, without moving the
    /// descriptor's position. Throws SystemCallError, and what `body` throws.
    package func forEachPiece(
        subject: String, call: String = "read", _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 64)
        defer { buffer.deallocate() }
        var offset: off_t = 0
        while true {
            let count = retryingInterrupted { pread(owned, buffer.baseAddress, buffer.count, offset) }
            guard count >= 0 else { throw SystemCallError(call, subject) }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += off_t(count)
        }
    }
}

/// The call that a `SystemCallError` names when it is a source that could not be synced.
package let syncSource = "fsync of the source"

/// Calls again for as long as a signal handler interrupts it.
func retryingInterrupted<Result: FixedWidthInteger & SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
