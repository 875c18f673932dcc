import Jobs
import Schema
import Text

/// What a condition can refer to at its position.
package struct ConditionScope: Sendable {
    /// The classify stages before it, in order, with the labels that their models give; none where that is not known.
    package var classifiers: [(name: String, labels: [String])] = []

    package init(classifiers: [(name: String, labels: [String])] = []) {
        self.classifiers = classifiers
    }
}

/// Type-checks a condition: collects all faults, with offsets into its text.
package struct ConditionChecker {
    /// Nil: any classify stage is accepted, as the pipeline is not fully read yet.
    private let scope: ConditionScope?
    package private(set) var faults: [ConditionFault] = []

    private typealias Typed = (expression: ConditionExpression, type: ConditionType)

    private init(scope: ConditionScope?) { self.scope = scope }

    package static func check(
        _ syntax: ConditionSyntax, scope: ConditionScope?
    ) -> (expression: ConditionExpression?, faults: [ConditionFault]) {
        var checker = ConditionChecker(scope: scope)
        let expression = checker.flag(syntax, "the condition")
        return (checker.faults.isEmpty ? expression : nil, checker.faults)
    }

    private mutating func fault(_ offset: Int, _ message: String) {
        faults.append(ConditionFault(offset: offset, message: message))
    }

    /// Something that is true or false.
    private mutating func flag(_ syntax: ConditionSyntax, _ what: String) -> ConditionExpression? {
        guard let typed = typed(syntax) else { return nil }
        guard typed.type == .flag else {
            let advice =
                typed.type.isNumber ? ", as in 'width > 1000'" : typed.type.isText ? ", as in \"format == 'png'\"" : ""
            fault(
                syntax.offset, "\(what) must be true or false, but this is \(typed.type.words); compare it\(advice)")
            return nil
        }
        return typed.expression
    }

    /// - Parameter inBytes: whether K, M and G are binary, as it is compared with a size.
    private mutating func typed(_ syntax: ConditionSyntax, inBytes: Bool = false) -> Typed? {
        switch syntax.node {
        case .number(let text): return number(text, syntax.offset, inBytes: inBytes)
        case .text(let text): return (.text(text), .text(.any))
        case .flag(let flag): return (.flag(flag), .flag)
        case .none: return (.none, .none)
        case .name(let parts): return name(parts, syntax.offset)
        case .call(let parts, let argument): return call(parts, argument, syntax.offset)
        case .list(let items): return list(items, syntax.offset, inBytes: inBytes)
        case .not(let operand):
            return flag(operand, "what follows 'not'").map { (.not($0), .flag) }
        case .negative(let operand):
            guard let typed = typed(operand, inBytes: inBytes) else { return nil }
            guard typed.type.isNumber else {
                fault(syntax.offset, "'-' is for numbers, but this is \(typed.type.words)")
                return nil
            }
            return (.negative(typed.expression), typed.type)
        case .both(let left, let right):
            let pair = (flag(left, "what precedes 'and'"), flag(right, "what follows 'and'"))
            guard let left = pair.0, let right = pair.1 else { return nil }
            return (.both(left, right), .flag)
        case .either(let left, let right):
            let pair = (flag(left, "what precedes 'or'"), flag(right, "what follows 'or'"))
            guard let left = pair.0, let right = pair.1 else { return nil }
            return (.either(left, right), .flag)
        case .comparison(let comparison, let left, let right):
            return self.comparison(comparison, left, right, syntax.offset)
        case .arithmetic(let operation, let left, let right):
            return arithmetic(operation, left, right, syntax.offset, inBytes: inBytes)
        }
    }

    private mutating func number(_ text: String, _ offset: Int, inBytes: Bool) -> Typed? {
        if let plain = Double(text) { return (.number(plain), .number) }
        if inBytes, let bytes = Measure.bytes(text) { return (.number(Double(bytes)), .bytes) }
        if let count = Measure.count(text) { return (.number(Double(count)), .number) }
        if Measure.bytes(text) != nil {
            fault(offset, "\(quoted(text)) is a size in bytes; compare it with 'bytes', or write 12M for a number")
        } else {
            fault(offset, "\(quoted(text)) is not a number (1500, 0.5, 12M; with 'bytes' also 2MiB)")
        }
        return nil
    }

    private mutating func list(_ items: [ConditionSyntax], _ offset: Int, inBytes: Bool) -> Typed? {
        var all: [Typed] = []
        for item in items {
            guard let typed = typed(item, inBytes: inBytes) else { continue }
            switch typed.expression {
            case .number, .text, .negative(.number): break
            default:
                fault(item.offset, "a list holds texts or numbers, as in ['a', 'b']")
                return nil
            }
            if let first = all.first, !first.type.isLike(typed.type) {
                fault(item.offset, "the list starts with \(first.type.words), but this is \(typed.type.words)")
                return nil
            }
            all.append(typed)
        }
        guard all.count == items.count else { return nil }
        guard let first = all.first else {
            fault(offset, "the list is empty")
            return nil
        }
        return (.list(all.map(\.expression)), .list(first.type))
    }

    private mutating func arithmetic(
        _ operation: ConditionArithmetic, _ left: ConditionSyntax, _ right: ConditionSyntax, _ offset: Int,
        inBytes: Bool
    ) -> Typed? {
        let isSize = inBytes || left.namesBytes || right.namesBytes
        let pair = (typed(left, inBytes: isSize), typed(right, inBytes: isSize))
        guard let one = pair.0, let other = pair.1 else { return nil }
        for typed in [one, other] where !typed.type.isNumber {
            fault(offset, "'\(operation.rawValue)' is for numbers, but one side is \(typed.type.words)")
            return nil
        }
        let type: ConditionType = one.type == .bytes || other.type == .bytes ? .bytes : .number
        return (.arithmetic(operation, one.expression, other.expression), type)
    }

    private mutating func comparison(
        _ comparison: ConditionComparison, _ left: ConditionSyntax, _ right: ConditionSyntax, _ offset: Int
    ) -> Typed? {
        let isSize = left.namesBytes || right.namesBytes
        let pair = (typed(left, inBytes: isSize), typed(right, inBytes: isSize))
        guard let one = pair.0, let other = pair.1 else { return nil }
        guard let reason = reason(against: comparison, one.type, other.type) else {
            checkWords(left, of: other.type)
            checkWords(right, of: one.type)
            return (.comparison(comparison, one.expression, other.expression), .flag)
        }
        fault(offset, reason)
        return nil
    }

    private func reason(
        against comparison: ConditionComparison, _ left: ConditionType, _ right: ConditionType
    ) -> String? {
        let word = comparison.rawValue
        switch comparison {
        case .equal, .notEqual:
            if left == .none || right == .none || left.isLike(right) { return nil }
            if case .list = right { return "use 'in' to search a list (label in ['a', 'b'])" }
            if case .list = left { return "use 'contains' to search a list (labels contains 'a')" }
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            if left.isNumber && right.isNumber || left.isText && right.isText { return nil }
            if left.isLike(right) || left == .none || right == .none {
                return "'\(word)' is for numbers and texts; use '==' or '!='"
            }
        case .within, .notWithin:
            guard case .list(let item) = right else {
                let advice = right.isText && left.isText ? "; to search within a text use 'contains'" : ""
                return "'\(word)' needs a list after it (['a', 'b']), not \(right.words)\(advice)"
            }
            if item.isLike(left) { return nil }
            return "\(left.words) is never in a list of \(item.words)"
        case .contains:
            if left.isText && right.isText { return nil }
            guard case .list(let item) = left else {
                return
                    "'contains' is for a text in a text or a value in a list, not for \(left.words) and \(right.words)"
            }
            if item.isLike(right) { return nil }
            return "a list of \(item.words) never contains \(right.words)"
        case .startsWith, .endsWith:
            if left.isText && right.isText { return nil }
            return "'\(word)' is for texts, not for \(left.words) and \(right.words)"
        }
        return "cannot compare \(left.words) with \(right.words)"
    }

    /// Literal texts that are compared with something of which all values are known.
    private mutating func checkWords(_ syntax: ConditionSyntax, of type: ConditionType) {
        if case .list(let items) = syntax.node {
            for item in items { checkWords(item, of: type) }
            return
        }
        guard case .text(let text) = syntax.node else { return }
        switch type {
        case .list(let item): checkWords(syntax, of: item)
        case .text(.format): checkFormat(text, syntax.offset)
        case .text(.label(let stage)): checkLabel(text, of: stage, syntax.offset)
        default: break
        }
    }

    private mutating func checkFormat(_ text: String, _ offset: Int) {
        let known = PictureFormat.allCases.map(\.rawValue)
        guard !known.contains(text) else { return }
        let advice =
            nearest(text, of: known).map { "did you mean '\($0)'?" } ?? "available: \(known.joined(separator: ", "))"
        fault(offset, "\(quoted(text)) is not a format; \(advice)")
    }

    private mutating func checkLabel(_ text: String, of stage: String, _ offset: Int) {
        guard let labels = scope?.classifiers.last(where: { $0.name == stage })?.labels, !labels.isEmpty,
            text != Classification.unknown, !labels.contains(text)
        else { return }
        let known = labels + [Classification.unknown]
        let advice =
            nearest(text, of: known).map { "did you mean '\($0)'?" }
            ?? (known.count > 20 ? "it has \(labels.count) labels" : "available: \(known.joined(separator: ", "))")
        fault(offset, "\(quoted(text)) is not a label of '\(stage)'; \(advice)")
    }

    // MARK: Names

    private static let parts = ["label", "score", "labels", "boxes"]

    private mutating func name(_ parts: [String], _ offset: Int) -> Typed? {
        if let field = ConditionField(rawValue: parts.joined(separator: ".")) { return (.field(field), field.type) }
        guard parts.count <= 2, let part = parts.last, Self.parts.contains(part) else {
            unknownName(parts, offset)
            return nil
        }
        guard let stage = stage(parts.count == 2 ? parts[0] : nil, part, offset) else { return nil }
        switch part {
        case "label": return (.classification(stage: stage, .label), .text(.label(stage)))
        case "score": return (.classification(stage: stage, .score), .number)
        case "labels": return (.classification(stage: stage, .labels), .list(.text(.label(stage))))
        default: return (.classification(stage: stage, .boxes), .number)
        }
    }

    private mutating func call(_ parts: [String], _ argument: ConditionSyntax, _ offset: Int) -> Typed? {
        guard parts.count <= 2, parts.last == "score" else {
            fault(offset, "\(quoted(parts.joined(separator: "."))) is not a function; the only one is score('LABEL')")
            return nil
        }
        guard case .text(let label) = argument.node else {
            fault(argument.offset, "score needs a label in quotes, as in score('document')")
            return nil
        }
        guard let stage = stage(parts.count == 2 ? parts[0] : nil, "score", offset) else { return nil }
        checkLabel(label, of: stage, argument.offset)
        return (.classification(stage: stage, .scoreOf(label)), .number)
    }

    /// The name of the classify stage that is meant.
    private mutating func stage(_ name: String?, _ part: String, _ offset: Int) -> String? {
        guard let scope else { return name ?? "" }
        guard let last = scope.classifiers.last else {
            fault(offset, "'\(part)' needs an earlier classify stage")
            return nil
        }
        guard let name else { return last.name }
        let known = scope.classifiers.map(\.name)
        if known.contains(name) { return name }
        let advice =
            nearest(name, of: known).map { "did you mean '\($0)'?" } ?? "available: \(known.joined(separator: ", "))"
        fault(offset, "there is no earlier classify stage called \(quoted(name)); \(advice)")
        return nil
    }

    private mutating func unknownName(_ parts: [String], _ offset: Int) {
        let name = parts.joined(separator: ".")
        let fields = ConditionField.allCases.map(\.rawValue)
        var message = "unknown name \(quoted(name)); "
        if parts.count == 1, parts[0].contains("-"),
            fields.contains(String(parts[0].prefix { $0 != "-" }))
        {
            message += "to subtract, put spaces around '-'"
        } else if parts.count == 2, parts[0] != "exif", let near = nearest(parts[1], of: Self.parts),
            nearest(name, of: fields) == nil
        {
            message += "did you mean '\(parts[0]).\(near)'?"
        } else if let near = nearest(name, of: fields + Self.parts) {
            message += "did you mean '\(near)'?"
        } else if parts[0] == "exif" {
            message += "available: \(fields.filter { $0.hasPrefix("exif.") }.joined(separator: ", "))"
        } else if parts.count == 1, let field = fields.first(where: { $0 == "exif.\(name)" }) {
            message += "did you mean '\(field)'?"
        } else {
            let own = fields.filter { !$0.hasPrefix("exif.") } + ["exif.…"] + Self.parts
            message += "available: \(own.joined(separator: ", ")); put text in quotes: '…'"
        }
        fault(offset, message)
    }
}
