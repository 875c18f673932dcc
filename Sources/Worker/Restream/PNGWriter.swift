import CZlib

/// Writes chunks (PNG specification, 5.3), and image data that is not compressed (RFC 1951, 3.2.4).
final class PNGWriter {
    /// What a stored block can hold.
    private static let largestBlock = 65535
    /// Before the block's bytes: length and type of the chunk, zlib's header, the block's header. Behind them: zlib's
    /// checksum and the chunk's.
    private static let before = 8 + 2 + 5
    private static let behind = 4 + 4

    private let buffer: UnsafeMutablePointer<UInt8>
    private var filled = 0
    private var isFirst = true
    private var sum = adler32(0, nil, 0)

    init() { buffer = .allocate(capacity: Self.before + Self.largestBlock + Self.behind) }

    deinit { buffer.deallocate() }

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func chunk(_ type: String, _ payload: [UInt8]) -> [UInt8] {
        let summed = Array(type.utf8) + payload
        let sum = crc32(0, summed, UInt32(summed.count))
        return UInt32(payload.count).bigEndianBytes + summed + UInt32(truncatingIfNeeded: sum).bigEndianBytes
    }

    /// Takes bytes of the image data, as many as fit.
    ///
    /// - Returns: how many; 0 when a chunk is full and `takeChunk` must come first.
    func add(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(bytes.count, Self.largestBlock - filled)
        guard count > 0, let start = bytes.baseAddress else { return 0 }
        UnsafeMutableRawPointer(buffer + Self.before + filled).copyMemory(from: start, byteCount: count)
        filled += count
        return count
    }

    /// An IDAT chunk of what was added; valid until the next call of this object.
    func takeChunk(isLast: Bool) -> UnsafeRawBufferPointer {
        sum = adler32(sum, buffer + Self.before, UInt32(filled))
        let size = UInt16(filled)
        var header: [UInt8] = isFirst ? [0x78, 0x01] : []
        header += [isLast ? 1 : 0, UInt8(size & 255), UInt8(size >> 8), UInt8(~size & 255), UInt8(~size >> 8)]
        let trailer = isLast ? UInt32(truncatingIfNeeded: sum).bigEndianBytes : []
        let payload = header.count + filled + trailer.count
        let start = buffer + (Self.before - header.count - 8)
        put(UInt32(payload).bigEndianBytes + Array("IDAT".utf8) + header, at: start)
        put(trailer, at: start + 8 + payload - trailer.count)
        let check = crc32(0, start + 4, UInt32(4 + payload))
        put(UInt32(truncatingIfNeeded: check).bigEndianBytes, at: start + 8 + payload)
        isFirst = false
        filled = 0
        return UnsafeRawBufferPointer(start: start, count: payload + 12)
    }

    private func put(_ bytes: [UInt8], at place: UnsafeMutablePointer<UInt8>) {
        for (index, byte) in bytes.enumerated() { place[index] = byte }
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> UInt32(24 - 8 * $0)) } }
}
