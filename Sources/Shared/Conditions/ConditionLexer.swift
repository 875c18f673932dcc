import Text

/// Splits a condition's text into tokens.
package struct ConditionLexer {
    package enum Token: Equatable, Sendable {
        /// Digits with a unit, if any.
        case number(String)
        case text(String)
        /// A word of the language, or a name.
        case word(String)
        /// A name for sure, as there is a `.` beside it: stages may be called `in` or `not`.
        case name(String)
        case symbol(String)
        case end
    }
    package struct Placed: Sendable {
        package var token: Token
        package var offset: Int
    }

    /// Longer ones first.
    private static let symbols = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/"]
    /// What other languages write.
    private static let slips = [
        "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", "=": "==", "<>": "!=", "≠": "!=", "≤": "<=",
        "≥": ">=",
    ]

    private let scalars: [Unicode.Scalar]
    private var position = 0

    private init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The last token is `end`.
    package static func tokens(of text: String) throws(ConditionFault) -> [Placed] {
        var lexer = ConditionLexer(text)
        var tokens: [Placed] = []
        while true {
            let placed = try lexer.next()
            tokens.append(placed)
            if placed.token == .end { break }
        }
        for index in tokens.indices {
            guard case .word(let word) = tokens[index].token else { continue }
            let neighbours = [index - 1, index + 1].filter(tokens.indices.contains)
            if neighbours.contains(where: { tokens[$0].token == .symbol(".") }) { tokens[index].token = .name(word) }
        }
        return tokens
    }

    private mutating func next() throws(ConditionFault) -> Placed {
        while let scalar = peek(), scalar.properties.isWhitespace { position += 1 }
        let start = position
        guard let scalar = peek() else { return Placed(token: .end, offset: start) }
        if scalar == "'" || scalar == "\"" { return Placed(token: .text(try takeText(scalar)), offset: start) }
        if isDigit(scalar) { return Placed(token: takeNumberOrName(), offset: start) }
        if isLetter(scalar) { return Placed(token: .word(takeName()), offset: start) }
        for slip in Self.slips.keys.sorted(by: { $0.count > $1.count })
        where begins(with: slip) && !Self.symbols.contains(where: { $0.count >= slip.count && begins(with: $0) }) {
            throw ConditionFault(
                offset: start, message: "'\(slip)' is not supported; write '\(Self.slips[slip] ?? "")'")
        }
        guard let symbol = Self.symbols.first(where: begins) else {
            throw ConditionFault(
                offset: start, message: "\(quoted(String(scalar))) is not valid in a condition; put text in quotes: '…'"
            )
        }
        position += symbol.unicodeScalars.count
        return Placed(token: .symbol(symbol), offset: start)
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        scalars.indices.contains(position + ahead) ? scalars[position + ahead] : nil
    }

    private func begins(with text: String) -> Bool {
        scalars[position...].starts(with: text.unicodeScalars)
    }

    private mutating func takeText(_ mark: Unicode.Scalar) throws(ConditionFault) -> String {
        let start = position
        var text = String.UnicodeScalarView()
        position += 1
        while let scalar = peek() {
            position += 1
            if scalar == mark { return String(text) }
            if scalar == "\\", let escaped = peek(), ["\\", "'", "\""].contains(escaped) {
                text.append(escaped)
                position += 1
            } else {
                text.append(scalar)
            }
        }
        throw ConditionFault(offset: start, message: "the text that starts here is not closed; end it with \(mark)")
    }

    /// `-` belongs to a name where a letter or digit follows at once, as names of stages may hold it.
    private mutating func takeName() -> String {
        let start = position
        while let scalar = peek() {
            let goesOn = isLetter(scalar) || isDigit(scalar)
            let isHyphen = scalar == "-" && peek(1).map { isLetter($0) || isDigit($0) } == true
            guard goesOn || isHyphen else { break }
            position += 1
        }
        return text(from: start)
    }

    /// A stage's name may begin with a digit; what follows the name then is `.label` or the like.
    private mutating func takeNumberOrName() -> Token {
        let start = position
        let name = takeName()
        if peek() == ".", peek(1).map(isLetter) == true {
            return .word(name)
        }
        position = start
        while let scalar = peek(), isDigit(scalar) { position += 1 }
        if peek() == ".", peek(1).map(isDigit) == true {
            position += 1
            while let scalar = peek(), isDigit(scalar) { position += 1 }
        }
        let sign = peek(1) == "-" || peek(1) == "+" ? 1 : 0
        if peek() == "e", peek(1 + sign).map(isDigit) == true {
            position += 1 + sign
            while let scalar = peek(), isDigit(scalar) { position += 1 }
        }
        while let scalar = peek(), isLetter(scalar) { position += 1 }
        return .number(text(from: start))
    }

    private func text(from start: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<position])
        return String(text)
    }
}

private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.isASCII && scalar.properties.isAlphabetic
}
