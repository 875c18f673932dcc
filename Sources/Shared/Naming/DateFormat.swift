/// How `{date:…}` is written: a part of what strftime(3) knows, in English.
package struct DateFormat: Sendable, Equatable {
    private enum Piece: Sendable, Equatable {
        case text(String)
        case conversion(Character)
    }
    private let pieces: [Piece]

    static let conversions: [Character] = [
        "Y", "y", "m", "d", "H", "M", "S", "j", "G", "V", "u", "b", "B", "a", "A", "F", "%",
    ]

    /// Of `{date}` alone.
    static let usual = DateFormat(pieces: [.conversion("F")])

    private init(pieces: [Piece]) { self.pieces = pieces }

    /// - Throws: what is wrong with it, for people.
    init(_ text: String) throws(NameFault) {
        if text.isEmpty { throw NameFault("'{date:}' has no format; write {date} or, say, {date:%Y-%m}") }
        var pieces: [Piece] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                literal.append(character)
                continue
            }
            guard let conversion = rest.popFirst(), Self.conversions.contains(conversion) else {
                let known = Self.conversions.map { "%\($0)" }.joined(separator: " ")
                let shown = text[..<rest.startIndex].suffix(
                    from: text[..<rest.startIndex].lastIndex(of: "%") ?? text.startIndex)
                throw NameFault("'\(shown)' in '{date:\(text)}' is unknown; available: \(known)")
            }
            if !literal.isEmpty { pieces.append(.text(literal)) }
            literal = ""
            pieces.append(.conversion(conversion))
        }
        if !pieces.contains(where: { if case .conversion(let each) = $0 { each != "%" } else { false } }) {
            throw NameFault("'{date:\(text)}' has nothing of a date in it; available: %Y %m %d and others")
        }
        if !literal.isEmpty { pieces.append(.text(literal)) }
        self.pieces = pieces
    }

    func text(of moment: Moment) -> String {
        pieces.reduce(into: "") { text, piece in
            switch piece {
            case .text(let literal): text += literal
            case .conversion(let conversion): text += Self.text(conversion, moment)
            }
        }
    }

    private static func text(_ conversion: Character, _ moment: Moment) -> String {
        switch conversion {
        case "Y": padded(moment.year, 4)
        case "y": padded(moment.year % 100, 2)
        case "m": padded(moment.month, 2)
        case "d": padded(moment.day, 2)
        case "H": padded(moment.hour, 2)
        case "M": padded(moment.minute, 2)
        case "S": padded(moment.second, 2)
        case "j": padded(moment.dayOfYear, 3)
        case "G": padded(moment.week.year, 4)
        case "V": padded(moment.week.number, 2)
        case "u": "\(moment.weekday)"
        case "b": String(months[moment.month - 1].prefix(3))
        case "B": months[moment.month - 1]
        case "a": String(weekdays[moment.weekday - 1].prefix(3))
        case "A": weekdays[moment.weekday - 1]
        case "F": "\(padded(moment.year, 4))-\(padded(moment.month, 2))-\(padded(moment.day, 2))"
        default: "%"
        }
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
}

/// What is wrong with a template, for people.
struct NameFault: Error {
    let words: String
    init(_ words: String) { self.words = words }
}

func padded(_ number: Int, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
