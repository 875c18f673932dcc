import CColour
package import ImageHeader

/// What Sluice reads of an ICC profile: its name, what kind of pixels it is for, and what lcms makes of its colours. Reads
/// nothing beyond its bytes.
package struct ColourProfile {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The signature of the data colour space: `RGB `, `GRAY`, `CMYK`, `Lab `, …
    package var space: String? { text(at: 16, count: 4) }

    /// `desc` of the profile, in its first language.
    package var description: String? { offset(ofTag: "desc").flatMap(describe) }

    /// `cicp`, which says in ITU-T H.273's numbers what the curves of a profile cannot: light beyond white.
    package var codedColour: CodedColour? {
        guard let offset = offset(ofTag: "cicp"), text(at: offset, count: 4) == "cicp", offset + 12 <= bytes.count
        else {
            return nil
        }
        return CodedColour(
            primaries: Int(bytes[offset + 8]), transfer: Int(bytes[offset + 9]), matrix: Int(bytes[offset + 10]),
            isFullRange: bytes[offset + 11] != 0)
    }

    /// Whether its curves and primaries are those of sRGB, whatever it is called: no colour changes by more than a step of 8
    /// bits.
    package var isStandardRGB: Bool {
        guard space == "RGB " else { return false }
        let distance = bytes.withUnsafeBytes { sluice_profile_distance_from_srgb($0.baseAddress, $0.count) }
        return (0..<1.0 / 255).contains(distance)
    }

    /// The light of so many values from 0 to 1: of red, green and blue one after the other, or of grey. Nil where the profile
    /// has no curves.
    package func light(isGrey: Bool, entries: Int) -> [Float]? {
        var light = [Float](repeating: 0, count: entries * (isGrey ? 1 : 3))
        let result = bytes.withUnsafeBytes {
            sluice_profile_light($0.baseAddress, $0.count, isGrey, Int32(entries), &light)
        }
        return result == 0 ? light : nil
    }

    private func offset(ofTag wanted: String) -> Int? {
        guard let tagCount = number(at: 128) else { return nil }
        for tag in 0..<min(tagCount, 100) {
            let entry = 132 + 12 * tag
            guard let name = text(at: entry, count: 4) else { return nil }
            if name == wanted { return number(at: entry + 4) }
        }
        return nil
    }

    private func describe(at offset: Int) -> String? {
        switch text(at: offset, count: 4) {
        case "desc":  // ICC v2: ASCII, counted with its NUL.
            guard let count = number(at: offset + 8), count > 1 else { return nil }
            return text(at: offset + 12, count: min(count - 1, 255))?.printable
        case "mluc":  // ICC v4: UTF-16BE per language.
            guard let count = number(at: offset + 20), let start = number(at: offset + 24) else { return nil }
            let from = offset + start
            let end = from + min(count, 510)
            guard from >= 0, end <= bytes.count, from < end else { return nil }
            let units = stride(from: from, to: end - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
            return String(decoding: units, as: UTF16.self).printable
        default: return nil
        }
    }

    private func number(at offset: Int) -> Int? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private func text(at offset: Int, count: Int) -> String? {
        guard offset >= 0, count >= 0, offset + count <= bytes.count else { return nil }
        return String(decoding: bytes[offset..<offset + count], as: UTF8.self)
    }
}

extension String {
    /// Without control characters; nil when nothing is left.
    fileprivate var printable: String? {
        let kept = String(unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }.map(Character.init))
        return kept.isEmpty ? nil : kept
    }
}
