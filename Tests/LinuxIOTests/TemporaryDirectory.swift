import Glibc
import LinuxIO

/// Runs `body` in a directory of its own, removed afterwards.
func withTemporaryDirectory<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (Directory) async throws -> Result
) async throws -> Result {
    let (parent, name, directory) = try makeTemporaryDirectory()
    defer {
        try? removeContents(of: directory)
        try? parent.removeDirectory(name)
    }
    return try await body(directory)
}

func withTemporaryDirectory<Result>(_ body: (Directory) throws -> Result) throws -> Result {
    let (parent, name, directory) = try makeTemporaryDirectory()
    defer {
        try? removeContents(of: directory)
        try? parent.removeDirectory(name)
    }
    return try body(directory)
}

private func makeTemporaryDirectory() throws -> (parent: Directory, name: [UInt8], directory: Directory) {
    // Not TMPDIR: a worker's job sets it, and other tests of this bundle run such jobs in this process.
    let base = "/tmp"
    let parent = try Directory.open(path: base)
    let name = Array("sluice-test-\(uniqueRandomHex(8))".utf8)
    return (parent, name, try parent.openDirectory(name, create: true))
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

extension [UInt8] {
    init(text: String) { self = Array(text.utf8) }
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
