/// Bits of a coded picture's headers.
package struct BitCursor {
    private let bytes: ArraySlice<UInt8>
    private let lowestFirst: Bool
    private var next = 0

    /// - Parameter lowestFirst: whether the lowest bit of each byte, and of each number, comes first; else the highest does.
    package init(_ bytes: ArraySlice<UInt8>, lowestFirst: Bool = false) {
        self.bytes = bytes
        self.lowestFirst = lowestFirst
    }

    package mutating func bits(_ count: Int) throws(ParseFailure) -> Int {
        guard next + count <= bytes.count * 8 else { throw .endOfFile }
        var value = 0
        for place in 0..<count {
            let byte = bytes[bytes.startIndex + next / 8]
            let bit = Int(byte >> UInt8(lowestFirst ? next % 8 : 7 - next % 8) & 1)
            value = lowestFirst ? value | bit << place : value << 1 | bit
            next += 1
        }
        return value
    }

    package mutating func flag() throws(ParseFailure) -> Bool { try bits(1) == 1 }

    package mutating func skip(_ count: Int) throws(ParseFailure) {
        guard count >= 0, next + count <= bytes.count * 8 else { throw .endOfFile }
        next += count
    }

    /// An unsigned number of Exp-Golomb's code.
    package mutating func golomb() throws(ParseFailure) -> Int {
        var zeros = 0
        while try !flag() {
            zeros += 1
            guard zeros <= 32 else { throw .malformed("a number of over 32 bits") }
        }
        return (1 << zeros) - 1 + (try bits(zeros))
    }
}
