import Text

/// What a value of a YAML file may look like: one declaration, from which come the typed value, every fault with its
/// place, and the JSON Schema.
package struct Shape<Value>: Sendable {
    /// Stands after "is not" and "expected": "a whole number from 1 to 100".
    package let expected: String
    package let schema: JSONValue
    /// The typed value; nil after at least one fault.
    package let read: @Sendable (YAMLValue, inout Reading) -> Value?
    /// How a default stands in the schema; nil where it would say nothing.
    package var render: @Sendable (Value) -> JSONValue?

    package init(
        expected: String, schema: JSONValue, read: @escaping @Sendable (YAMLValue, inout Reading) -> Value?,
        render: @escaping @Sendable (Value) -> JSONValue? = { _ in nil }
    ) {
        self.expected = expected
        self.schema = schema
        self.read = read
        self.render = render
    }

    /// The same values as another type, with faults of the conversion's own.
    package func map<Other>(
        _ convert: @escaping @Sendable (Value, YAMLValue, inout Reading) -> Other?
    ) -> Shape<Other> {
        let read = read
        return Shape<Other>(expected: expected, schema: schema) { node, reading in
            guard let value = read(node, &reading) else { return nil }
            return convert(value, node, &reading)
        }
    }

    package func map<Other>(_ convert: @escaping @Sendable (Value) -> Other) -> Shape<Other> {
        map { value, _, _ in convert(value) }
    }

    /// Text and numbers are read by `short`, lists and maps by this shape.
    package func orScalar(_ short: Shape<Value>) -> Shape<Value> {
        let read = read
        return Shape(
            expected: "\(short.expected), or \(expected)",
            schema: ["anyOf": [short.schema, schema]],
            read: { node, reading in
                if case .scalar = node.content, !node.isNull { return short.read(node, &reading) }
                return read(node, &reading)
            }, render: short.render)
    }

    /// Lists are read by `list`, all else by this shape.
    package func orList(_ list: Shape<Value>) -> Shape<Value> {
        let read = read
        return Shape(
            expected: "\(expected), or \(list.expected)",
            schema: ["anyOf": [schema, list.schema]],
            read: { node, reading in
                if case .list = node.content { return list.read(node, &reading) }
                return read(node, &reading)
            }, render: render)
    }

    /// Stands in the schema's `$defs`.
    package func named(_ name: String) -> Shape<Value> {
        Shape(expected: expected, schema: .definition(name, schema), read: read, render: render)
    }

    /// With another keyword in the schema, for what `check` says of a map's keys.
    package func alsoRequiring(_ keyword: String, _ value: JSONValue) -> Shape<Value> {
        Shape(expected: expected, schema: schema.adding(keyword, value), read: read, render: render)
    }

    /// With a further rule: `reject` says why a value is refused, nil where it is fine.
    package func refused(_ reject: @escaping @Sendable (Value) -> String?) -> Shape<Value> {
        let read = read
        return Shape(
            expected: expected, schema: schema,
            read: { node, reading in
                guard let value = read(node, &reading) else { return nil }
                guard let reason = reject(value) else { return value }
                reading.fault(node.place, reason)
                return nil
            }, render: render)
    }

    /// A fault for a value of another kind, or none.
    package static func wrongKind(_ node: YAMLValue, expected: String, _ reading: inout Reading) {
        if node.isNull {
            reading.fault(node.place, "has no value; expected \(expected)")
        } else if case .scalar(let text, _) = node.content {
            reading.fault(node.place, "\(quoted(text)) is not \(expected)")
        } else {
            reading.fault(node.place, "expected \(expected), not \(node.kind)")
        }
    }
}
