import Glibc

/// The entropy-coded bits of one scan (ITU-T T.81, F.2.2.5), from its place in the file.
///
/// Plain values, so that a decoding loop can keep a copy of its own in registers and put it back. Behind the last bit
/// come zeros without end, and `isSound` is false from then on: loops need not look at every bit.
struct BitReader {
    /// The next bit is the highest one. Below `count` bits may be some of the byte that comes next.
    private(set) var held: UInt64 = 0
    private var count = 0
    /// How many of the bits ever put into `held` were made up, behind a marker or the end.
    private var madeUp = 0
    private var isAtMarker = false

    private let file: SourceFile
    private let buffer: UnsafeMutableRawBufferPointer
    private var next: Int = 0
    private var filled = 0
    /// Where in the file the bytes behind the buffer's are, and where the scan ends.
    private var offset: UInt64
    private let limit: UInt64

    /// - Parameter buffer: at least 16 bytes, the caller's to free.
    init(_ file: SourceFile, range: Range<UInt64>, buffer: UnsafeMutableRawBufferPointer) {
        self.file = file
        self.buffer = buffer
        offset = range.lowerBound
        limit = range.upperBound
    }

    /// Whether every bit taken so far was there.
    var isSound: Bool { madeUp <= count }

    /// Makes at least 32 bits ready.
    @inline(__always)
    mutating func refill() {
        if count < 32 { fill() }
    }

    /// The next 1…16 bits, which must be ready.
    @inline(__always)
    mutating func take(_ bits: Int) -> Int {
        let value = Int(truncatingIfNeeded: held &>> UInt64(truncatingIfNeeded: 64 &- bits))
        drop(bits)
        return value
    }

    /// A number of `bits` bits with its sign, 1…15, as T.81 codes it (F.2.2.1, EXTEND).
    @inline(__always)
    mutating func takeSigned(_ bits: Int) -> Int {
        let value = take(bits)
        return value < 1 &<< (bits &- 1) ? value &- (1 &<< bits) &+ 1 : value
    }

    @inline(__always)
    mutating func drop(_ bits: Int) {
        held &<<= UInt64(truncatingIfNeeded: bits)
        count &-= bits
    }

    @inline(__always)
    private mutating func fill() {
        if filled &- next >= 8, let base = buffer.baseAddress {
            let word = UInt64(bigEndian: (base + next).loadUnaligned(as: UInt64.self))
            // No byte is FF: none of the word's complement is zero.
            if (~word &- 0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
                held |= word &>> UInt64(truncatingIfNeeded: count)
                let bytes = (63 &- count) &>> 3
                next &+= bytes
                count &+= bytes &* 8
                return
            }
        }
        fillByBytes()
    }

    @inline(never)
    private mutating func fillByBytes() {
        while count <= 56 {
            if !isAtMarker && filled - next < 2 { load() }
            guard !isAtMarker, next < filled else {
                isAtMarker = true
                madeUp += 8
                count += 8
                continue
            }
            let byte = buffer[next]
            if byte == 0xFF {
                // A lone FF at the end belongs to the marker behind it.
                let following = next + 1 < filled ? buffer[next + 1] : 0xD9
                if following == 0xFF {
                    next += 1
                    continue
                }
                if following != 0 {
                    isAtMarker = true
                    continue
                }
                next += 1
            }
            next += 1
            held |= UInt64(byte) << UInt64(56 - count)
            count += 8
        }
    }

    /// Moves what is left to the buffer's start and reads on behind it, up to the scan's end.
    private mutating func load() {
        guard let base = buffer.baseAddress, offset < limit else { return }
        let rest = filled - next
        memmove(base, base + next, rest)
        next = 0
        filled = rest
        let wanted = Int(min(UInt64(buffer.count - rest), limit - offset))
        let space = UnsafeMutableRawBufferPointer(start: base + rest, count: wanted)
        // A read that fails looks like a scan that ends early, which is an error of the same weight.
        let got = (try? file.read(at: offset, into: space)) ?? 0
        filled += got
        offset = got < wanted ? limit : offset + UInt64(got)
    }

    /// Moves behind the restart marker that must come now.
    ///
    /// - Parameter number: 0…7.
    /// - Returns: whether it was there, with less than a byte of padding before it.
    mutating func passRestart(_ number: Int) -> Bool {
        guard isAtSegmentEnd() else { return false }
        if filled - next < 2 { load() }
        guard filled - next >= 2, buffer[next] == 0xFF, buffer[next + 1] == 0xD0 + UInt8(number & 7) else {
            return false
        }
        next += 2
        held = 0
        count = 0
        madeUp = 0
        isAtMarker = false
        return true
    }

    /// Whether all bytes of the scan are used up: libjpeg warns of what is left.
    mutating func isAtEnd() -> Bool {
        isAtSegmentEnd() && filled == next && offset >= limit
    }

    private mutating func isAtSegmentEnd() -> Bool {
        fillByBytes()
        return isAtMarker && (0..<8).contains(count - madeUp)
    }
}
