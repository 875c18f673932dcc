package import Conditions
import Jobs

extension OutputRules {
    /// With `{label}` as that of the last classify stage of all.
    func bound(to classifiers: [String]) -> OutputRules {
        guard let route, let last = classifiers.last else { return self }
        var bound = self
        bound.route = route.replacing("{label}", with: "{\(last).label}")
        return bound
    }

    /// What has to be known to tell the route.
    package var routeNeeds: Set<ConditionNeed> {
        guard let route, let template = RouteTemplate(route) else { return [] }
        return Set(
            template.used.map { word in
                if let stage = RouteTemplate.stage(of: word) { return .classification(stage) }
                return word == "format" ? .header : .exif
            })
    }

    /// The folder of a source's results, below that of its inbox; `/` between its parts. Nil without a route, and while
    /// something that it needs is not known yet.
    package func folder(_ facts: ConditionFacts) -> String? {
        guard let route, let template = RouteTemplate(route) else { return nil }
        var folders: [String] = []
        for part in template.parts {
            var name = ""
            for piece in part {
                switch piece {
                case .text(let text): name += text
                case .placeholder(let word):
                    guard let value = Self.value(of: word, facts) else { return nil }
                    name += folderName(value)
                }
            }
            name = trimmed(name, atMost: 200)
            // One folder for what has no date, not one in another.
            if name == undated, folders.last == undated { continue }
            folders.append(name)
        }
        return folders.joined(separator: "/")
    }

    /// Nil while it is not known.
    private static func value(of word: String, _ facts: ConditionFacts) -> String? {
        if let stage = RouteTemplate.stage(of: word) {
            guard case .found(let classification)? = facts.classifications[stage] else { return nil }
            return classification?.label ?? Classification.unknown
        }
        if word == "format" { return facts.format?.rawValue }
        guard case .found(let exif) = facts.exif else { return nil }
        switch word {
        case "make": return exif?.make ?? Classification.unknown
        case "model": return exif?.model ?? Classification.unknown
        default: return date(word, exif?.taken)
        }
    }

    /// - Parameter taken: `YYYY-MM-DD…`, as cameras wrote it: some have no clock that was ever set.
    private static func date(_ word: String, _ taken: String?) -> String {
        let numbers = (taken ?? "").prefix(10).split(separator: "-").map { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) ?? 0 : 0
        }
        guard numbers.count == 3, numbers[0] >= 1826, (1...12).contains(numbers[1]), (1...31).contains(numbers[2])
        else { return undated }
        let parts = ["year": numbers[0], "month": numbers[1], "day": numbers[2]]
        let digits = parts[word].map { "\($0)" } ?? ""
        return digits.count < 2 ? "0\(digits)" : digits
    }
}

private let undated = "undated"

/// What a label or a camera says, as the name of one folder: `/`, what Windows has no names with, control characters and
/// the like become `-`; it neither begins with a dot nor has dots or spaces at its ends, is not empty, and has at most 100
/// bytes.
func folderName(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: "-"
        default: "/\\<>:\"|?*".unicodeScalars.contains(scalar) ? "-" : scalar
        }
    }
    return trimmed(String(String.UnicodeScalarView(scalars)), atMost: 100)
}

/// Without dots and spaces at its ends, and with at most so many bytes; `unknown` where nothing is left.
private func trimmed(_ text: String, atMost most: Int) -> String {
    func isEdge(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { $0 == "." || $0.properties.isWhitespace } ?? false }
    var scalars = text.unicodeScalars[...]
    while isEdge(scalars.first) { scalars.removeFirst() }
    while scalars.reduce(0, { $0 + UTF8.width($1) }) > most { scalars.removeLast() }
    while isEdge(scalars.last) { scalars.removeLast() }
    return scalars.isEmpty ? Classification.unknown : String(scalars)
}
