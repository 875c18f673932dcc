import Text

/// A recursive-descent parser for conditions; tighter-binding rules come further down.
package struct ConditionParser {
    /// Bytes of a condition's text.
    package static let longest = 2000
    /// Brackets, `not` and `-` inside each other.
    private static let deepest = 40

    private let tokens: [ConditionLexer.Placed]
    private var position = 0
    private var depth = 0

    private static let words: Set<String> = [
        "and", "or", "not", "in", "contains", "startsWith", "endsWith", "true", "false", "none",
    ]

    package static func parse(_ text: String) throws(ConditionFault) -> ConditionSyntax {
        guard text.utf8.count <= longest else {
            throw ConditionFault(offset: 0, message: "the condition is longer than \(longest) bytes")
        }
        var parser = ConditionParser(tokens: try ConditionLexer.tokens(of: text))
        let syntax = try parser.either()
        guard parser.token == .end else { throw parser.unexpected("'and', 'or' or the end") }
        return syntax
    }

    private init(tokens: [ConditionLexer.Placed]) { self.tokens = tokens }

    private var token: ConditionLexer.Token { tokens[position].token }
    private var offset: Int { tokens[position].offset }

    private mutating func advance() { position = min(position + 1, tokens.count - 1) }

    private mutating func take(_ wanted: ConditionLexer.Token) -> Bool {
        guard token == wanted else { return false }
        advance()
        return true
    }

    private mutating func expect(_ symbol: String) throws(ConditionFault) {
        guard take(.symbol(symbol)) else { throw unexpected("'\(symbol)'") }
    }

    private func unexpected(_ wanted: String) -> ConditionFault {
        let found =
            switch token {
            case .end: "the end of the condition"
            case .number(let text), .word(let text), .name(let text), .symbol(let text): quoted(text)
            case .text(let text): "the text \(quoted(text))"
            }
        return ConditionFault(offset: offset, message: "expected \(wanted), found \(found)")
    }

    private mutating func deeper<Result>(
        _ body: (inout ConditionParser) throws(ConditionFault) -> Result
    ) throws(ConditionFault) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw ConditionFault(offset: offset, message: "nested more than \(Self.deepest) levels deep")
        }
        return try body(&self)
    }

    private mutating func either() throws(ConditionFault) -> ConditionSyntax {
        var left = try both()
        while token == .word("or") {
            let at = offset
            advance()
            left = ConditionSyntax(node: .either(left, try both()), offset: at)
        }
        return left
    }

    private mutating func both() throws(ConditionFault) -> ConditionSyntax {
        var left = try negation()
        while token == .word("and") {
            let at = offset
            advance()
            left = ConditionSyntax(node: .both(left, try negation()), offset: at)
        }
        return left
    }

    private mutating func negation() throws(ConditionFault) -> ConditionSyntax {
        let at = offset
        guard take(.word("not")) else { return try comparison() }
        let operand = try deeper { parser throws(ConditionFault) in try parser.negation() }
        return ConditionSyntax(node: .not(operand), offset: at)
    }

    private mutating func comparison() throws(ConditionFault) -> ConditionSyntax {
        let left = try sum()
        let at = offset
        guard let comparison = takeComparison() else { return left }
        let right = try sum()
        let second = offset
        if takeComparison() != nil {
            throw ConditionFault(offset: second, message: "two comparisons in a row; join them with 'and'")
        }
        return ConditionSyntax(node: .comparison(comparison, left, right), offset: at)
    }

    private mutating func takeComparison() -> ConditionComparison? {
        switch token {
        case .symbol(let text), .word(let text):
            if text == "not", tokens[min(position + 1, tokens.count - 1)].token == .word("in") {
                advance()
                advance()
                return .notWithin
            }
            guard let comparison = ConditionComparison(rawValue: text) else { return nil }
            advance()
            return comparison
        case .number, .text, .name, .end: return nil
        }
    }

    private mutating func sum() throws(ConditionFault) -> ConditionSyntax {
        var left = try product()
        while let operation = takeArithmetic([.plus, .minus]) {
            left = ConditionSyntax(node: .arithmetic(operation.0, left, try product()), offset: operation.1)
        }
        return left
    }

    private mutating func product() throws(ConditionFault) -> ConditionSyntax {
        var left = try unary()
        while let operation = takeArithmetic([.times, .over]) {
            left = ConditionSyntax(node: .arithmetic(operation.0, left, try unary()), offset: operation.1)
        }
        return left
    }

    private mutating func takeArithmetic(_ wanted: [ConditionArithmetic]) -> (ConditionArithmetic, Int)? {
        guard let operation = wanted.first(where: { token == .symbol($0.rawValue) }) else { return nil }
        let at = offset
        advance()
        return (operation, at)
    }

    private mutating func unary() throws(ConditionFault) -> ConditionSyntax {
        let at = offset
        guard take(.symbol("-")) else { return try primary() }
        let operand = try deeper { parser throws(ConditionFault) in try parser.unary() }
        return ConditionSyntax(node: .negative(operand), offset: at)
    }

    private mutating func primary() throws(ConditionFault) -> ConditionSyntax {
        let at = offset
        switch token {
        case .number(let text):
            advance()
            return ConditionSyntax(node: .number(text), offset: at)
        case .text(let text):
            advance()
            return ConditionSyntax(node: .text(text), offset: at)
        case .word("true"), .word("false"):
            let isTrue = token == .word("true")
            advance()
            return ConditionSyntax(node: .flag(isTrue), offset: at)
        case .word("none"):
            advance()
            return ConditionSyntax(node: .none, offset: at)
        case .word(let word) where !Self.words.contains(word):
            return try name()
        case .name:
            return try name()
        case .symbol("("):
            advance()
            let inner = try deeper { parser throws(ConditionFault) in try parser.either() }
            try expect(")")
            return inner
        case .symbol("["):
            return try list()
        case .word, .symbol, .end:
            throw unexpected("a name or a value")
        }
    }

    private mutating func list() throws(ConditionFault) -> ConditionSyntax {
        let at = offset
        advance()
        var items: [ConditionSyntax] = []
        while token != .symbol("]") {
            items.append(try deeper { parser throws(ConditionFault) in try parser.sum() })
            if !take(.symbol(",")) { break }
        }
        try expect("]")
        return ConditionSyntax(node: .list(items), offset: at)
    }

    private mutating func name() throws(ConditionFault) -> ConditionSyntax {
        let at = offset
        var parts: [String] = []
        repeat {
            switch token {
            case .word(let word), .name(let word): parts.append(word)
            case .number, .text, .symbol, .end: throw unexpected("a name")
            }
            advance()
        } while take(.symbol("."))
        guard take(.symbol("(")) else { return ConditionSyntax(node: .name(parts), offset: at) }
        let argument = try deeper { parser throws(ConditionFault) in try parser.sum() }
        try expect(")")
        return ConditionSyntax(node: .call(parts, argument), offset: at)
    }
}
