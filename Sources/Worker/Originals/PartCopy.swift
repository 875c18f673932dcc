import Glibc

/// A file that is read by position, and one that is written from its start, part after part.
struct PartCopy {
    static let blockSize = 65_536
    private let source: Int32
    private let target: Int32
    /// Bytes.
    let size: UInt64
    private(set) var written: UInt64 = 0

    init(from source: Int32, to target: Int32) throws(CopyFailure) {
        var status = stat()
        guard fstat(source, &status) == 0 else { throw .system("fstat: \(String(cString: strerror(errno)))") }
        (self.source, self.target) = (source, target)
        size = UInt64(max(0, status.st_size))
    }

    /// Exactly so many bytes.
    func read(at offset: UInt64, _ count: Int) throws(CopyFailure) -> [UInt8] {
        let bytes = try readSome(at: offset, count)
        guard bytes.count == count else { throw .endsEarly }
        return bytes
    }

    /// Fewer only where the file ends.
    func readSome(at offset: UInt64, _ count: Int) throws(CopyFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(
                    source, buffer.baseAddress?.advanced(by: done), count - done, off_t(clamping: offset) + off_t(done))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .system("pread: \(String(cString: strerror(errno)))") }
            if got == 0 { break }
            done += got
        }
        bytes.removeLast(count - done)
        return bytes
    }

    mutating func write(_ bytes: [UInt8]) throws(CopyFailure) {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                pwrite(
                    target, buffer.baseAddress?.advanced(by: done), bytes.count - done,
                    off_t(clamping: written) + off_t(done))
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw .system("pwrite: \(String(cString: strerror(errno)))") }
            done += put
        }
        written += UInt64(bytes.count)
    }

    /// Puts other bytes over some that were written.
    func overwrite(_ bytes: [UInt8], at offset: UInt64) throws(CopyFailure) {
        let put = bytes.withUnsafeBytes { pwrite(target, $0.baseAddress, $0.count, off_t(clamping: offset)) }
        guard put == bytes.count else { throw .system("pwrite: \(String(cString: strerror(errno)))") }
    }

    mutating func copy(_ range: Range<UInt64>) throws(CopyFailure) {
        guard range.upperBound <= size else { throw .endsEarly }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(UInt64(Self.blockSize), range.upperBound - offset))
            try write(read(at: offset, count))
            offset += UInt64(count)
        }
    }

    mutating func copyAll() throws(CopyFailure) { try copy(0..<size) }
}

/// A number of so many bytes.
func bigEndian(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
func littleEndian(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 { bigEndian(bytes.reversed()) }

/// The least significant byte last.
func bigEndianBytes(_ value: Int, width: Int) -> [UInt8] {
    (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}
