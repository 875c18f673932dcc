/// One key of a map: its name, where its value goes, and a line for the schema.
package struct Key<Root>: Sendable {
    package let name: String
    /// Other spellings.
    package let aliases: [String]
    package let documentation: String
    package let isRequired: Bool
    package let expected: String
    /// The property's schema, given the root that holds the defaults.
    package private(set) var schema: @Sendable (Root) -> JSONValue
    /// False after at least one fault.
    package let read: @Sendable (YAMLValue, inout Root, inout Reading) -> Bool

    package init<Value>(
        _ name: String, or aliases: [String] = [], _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ shape: Shape<Value>, required: Bool = false, _ documentation: String
    ) {
        self.init(
            name, aliases, shape, required, documentation,
            initial: { required ? nil : shape.render($0[keyPath: path]) }, store: { $0[keyPath: path] = $1 })
    }

    package init<Value>(
        _ name: String, or aliases: [String] = [], _ path: any WritableKeyPath<Root, Value?> & Sendable,
        _ shape: Shape<Value>, required: Bool = false, _ documentation: String
    ) {
        self.init(
            name, aliases, shape, required, documentation,
            initial: { $0[keyPath: path].flatMap { shape.render($0) } }, store: { $0[keyPath: path] = $1 })
    }

    /// A key that is checked, and not kept.
    package init<Value>(checked name: String, _ shape: Shape<Value>, required: Bool = false, _ documentation: String) {
        self.init(name, [], shape, required, documentation, initial: { _ in nil }, store: { _, _ in })
    }

    private init<Value>(
        _ name: String, _ aliases: [String], _ shape: Shape<Value>, _ required: Bool, _ documentation: String,
        initial: @escaping @Sendable (Root) -> JSONValue?, store: @escaping @Sendable (inout Root, Value) -> Void
    ) {
        self.name = name
        self.aliases = aliases
        self.documentation = documentation
        isRequired = required
        expected = shape.expected
        schema = { root in
            let schema = shape.schema.adding("description", .text(documentation))
            return initial(root).map { schema.adding("default", $0) } ?? schema
        }
        read = { node, root, reading in
            guard let value = shape.read(node, &reading) else { return false }
            store(&root, value)
            return true
        }
    }

    /// The same key, of a part of a larger root.
    package init<Part>(
        _ key: Key<Part>, of part: @escaping @Sendable (Root) -> Part?,
        into whole: @escaping @Sendable (Part, inout Root) -> Void
    ) {
        name = key.name
        aliases = key.aliases
        documentation = key.documentation
        isRequired = key.isRequired
        expected = key.expected
        schema = { root in part(root).map { key.schema($0) } ?? [:] }
        read = { node, root, reading in
            guard var value = part(root) else { return false }
            guard key.read(node, &value, &reading) else { return false }
            whole(value, &root)
            return true
        }
    }

    package var spellings: [String] { [name] + aliases }

    /// With the defaults of another root than that of the map it stands in.
    package func described(by root: Root) -> Key where Root: Sendable {
        var key = self
        key.schema = { [schema] _ in schema(root) }
        return key
    }
}

/// The keys of a map, for checks across keys.
package struct Members {
    /// The map's own place.
    package let place: Place
    package fileprivate(set) var given: [String: YAMLValue.Entry] = [:]
    fileprivate(set) var faulty: Set<String> = []
    /// Known keys that unknown ones are probably slips of.
    fileprivate(set) var meant: Set<String> = []

    /// Whether the key is there.
    package func has(_ key: String) -> Bool { given[key] != nil }
    /// Whether the key is there, or was meant to be.
    package func isMeant(_ key: String) -> Bool { has(key) || meant.contains(key) }
    /// Whether its value may be used: not there (so the default), or read without a fault.
    package func isSound(_ key: String) -> Bool { !faulty.contains(key) }
    package func areSound(_ keys: String...) -> Bool { keys.allSatisfy(isSound) }
    /// Where to point: at the key's value, else at the map.
    package func place(of key: String) -> Place { given[key]?.value.place ?? place }
    package func keyPlace(of key: String) -> Place { given[key]?.place ?? place }
    /// Of a value one map further down.
    package func place(of key: String, _ inner: String) -> Place {
        guard let entry = given[key], case .map(let entries) = entry.value.content else { return place(of: key) }
        return entries.last { $0.key == inner }?.value.place ?? entry.value.place
    }
}

extension Shape {
    package typealias Check = @Sendable (Value, Members, inout Reading) -> Void

    /// A map with known keys. `what` stands after "expected": "a map of size and fit".
    package static func object(
        _ what: String, initial: Value, keys: [Key<Value>], check: @escaping Check = { _, _, _ in }
    ) -> Shape where Value: Sendable {
        Shape(expected: what, schema: objectSchema(keys, initial: initial)) { node, reading in
            guard let entries = entries(of: node, expected: what, &reading) else { return nil }
            return readObject(entries, at: node.place, initial: initial, keys: keys, check: check, &reading)
        }
    }

    package static func entries(of node: YAMLValue, expected: String, _ reading: inout Reading) -> [YAMLValue.Entry]? {
        guard case .map(let entries) = node.content else {
            wrongKind(node, expected: expected, &reading)
            return nil
        }
        return entries
    }

    /// Reads a map's entries. `unknown` says what is wrong with a key that is none of `keys`.
    package static func readObject(
        _ entries: [YAMLValue.Entry], at place: Place, initial: Value, keys: [Key<Value>], check: Check,
        unknown: (String) -> String? = { _ in nil }, _ reading: inout Reading
    ) -> Value? {
        var value = initial
        var members = Members(place: place)
        var sound = true
        for entry in entries {
            reading.inside(printable(entry.key)) { reading in
                checkKey(entry, &reading)
                guard let key = keys.first(where: { $0.spellings.contains(entry.key) }) else {
                    let names = keys.flatMap(\.spellings)
                    let message = unknown(entry.key) ?? unknownKey(entry.key, names: names, shown: keys.map(\.name))
                    reading.fault(entry.place, message)
                    if let near = nearest(entry.key, of: names),
                        let key = keys.first(where: { $0.spellings.contains(near) })
                    {
                        members.meant.insert(key.name)
                    }
                    sound = false
                    return
                }
                if let other = members.given[key.name], other.key != entry.key {
                    reading.fault(entry.place, "another spelling of '\(other.key)', given on line \(other.place.line)")
                    sound = false
                }
                members.given[key.name] = entry
                if !key.read(entry.value, &value, &reading) { members.faulty.insert(key.name) }
            }
        }
        for key in keys where key.isRequired && !members.isMeant(key.name) {
            reading.fault(place, "key '\(key.name)' is missing (\(key.expected))")
            members.faulty.insert(key.name)
        }
        let before = reading.faults.count
        check(value, members, &reading)
        return sound && members.faulty.isEmpty && reading.faults.count == before ? value : nil
    }

    package static func objectSchema(_ keys: [Key<Value>], initial: Value) -> JSONValue {
        var properties: [JSONValue.Member] = []
        for key in keys {
            let schema = key.schema(initial)
            for spelling in key.spellings { properties.append(.init(key: spelling, value: schema)) }
        }
        let required = keys.filter { $0.isRequired && $0.aliases.isEmpty }.map { JSONValue.text($0.name) }
        let schema: JSONValue = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        return required.isEmpty ? schema : schema.adding("required", .list(required))
    }
}

/// "unknown key", with what it could have been.
package func unknownKey(_ key: String, names: [String], shown: [String]) -> String {
    if let near = nearest(key, of: names) { return "unknown key; did you mean '\(near)'?" }
    return "unknown key; valid keys: \(shown.joined(separator: ", "))"
}
