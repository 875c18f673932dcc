import Glibc

/// Edits a finished file in place, through its descriptor, holding 64 KiB of it at a time.
///
/// It edits staged files, which are private to the job; one that is left half-edited by a crash was never committed.
struct FileEditor {
    private static let blockSize = 65_536
    let descriptor: Int32

    func source() throws(MetadataError) -> PictureBytes { try PictureBytes(descriptor: descriptor) }

    /// Puts `bytes` in place of `count` bytes from `offset`, moving what follows; the file grows or shrinks.
    func replace(at offset: UInt64, count: UInt64, with bytes: [UInt8]) throws(MetadataError) {
        let size = try source().size
        guard offset <= size, count <= size - offset else {
            throw .unexpectedLayout("a part to replace lies past the end of the file")
        }
        try moveTail(from: offset + count, to: offset + UInt64(bytes.count), size: size)
        try write(bytes, at: offset)
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(MetadataError) {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset) + off_t(done))
            }
            if put < 0 {
                if errno == EINTR { continue }
                throw .system(call: "pwrite", errno: errno)
            }
            done += put
        }
    }

    private func moveTail(from old: UInt64, to new: UInt64, size: UInt64) throws(MetadataError) {
        guard old != new else { return }
        var left = size - old
        if new < old {
            var done: UInt64 = 0
            while left > 0 {
                let count = Int(min(left, UInt64(Self.blockSize)))
                try copy(count, from: old + done, to: new + done)
                done += UInt64(count)
                left -= UInt64(count)
            }
            guard ftruncate(descriptor, off_t(size - (old - new))) == 0 else {
                throw .system(call: "ftruncate", errno: errno)
            }
        } else {
            // Backwards, as the new place overlaps what is still to be moved.
            while left > 0 {
                let count = Int(min(left, UInt64(Self.blockSize)))
                left -= UInt64(count)
                try copy(count, from: old + left, to: new + left)
            }
        }
    }

    private func copy(_ count: Int, from old: UInt64, to new: UInt64) throws(MetadataError) {
        let bytes = try readBytes(descriptor, offset: old, count: count)
        guard bytes.count == count else { throw .unexpectedLayout("the file shrank while it was edited") }
        try write(bytes, at: new)
    }
}
