import CZlib

/// The bytes of consecutive IDAT chunks, without what is around them.
final class ImageData {
    private static let capacity = 32 << 10
    private static let chunkType: UInt32 = 0x4944_4154

    private let file: SourceFile
    private let buffer: UnsafeMutableRawBufferPointer
    /// Where in the file the buffer's first byte is.
    private var start: UInt64
    private var filled = 0
    private var index = 0
    /// Bytes of the chunk that were not handed out.
    private var remaining: UInt64
    private let isChecked: Bool
    private var sum: UInt = 0
    private var isInChunk: Bool

    private init(_ file: SourceFile, at offset: UInt64, remaining: UInt64, isInChunk: Bool, isChecked: Bool) {
        self.file = file
        start = offset
        self.remaining = remaining
        self.isInChunk = isInChunk
        self.isChecked = isChecked
        buffer = .allocate(byteCount: Self.capacity, alignment: 16)
    }

    /// From the chunk on that starts at `offset`. Checksums are compared.
    convenience init(_ file: SourceFile, at offset: UInt64) {
        self.init(file, at: offset, remaining: 0, isInChunk: false, isChecked: true)
    }

    deinit { buffer.deallocate() }

    /// The same bytes once more, from `count` bytes before the end of the last piece on. Checksums are left to the first
    /// reader.
    func fork(back count: Int) -> ImageData {
        let count = UInt64(count)
        return ImageData(
            file, at: position - count, remaining: remaining + count, isInChunk: isInChunk, isChecked: false)
    }

    /// Where in the file the next byte is; behind the last piece, that of the chunk that follows IDAT.
    var position: UInt64 { start + UInt64(index) }

    /// The next bytes, valid until the next call; nil when another chunk than IDAT follows.
    func piece() throws(RestreamError) -> UnsafeRawBufferPointer? {
        while remaining == 0 {
            if isInChunk {
                try need(4)
                guard UInt(take32()) == sum || !isChecked else { throw .damaged("the checksum of an IDAT chunk") }
                isInChunk = false
            }
            try need(8)
            let length = take32()
            guard take32() == Self.chunkType else {
                index -= 8
                return nil
            }
            guard length <= 0x7FFF_FFFF else { throw .damaged("the length of an IDAT chunk") }
            remaining = UInt64(length)
            isInChunk = true
            if isChecked { sum = checksum(0, buffer[index - 4..<index]) }
        }
        if index == filled { try need(1) }
        let count = Int(min(remaining, UInt64(filled - index)))
        let piece = UnsafeRawBufferPointer(rebasing: buffer[index..<index + count])
        index += count
        remaining -= UInt64(count)
        if isChecked { sum = checksum(sum, buffer[index - count..<index]) }
        return piece
    }

    /// Makes at least `count` bytes ready.
    private func need(_ count: Int) throws(RestreamError) {
        if filled - index >= count { return }
        start += UInt64(index)
        filled = 0
        index = 0
        filled = try file.read(at: start, into: buffer)
        if filled < count { throw .damaged("the file ends early") }
    }

    private func checksum(_ before: UInt, _ bytes: Slice<UnsafeMutableRawBufferPointer>) -> UInt {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes)
        return crc32(before, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(bytes.count))
    }

    /// Big-endian; the bytes must be ready.
    private func take32() -> UInt32 {
        let value = UInt32(
            bigEndian: UnsafeRawBufferPointer(buffer).loadUnaligned(fromByteOffset: index, as: UInt32.self))
        index += 4
        return value
    }
}
