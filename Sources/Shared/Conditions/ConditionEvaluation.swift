import Jobs

extension Condition {
    /// Whether it holds; nil while that cannot be told from what is known.
    package func holds(_ facts: ConditionFacts) -> Bool? {
        switch expression.value(facts) {
        case .flag(let flag): flag
        case .notYet: nil
        case .number, .text, .list, .missing: false
        }
    }
}

/// The value of a part of a condition.
package enum ConditionValue: Equatable {
    case number(Double)
    case text(String)
    case flag(Bool)
    case list([ConditionValue])
    /// The picture has no such thing.
    case missing
    case notYet

    package init(_ number: (some BinaryInteger)?, else other: ConditionValue) {
        self = number.map { .number(Double($0)) } ?? other
    }
    package init(_ number: Double?, else other: ConditionValue) { self = number.map { .number($0) } ?? other }
    package init(_ text: String?, else other: ConditionValue) { self = text.map { .text($0) } ?? other }
    package init(_ flag: Bool?, else other: ConditionValue) { self = flag.map { .flag($0) } ?? other }
}

extension ConditionExpression {
    package func value(_ facts: ConditionFacts) -> ConditionValue {
        switch self {
        case .number(let number): .number(number)
        case .text(let text): .text(text)
        case .flag(let flag): .flag(flag)
        case .none: .missing
        case .list(let items): .list(items.map { $0.value(facts) })
        case .field(let field): field.value(facts)
        case .classification(let stage, let part): part.value(facts.classifications[stage] ?? .notYet)
        case .not(let operand): if case .flag(let flag) = operand.value(facts) { .flag(!flag) } else { .notYet }
        case .negative(let operand): operand.value(facts).number { .number(-$0) }
        // What is known of one side may decide.
        case .both(let left, let right): Self.join(left.value(facts), right.value(facts), decidedBy: false)
        case .either(let left, let right): Self.join(left.value(facts), right.value(facts), decidedBy: true)
        case .comparison(let comparison, let left, let right):
            comparison.value(
                left.value(facts), right.value(facts), asksForMissing: left.isNone || right.isNone)
        case .arithmetic(let operation, let left, let right):
            left.value(facts).number { left in right.value(facts).number { operation.value(left, $0) } }
        }
    }

    private var isNone: Bool { if case .none = self { true } else { false } }

    private static func join(
        _ left: ConditionValue, _ right: ConditionValue, decidedBy decisive: Bool
    ) -> ConditionValue {
        if left == .flag(decisive) || right == .flag(decisive) { return .flag(decisive) }
        return left == .notYet || right == .notYet ? .notYet : .flag(!decisive)
    }
}

extension ConditionValue {
    /// What `body` makes of a number; what is missing or not known stays so.
    fileprivate func number(_ body: (Double) -> ConditionValue) -> ConditionValue {
        switch self {
        case .number(let number): body(number)
        case .notYet: .notYet
        case .text, .flag, .list, .missing: .missing
        }
    }
}

extension ConditionArithmetic {
    fileprivate func value(_ left: Double, _ right: Double) -> ConditionValue {
        let result =
            switch self {
            case .plus: left + right
            case .minus: left - right
            case .times: left * right
            case .over: left / right
            }
        // Such as a division by 0.
        return result.isFinite ? .number(result) : .missing
    }
}

extension ConditionComparison {
    /// - Parameter asksForMissing: whether one side is the word `none`.
    fileprivate func value(
        _ left: ConditionValue, _ right: ConditionValue, asksForMissing: Bool
    ) -> ConditionValue {
        if left == .notYet || right == .notYet { return .notYet }
        let isMissing = (left == .missing, right == .missing)
        if asksForMissing { return .flag((isMissing.0 && isMissing.1) == (self == .equal)) }
        // Of what is not there, nothing is true.
        if isMissing.0 || isMissing.1 { return .flag(false) }
        switch (self, left, right) {
        case (.equal, _, _): return .flag(left == right)
        case (.notEqual, _, _): return .flag(left != right)
        case (.within, _, .list(let items)): return .flag(items.contains(left))
        case (.notWithin, _, .list(let items)): return .flag(!items.contains(left))
        case (.contains, .list(let items), _): return .flag(items.contains(right))
        case (.contains, .text(let text), .text(let part)): return .flag(part.isEmpty || text.contains(part))
        case (.startsWith, .text(let text), .text(let part)): return .flag(text.hasPrefix(part))
        case (.endsWith, .text(let text), .text(let part)): return .flag(text.hasSuffix(part))
        case (_, .number(let left), .number(let right)): return .flag(isInOrder(left, right))
        case (_, .text(let left), .text(let right)): return .flag(isInOrder(left, right))
        default: return .flag(false)
        }
    }

    private func isInOrder<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        default: false
        }
    }
}

extension ConditionClassification {
    fileprivate func value(_ classification: Known<Classification>) -> ConditionValue {
        guard case .found(let found) = classification else { return .notYet }
        guard let found else { return .missing }
        switch self {
        case .label: return ConditionValue(found.label, else: .missing)
        case .score: return ConditionValue(found.score, else: .missing)
        case .labels: return .list(found.labels.map { .text($0.label) })
        case .boxes: return ConditionValue(found.boxes?.count, else: .missing)
        // What is not told has next to nothing.
        case .scoreOf(let label): return .number(found.labels.first { $0.label == label }?.score ?? 0)
        }
    }
}

extension ConditionField {
    fileprivate func value(_ facts: ConditionFacts) -> ConditionValue {
        switch self {
        case .width: ConditionValue(facts.width, else: .notYet)
        case .height: ConditionValue(facts.height, else: .notYet)
        case .pixels:
            ConditionValue(
                facts.width.flatMap { width in facts.height.map { Double(width) * Double($0) } }, else: .notYet)
        case .pages: ConditionValue(facts.pages, else: .notYet)
        case .bytes: ConditionValue(facts.bytes, else: .notYet)
        case .format: ConditionValue(facts.format?.rawValue, else: .notYet)
        case .name: ConditionValue(facts.name, else: .notYet)
        case .path: ConditionValue(facts.path, else: .notYet)
        case .alpha: ConditionValue(facts.hasAlpha, else: .notYet)
        case .sigma:
            if case .found(let sigma) = facts.sigma { ConditionValue(sigma, else: .missing) } else { .notYet }
        case .make, .model, .lens, .iso, .exposure, .fNumber, .focalLength, .taken, .orientation, .copyright, .artist,
            .description, .gps:
            if case .found(let exif) = facts.exif { value(exif ?? ExifRecord()) } else { .notYet }
        }
    }

    private func value(_ exif: ExifRecord) -> ConditionValue {
        switch self {
        case .make: ConditionValue(exif.make, else: .missing)
        case .model: ConditionValue(exif.model, else: .missing)
        case .lens: ConditionValue(exif.lens, else: .missing)
        case .iso: ConditionValue(exif.iso, else: .missing)
        case .exposure: ConditionValue(exif.exposure, else: .missing)
        case .fNumber: ConditionValue(exif.fNumber, else: .missing)
        case .focalLength: ConditionValue(exif.focalLength, else: .missing)
        case .taken: ConditionValue(exif.taken, else: .missing)
        case .orientation: ConditionValue(exif.orientation, else: .missing)
        case .copyright: ConditionValue(exif.copyright, else: .missing)
        case .artist: ConditionValue(exif.artist, else: .missing)
        case .description: ConditionValue(exif.description, else: .missing)
        case .gps: .flag(exif.gps != nil)
        case .width, .height, .pixels, .pages, .bytes, .format, .name, .path, .alpha, .sigma: .missing
        }
    }
}
