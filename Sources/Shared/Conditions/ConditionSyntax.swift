import Schema

/// What is wrong with a condition's text.
package struct ConditionFault: Error, Equatable {
    /// Of the token, in Unicode scalars from the text's start.
    package var offset: Int
    package var message: String
}

/// A condition as written: parsed, but not yet checked.
package struct ConditionSyntax: Sendable {
    package indirect enum Node: Sendable {
        /// With its unit, if any.
        case number(String)
        case text(String)
        case flag(Bool)
        case none
        /// `width`, `exif.iso`, `kind.label`.
        case name([String])
        /// `kind.score('cat')`.
        case call([String], ConditionSyntax)
        case list([ConditionSyntax])
        case not(ConditionSyntax)
        case negative(ConditionSyntax)
        case both(ConditionSyntax, ConditionSyntax)
        case either(ConditionSyntax, ConditionSyntax)
        case comparison(ConditionComparison, ConditionSyntax, ConditionSyntax)
        case arithmetic(ConditionArithmetic, ConditionSyntax, ConditionSyntax)
    }
    package var node: Node
    /// Of its first token, or of the operator, in Unicode scalars from the text's start.
    package var offset: Int
}

package enum ConditionComparison: String, Sendable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case within = "in"
    case notWithin = "not in"
    case contains
    case startsWith
    case endsWith

    /// `in` and `not in`.
    package var looksIntoList: Bool { self == .within || self == .notWithin }
    package var comparesOrder: Bool {
        switch self {
        case .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }
}

package enum ConditionArithmetic: String, Sendable, CaseIterable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
}

extension ConditionSyntax {
    /// Whether it is a size in bytes, so that K, M and G in what it is compared with are binary.
    var namesBytes: Bool {
        switch node {
        case .name(let parts): parts == ["bytes"]
        case .negative(let operand): operand.namesBytes
        case .arithmetic(_, let left, let right): left.namesBytes || right.namesBytes
        case .number(let text): Measure.count(text) == nil && Double(text) == nil && Measure.bytes(text) != nil
        default: false
        }
    }
}
