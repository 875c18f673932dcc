/// Small files that promise large pictures. The same bytes every time.
enum Bombs {
    /// A whole, correct PNG of one bit a pixel, all black: about a thousandth of its raw size (65,536² in 520 KB).
    static func png(width: UInt32, height: UInt32) -> [UInt8] {
        let count = Int(height) * (Int(width + 7) / 8 + 1)
        let (ones, zeros) = (UInt32(1), UInt32(count % 65521))
        let data = [0x78, 0xDA] + deflatedZeros(count) + Pictures.bigEndian(zeros << 16 | ones)
        return Pictures.pngFile(width: width, height: height, depth: 1, colour: 0, data: data)
    }

    /// One block with codes of its own: a run of 258 zero bytes takes two bits.
    private static func deflatedZeros(_ count: Int) -> [UInt8] {
        var bits = BitWriter()
        // Final block; codes follow; 286 literals and lengths, 1 distance, 18 code lengths.
        for (value, width) in [(1, 1), (2, 2), (29, 5), (0, 5), (14, 4)] { bits.append(value, width) }
        // In the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: 18 takes one bit, 1 and 2 take two.
        for length in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2] { bits.append(length, 3) }
        let (one, two) = ([true, false], [true, true])
        func zeroLengths(_ number: Int) {
            bits.append(code: [false])
            bits.append(number - 11, 7)
        }
        // Literal 0: two bits; end of block: two bits; length 258: one bit; distance 1: one bit.
        bits.append(code: two)
        zeroLengths(138)
        zeroLengths(117)
        bits.append(code: two)
        zeroLengths(28)
        bits.append(code: one)
        bits.append(code: one)
        let literal = [true, false]
        bits.append(code: literal)
        let runs = (count - 1) / 258
        bits.appendZeros(runs * 2)
        for _ in 0..<(count - 1 - runs * 258) { bits.append(code: literal) }
        bits.append(code: [true, true])
        return bits.finish()
    }

    static func gif(side: UInt16) -> [UInt8] {
        let size = littleEndian(side) + littleEndian(side)
        let palette: [UInt8] = [0, 0, 0, 255, 255, 255]
        return Array("GIF89a".utf8) + size + [0x80, 0, 0] + palette + [0x2C, 0, 0, 0, 0] + size + [0, 2]
            + [2, 0x44, 0x01, 0, 0x3B]
    }

    /// Every table is there; of the data there are a few bytes.
    static func jpeg(side: UInt16, progressive: Bool) -> [UInt8] {
        func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
            [0xFF, marker] + bigEndian(UInt16(body.count + 2)) + body
        }
        let components: [UInt8] = [1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]
        let oneCode: [UInt8] = [1] + [UInt8](repeating: 0, count: 15) + [0]
        return [0xFF, 0xD8]
            + segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
            + segment(progressive ? 0xC2 : 0xC0, [8] + bigEndian(side) + bigEndian(side) + [3] + components)
            + segment(0xC4, [0x00] + oneCode) + segment(0xC4, [0x10] + oneCode)
            + segment(0xDA, [3, 1, 0, 2, 0, 3, 0, 0, progressive ? 0 : 63, 0])
            + [UInt8](repeating: 0, count: 64) + [0xFF, 0xD9]
    }

    /// 16,384² at most: the format holds no more.
    static func webP(side: Int, lossless: Bool) -> [UInt8] {
        var body: [UInt8]
        if lossless {
            let header = UInt32(side - 1) | UInt32(side - 1) << 14
            body = [0x2F] + littleEndian(header) + [UInt8](repeating: 0, count: 59)
        } else {
            body =
                [0x30, 0x01, 0x00, 0x9D, 0x01, 0x2A] + littleEndian(UInt16(side - 1)) + littleEndian(UInt16(side - 1))
            body += [UInt8](repeating: 0, count: 54)
        }
        let chunk = Array((lossless ? "VP8L" : "VP8 ").utf8) + littleEndian(UInt32(body.count)) + body
        return Array("RIFF".utf8) + littleEndian(UInt32(chunk.count + 4)) + Array("WEBP".utf8) + chunk
    }

    /// One strip that holds everything, LZW.
    static func tiff(side: UInt32) -> [UInt8] {
        let entries: [(tag: UInt16, value: UInt32)] = [
            (256, side), (257, side), (258, 8), (259, 5), (262, 1), (273, 8), (277, 1), (278, side), (279, 64),
        ]
        var bytes: [UInt8] = [0x49, 0x49, 42, 0] + littleEndian(UInt32(8 + 64)) + [UInt8](repeating: 0x80, count: 64)
        bytes += littleEndian(UInt16(entries.count))
        for entry in entries {
            bytes +=
                littleEndian(entry.tag) + littleEndian(UInt16(4)) + littleEndian(UInt32(1)) + littleEndian(entry.value)
        }
        return bytes + littleEndian(UInt32(0))
    }

    private static func littleEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func bigEndian(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
}

/// Bits as deflate orders them: the first is the lowest of its byte.
private struct BitWriter {
    private var bytes: [UInt8] = []
    private var used = 8

    mutating func append(_ bit: Bool) {
        if used == 8 {
            bytes.append(0)
            used = 0
        }
        if bit { bytes[bytes.count - 1] |= 1 << UInt8(used) }
        used += 1
    }

    /// A number: its lowest bit first.
    mutating func append(_ value: Int, _ width: Int) {
        for index in 0..<width { append(value >> index & 1 == 1) }
    }

    /// A Huffman code: its highest bit first.
    mutating func append(code: [Bool]) {
        for bit in code { append(bit) }
    }

    mutating func appendZeros(_ count: Int) {
        var left = count
        while left > 0, used < 8 {
            append(false)
            left -= 1
        }
        bytes.append(contentsOf: [UInt8](repeating: 0, count: left / 8))
        for _ in 0..<left % 8 { append(false) }
    }

    func finish() -> [UInt8] { bytes }
}
