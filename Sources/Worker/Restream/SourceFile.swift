import Glibc

/// An open file, read with `pread`: its file offset stays where it is. Does not own the descriptor.
struct SourceFile {
    let descriptor: Int32

    /// Fills `buffer` from `offset` on.
    ///
    /// - Returns: bytes read; fewer than asked only at the end of the file.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(RestreamError) -> Int {
        guard let start = buffer.baseAddress, offset <= UInt64(off_t.max) - UInt64(buffer.count) else { return 0 }
        var filled = 0
        while filled < buffer.count {
            let part = pread(descriptor, start + filled, buffer.count - filled, off_t(offset) + off_t(filled))
            if part > 0 {
                filled += part
            } else if part == 0 {
                break
            } else if errno != EINTR {
                throw .unreadable(errno: errno)
            }
        }
        return filled
    }
}
