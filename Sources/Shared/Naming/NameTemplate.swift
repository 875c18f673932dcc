package import Schema
import Text

/// `output.name`: the name of a rendition's file, with placeholders.
package struct NameTemplate: Sendable, Equatable {
    package enum Placeholder: Sendable, Equatable {
        /// The source's name without its extension; with it.
        case stem, name
        /// The page's number; the rendition's name; what the format's files end in.
        case page, rendition, ext
        /// When the picture was taken.
        case date(DateFormat)
        /// A number in the folder of its results, with at least so many digits.
        case counter(digits: Int)
        case make, model
        /// Of the classify stage of that name; "": of the last one.
        case label(String)
    }
    package enum Piece: Sendable, Equatable {
        case text(String)
        /// With the text between the braces.
        case placeholder(Placeholder, String)
    }
    package let pieces: [Piece]

    /// What is no placeholder stays text.
    package init(_ template: String) {
        pieces = Self.parse(template).pieces.map { piece in
            guard case .word(let word) = piece else { return .text(piece.text) }
            return (try? Self.placeholder(word)).map { .placeholder($0, word) } ?? .text("{\(word)}")
        }
    }

    package var placeholders: [Placeholder] {
        pieces.compactMap { if case .placeholder(let placeholder, _) = $0 { placeholder } else { nil } }
    }

    /// Whether a name hangs on what is found out of the source, or on its number.
    package var isLate: Bool {
        placeholders.contains { placeholder in
            switch placeholder {
            case .stem, .name, .page, .rendition, .ext: false
            case .date, .counter, .make, .model, .label: true
            }
        }
    }

    package var hasDate: Bool { placeholders.contains { if case .date = $0 { true } else { false } } }
    package var hasCounter: Bool { placeholders.contains { if case .counter = $0 { true } else { false } } }
    /// The classify stages whose labels it asks for.
    package var stages: [String] { placeholders.compactMap { if case .label(let stage) = $0 { stage } else { nil } } }

    /// With a place for the page's number, where it has none: behind what tells sources apart.
    package var paged: NameTemplate {
        if placeholders.contains(.page) { return self }
        let end = pieces.firstIndex { piece in
            guard case .placeholder(let placeholder, _) = piece else { return false }
            if case .counter = placeholder { return true }
            return placeholder == .stem || placeholder == .name
        }
        guard let end else { return self }
        var pieces = pieces
        pieces.insert(contentsOf: [.text("."), .placeholder(.page, "page")], at: end + 1)
        return NameTemplate(pieces: pieces)
    }

    private init(pieces: [Piece]) { self.pieces = pieces }

    // MARK: Reading

    private enum RawPiece {
        case text(String)
        case word(String)
        var text: String {
            switch self {
            case .text(let text), .word(let text): text
            }
        }
    }

    private static func parse(_ template: String) -> (pieces: [RawPiece], isBroken: Bool) {
        var pieces: [RawPiece] = []
        var (text, isBroken) = ("", false)
        var open: String?
        for character in template {
            switch (character, open) {
            case ("{", nil):
                if !text.isEmpty { pieces.append(.text(text)) }
                (text, open) = ("", "")
            case ("}", let word?):
                pieces.append(.word(word))
                open = nil
            case ("{", let word?):
                isBroken = true
                pieces.append(.text("{" + word))
                open = ""
            case (_, let word?): open = word + String(character)
            default:
                if character == "}" { isBroken = true }
                text.append(character)
            }
        }
        if let open { (text, isBroken) = ("{" + open, true) }
        if !text.isEmpty { pieces.append(.text(text)) }
        return (pieces, isBroken)
    }

    private static let plain: [String: Placeholder] = [
        "stem": .stem, "name": .name, "page": .page, "rendition": .rendition, "ext": .ext, "make": .make,
        "model": .model, "label": .label(""), "counter": .counter(digits: 1), "date": .date(.usual),
    ]
    private static let words = [
        "stem", "name", "page", "rendition", "ext", "date", "counter", "make", "model", "label",
    ]

    private static func placeholder(_ word: String) throws(NameFault) -> Placeholder {
        if let known = plain[word] { return known }
        if word.hasSuffix(".label") { return .label(String(word.dropLast(".label".count))) }
        if word.hasPrefix("date:") { return .date(try DateFormat(String(word.dropFirst("date:".count)))) }
        if word.hasPrefix("counter:") {
            guard let digits = Int(word.dropFirst("counter:".count)), (1...9).contains(digits), word.utf8.count == 9
            else { throw NameFault("'{\(word)}' needs a number of digits from 1 to 9, as in {counter:4}") }
            return .counter(digits: digits)
        }
        if let format = ["year": "%Y", "month": "%m", "day": "%d"][word] {
            throw NameFault("unknown placeholder \(quoted("{\(word)}")); write {date:\(format)}")
        }
        let known = words.map { "{\($0)}" }.joined(separator: " ")
        let advice = nearest(word, of: words).map { "did you mean '{\($0)}'?" } ?? "available: \(known)"
        throw NameFault("unknown placeholder \(quoted("{\(word)}")); \(advice)")
    }

    // MARK: YAML

    package static let shape = Shape<String>.text(
        "a file name with placeholders ({stem}.{rendition}.{ext})", pattern: pattern
    ).map { text, node, reading -> String? in
        let before = reading.faults.count
        for reason in reasons(against: text) { reading.fault(node.place, reason) }
        return reading.faults.count == before ? text : nil
    }

    private static let pattern =
        #"^(?!\.)(?!.*\.\.)(?=.*\{(stem|name|counter(:[1-9])?)\})"#
        + #"[^/{}]*(\{(stem|name|page|rendition|ext|make|model|([^/{}]+\.)?label|counter(:[1-9])?|date(:[^/{}]+)?)\}[^/{}]*)*$"#

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
        let (pieces, isBroken) = parse(template)
        if isBroken { reasons.append("'{' and '}' must come in pairs around a placeholder") }
        var tellsSources = false
        for case .word(let word) in pieces {
            do {
                switch try placeholder(word) {
                case .stem, .name, .counter: tellsSources = true
                default: break
                }
            } catch {
                reasons.append(error.words)
            }
        }
        if !tellsSources, reasons.isEmpty {
            reasons.append("needs {stem}, {name} or {counter}: otherwise all sources would get the same name")
        }
        if template == "{name}.json" { reasons.append("is the sidecar's name; choose another") }
        return reasons
    }

    /// What speaks against the labels that it asks for.
    package func reasons(in classifiers: [String]) -> [String] {
        stages.compactMap { stage in
            let word = stage.isEmpty ? "{label}" : "{\(stage).label}"
            if classifiers.isEmpty { return "'\(word)' needs a classify stage in the pipeline" }
            if stage.isEmpty || classifiers.contains(stage) { return nil }
            let advice =
                nearest(stage, of: classifiers).map { "did you mean '{\($0).label}'?" }
                ?? "available: \(classifiers.map { "{\($0).label}" }.joined(separator: " "))"
            return "the pipeline has no classify stage called \(quoted(stage)); \(advice)"
        }
    }
}
