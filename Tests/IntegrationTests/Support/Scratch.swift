import Glibc
import LinuxIO
import Text

/// A directory of a test's own.
struct Scratch: Sendable {
    /// Absolute, without links.
    let path: String
    let directory: Directory

    /// Writes a file, making the directories on the way; replaces what is there. The path may be any bytes.
    func write(_ bytes: [UInt8], to path: [UInt8]) throws {
        let parts = path.split(separator: UInt8(ascii: "/"))
        let parent = try directory.openDirectory(Array(parts.dropLast().joined(separator: [0x2F])), create: true)
        try writeDurably(bytes, to: parent, name: Array(parts.last ?? []), replacing: true)
    }

    func write(_ bytes: [UInt8], to path: String) throws { try write(bytes, to: Array(path.utf8)) }

    func write(text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    /// Writes into the file that is there, so that it stays the same inode.
    func overwrite(_ bytes: [UInt8], at path: String) throws {
        guard let file = fopen("\(self.path)/\(path)", "w") else { throw SystemCallError("fopen", path) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw SystemCallError("fwrite", path) }
    }

    func makeDirectory(_ path: String) throws { _ = try directory.openDirectory(Array(path.utf8), create: true) }

    /// - Parameter path: as `files` gives it, odd bytes as `\xNN`.
    func read(_ path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try directory.openFile(unescaped(path)).forEachPiece(subject: path) { bytes.append(contentsOf: $0) }
        return bytes
    }

    func exists(_ path: String) throws -> Bool { try directory.stat(Array(path.utf8)) != nil }

    func remove(_ path: String) throws { try directory.unlink(Array(path.utf8)) }

    /// Sets the time of the last change of content, seconds since 1970.
    func touch(_ path: String, seconds: Int) throws {
        let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        guard utimensat(AT_FDCWD, "\(self.path)/\(path)", times, 0) == 0 else {
            throw SystemCallError("utimensat", path)
        }
    }

    /// What the tree below `path` holds, directories left out: sorted, relative to `path`, odd bytes as `\xNN`.
    /// - Parameter hidden: also what lies in directories whose names begin with a dot.
    func files(below path: String = "", hidden: Bool = false) throws -> [String] {
        try entries(below: path, hidden: hidden).map { escaped($0) }.sorted()
    }

    /// What is known of each file below `path`, by its path relative to it.
    func snapshot(below path: String = "", hidden: Bool = false) throws -> [String: FileFacts] {
        let root = try directory.openDirectory(Array(path.utf8))
        var facts: [String: FileFacts] = [:]
        for entry in try entries(below: path, hidden: hidden) {
            guard let status = try root.stat(entry) else { continue }
            let digest = status.isRegular ? try sha256(of: root.openFile(entry)).digest : ""
            facts[escaped(entry)] = FileFacts(
                inode: status.inode, size: status.size, mtime: status.mtime, sha256: digest)
        }
        return facts
    }

    private func entries(below path: String, hidden: Bool) throws -> [[UInt8]] {
        let root = try directory.openDirectory(Array(path.utf8))
        var found: [[UInt8]] = []
        var pending: [[UInt8]] = [[]]
        while let here = pending.popLast() {
            for (name, type) in try root.openDirectory(here).list() {
                let below = here.isEmpty ? name : here + [UInt8(ascii: "/")] + name
                if type != .directory {
                    found.append(below)
                } else if hidden || name.first != UInt8(ascii: ".") {
                    pending.append(below)
                }
            }
        }
        return found
    }
}

/// The bytes that `escaped` made this text of.
func unescaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
            let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return bytes
}

struct FileFacts: Sendable, Equatable {
    var inode: UInt64
    var size: Int64
    /// Nanoseconds since 1970.
    var mtime: Int64
    var sha256: String
}

/// Runs `body` in a directory of its own, removed afterwards.
/// - Parameter base: where it lies. Not TMPDIR: a worker's job sets it, and other tests of this bundle run such jobs in
///   this process.
func withScratch<Result>(
    in base: String = "/tmp", _ body: (Scratch) async throws -> Result
) async throws -> Result {
    let parent = try Directory.open(path: base)
    let name = "sluice-test-\(uniqueRandomHex(8))"
    let directory = try parent.openDirectory(Array(name.utf8), create: true)
    defer {
        try? removeContents(of: directory)
        try? parent.removeDirectory(Array(name.utf8))
    }
    return try await body(Scratch(path: "\(base)/\(name)", directory: directory))
}

/// Removes everything below, one level at a time: trees may be deeper than a stack or a descriptor table.
private func removeContents(of directory: Directory) throws {
    var pending: [[UInt8]] = [[]]
    var directories: [[UInt8]] = []
    while let path = pending.popLast() {
        let here = try directory.openDirectory(path)
        for (name, type) in try here.list() {
            let below = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
            if type == .directory {
                pending.append(below)
                directories.append(below)
            } else {
                try here.unlink(name)
            }
        }
    }
    for path in directories.reversed() { try directory.removeDirectory(path) }
}
