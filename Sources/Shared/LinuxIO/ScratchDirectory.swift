import Glibc

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
