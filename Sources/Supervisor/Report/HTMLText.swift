/// Text as HTML has it, in elements and in quoted attributes: nothing of it is ever a tag, an entity or the end of an
/// attribute. Control characters, which HTML does not have, become U+FFFD.
func html(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case "\n", "\t": result.unicodeScalars.append(scalar)
        default:
            let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
    }
    return result
}

/// A path as an address: absolute ones of this machine, others relative to the page.
package func url(_ path: [UInt8]) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
    let digits = Array("0123456789ABCDEF")
    // A first part with a colon would be a scheme.
    return path.reduce(into: path.first == UInt8(ascii: "/") ? "file://" : "./") { text, byte in
        if plain.contains(byte) {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }
    }
}

// MARK: Figures

func whole(_ number: Int) -> String {
    let digits = String(abs(number))
    var text = ""
    for (place, digit) in digits.enumerated() {
        if place > 0, (digits.count - place).isMultiple(of: 3) { text += "," }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + text
}

func plural(_ number: Int, _ one: String) -> String { "\(whole(number)) \(one)\(number == 1 ? "" : "s")" }

/// With a space that does not break.
func size(_ bytes: UInt64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 1000, unit < units.count - 1 {
        value /= 1024
        unit += 1
    }
    return "\(unit == 0 || value >= 99.95 ? whole(Int(value.rounded())) : decimal(value))\u{A0}\(units[unit])"
}

func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "–" }
    if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded()))\u{A0}ms" }
    if seconds < 59.95 { return "\(decimal(seconds))\u{A0}s" }
    let whole = Int(min(seconds.rounded(), 1e12))
    if whole < 3600 { return "\(whole / 60)\u{A0}min \(whole % 60)\u{A0}s" }
    if whole < 172_800 { return "\(whole / 3600)\u{A0}h \(whole % 3600 / 60)\u{A0}min" }
    return "\(whole / 86_400)\u{A0}days"
}

func percent(_ share: Double) -> String {
    share.isFinite ? "\(Int((max(-1e6, min(1e6, share)) * 100).rounded()))\u{A0}%" : "–"
}

/// One digit after the point.
func decimal(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "–" }
    let tenths = Int((value * 10).rounded())
    return "\(whole(tenths / 10)).\(abs(tenths) % 10)"
}
