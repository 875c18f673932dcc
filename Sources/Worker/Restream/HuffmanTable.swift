/// A Huffman code of a JPEG file (ITU-T T.81, annex C and F.2.2.3), ready to decode.
final class HuffmanTable {
    /// Bits that one look into the table covers; longer codes take a search.
    static let lookAhead = 9

    /// By the next `lookAhead` bits: the code's length above the symbol; 0 where the code is longer or there is none.
    private let lookup: UnsafeMutablePointer<UInt16>
    /// By length: the largest code, left-aligned in 16 bits and with all lower bits set; -1 without codes.
    private let largest: UnsafeMutablePointer<Int32>
    /// By length: what takes a code to the index of its symbol.
    private let offsets: UnsafeMutablePointer<Int32>
    /// 256, unused ones 0.
    private let symbols: UnsafeMutablePointer<UInt8>
    private let largestSymbol: UInt8

    /// - Parameters:
    ///   - counts: how many codes there are of each length 1…16.
    ///   - values: the symbols, in order of their codes; at most 256, as many as there are codes.
    /// - Throws: `damaged` when there are more codes than their lengths allow, as libjpeg does.
    init(counts: [UInt8], values: [UInt8]) throws(RestreamError) {
        lookup = .allocate(capacity: 1 << Self.lookAhead)
        lookup.initialize(repeating: 0, count: 1 << Self.lookAhead)
        largest = .allocate(capacity: 17)
        largest.initialize(repeating: -1, count: 17)
        offsets = .allocate(capacity: 17)
        offsets.initialize(repeating: 0, count: 17)
        symbols = .allocate(capacity: 256)
        symbols.initialize(repeating: 0, count: 256)
        largestSymbol = values.max() ?? 0
        guard counts.count == 16, values.count <= 256, counts.reduce(0, { $0 + Int($1) }) == values.count else {
            throw .damaged("a Huffman table of the wrong length")
        }
        for (index, value) in values.enumerated() { symbols[index] = value }

        var code = 0
        var index = 0
        for length in 1...16 {
            let count = Int(counts[length - 1])
            if count > 0 {
                // The code of only ones is not to be used; libjpeg refuses it too.
                guard code + count < 1 << length else { throw .damaged("a Huffman table with too many codes") }
                offsets[length] = Int32(index - code)
                for next in 0..<count where length <= Self.lookAhead {
                    let first = (code + next) << (Self.lookAhead - length)
                    let entry = UInt16(length) << 8 | UInt16(values[index + next])
                    for place in first..<first + 1 << (Self.lookAhead - length) { lookup[place] = entry }
                }
                code += count
                index += count
                largest[length] = Int32(code << (16 - length)) - 1
            }
            code <<= 1
        }
    }

    deinit {
        lookup.deallocate()
        largest.deallocate()
        offsets.deallocate()
        symbols.deallocate()
    }

    /// Whether every symbol is the size of a DC difference, as libjpeg wants it.
    var isForDC: Bool { largestSymbol <= 15 }

    /// The next symbol, or -1 for a code that the table does not have. Takes up to 16 bits, which the reader must hold.
    @inline(__always)
    func symbol(_ bits: inout BitReader) -> Int {
        let entry = Int(lookup[Int(truncatingIfNeeded: bits.held &>> UInt64(64 - Self.lookAhead))])
        if entry == 0 { return longSymbol(&bits) }
        bits.drop(entry &>> 8)
        return entry & 255
    }

    @inline(never)
    private func longSymbol(_ bits: inout BitReader) -> Int {
        let code = Int32(truncatingIfNeeded: bits.held &>> 48)
        for length in Self.lookAhead + 1...16 where code <= largest[length] {
            bits.drop(length)
            return Int(symbols[Int(code &>> Int32(16 &- length) &+ offsets[length]) & 255])
        }
        return -1
    }
}
