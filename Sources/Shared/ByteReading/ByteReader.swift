/// How much work one header may cost.
package struct HeaderLimits: Sendable, Equatable {
    /// Bytes read from the file. What is skipped costs nothing.
    package var bytes: Int
    /// Segments, chunks, boxes, directories and their entries looked at.
    package var steps: Int

    /// Enough for real files: a JPEG's header takes 4 KiB, a HEIF picture of 800 tiles some 60 KiB and 2,500 steps.
    package init(bytes: Int = 256 * 1024, steps: Int = 8192) {
        self.bytes = bytes
        self.steps = steps
    }
}

package enum ByteOrder {
    case big, little
}

/// Numbers out of a `ByteSource`, by offset, through one small buffer.
///
/// Nothing read from the file is trusted: every read is checked against the end of the file and against the
/// limits, and no buffer is sized by a number in the file.
package struct ByteReader {
    private static let firstRead = 4096
    /// After a jump: enough for a segment's head or a directory of twenty entries.
    private static let readAfterJump = 256
    private static let largestRead = 16384

    private let source: any ByteSource
    private var buffer: [UInt8] = []
    /// Where `buffer` starts in the source.
    private var start: UInt64 = 0
    private var nextRead = Self.firstRead
    private var bytesLeft: Int
    private var stepsLeft: Int

    package init(_ source: any ByteSource, limits: HeaderLimits) {
        self.source = source
        bytesLeft = limits.bytes
        stepsLeft = limits.steps
    }

    /// A reader of a part of the same source, with limits of its own.
    package func part(from offset: UInt64, length: UInt64, limits: HeaderLimits) -> ByteReader {
        ByteReader(PartialBytes(source, from: offset, length: length), limits: limits)
    }

    /// Counts one turn of a loop that the file controls.
    package mutating func step() throws(ParseFailure) {
        guard stepsLeft > 0 else { throw .overLimit }
        stepsLeft -= 1
    }

    /// The bytes `offset ..< offset + count`, all of them.
    package mutating func bytes(at offset: UInt64, count: Int) throws(ParseFailure) -> ArraySlice<UInt8> {
        let index = try load(offset, count)
        return buffer[index..<(index + count)]
    }

    /// The bytes from `offset` on, as many as there are up to `count`.
    package mutating func prefix(at offset: UInt64, count: Int) throws(ParseFailure) -> [UInt8] {
        try fetch(offset, count)
        return Array(buffer.prefix(count))
    }

    /// Whether the source has a byte at `offset`.
    package mutating func hasByte(at offset: UInt64) throws(ParseFailure) -> Bool {
        do {
            _ = try load(offset, 1)
            return true
        } catch .endOfFile {
            return false
        }
    }

    package mutating func uint8(at offset: UInt64) throws(ParseFailure) -> UInt8 {
        buffer[try load(offset, 1)]
    }

    package mutating func uint16(at offset: UInt64, _ order: ByteOrder = .big) throws(ParseFailure) -> UInt16 {
        UInt16(truncatingIfNeeded: try integer(at: offset, size: 2, order))
    }

    package mutating func uint32(at offset: UInt64, _ order: ByteOrder = .big) throws(ParseFailure) -> UInt32 {
        UInt32(truncatingIfNeeded: try integer(at: offset, size: 4, order))
    }

    package mutating func uint64(at offset: UInt64, _ order: ByteOrder = .big) throws(ParseFailure) -> UInt64 {
        try integer(at: offset, size: 8, order)
    }

    /// An unsigned integer of `size` bytes (1 to 8).
    package mutating func integer(at offset: UInt64, size: Int, _ order: ByteOrder) throws(ParseFailure) -> UInt64 {
        let index = try load(offset, size)
        var value: UInt64 = 0
        for position in 0..<size {
            let byte = buffer[index + (order == .big ? position : size - 1 - position)]
            value = value << 8 | UInt64(byte)
        }
        return value
    }

    /// The index in `buffer` of a whole run of bytes.
    private mutating func load(_ offset: UInt64, _ count: Int) throws(ParseFailure) -> Int {
        let (end, overflow) = offset.addingReportingOverflow(UInt64(count))
        guard !overflow else { throw .endOfFile }
        if offset < start || end > start + UInt64(buffer.count) {
            try fetch(offset, count)
            guard buffer.count >= count else { throw .endOfFile }
        }
        return Int(offset - start)
    }

    /// Fills the buffer from `offset` on, with more ahead when the reads follow each other.
    private mutating func fetch(_ offset: UInt64, _ count: Int) throws(ParseFailure) {
        let isFirst = buffer.isEmpty && start == 0 && offset < UInt64(Self.firstRead)
        let reach = start + UInt64(buffer.count)
        let follows = offset >= start && offset <= reach
        if !isFirst {
            nextRead = follows ? min(nextRead * 4, Self.largestRead) : Self.readAfterJump
        }
        let size = min(max(count, nextRead), bytesLeft)
        guard size >= count, bytesLeft > 0 else { throw .overLimit }
        let fetched: [UInt8]
        do {
            fetched = try source.read(at: offset, count: size)
        } catch {
            if case .unreadable(let code) = error { throw .system(code) }
            throw .endOfFile
        }
        // A read at the end costs its size too, so that a header cannot ask for ever what is not there.
        bytesLeft -= max(fetched.count, min(size, Self.readAfterJump))
        buffer = fetched
        start = offset
    }
}

extension UInt64 {
    /// The sum, or the end of the file when it does not fit: no file is that long.
    package func plus(_ distance: UInt64) throws(ParseFailure) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(distance)
        guard !overflow else { throw .endOfFile }
        return sum
    }
}

/// The number that four ASCII characters make in a chunk or box type, big-endian.
package func fourCharacters(_ text: StaticString) -> UInt32 {
    text.withUTF8Buffer { bytes in bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
}
