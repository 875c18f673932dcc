import Glibc

/// A file from its start to its end, through one small buffer; what is skipped is not read.
///
/// Every read throws `damaged` behind the end of the file.
final class ForwardReader {
    private let file: SourceFile
    private let buffer: UnsafeMutableRawBufferPointer
    /// Where in the file the buffer's first byte is.
    private var start: UInt64
    private var filled = 0
    private var index = 0

    init(_ file: SourceFile, at offset: UInt64 = 0, capacity: Int = 64 << 10) {
        self.file = file
        start = offset
        buffer = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// What is said of it.
    static let endsEarly = "the file ends early"

    /// The offset in the file of the byte that is next.
    var position: UInt64 { start + UInt64(index) }

    func byte() throws(RestreamError) -> UInt8 {
        if index == filled { try load() }
        defer { index += 1 }
        return buffer[index]
    }

    /// Big-endian.
    func uint16() throws(RestreamError) -> Int {
        let high = try byte()
        return Int(high) << 8 | Int(try byte())
    }

    /// Big-endian.
    func uint32() throws(RestreamError) -> UInt32 {
        let high = try uint16()
        return UInt32(high) << 16 | UInt32(try uint16())
    }

    func bytes(_ count: Int) throws(RestreamError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for _ in 0..<count { bytes.append(try byte()) }
        return bytes
    }

    /// Moves on by `count` bytes; past the end of the file is found out by the next read.
    func skip(_ count: UInt64) {
        if count <= UInt64(filled - index) {
            index += Int(count)
        } else {
            let (target, overflow) = position.addingReportingOverflow(count)
            start = overflow ? .max - UInt64(buffer.count) : target
            filled = 0
            index = 0
        }
    }

    /// Moves back, to a byte that was taken before.
    func moveBack(to offset: UInt64) {
        if offset >= start {
            index = min(index, Int(offset - start))
        } else {
            start = offset
            filled = 0
            index = 0
        }
    }

    /// Moves to the next byte of that value, without taking it.
    func skip(to value: UInt8) throws(RestreamError) {
        while true {
            if index == filled { try load() }
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[index..<filled])
            if let base = rest.baseAddress, let found = memchr(base, Int32(value), rest.count) {
                index += base.distance(to: found)
                return
            }
            index = filled
        }
    }

    private func load() throws(RestreamError) {
        start += UInt64(index)
        index = 0
        filled = 0
        filled = try file.read(at: start, into: buffer)
        if filled == 0 { throw .damaged(Self.endsEarly) }
    }
}
