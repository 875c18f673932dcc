package import Jobs

/// What is known of a source for the names of its results, beside its path.
package struct NameValues: Sendable, Equatable {
    /// What the source says; nil: nobody has looked yet.
    package var facts: NamingFacts?
    /// When it was changed last, for want of a date that it says.
    package var changed: Moment?
    /// Of `{counter}`; nil: it has none yet.
    package var number: Int?
    /// Whether no model has looked yet.
    private let withoutLabels: Bool

    package init(
        facts: NamingFacts? = nil, changed: Moment? = nil, number: Int? = nil, withoutLabels: Bool = false
    ) {
        self.withoutLabels = withoutLabels
        self.facts = facts
        self.changed = changed
        self.number = number
    }

    /// What stands for a placeholder; nil for one of the source's path, and while it is not known.
    package func text(for placeholder: NameTemplate.Placeholder) -> String? {
        switch placeholder {
        case .counter(let digits): return number.map { padded($0, digits) }
        case .date(let format):
            guard let facts else { return nil }
            let moment = facts.taken.flatMap(Moment.init(taken:)) ?? changed
            return moment.map(format.text) ?? undated
        case .make: return part(facts.map { $0.make ?? Classification.unknown })
        case .model: return part(facts.map { $0.model ?? Classification.unknown })
        case .label(let stage):
            if withoutLabels { return nil }
            return part(facts.map { $0.labels[stage] ?? Classification.unknown })
        case .stem, .name, .page, .rendition, .ext: return nil
        }
    }

    private func part(_ value: String?) -> String? { value.map { namePart($0, atMost: Self.longestPart) } }

    /// Bytes.
    private static let longestPart = 60
}

/// Where there is no date.
package let undated = "undated"
