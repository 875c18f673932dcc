/// Finds coordinates of a place on the map in text, by their values: anyone can invent names of properties.
struct CoordinateSearch {
    /// Decimal degrees that are known of the picture: what comes near to one of them is taken for it, even alone.
    let known: [Double]

    /// - Parameter known: decimal degrees; those near 0 are left out, as many numbers are.
    init(near known: [Double] = []) { self.known = known.map(abs).filter { $0 > 1 } }

    /// Whether the text has a position: two decimal degrees side by side, degrees and minutes with what tells the
    /// hemisphere, a `geo:` URI, or a number beside one that is known.
    func finds(in text: String) -> Bool { finds(in: Array(text.utf8)) }

    func finds(in bytes: [UInt8]) -> Bool {
        guard bytes.contains(where: isDigit) else { return false }
        var before: Number?
        var offset = 0
        while offset < bytes.count {
            // Most of a long text is passed over here.
            let byte = bytes[offset]
            guard isDigit(byte) || isSign(byte), let number = Number(bytes, at: offset) else {
                offset += 1
                continue
            }
            if number.decimals >= Self.leastDecimals {
                if known.contains(where: { abs($0 - abs(number.value)) < Self.nearness }) { return true }
                if let before, isPair(before, number, in: bytes) { return true }
                before = number
            }
            if isDegrees(number, in: bytes) || isPlace(number, in: bytes) { return true }
            offset = number.end
        }
        return false
    }

    /// Three tell a hundred metres.
    private static let leastDecimals = 3
    /// Degrees: two kilometres.
    private static let nearness = 0.02

    private func isPair(_ first: Number, _ second: Number, in bytes: [UInt8]) -> Bool {
        let (small, large) = (min(abs(first.value), abs(second.value)), max(abs(first.value), abs(second.value)))
        // Parts of a picture's width and height are from 0 to 1.
        guard small <= 90, large <= 180, large > 1 else { return false }
        let gap = bytes[first.end..<second.start]
        if gap.isEmpty { return second.isSigned }
        return gap.count <= 8 && gap.allSatisfy { Self.between.contains($0) }
    }

    /// What stands between latitude and longitude: separators, hemispheres, the sign for degrees.
    private static let between = Set(" ,;|/:()[]NSEWnsew\t\n\u{B0}".utf8)

    /// `38,53.4141N`, `38,53,24N`: as XMP writes them.
    private func isDegrees(_ number: Number, in bytes: [UInt8]) -> Bool {
        guard !number.hasPoint, number.value <= 180 else { return false }
        var end = number.end
        for _ in 0..<2 {
            guard end < bytes.count, bytes[end] == 0x2C, let minutes = Number(bytes, at: end + 1), !minutes.isSigned,
                minutes.value < 60
            else { return isSexagesimal(number, in: bytes) }
            end = minutes.end
            guard end < bytes.count, isHemisphere(bytes[end]) else { continue }
            if end + 1 == bytes.count || !isLetter(bytes[end + 1]) { return true }
        }
        return isSexagesimal(number, in: bytes)
    }

    /// `38° 53' 24.85"`, `38 deg 53'`.
    private func isSexagesimal(_ number: Number, in bytes: [UInt8]) -> Bool {
        var rest = bytes[number.end...].drop { $0 == 0x20 }
        guard let sign = ["\u{B0}", "deg"].first(where: { rest.starts(with: $0.utf8) }) else { return false }
        rest = rest.dropFirst(sign.utf8.count).drop { $0 == 0x20 }
        guard let minutes = Number(bytes, at: rest.startIndex), minutes.value < 60 else { return false }
        let after = bytes[minutes.end...].drop { $0 == 0x20 }
        return ["'", "\u{2032}", "\u{2019}", "&apos;", "min"].contains { after.starts(with: $0.utf8) }
    }

    /// `geo:38.9,-77`.
    private func isPlace(_ number: Number, in bytes: [UInt8]) -> Bool {
        number.start >= 4 && lowercased(bytes[number.start - 4..<number.start]) == Array("geo:".utf8)
            && number.end < bytes.count && bytes[number.end] == 0x2C
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
private func isSign(_ byte: UInt8) -> Bool { byte == 0x2B || byte == 0x2D }
private func isHemisphere(_ byte: UInt8) -> Bool { [0x4E, 0x53, 0x45, 0x57].contains(byte & ~0x20) }
private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & ~0x20) }

/// A decimal number in text.
private struct Number {
    let start: Int
    let end: Int
    let value: Double
    let decimals: Int
    let isSigned: Bool
    let hasPoint: Bool

    /// Nil where none begins: in the midst of a word or of another number.
    init?(_ bytes: [UInt8], at offset: Int) {
        guard offset < bytes.count else { return nil }
        isSigned = isSign(bytes[offset])
        let first = offset + (isSigned ? 1 : 0)
        if offset > 0, isLetter(bytes[offset - 1]), !isHemisphere(bytes[offset - 1]) { return nil }
        if offset > 0, !isSigned, isDigit(bytes[offset - 1]) { return nil }
        // Degrees have three digits at most; more would be an identifier.
        let whole: ArraySlice<UInt8> = bytes[min(first, bytes.count)...].prefix(4).prefix(while: isDigit)
        guard (1...3).contains(whole.count) else { return nil }
        hasPoint = whole.endIndex < bytes.count && bytes[whole.endIndex] == 0x2E
        let rest: ArraySlice<UInt8> = hasPoint ? bytes[(whole.endIndex + 1)...] : []
        let fraction: ArraySlice<UInt8> = rest.prefix(while: isDigit)
        decimals = fraction.count
        end = fraction.isEmpty ? whole.endIndex : fraction.endIndex
        start = offset
        let magnitude =
            whole.reduce(0.0) { $0 * 10 + Double($1 - 0x30) }
            + fraction.prefix(15).reversed().reduce(0.0) { ($0 + Double($1 - 0x30)) / 10 }
        value = bytes[offset] == 0x2D ? -magnitude : magnitude
    }
}
