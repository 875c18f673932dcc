/// A pattern in gitignore syntax: which paths below a folder are passed over.
///
/// `*` is any bytes of a name, `?` one byte, `[a-z]` one of several, `**` any number of folders, `\` makes a special byte an
/// ordinary one. `!` before a pattern brings back what an earlier one passes over. With a `/` before its end a pattern is held
/// against paths from its folder on, without one against names at any depth; one that ends in `/` is for directories only. Names
/// are bytes, not text. The time of a comparison is at most the product of both lengths.
package struct IgnorePattern: Sendable, Equatable {
    /// Bytes of one pattern.
    package static let mostBytes = 1024
    /// Patterns of one list: of a configuration, of a command line, of all files that hold for one folder.
    package static let mostPatterns = 1000

    /// As it was written.
    package let text: [UInt8]
    /// Whether it brings back.
    package let isNegated: Bool
    package let isForDirectories: Bool
    /// Whether it is held against paths; if not, against names.
    package let isAnchored: Bool
    /// What the parts are made of.
    private let bytes: [UInt8]
    private let parts: [NamePattern]

    /// - Parameter text: the pattern itself, whatever it begins or ends with: comments are lines of files (`init(line:)`).
    package init(_ text: String) throws(IgnorePatternFault) { try self.init(Array(text.utf8)) }

    /// A line of a file; nil for a comment and for one without a pattern. Spaces at its end do not count, nor does a carriage
    /// return.
    package init?(line: some Collection<UInt8>) throws(IgnorePatternFault) {
        var line = Array(line)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        while line.last == UInt8(ascii: " "), !isEscaped(line, line.count - 1) { line.removeLast() }
        if line.isEmpty || line.first == UInt8(ascii: "#") { return nil }
        try self.init(line)
    }

    private init(_ text: [UInt8]) throws(IgnorePatternFault) {
        self.text = text
        if text.count > Self.mostBytes { throw .tooLong(text.count) }
        if text.contains(0) || text.contains(UInt8(ascii: "\n")) { throw .control }
        var rest = text[...]
        isNegated = rest.first == UInt8(ascii: "!")
        if isNegated { rest = rest.dropFirst() }
        isForDirectories = rest.last == separator && rest.count > 1
        if isForDirectories { rest = rest.dropLast() }
        isAnchored = rest.contains(separator)
        if rest.first == separator { rest = rest.dropFirst() }
        if rest.isEmpty { throw .empty }
        var (bytes, parts) = ([UInt8](), [NamePattern]())
        for part in rest.split(separator: separator, omittingEmptySubsequences: false) {
            if part.isEmpty { throw .emptyName }
            if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) { throw .noName(part.count) }
            parts.append(try NamePattern(part, isAnchored: isAnchored, appendingTo: &bytes))
        }
        // What lies in a folder, not the folder.
        if parts.last?.kind == .anyFolders {
            parts.append(try NamePattern("*".utf8, isAnchored: false, appendingTo: &bytes))
        }
        (self.bytes, self.parts) = (bytes, parts)
    }

    /// - Parameters:
    ///   - path: from the pattern's folder on, without a slash at the beginning or the end.
    ///   - nameStart: where its last component begins.
    package func matches(_ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isDirectory: Bool) -> Bool {
        if isForDirectories, !isDirectory { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            if isAnchored { return matchesPath(path, bytes) }
            return parts[0].matches(UnsafeBufferPointer(rebasing: path[nameStart...]), bytes)
        }
    }

    /// On a mismatch only the last `**` takes one folder more.
    private func matchesPath(_ path: UnsafeBufferPointer<UInt8>, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var (part, at) = (0, 0)
        var folders: (part: Int, at: Int)?
        while at < path.count {
            if part < parts.count, parts[part].kind == .anyFolders {
                part += 1
                folders = (part, at)
                continue
            }
            let end = end(of: at, path)
            if part < parts.count, parts[part].matches(UnsafeBufferPointer(rebasing: path[at..<end]), bytes) {
                part += 1
                at = end + 1
            } else if let last = folders {
                at = self.end(of: last.at, path) + 1
                folders = (last.part, at)
                part = last.part
            } else {
                return false
            }
        }
        return part == parts.count
    }

    private func end(of start: Int, _ path: UnsafeBufferPointer<UInt8>) -> Int {
        path[start...].firstIndex(of: separator) ?? path.count
    }
}

extension IgnorePattern: CustomStringConvertible {
    package var description: String { escaped(text) }
}

/// Why a text is no pattern.
package enum IgnorePatternFault: Error, Equatable, CustomStringConvertible {
    case empty
    case tooLong(Int)
    /// A NUL or the end of a line.
    case control
    case emptyName
    /// `.` or `..`: this many dots.
    case noName(Int)
    case unfinishedEscape
    case unclosedBracket
    case unknownClass(String)
    case emptyRange(String)

    package var description: String {
        switch self {
        case .empty: "names nothing"
        case .tooLong(let bytes): "has \(bytes) bytes; the maximum is \(IgnorePattern.mostBytes)"
        case .control: "holds a NUL or the end of a line"
        case .emptyName: "has two slashes in a row, which no path has"
        case .noName(let dots):
            "has a '\(String(repeating: ".", count: dots))' between slashes, which no path has; patterns begin at their "
                + "folder: '/name'"
        case .unfinishedEscape: "ends in a backslash; write '\\\\' for the backslash itself"
        case .unclosedBracket: "has a '[' without its ']'; write '\\[' for the bracket itself"
        case .unknownClass(let name): "has \(quoted("[:\(name):]")), which is no class; one is '[:digit:]'"
        case .emptyRange(let range):
            "has the range \(quoted(range)), in which there is nothing; the lower byte comes first"
        }
    }
}

private let separator = UInt8(ascii: "/")

/// Whether an odd number of backslashes stands before.
private func isEscaped(_ text: [UInt8], _ index: Int) -> Bool {
    !text[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count.isMultiple(of: 2)
}
