package import Conditions
package import Jobs
import Naming

extension OutputRules {
    /// With `{label}` as that of the last classify stage of all.
    func bound(to classifiers: [String]) -> OutputRules {
        guard let last = classifiers.last else { return self }
        var bound = self
        bound.route = route?.replacing("{label}", with: "{\(last).label}")
        bound.name = name.replacing("{label}", with: "{\(last).label}")
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
                    name += namePart(value, atMost: 100)
                }
            }
            name = trimmedName(name, atMost: 200)
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

    /// - Parameter taken: as cameras wrote it: some have no clock that was ever set.
    private static func date(_ word: String, _ taken: String?) -> String {
        guard let moment = taken.flatMap(Moment.init(taken:)) else { return undated }
        let parts = ["year": moment.year, "month": moment.month, "day": moment.day]
        let digits = parts[word].map { "\($0)" } ?? ""
        return digits.count < 2 ? "0\(digits)" : digits
    }
}

extension Pipeline {
    /// What `output.name` and `dates` ask for; nil where they ask for nothing.
    package func naming(_ facts: ConditionFacts) -> NamingFacts? {
        let template = NameTemplate(output.name)
        guard template.isLate || dates == .keep else { return nil }
        var naming = NamingFacts()
        func short(_ text: String?) -> String? {
            text.map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(NamingFacts.mostText / 4))) }
        }
        if case .found(let exif?) = facts.exif {
            if template.hasDate || dates == .keep { naming.taken = exif.taken }
            if template.placeholders.contains(.make) { naming.make = short(exif.make) }
            if template.placeholders.contains(.model) { naming.model = short(exif.model) }
        }
        for stage in template.stages {
            guard case .found(let classification?)? = facts.classifications[stage] else { continue }
            naming.labels[stage] = short(classification.label)
        }
        return naming
    }
}
