import Glibc

/// Lines, words and numbers of a .cube file, read once from the front.
struct CubeText {
    private let bytes: [UInt8]
    private var place: Int
    /// From 1.
    private(set) var line = 1

    /// Of a number, positive or negative.
    static let largest = 1e6
    /// Characters of a word that are shown.
    private static let mostShown = 40

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // Behind a byte order mark.
        place = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    var isAtEnd: Bool { place >= bytes.count }

    /// Of the line; nil where it has no more.
    mutating func word() -> Range<Int>? {
        while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
        let start = place
        while place < bytes.count, bytes[place] > 0x20 { place += 1 }
        // A control character is a word, so that it is refused.
        if place == start, place < bytes.count, !isLineEnd { place += 1 }
        return start < place ? start..<place : nil
    }

    private var isLineEnd: Bool { bytes[place] == 0x0A || bytes[place] == 0x0D }

    mutating func nextLine() {
        while place < bytes.count, !isLineEnd { place += 1 }
        guard place < bytes.count else { return }
        if bytes[place] == 0x0D, place + 1 < bytes.count, bytes[place + 1] == 0x0A { place += 1 }
        place += 1
        // The last line's end begins no other.
        if place < bytes.count { line += 1 }
    }

    func isComment(_ word: Range<Int>) -> Bool { bytes[word.lowerBound] == UInt8(ascii: "#") }

    /// What may be one, for which another message is given then.
    func beginsNumber(_ word: Range<Int>) -> Bool {
        let first = bytes[word.lowerBound]
        return isDigit(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first == UInt8(ascii: ".")
    }

    func string(_ word: Range<Int>) -> String {
        String(decoding: bytes[word].prefix(Self.mostShown).map { $0 < 0x20 || $0 == 0x7F ? 0x3F : $0 }, as: UTF8.self)
    }

    /// The rest of the line, without quotes around it; nil where there is none.
    mutating func rest() -> String? {
        while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
        let start = place
        while place < bytes.count, !isLineEnd { place += 1 }
        let text = String(decoding: bytes[start..<place].prefix(200), as: UTF8.self)
        let shown = text.filter { $0 != "\"" && $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } }
        return shown.isEmpty ? nil : shown
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// Digits, a point and an exponent, as they stand; a last digit that a float has no room for may be rounded otherwise than
    /// by `strtod`. Nil for other words.
    func number(_ word: Range<Int>) -> Double? {
        var at = word.lowerBound
        var mantissa: UInt64 = 0
        var exponent = 0
        var digits = 0
        let isNegative = bytes[at] == UInt8(ascii: "-")
        if isNegative || bytes[at] == UInt8(ascii: "+") { at += 1 }
        var isBehindPoint = false
        while at < word.upperBound {
            let byte = bytes[at]
            if isDigit(byte) {
                digits += 1
                if mantissa < 100_000_000_000_000_000 {
                    mantissa = mantissa * 10 + UInt64(byte - 0x30)
                    if isBehindPoint { exponent -= 1 }
                } else if !isBehindPoint {
                    exponent += 1
                }
            } else if byte == UInt8(ascii: "."), !isBehindPoint {
                isBehindPoint = true
            } else {
                break
            }
            at += 1
        }
        guard digits > 0 else { return nil }
        if at < word.upperBound {
            guard bytes[at] == UInt8(ascii: "e") || bytes[at] == UInt8(ascii: "E") else { return nil }
            let written = String(decoding: bytes[(at + 1)..<word.upperBound].prefix(6), as: UTF8.self)
            guard word.upperBound - at <= 6, let power = Int(written) else { return nil }
            exponent += power
        }
        let value = exponent == 0 ? Double(mantissa) : Double(mantissa) * pow(10, Double(exponent))
        return isNegative ? -value : value
    }
}
