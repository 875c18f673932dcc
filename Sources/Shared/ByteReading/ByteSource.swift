import Glibc

/// Bytes that can be read at any offset.
package protocol ByteSource {
    /// At most `count` bytes from `offset` on; fewer only at the end of the source, none behind it.
    ///
    /// - Throws: `HeaderError.unreadable` when the system refuses the read.
    func read(at offset: UInt64, count: Int) throws(HeaderError) -> [UInt8]
}

/// An open file, read with `pread`: its file offset stays where it is. Does not own the descriptor.
package struct DescriptorBytes: ByteSource, Sendable {
    private let descriptor: Int32

    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    package func read(at offset: UInt64, count: Int) throws(HeaderError) -> [UInt8] {
        guard count > 0, offset <= UInt64(off_t.max) - UInt64(count) else { return [] }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(offset) + off_t(filled))
                if part > 0 {
                    filled += part
                } else if part == 0 {
                    return
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        if failure != 0 { throw .unreadable(errno: failure) }
        return bytes
    }
}

/// Bytes in memory.
package struct MemoryBytes: ByteSource, Sendable {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package func read(at offset: UInt64, count: Int) throws(HeaderError) -> [UInt8] {
        guard count > 0, offset < UInt64(bytes.count) else { return [] }
        let start = Int(offset)
        return Array(bytes[start..<(start + min(count, bytes.count - start))])
    }
}

/// A part of other bytes, as if there were no others.
package struct PartialBytes: ByteSource {
    private let whole: any ByteSource
    private let start: UInt64
    private let length: UInt64

    package init(_ whole: any ByteSource, from start: UInt64, length: UInt64) {
        self.whole = whole
        self.start = start
        self.length = length
    }

    package func read(at offset: UInt64, count: Int) throws(HeaderError) -> [UInt8] {
        let (position, overflow) = start.addingReportingOverflow(offset)
        guard count > 0, offset < length, !overflow else { return [] }
        return try whole.read(at: position, count: Int(min(UInt64(count), length - offset)))
    }
}
