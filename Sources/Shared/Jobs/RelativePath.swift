import Text

/// A path below a root directory, as the bytes the file system gave.
///
/// Linux file names are bytes, not text: never assume UTF-8. `text` is lossless for names that are UTF-8 and
/// escaped (`\xNN`) for those that are not, so that it can stand in a log line or a JSON string.
package struct RelativePath: Hashable, Sendable, Comparable {
    /// No leading or trailing slash, no empty, `.` or `..` component.
    package let bytes: [UInt8]

    /// Nil where the bytes are empty, absolute, or hold a NUL or an empty, `.` or `..` component.
    package init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard !bytes.isEmpty, !bytes.contains(0) else { return nil }
        for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) { return nil }
        }
        self.bytes = bytes
    }

    package init?(_ text: String) { self.init(bytes: text.utf8) }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// What a directory lists; `parent` holds the bytes of another path, none at the root. Nil where `name` is no single
    /// component. In time that grows with the path's length only, not with that of checking all of it again.
    package init?(parent: [UInt8], name: [UInt8]) {
        if name.isEmpty || name.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) { return nil }
        if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return nil }
        if parent.isEmpty {
            bytes = name
        } else {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(parent.count + 1 + name.count)
            bytes += parent
            bytes.append(UInt8(ascii: "/"))
            bytes += name
            self.bytes = bytes
        }
    }

    /// The components, outermost first; at least one.
    package var components: [[UInt8]] { bytes.split(separator: UInt8(ascii: "/")).map(Array.init) }

    /// The last component.
    package var name: [UInt8] {
        bytes.lastIndex(of: UInt8(ascii: "/")).map { Array(bytes[($0 + 1)...]) } ?? bytes
    }

    /// The directory that holds the file; nil at the root.
    package var parent: RelativePath? {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return RelativePath(unchecked: Array(bytes[..<slash]))
    }

    /// The name without its last extension (`a.tar.gz` → `a.tar`); a leading dot starts no extension.
    package var stem: [UInt8] {
        let name = name
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return name }
        return Array(name[..<dot])
    }

    /// Nil where `name` is no single component.
    package func appending(_ name: some Sequence<UInt8>) -> RelativePath? {
        RelativePath(bytes: bytes + [UInt8(ascii: "/")] + Array(name))
    }

    /// The same directory, another name; nil where `name` is no single component.
    package func sibling(_ name: [UInt8]) -> RelativePath? {
        guard let parent else { return RelativePath(bytes: name) }
        return parent.appending(name)
    }

    package static func < (left: RelativePath, right: RelativePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// For people and JSON: UTF-8 as it is (control characters and backslashes escaped), other bytes as `\xNN`.
    package var text: String { escaped(bytes) }

    /// Whether the bytes are UTF-8, so that `String(decoding:)` loses nothing.
    package var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }
}

extension RelativePath: CustomStringConvertible {
    package var description: String { text }
}

extension RelativePath: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let bytes = try container.decode([UInt8].self)
        guard let path = RelativePath(bytes: bytes) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a relative path")
        }
        self = path
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}
