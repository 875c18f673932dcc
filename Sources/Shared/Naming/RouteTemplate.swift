package import Schema
import Text

/// `output.route`: the folder of a job's results, with placeholders for what is found out of its source.
package struct RouteTemplate: Sendable {
    package enum Piece: Sendable, Equatable {
        case text(String)
        case placeholder(String)
    }
    /// The pieces of each part between slashes.
    package let parts: [[Piece]]

    /// `{label}` and `{NAME.label}` come besides.
    package static let placeholders = ["format", "year", "month", "day", "make", "model"]

    /// Nil where braces do not come in pairs.
    package init?(_ template: String) {
        var parts: [[Piece]] = []
        for part in template.split(separator: "/", omittingEmptySubsequences: false) {
            var pieces: [Piece] = []
            var text = ""
            var open: String?
            for character in part {
                switch (character, open) {
                case ("{", nil):
                    if !text.isEmpty { pieces.append(.text(text)) }
                    (text, open) = ("", "")
                case ("}", let word?):
                    pieces.append(.placeholder(word))
                    open = nil
                case ("{", _), ("}", nil): return nil
                case (_, let word?): open = word + String(character)
                default: text.append(character)
                }
            }
            guard open == nil else { return nil }
            if !text.isEmpty { pieces.append(.text(text)) }
            parts.append(pieces)
        }
        self.parts = parts
    }

    /// Each once, in the order they stand.
    package var used: [String] {
        parts.joined().reduce(into: []) { used, piece in
            if case .placeholder(let word) = piece, !used.contains(word) { used.append(word) }
        }
    }

    /// The classify stage that a placeholder names; "" for the last one, nil for other placeholders.
    package static func stage(of placeholder: String) -> String? {
        if placeholder == "label" { return "" }
        return placeholder.hasSuffix(".label") ? String(placeholder.dropLast(".label".count)) : nil
    }

    // MARK: YAML

    package static let shape = Shape<String>.text(
        "a folder with placeholders ({label}, {year}/{month})", pattern: #"^(?!/)(?!.*//)(?!.*/$)[^\x00-\x1F\x7F]+$"#
    ).map { text, node, reading -> String? in
        let before = reading.faults.count
        for reason in reasons(against: text) { reading.fault(node.place, reason) }
        return reading.faults.count == before ? text : nil
    }

    /// All but whether the classify stages are there.
    private static func reasons(against template: String) -> [String] {
        var reasons: [String] = []
        if template.hasPrefix("/") {
            reasons.append("starts with '/'; a route is a folder below the outbox, as in '{label}'")
        }
        if template.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            reasons.append("control characters are not allowed in a folder name")
        }
        if template.utf8.count > 200 { reasons.append("the template is longer than 200 bytes") }
        guard let route = RouteTemplate(template) else {
            return reasons + ["'{' and '}' must come in pairs around a placeholder"]
        }
        for (index, part) in route.parts.enumerated() where !(index == 0 && template.hasPrefix("/")) {
            guard case .text(let text)? = part.first else {
                if part.isEmpty { reasons.append("an empty folder name (two '/', or one at the end)") }
                continue
            }
            if part == [.text("..")] {
                reasons.append("'..' leads out of the outbox")
            } else if text.hasPrefix(".") {
                reasons.append("a folder whose name starts with '.' is hidden; start with something else")
            }
        }
        for word in route.used where stage(of: word) == nil && !placeholders.contains(word) {
            let all = ["label"] + placeholders
            let known = (all + ["NAME.label"]).map { "{\($0)}" }.joined(separator: " ")
            let advice = nearest(word, of: all).map { "did you mean '{\($0)}'?" } ?? "available: \(known)"
            reasons.append("unknown placeholder \(quoted("{\(word)}")); \(advice)")
        }
        return reasons
    }

    /// What speaks against the labels that it asks for.
    package func reasons(in classifiers: [String]) -> [String] {
        used.compactMap { word in
            guard let stage = Self.stage(of: word) else { return nil }
            if classifiers.isEmpty { return "'{\(word)}' needs a classify stage in the pipeline" }
            if stage.isEmpty || classifiers.contains(stage) { return nil }
            let advice =
                nearest(stage, of: classifiers).map { "did you mean '{\($0).label}'?" }
                ?? "available: \(classifiers.map { "{\($0).label}" }.joined(separator: " "))"
            return "the pipeline has no classify stage called \(quoted(stage)); \(advice)"
        }
    }
}
