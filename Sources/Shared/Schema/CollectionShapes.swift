import Text

extension Shape {
    /// A list of any length.
    package static func list<Item>(of item: Shape<Item>, called what: String) -> Shape where Value == [Item] {
        Shape(expected: what, schema: ["type": "array", "items": item.schema]) { node, reading in
            guard case .list(let nodes) = node.content else {
                wrongKind(node, expected: what, &reading)
                return nil
            }
            var items: [Item] = []
            var complete = true
            for (index, node) in nodes.enumerated() {
                if let value = reading.inside("[\(index)]", { item.read(node, &$0) }) {
                    items.append(value)
                } else {
                    complete = false
                }
            }
            return complete ? items : nil
        }
    }

    /// A map of names that the user chooses; in the order of the file.
    package static func names<Item>(
        to item: Shape<Item>, called what: String, least: Int = 1
    ) -> Shape where Value == [(name: String, value: Item)] {
        let schema: JSONValue = [
            "type": "object", "minProperties": .integer(least),
            "propertyNames": ["pattern": "^[a-z0-9][a-z0-9_-]*$", "maxLength": 64], "additionalProperties": item.schema,
        ]
        return Shape(expected: what, schema: schema) { node, reading in
            guard case .map(let entries) = node.content else {
                wrongKind(node, expected: what, &reading)
                return nil
            }
            if entries.count < least {
                reading.fault(node.place, "is empty; expected \(what)")
                return nil
            }
            var items: [(name: String, value: Item)] = []
            var complete = true
            for entry in entries {
                let value = reading.inside(printable(entry.key)) { reading -> Item? in
                    checkKey(entry, &reading)
                    if !isName(entry.key) {
                        reading.fault(
                            entry.place,
                            "a name consists of a-z, 0-9, - and _, starts with a letter or digit, "
                                + "and has at most 64 characters")
                    }
                    return item.read(entry.value, &reading)
                }
                if let value, isName(entry.key) { items.append((entry.key, value)) } else { complete = false }
            }
            return complete ? items : nil
        }
    }
}

extension Shape where Value: SetAlgebra & Sendable, Value.Element: Sendable {
    /// A set as a list of words, or one word alone.
    package static func set(of word: Shape<Value.Element>, called what: String) -> Shape {
        let list = Shape<[Value.Element]>.list(of: word, called: what).map { Value($0) }
        return list.orScalar(word.map { Value([$0]) })
    }
}

/// A key as a step of a path: what a person wrote, short and on one line.
package func printable(_ key: String) -> String { escaped(key.prefix(60).utf8) }

/// A fault where the same key came before.
package func checkKey(_ entry: YAMLValue.Entry, _ reading: inout Reading) {
    if let line = entry.duplicateOf { reading.fault(entry.place, "given twice; first on line \(line)") }
}

/// `[a-z0-9][a-z0-9_-]{0,63}`
private func isName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, bytes.count <= 64, first != UInt8(ascii: "-"), first != UInt8(ascii: "_") else {
        return false
    }
    return bytes.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) }
}
