/// Bits of a coded picture's headers, the highest of each byte first.
struct BitCursor {
    private let bytes: ArraySlice<UInt8>
    private var next = 0

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    mutating func bits(_ count: Int) throws(ParseFailure) -> Int {
        guard next + count <= bytes.count * 8 else { throw .endOfFile }
        var value = 0
        for _ in 0..<count {
            let byte = bytes[bytes.startIndex + next / 8]
            value = value << 1 | Int(byte >> UInt8(7 - next % 8) & 1)
            next += 1
        }
        return value
    }

    mutating func flag() throws(ParseFailure) -> Bool { try bits(1) == 1 }

    mutating func skip(_ count: Int) throws(ParseFailure) {
        guard count >= 0, next + count <= bytes.count * 8 else { throw .endOfFile }
        next += count
    }

    /// An unsigned number of Exp-Golomb's code.
    mutating func golomb() throws(ParseFailure) -> Int {
        var zeros = 0
        while try !flag() {
            zeros += 1
            guard zeros <= 32 else { throw .malformed("a number of over 32 bits") }
        }
        return (1 << zeros) - 1 + (try bits(zeros))
    }
}
