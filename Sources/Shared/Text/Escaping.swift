/// File-name bytes for people and JSON: valid UTF-8 stays, control characters, line and direction marks, backslashes and
/// other bytes become `\xNN`. Lossless: two names never give the same text.
package func escaped(_ bytes: some Sequence<UInt8>) -> String {
    let all = Array(bytes)
    if all.allSatisfy({ 0x20..<0x7F ~= $0 && $0 != UInt8(ascii: "\\") }) { return String(decoding: all, as: UTF8.self) }
    var text = ""
    var decoder = UTF8()
    var index = 0
    while index < all.count {
        // Decode one scalar at a time, so that one bad byte does not spoil the rest.
        decoder = UTF8()
        var iterator = all[index...].makeIterator()
        switch decoder.decode(&iterator) {
        case .scalarValue(let scalar):
            let width = UTF8.width(scalar)
            if scalar == "\\" || needsEscaping(scalar) {
                for byte in all[index..<(index + width)] { text += hexEscape(byte) }
            } else {
                text.unicodeScalars.append(scalar)
            }
            index += width
        case .error, .emptyInput:
            text += hexEscape(all[index])
            index += 1
        }
    }
    return text
}

/// The bytes that `escaped` made the text of; a text that it never makes stays as it is.
package func unescaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        let digits = rest.dropFirst().prefix(2)
        if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), digits.count == 2,
            digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return bytes
}

/// Control characters (a terminal obeys those of C1 too), what some readers end a line at, and what turns the direction of
/// writing, so that a name looks like another.
private func needsEscaping(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
}

private func hexEscape(_ byte: UInt8) -> String {
    let digits = Array("0123456789abcdef")
    return "\\x\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
}
