/// Where something stands in a file; both from 1, columns in Unicode scalars.
struct Place: Sendable, Equatable {
    var line: Int
    var column: Int

    static let start = Place(line: 1, column: 1)
}

/// A value of a YAML file with its place; aliases are expanded.
struct YAMLValue: Sendable {
    enum Content: Sendable {
        /// `quoted` scalars are text, whatever they look like.
        case scalar(String, quoted: Bool)
        case list([YAMLValue])
        case map([Entry])
    }
    struct Entry: Sendable {
        var key: String
        var place: Place
        var value: YAMLValue
        /// The line of the same key earlier in this map; a fault.
        var duplicateOf: Int?
    }
    var content: Content
    var place: Place

    var isNull: Bool {
        guard case .scalar(let text, quoted: false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// For messages.
    var kind: String {
        switch content {
        case .scalar: "text"
        case .list: "a list"
        case .map: "a map"
        }
    }
}
