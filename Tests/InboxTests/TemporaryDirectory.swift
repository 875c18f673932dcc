import Glibc
import LinuxIO

/// Runs `body` in a directory of its own, removed afterwards.
func withTemporaryDirectory<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (Directory) async throws -> Result
) async throws -> Result {
    // Not TMPDIR: a worker's job sets it, and other tests of this bundle run such jobs in this process.
    let base = "/tmp"
    let parent = try Directory.open(path: base)
    let name = Array("sluice-test-\(uniqueRandomHex(8))".utf8)
    let directory = try parent.openDirectory(name, create: true)
    defer {
        try? removeContents(of: directory)
        try? parent.removeDirectory(name)
    }
    return try await body(directory)
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
    /// Writes a small file in one go, making the directories on the way.
    func write(_ text: String, at path: String) throws {
        var components = path.split(separator: "/").map(String.init)
        let name = components.removeLast()
        let parent =
            try components.isEmpty ? self : openDirectory(Array(components.joined(separator: "/").utf8), create: true)
        let file = try parent.createFile(Array(name.utf8))
        try Array(text.utf8).withUnsafeBytes { try file.writeAll($0, subject: path) }
    }
}
