import Glibc

/// The path without `.`, `..`, double or trailing slashes; relative ones start at `directory`, and that one at the
/// working directory. By text only: links are not followed.
package func absolutePath(_ path: String, in directory: String) -> String {
    guard path.hasPrefix("/") else {
        let base = directory.hasPrefix("/") ? directory : "\(workingDirectory())/\(directory)"
        return absolutePath("\(base)/\(path)", in: "/")
    }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}

/// `a/b/c.yaml` → `a/b`; `.` for a bare name.
package func parentDirectory(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Whether `path` is `directory` or lies below it; both absolute and normalised.
package func isInside(_ path: String, _ directory: String) -> Bool {
    path == directory || directory == "/" || path.hasPrefix(directory + "/")
}

private func workingDirectory() -> String {
    guard let text = getcwd(nil, 0) else { return "/" }
    defer { free(text) }
    return String(cString: text)
}
