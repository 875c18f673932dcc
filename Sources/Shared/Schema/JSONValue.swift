import Text

/// JSON for schemas: keeps the order of keys, knows `$defs`.
package indirect enum JSONValue: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([Member])
    /// Stands in `$defs` under the name, and is referred to.
    case definition(String, JSONValue)

    package struct Member: Sendable, Equatable {
        package var key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    package init(stringLiteral value: String) { self = .text(value) }
    package init(booleanLiteral value: Bool) { self = .flag(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }

    /// An object with the members added; anything else stays as it is. A definition is wrapped, as in a `$ref` with
    /// a description beside it.
    package func adding(_ key: String, _ value: JSONValue) -> JSONValue {
        switch self {
        case .object(let members): .object(members + [Member(key: key, value: value)])
        case .definition: ["allOf": .list([self]), "description": value]
        default: self
        }
    }

    /// The schema of a map with one more key; where there are several forms, of each that is a map.
    package func addingProperty(_ name: String, _ schema: JSONValue) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(
            members.map { member in
                var member = member
                switch (member.key, member.value) {
                case ("properties", .object(let properties)):
                    member.value = .object(properties + [Member(key: name, value: schema)])
                case ("anyOf", .list(let forms)):
                    member.value = .list(forms.map { $0.addingProperty(name, schema) })
                default: break
                }
                return member
            })
    }

    /// The definitions in here, by name, and this value with references in their place.
    package func hoisted(into definitions: inout [Member]) -> JSONValue {
        switch self {
        case .list(let items):
            return .list(items.map { $0.hoisted(into: &definitions) })
        case .object(let members):
            return .object(members.map { Member(key: $0.key, value: $0.value.hoisted(into: &definitions)) })
        case .definition(let name, let value):
            if !definitions.contains(where: { $0.key == name }) {
                // The place is taken first, as definitions hold others.
                definitions.append(Member(key: name, value: .null))
                let hoisted = value.hoisted(into: &definitions)
                for index in definitions.indices where definitions[index].key == name {
                    definitions[index].value = hoisted
                }
            }
            return ["$ref": .text("#/$defs/\(name)")]
        default:
            return self
        }
    }

    /// Two spaces a level; lists of plain values on one line.
    package func written(indent: String = "") -> String {
        switch self {
        case .null: return "null"
        case .flag(let flag): return flag ? "true" : "false"
        case .integer(let integer): return "\(integer)"
        case .number(let number):
            return number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .text(let text): return jsonQuoted(text)
        case .list(let items):
            if items.allSatisfy(\.isPlain) { return "[" + items.map { $0.written() }.joined(separator: ", ") + "]" }
            let deeper = indent + "  "
            let lines = items.map { deeper + $0.written(indent: deeper) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            let deeper = indent + "  "
            let lines = members.map { "\(deeper)\(jsonQuoted($0.key)): \($0.value.written(indent: deeper))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        case .definition(_, let value): return value.written(indent: indent)
        }
    }

    private var isPlain: Bool {
        switch self {
        case .list, .object, .definition: false
        default: true
        }
    }
}
