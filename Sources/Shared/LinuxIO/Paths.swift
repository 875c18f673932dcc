import Glibc

/// Opens a directory, making it and its parents where they are missing.
package func makeDirectory(_ path: String) throws -> Directory {
    if let there = try? Directory.open(path: path) { return there }
    var current = path.hasPrefix("/") ? "/" : "."
    for component in path.split(separator: "/") {
        current += "/\(component)"
        if mkdir(current, 0o777) != 0 && errno != EEXIST { throw SystemCallError("mkdir", current) }
    }
    return try Directory.open(path: path)
}

/// The absolute path without links, or nil where there is none.
package func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}

/// Absolute, without `.` and `..`, links resolved as far as the path exists.
package func absolutePath(_ path: String) -> String {
    if let real = realPath(path) { return real }
    // What does not exist yet holds no links, so that its `.` and `..` can be taken at their word.
    let parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    guard let last = parts.last else { return "/" }
    let parent = parts.dropLast().joined(separator: "/")
    let above = path.hasPrefix("/") ? "/" + parent : (parent.isEmpty ? "." : parent)
    let resolved = above == "/" ? "" : absolutePath(above)
    switch last {
    case ".": return resolved.isEmpty ? "/" : resolved
    case "..":
        return resolved.lastIndex(of: "/").map { $0 == resolved.startIndex ? "/" : String(resolved[..<$0]) } ?? "/"
    default: return "\(resolved)/\(last)"
    }
}

/// The path of the directory that a file lies in, and the file's name there.
package func directoryAndName(of path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
}

package func joined(_ directory: [UInt8], _ path: [UInt8]) -> [UInt8] {
    directory.last == pathSeparator ? directory + path : directory + [pathSeparator] + path
}

/// realpath(3) on bytes.
package func resolved(_ path: [UInt8]) -> [UInt8]? {
    guard let real = realpath(path.map { CChar(bitPattern: $0) } + [0], nil) else { return nil }
    defer { free(real) }
    return (0..<strlen(real)).map { UInt8(bitPattern: real[$0]) }
}

private let pathSeparator = UInt8(ascii: "/")

/// A directory of its own in `TMPDIR`, which goes with it. One file deep: what lies in folders below it stays.
package final class ScratchDirectory: Sendable {
    package let directory: Directory

    /// - Parameter prefix: of its name.
    /// - Throws: `SystemCallError`.
    package init(_ prefix: String) throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        var template = Array("\(parent.isEmpty ? "/tmp" : parent)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("mkdtemp", parent) }
        directory = try Directory.open(
            path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    deinit {
        for entry in (try? directory.list()) ?? [] { try? directory.unlink(entry.name) }
        rmdir(directory.path)
    }
}
