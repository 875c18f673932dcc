import Schema
import Text

/// `output.name`: the name of a rendition's file, with placeholders.
enum NameTemplate {
    static let placeholders = ["stem", "name", "page", "rendition", "ext"]

    static let shape = Shape<String>.text(
        "a file name with placeholders ({stem}.{rendition}.{ext})",
        pattern: #"^(?!\.)(?!.*\.\.)(?=.*\{(stem|name)\})[^/{}]*(\{(stem|name|page|rendition|ext)\}[^/{}]*)*$"#
    ).map { text, node, reading -> String? in
        let before = reading.faults.count
        for reason in reasons(against: text) { reading.fault(node.place, reason) }
        return reading.faults.count == before ? text : nil
    }

    /// Placeholders in the order they stand.
    static func used(in template: String) -> [String] { parse(template).placeholders }

    /// Everything that speaks against the template.
    private static func reasons(against template: String) -> [String] {
        var reasons: [String] = []
        if template.contains("/") { reasons.append("a file name cannot contain '/'; sub-folders mirror the inbox") }
        if template.hasPrefix(".") {
            reasons.append("a name that starts with '.' is hidden; start with something else")
        }
        if template.contains("..") { reasons.append("'..' is not allowed in a name") }
        if template.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            reasons.append("control characters are not allowed in a name")
        }
        if template.utf8.count > 200 { reasons.append("the template is longer than 200 bytes") }
        let (placeholders, broken) = parse(template)
        if broken { reasons.append("'{' and '}' must come in pairs around a placeholder") }
        for word in placeholders where !Self.placeholders.contains(word) {
            let known = Self.placeholders.map { "{\($0)}" }.joined(separator: " ")
            let advice = nearest(word, of: Self.placeholders).map { "did you mean '{\($0)}'?" } ?? "available: \(known)"
            reasons.append("unknown placeholder \(quoted("{\(word)}")); \(advice)")
        }
        if !broken, !placeholders.contains("stem"), !placeholders.contains("name"), reasons.isEmpty {
            reasons.append("needs {stem} or {name}: otherwise all sources would get the same name")
        }
        if template == "{name}.json" { reasons.append("is the sidecar's name; choose another") }
        return reasons
    }

    private static func parse(_ template: String) -> (placeholders: [String], broken: Bool) {
        var placeholders: [String] = []
        var open: String?
        for character in template {
            switch (character, open) {
            case ("{", nil): open = ""
            case ("}", let word?):
                placeholders.append(word)
                open = nil
            case ("{", _), ("}", nil): return (placeholders, true)
            case (_, let word?): open = word + String(character)
            default: break
            }
        }
        return (placeholders, open != nil)
    }
}
