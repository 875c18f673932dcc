/// A checked condition: names are known, types match.
package indirect enum ConditionExpression: Sendable {
    case number(Double)
    case text(String)
    case flag(Bool)
    case none
    case list([ConditionExpression])
    case field(ConditionField)
    case classification(stage: String, ConditionClassification)
    case not(ConditionExpression)
    case negative(ConditionExpression)
    case both(ConditionExpression, ConditionExpression)
    case either(ConditionExpression, ConditionExpression)
    case comparison(ConditionComparison, ConditionExpression, ConditionExpression)
    case arithmetic(ConditionArithmetic, ConditionExpression, ConditionExpression)
}

/// What a condition can ask of a classification.
package enum ConditionClassification: Sendable, Equatable {
    case label, score, labels
    /// How many things were found.
    case boxes
    case scoreOf(String)
}

/// What a condition can ask of a source.
package enum ConditionField: String, Sendable, CaseIterable {
    /// Pixels, upright.
    case width, height
    /// Width × height.
    case pixels
    case pages, bytes, format, name, path, alpha
    /// Of the noise, in steps of 8 bits.
    case sigma
    case make = "exif.make"
    case model = "exif.model"
    case lens = "exif.lens"
    case iso = "exif.iso"
    case exposure = "exif.exposure"
    case fNumber = "exif.fNumber"
    case focalLength = "exif.focalLength"
    case taken = "exif.taken"
    case orientation = "exif.orientation"
    case copyright = "exif.copyright"
    case artist = "exif.artist"
    case description = "exif.description"
    case gps = "exif.gps"

    package var type: ConditionType {
        switch self {
        case .width, .height, .pixels, .pages, .sigma, .iso, .exposure, .fNumber, .focalLength, .orientation: .number
        case .bytes: .bytes
        case .format: .text(.format)
        case .name, .path, .make, .model, .lens, .taken, .copyright, .artist, .description: .text(.any)
        case .alpha, .gps: .flag
        }
    }

    package var isExif: Bool { rawValue.hasPrefix("exif.") }
}

package enum ConditionType: Sendable, Equatable {
    package enum Words: Sendable, Equatable {
        case any, format
        /// A label of the classify stage of this name.
        case label(String)
    }
    /// `bytes` is a number whose K, M and G are binary.
    case number, bytes, flag, none
    case text(Words)
    indirect case list(ConditionType)

    /// For people.
    package var words: String {
        switch self {
        case .number, .bytes: "a number"
        case .flag: "true or false"
        case .none: "none"
        case .text(.any): "a text"
        case .text(.format): "a format"
        case .text(.label): "a label"
        case .list: "a list"
        }
    }

    package var isNumber: Bool { self == .number || self == .bytes }
    package var isText: Bool { if case .text = self { true } else { false } }

    /// Whether values of both can be the same.
    package func isLike(_ other: ConditionType) -> Bool {
        isNumber && other.isNumber || isText && other.isText || self == .flag && other == .flag
    }
}

extension ConditionExpression {
    /// All equal conditions have the same text.
    package var text: String {
        switch self {
        case .number(let number):
            return number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .text(let text): return Self.literal(text)
        case .flag(let flag): return flag ? "true" : "false"
        case .none: return "none"
        case .list(let items): return "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .field(let field): return field.rawValue
        case .classification(let stage, let part):
            switch part {
            case .label: return "\(stage).label"
            case .score: return "\(stage).score"
            case .labels: return "\(stage).labels"
            case .boxes: return "\(stage).boxes"
            case .scoreOf(let label): return "\(stage).score(\(Self.literal(label)))"
            }
        case .not(let operand): return "not \(bracketed(operand, from: 3))"
        case .negative(let operand): return "-\(bracketed(operand, from: 7))"
        case .both(let left, let right): return "\(bracketed(left, from: 2)) and \(bracketed(right, from: 2))"
        case .either(let left, let right): return "\(bracketed(left, from: 1)) or \(bracketed(right, from: 1))"
        case .comparison(let comparison, let left, let right):
            return "\(bracketed(left, from: 5)) \(comparison.rawValue) \(bracketed(right, from: 5))"
        case .arithmetic(let operation, let left, let right):
            let own = precedence
            return "\(bracketed(left, from: own)) \(operation.rawValue) \(bracketed(right, from: own + 1))"
        }
    }

    private var precedence: Int {
        switch self {
        case .either: 1
        case .both: 2
        case .not: 3
        case .comparison: 4
        case .arithmetic(.plus, _, _), .arithmetic(.minus, _, _): 5
        case .arithmetic: 6
        case .negative: 7
        case .number, .text, .flag, .none, .list, .field, .classification: 8
        }
    }

    private func bracketed(_ operand: ConditionExpression, from least: Int) -> String {
        operand.precedence < least ? "(\(operand.text))" : operand.text
    }

    private static func literal(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
