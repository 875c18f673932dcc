/// What a person wrote, for a message: in quotes, short, without control characters.
package func quoted(_ text: String) -> String {
    let short = text.count > 60 ? text.prefix(57) + "..." : text[...]
    return "'\(escaped(short.utf8))'"
}

/// A JSON string, which YAML reads as well: what YAML takes for the end of a line is escaped too.
package func jsonQuoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case "\n": quoted += "\\n"
        case "\t": quoted += "\\t"
        case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}":
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
