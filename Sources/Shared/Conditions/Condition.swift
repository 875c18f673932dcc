/// When a stage or a rendition is done: `kind.label == 'document' and width > 1000`.
package struct Condition: Sendable {
    package let expression: ConditionExpression
    /// Where its text stands in the file that is being read; nil once all names in it are known.
    package var pending: Int?

    package init(_ expression: ConditionExpression, pending: Int? = nil) {
        self.expression = expression
        self.pending = pending
    }

    /// In the form that all equal conditions have.
    package var text: String { expression.text }

    /// Of a text in which every classification is named, as `text` is. Throws what is wrong with it, in words.
    package init(text: String) throws {
        let (expression, faults) = ConditionChecker.check(try ConditionParser.parse(text), scope: nil)
        if let fault = faults.first { throw fault }
        guard let expression, !expression.stages.contains("") else {
            throw ConditionFault(offset: 0, message: "a classification has no name")
        }
        self.init(expression)
    }
}

extension Condition: Equatable {
    package static func == (left: Condition, right: Condition) -> Bool { left.text == right.text }
}

extension Condition: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(text: text)
        } catch {
            let reason = (error as? ConditionFault)?.message ?? "\(error)"
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a condition: \(reason)")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// What has to be known to evaluate a condition.
package enum ConditionNeed: Hashable, Sendable {
    /// What the classify stage of this name finds.
    case classification(String)
    /// How strong the noise is.
    case sigma
    /// The source's EXIF block.
    case exif
    /// Its header.
    case header
    /// Its name, path or size.
    case file
}

extension Condition {
    package var needs: Set<ConditionNeed> { expression.needs }
}

extension ConditionExpression {
    package var needs: Set<ConditionNeed> {
        switch self {
        case .number, .text, .flag, .none: []
        case .list(let items): items.reduce(into: []) { $0.formUnion($1.needs) }
        case .field(let field): [field.need]
        case .classification(let stage, _): [.classification(stage)]
        case .not(let operand), .negative(let operand): operand.needs
        case .both(let left, let right), .either(let left, let right), .comparison(_, let left, let right),
            .arithmetic(_, let left, let right):
            left.needs.union(right.needs)
        }
    }

    /// The classify stages that it names.
    package var stages: Set<String> {
        Set(needs.compactMap { if case .classification(let stage) = $0 { stage } else { nil } })
    }
}

extension ConditionField {
    fileprivate var need: ConditionNeed {
        switch self {
        case .width, .height, .pixels, .pages, .format, .alpha: .header
        case .bytes, .name, .path: .file
        case .sigma: .sigma
        case .make, .model, .lens, .iso, .exposure, .fNumber, .focalLength, .taken, .orientation, .copyright, .artist,
            .description, .gps:
            .exif
        }
    }
}
