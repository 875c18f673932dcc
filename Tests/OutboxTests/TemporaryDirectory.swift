import Glibc
import LinuxIO

/// Runs `body` in a directory of its own, removed afterwards.
func withTemporaryDirectory<Result>(in base: String? = nil, _ body: (Directory) throws -> Result) throws -> Result {
    let base = base ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let parent = try Directory.open(path: base)
    let name = Array("sluice-test-\(uniqueRandomHex(8))".utf8)
    let directory = try parent.openDirectory(name, create: true)
    defer {
        try? removeContents(of: directory)
        try? parent.removeDirectory(name)
    }
    return try body(directory)
}

/// Removes everything below, one level at a time: trees may be deeper than a stack or a descriptor table.
func removeContents(of directory: Directory) throws {
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

extension Directory {
    /// Writes a small file, making the directories on the way.
    func write(_ text: String, at path: String) throws {
        var components = path.split(separator: "/").map(String.init)
        let name = components.removeLast()
        let parent = try openDirectory(Array(components.joined(separator: "/").utf8), create: true)
        try writeDurably(Array(text.utf8), to: parent, name: Array(name.utf8), replacing: true)
    }

    func text(at path: String) throws -> String {
        var bytes: [UInt8] = []
        try openFile(Array(path.utf8)).forEachPiece(subject: path) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Directory {
    /// Every file below with its text; directories end in a slash where they are empty.
    func tree(_ prefix: String = "") throws -> [String: String] {
        var found: [String: String] = [:]
        for (name, type) in try list() {
            let shown = prefix + String(decoding: name, as: UTF8.self)
            if type == .directory {
                let below = try openDirectory(name).tree(shown + "/")
                if below.isEmpty { found[shown + "/"] = "" }
                found.merge(below) { first, _ in first }
            } else {
                found[shown] = try text(of: name)
            }
        }
        return found
    }

    func text(of name: [UInt8]) throws -> String {
        var bytes: [UInt8] = []
        try openFile(name).forEachPiece(subject: "file") { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    func make(_ name: String) throws -> Directory { try openDirectory(Array(name.utf8), create: true) }
}
