/// Inflates a zlib stream (RFC 1950, 1951). PNG's text chunks are all that needs it, some KiB each, so that a small
/// decoder stands here in place of one more library. The checksum is not looked at: EXIF is checked by its reader.
/// - Returns: nil when the stream is damaged or holds more than `limit` bytes.
package func inflate(zlib stream: [UInt8], limit: Int) -> [UInt8]? {
    guard stream.count > 2, stream[0] & 0x0F == 8, (Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0,
        stream[1] & 0x20 == 0
    else { return nil }
    var decoder = Inflater(input: stream, position: 2, limit: limit)
    return decoder.run()
}

private struct Inflater {
    let input: [UInt8]
    var position: Int
    let limit: Int
    var output: [UInt8] = []
    private var held: UInt32 = 0
    private var heldCount = 0

    init(input: [UInt8], position: Int, limit: Int) {
        self.input = input
        self.position = position
        self.limit = limit
    }

    mutating func run() -> [UInt8]? {
        while true {
            guard let isLast = bits(1), let kind = bits(2) else { return nil }
            let isSound =
                switch kind {
                case 0: stored()
                case 1: compressed(literals: .fixedLiterals, distances: .fixedDistances)
                case 2: dynamic()
                default: false
                }
            guard isSound else { return nil }
            if isLast == 1 { return output }
        }
    }

    private mutating func bits(_ count: Int) -> Int? {
        while heldCount < count {
            guard position < input.count else { return nil }
            held |= UInt32(input[position]) << UInt32(heldCount)
            position += 1
            heldCount += 8
        }
        let value = held & ((1 << UInt32(count)) - 1)
        held >>= UInt32(count)
        heldCount -= count
        return Int(value)
    }

    private mutating func symbol(_ code: HuffmanCode) -> Int? {
        var value = 0
        var first = 0
        var index = 0
        for length in 1...15 {
            guard let bit = bits(1) else { return nil }
            value |= bit
            let count = code.counts[length]
            if value - first < count { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        return nil
    }

    private mutating func stored() -> Bool {
        held = 0
        heldCount = 0
        guard position + 4 <= input.count else { return false }
        let length = Int(input[position]) | Int(input[position + 1]) << 8
        position += 4
        guard position + length <= input.count, output.count + length <= limit else { return false }
        output += input[position..<position + length]
        position += length
        return true
    }

    private mutating func dynamic() -> Bool {
        guard let literalCount = bits(5), let distanceCount = bits(5), let lengthCount = bits(4) else { return false }
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        var lengths = [Int](repeating: 0, count: 19)
        for index in 0..<lengthCount + 4 {
            guard let length = bits(3) else { return false }
            lengths[order[index]] = length
        }
        guard let lengthCode = HuffmanCode(lengths: lengths) else { return false }
        let total = literalCount + 257 + distanceCount + 1
        var all: [Int] = []
        while all.count < total {
            guard let symbol = symbol(lengthCode) else { return false }
            switch symbol {
            case 16:
                guard let last = all.last, let count = bits(2) else { return false }
                all += [Int](repeating: last, count: count + 3)
            case 17:
                guard let count = bits(3) else { return false }
                all += [Int](repeating: 0, count: count + 3)
            case 18:
                guard let count = bits(7) else { return false }
                all += [Int](repeating: 0, count: count + 11)
            default:
                all.append(symbol)
            }
        }
        guard all.count == total, let literals = HuffmanCode(lengths: Array(all[..<(literalCount + 257)])),
            let distances = HuffmanCode(lengths: Array(all[(literalCount + 257)...]))
        else { return false }
        return compressed(literals: literals, distances: distances)
    }

    private static let lengthBase = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthExtra = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]

    private mutating func compressed(literals: HuffmanCode, distances: HuffmanCode) -> Bool {
        while true {
            guard let symbol = symbol(literals) else { return false }
            if symbol == 256 { return true }
            if symbol < 256 {
                guard output.count < limit else { return false }
                output.append(UInt8(symbol))
                continue
            }
            let index = symbol - 257
            guard index < Self.lengthBase.count, let extra = bits(Self.lengthExtra[index]),
                let code = self.symbol(distances), code < 30
            else { return false }
            let length = Self.lengthBase[index] + extra
            // RFC 1951, 3.2.5: two codes for each number of extra bits, from the fifth code on.
            let distanceBits = max(0, code / 2 - 1)
            let distanceBase = code < 4 ? code + 1 : (2 + code % 2) << distanceBits + 1
            guard let more = bits(distanceBits) else { return false }
            let distance = distanceBase + more
            guard distance <= output.count, output.count + length <= limit else { return false }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}

/// A canonical Huffman code: how many codes there are of each length, and the symbols in order of their codes.
private struct HuffmanCode {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    /// - Returns: nil when more codes are asked for than their lengths allow.
    init?(lengths: [Int]) {
        for length in lengths where length > 0 { counts[length] += 1 }
        var left = 1
        for length in 1...15 {
            left = left << 1 - counts[length]
            if left < 0 { return nil }
        }
        for length in 1...15 {
            symbols += lengths.indices.filter { lengths[$0] == length }
        }
    }

    private init(sound lengths: [Int]) {
        self = HuffmanCode(lengths: lengths) ?? HuffmanCode()
    }

    private init() {}

    static let fixedLiterals = HuffmanCode(
        sound: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
    static let fixedDistances = HuffmanCode(sound: [Int](repeating: 5, count: 30))
}
