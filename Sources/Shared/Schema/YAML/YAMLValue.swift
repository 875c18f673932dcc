/// A position in a file; both from 1, columns in Unicode scalars.
package struct Place: Sendable, Equatable {
    package var line: Int
    package var column: Int

    package static let start = Place(line: 1, column: 1)
}

/// A value of a YAML file with its place; aliases are expanded.
package struct YAMLValue: Sendable {
    package enum Content: Sendable {
        /// `quoted` scalars are text, whatever they look like.
        case scalar(String, quoted: Bool)
        case list([YAMLValue])
        case map([Entry])
    }
    package struct Entry: Sendable {
        package var key: String
        package var place: Place
        package var value: YAMLValue
        /// The line of the same key earlier in this map; a fault.
        package var duplicateOf: Int?
    }
    package var content: Content
    package var place: Place
    /// How a text stands in the file, where it stands on one line; nil for all else.
    package var style: Style?

    package enum Style: Sendable, CaseIterable {
        case plain, singleQuoted, doubleQuoted

        /// The text as it is written.
        package func written(_ text: String) -> String {
            switch self {
            case .plain: text
            case .singleQuoted: "'" + text.replacing("'", with: "''")
            case .doubleQuoted: "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            }
        }
    }

    /// Where a part of a text stands: so many Unicode scalars from its start. The text's own place where that is not known.
    package func place(at offset: Int) -> Place {
        guard case .scalar(let text, _) = content, let style else { return place }
        let before = String(String.UnicodeScalarView(text.unicodeScalars.prefix(offset)))
        return Place(line: place.line, column: place.column + style.written(before).unicodeScalars.count)
    }

    package var isNull: Bool {
        guard case .scalar(let text, quoted: false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// For messages.
    package var kind: String {
        switch content {
        case .scalar: "text"
        case .list: "a list"
        case .map: "a map"
        }
    }
}
