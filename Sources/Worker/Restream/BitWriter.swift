/// Entropy-coded bits, with a zero stuffed behind every FF (T.81, F.1.2.3), into memory that is the caller's.
struct BitWriter {
    private var next: UnsafeMutablePointer<UInt8>
    /// The last `count` bits are waiting, at most 32 of them.
    private var waiting: UInt64 = 0
    private var count: UInt64 = 0

    init(_ start: UnsafeMutablePointer<UInt8>) { next = start }

    func written(since start: UnsafeMutablePointer<UInt8>) -> Int { next - start }

    mutating func rewind(to start: UnsafeMutablePointer<UInt8>) { next = start }

    /// - Parameters:
    ///   - bits: nothing above its lowest `length` bits.
    ///   - length: 0…32.
    @inline(__always)
    mutating func put(_ bits: UInt64, _ length: UInt64) {
        waiting = waiting &<< length | bits
        count &+= length
        if count > 32 { putWord() }
    }

    @inline(__always)
    private mutating func putWord() {
        count &-= 32
        let word = UInt32(truncatingIfNeeded: waiting &>> count)
        if (~word &- 0x0101_0101) & word & 0x8080_8080 == 0 {
            UnsafeMutableRawPointer(next).storeBytes(of: word.bigEndian, as: UInt32.self)
            next += 4
        } else {
            putStuffed(word)
        }
    }

    @inline(never)
    private mutating func putStuffed(_ word: UInt32) {
        for shift: UInt32 in [24, 16, 8, 0] { putByte(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    private mutating func putByte(_ byte: UInt8) {
        next.pointee = byte
        next += 1
        if byte == 0xFF {
            next.pointee = 0
            next += 1
        }
    }

    /// Writes what is waiting, filled up with ones to a whole byte.
    mutating func pad() {
        let padding = (8 - count & 7) & 7
        put(1 << padding - 1, padding)
        while count > 0 {
            count -= 8
            putByte(UInt8(truncatingIfNeeded: waiting >> count))
        }
    }
}
