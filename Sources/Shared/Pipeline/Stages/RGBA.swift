import Schema

/// A colour, 8 bits per channel, in sRGB. In YAML: `white`, `black`, `transparent`, `"#rrggbb"`, `"#rrggbbaa"`,
/// `"#rgb"` or `[r, g, b]`.
package struct RGBA: Codable, Sendable, Equatable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8
    package var alpha: UInt8

    package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8, _ alpha: UInt8 = 255) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }

    package static let white = RGBA(255, 255, 255)
    package static let black = RGBA(0, 0, 0)
    package static let transparent = RGBA(0, 0, 0, 0)
}

extension RGBA {
    /// `white`, `black`, `transparent`, `#rgb`, `#rrggbb`, `#rrggbbaa`; nil for other text.
    package init?(_ text: String) {
        switch text {
        case "white": self = .white
        case "black": self = .black
        case "transparent": self = .transparent
        default:
            let digits = text.dropFirst().compactMap(\.hexDigitValue)
            guard text.first == "#", digits.count == text.count - 1, text.utf8.count == text.count else { return nil }
            switch digits.count {
            case 3: self.init(UInt8(digits[0] * 17), UInt8(digits[1] * 17), UInt8(digits[2] * 17))
            case 6, 8:
                let channels = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
                self.init(channels[0], channels[1], channels[2], channels.count == 4 ? channels[3] : 255)
            default: return nil
            }
        }
    }

    /// As in YAML: `#rrggbb`, or `#rrggbbaa` where it is not opaque.
    package var text: String {
        let channels = alpha == 255 ? [red, green, blue] : [red, green, blue, alpha]
        return "#" + channels.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}

extension Shape<RGBA> {
    static let colour = Shape.scalar(
        "a colour (white, black, transparent, \"#rrggbb\", \"#rrggbbaa\", [r, g, b])",
        schema: [
            "type": "string", "pattern": "^(white|black|transparent|#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}))$",
        ], render: { .text($0.text) },
        hint: { text in
            if text.isEmpty { return "a colour that begins with # needs quotes, as in \"#ffffff\"" }
            return nearest(text, of: ["white", "black", "transparent"]).map { "did you mean '\($0)'?" }
        },
        parse: { RGBA($0) }
    ).orList(channels)

    private static let channels = Shape<[Int]>.list(of: .integer(0...255), called: "[r, g, b]").map {
        channels, node, reading -> RGBA? in
        guard channels.count == 3 else {
            reading.fault(node.place, "expected [r, g, b], not \(channels.count) numbers")
            return nil
        }
        return RGBA(UInt8(channels[0]), UInt8(channels[1]), UInt8(channels[2]))
    }
}
