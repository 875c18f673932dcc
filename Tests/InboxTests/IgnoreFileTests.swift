import Glibc
import Jobs
import LinuxIO
import Synchronization
import Testing
import Text

@testable import Inbox

@Suite("Files with ignore patterns")
struct IgnoreFileTests {
    private func files(_ directory: Directory, _ patterns: [String] = [], from path: String? = nil) throws -> [String] {
        let rules = IgnoreRules(own: try patterns.map { pattern in try IgnorePattern(pattern) })
        let start: Walk.Start = path.flatMap { RelativePath($0) }.map { .from($0) } ?? .below(nil)
        var walk = Scanner(root: directory, rules: rules).walk(start, WalkOptions())
        var found: [String] = []
        while let entry = walk.next() { found.append(entry.path.text) }
        return found
    }

    private func notices(_ directory: Directory) -> [ScanNotice] {
        var notices: [ScanNotice] = []
        var walk = Scanner(root: directory).walk(.below(nil), WalkOptions(notice: { notices.append($0) }))
        while walk.next() != nil {}
        return notices
    }

    @Test("hold in their folder and below; inner ones are stronger, a command line's patterns strongest")
    func precedence() async throws {
        try await withTemporaryDirectory { directory in
            let paths = ["a.jpg", "b.png", "raw/c.jpg", "in/a.jpg", "in/b.png", "in/raw/c.jpg", "in/deep/b.png"]
            for path in paths { try directory.write("x", at: path) }
            try directory.write("# not yet\n*.png\n/raw/\n", at: ".sluiceignore")
            try directory.write("!*.png\n/raw", at: "in/.sluiceignore")
            #expect(try files(directory) == ["a.jpg", "in/a.jpg", "in/b.png", "in/deep/b.png"])
            #expect(try files(directory, ["*.png", "!raw"]) == ["a.jpg", "in/a.jpg", "in/raw/c.jpg", "raw/c.jpg"])
            #expect(try files(directory, from: "in/b") == ["in/b.png", "in/deep/b.png"])
            try directory.write("b*", at: "in/deep/.sluiceignore")
            #expect(try files(directory) == ["a.jpg", "in/a.jpg", "in/b.png"])
        }
    }

    @Test("what lies in an ignored directory cannot be brought back")
    func insideIgnored() async throws {
        try await withTemporaryDirectory { directory in
            for path in ["raw/keep.jpg", "old/a.jpg", "old/keep.jpg"] { try directory.write("x", at: path) }
            try directory.write("raw\n!raw/keep.jpg\nold/*\n!old/keep.jpg\n", at: ".sluiceignore")
            try directory.write("!*\n", at: "raw/.sluiceignore")
            #expect(try files(directory) == ["old/keep.jpg"])
        }
    }

    @Test("agree with git on any tree and any patterns")
    func agreement() async throws {
        try await withTemporaryDirectory { directory in
            guard access("/usr/bin/git", X_OK) == 0 else { return print("skipped: there is no git") }
            var random = SystemRandomNumberGenerator()
            let names = ["a", "b", "ab", "ba", "a.x", "b.x", "!a", "a b", "[a]"]
            let pieces = [
                "a", "b", "ab", "*", "?", "*.x", "[ab]", "[!a]*", "a*", "**", "\\!a", "a\\ b", "\\[a]", "*b", "[a-b]?",
            ]
            for round in 0..<25 {
                let tree = "t\(round)"
                var paths: Set<String> = []
                func name() -> String { names.randomElement(using: &random) ?? "a" }
                for _ in 0..<40 {
                    let path = (0..<Int.random(in: 1...4, using: &random)).map { _ in name() }.joined(separator: "/")
                    // Not a file and a directory at once.
                    if paths.contains(where: { $0 == path || $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }) {
                        continue
                    }
                    paths.insert(path)
                    try directory.write("x", at: "\(tree)/\(path)")
                }
                func pattern() -> String {
                    let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        pieces.randomElement(using: &random) ?? "a"
                    }
                    func one(in most: Int) -> Bool { Int.random(in: 0..<most, using: &random) == 0 }
                    return (one(in: 4) ? "!" : "") + (one(in: 5) ? "/" : "") + parts.joined(separator: "/")
                        + (one(in: 4) ? "/" : "")
                }
                let folders = Set(paths.map { $0.split(separator: "/").dropLast().joined(separator: "/") }).union([""])
                for folder in folders where folder.isEmpty || Bool.random(using: &random) {
                    let text = (0..<3).map { _ in pattern() + "\n" }.joined()
                    let place = folder.isEmpty ? tree : "\(tree)/\(folder)"
                    try directory.write(text, at: "\(place)/.gitignore")
                    try directory.write(text, at: "\(place)/.sluiceignore")
                }
                let own = (0..<Int.random(in: 0...2, using: &random)).map { _ in pattern() }
                let options = own.map { " -x '\($0)'" }.joined()
                try run(
                    "/bin/sh", "-c",
                    "cd '\(directory.path)/\(tree)' && export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null"
                        + " && git init -q . && git -c core.excludesFile=/dev/null ls-files -z --others"
                        + " --exclude-per-directory=.gitignore\(options) > ../\(tree).list")
                var listed: [UInt8] = []
                try directory.openFile(Array("\(tree).list".utf8)).forEachPiece(subject: tree) { listed += $0 }
                let expected = listed.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                    .filter { !$0.hasSuffix(".gitignore") && !$0.hasSuffix(".sluiceignore") }
                // Git never lists its own.
                let found = try files(directory.openDirectory(Array(tree.utf8)), own)
                    .filter { !$0.hasPrefix(".git/") && !$0.hasSuffix(".gitignore") }
                #expect(found.sorted() == expected.sorted(), "own \(own) in \(tree): \(paths)")
                if found.sorted() != expected.sorted() { return }
            }
        }
    }

    @Test("lines that are no patterns are told, with file and line, and the others hold")
    func faults() async throws {
        try await withTemporaryDirectory { directory in
            for path in ["in/a.png", "in/b.jpg"] { try directory.write("x", at: path) }
            try directory.write("\u{FEFF}*.png\r\n[a\n\n" + String(repeating: "//\n", count: 9), at: "in/.sluiceignore")
            #expect(try files(directory) == ["in/b.jpg"])
            let told = notices(directory).map(\.description)
            #expect(told.count == 6)
            #expect(
                told.first
                    == "'in/.sluiceignore' line 2: '[a' has a '[' without its ']'; write '\\[' for the bracket itself")
            #expect(told.last == "'in/.sluiceignore' has 5 more lines without a pattern")
        }
    }

    @Test("what goes beyond the bounds does not hold, and is told")
    func bounds() async throws {
        try await withTemporaryDirectory { directory in
            for path in ["many/last.x", "many/a0", "large/last.x", "large/aaa", "b.jpg"] {
                try directory.write("x", at: path)
            }
            let many = (0..<1000).map { "a\($0)\n" }.joined()
            try directory.write(many + "last.x\n", at: "many/.sluiceignore")
            try directory.write(
                "aaa\n" + String(repeating: "# comment\n", count: 6554) + "last.x\n", at: "large/.sluiceignore")
            #expect(try files(directory) == ["b.jpg", "large/last.x", "many/last.x"])
            let told = notices(directory).map(\.description)
            #expect(told.count == 2)
            #expect(
                told.first?.hasPrefix("'large/.sluiceignore' has more than 64 KiB: what comes after line 655") == true)
            #expect(told.last?.hasPrefix("'many/.sluiceignore' does not hold from line 1001 on") == true)
        }
    }

    @Test("that are no files do not hold, and are told")
    func otherKinds() async throws {
        try await withTemporaryDirectory { directory in
            try directory.write("*", at: "patterns")
            for place in ["link", "folder", "fifo"] { try directory.write("x", at: "\(place)/a.jpg") }
            #expect(symlink("../patterns", directory.path + "/link/.sluiceignore") == 0)
            #expect(mkdir(directory.path + "/folder/.sluiceignore", 0o700) == 0)
            #expect(mkfifo(directory.path + "/fifo/.sluiceignore", 0o600) == 0)
            #expect(try files(directory) == ["fifo/a.jpg", "folder/a.jpg", "link/a.jpg", "patterns"])
            #expect(notices(directory).count == 3)
        }
    }

    @Test("hold in directories that are read in passes, and after they were let go")
    func passes() async throws {
        try await withTemporaryDirectory { directory in
            for outer in 0..<10 {
                for inner in 0..<40 {
                    try directory.write("x", at: "d\(outer)/e/name-\(inner).\(inner % 2 == 0 ? "x" : "y")")
                }
                try directory.write("x", at: "d\(outer)/z.y")
            }
            try directory.write("*.y", at: "d3/.sluiceignore")
            var walk = Scanner(root: directory).walk(.below(nil), WalkOptions(memory: 300))
            var found: [String] = []
            while let entry = walk.next() { found.append(entry.path.text) }
            #expect(found.count == 9 * 41 + 20)
            #expect(!found.contains { $0.hasPrefix("d3/") && $0.hasSuffix(".y") })
        }
    }

    @Test("Outboxes are passed over and told, whatever patterns say; the directory itself is not")
    func outboxes() async throws {
        try await withTemporaryDirectory { directory in
            for path in [
                "a.jpg", "out/a.webp", "out/.sluice/journal.sqlite", "sub/old/b.jpg", "sub/old/.sluice/division",
            ] {
                try directory.write("x", at: path)
            }
            // One that is not: somebody's own folder of the name.
            try directory.write("x", at: "own/.sluice/notes.txt")
            try directory.write("x", at: "own/c.jpg")
            try directory.write("x", at: ".sluice/journal.sqlite")
            #expect(try files(directory, ["!*"]) == ["a.jpg", "own/c.jpg"])
            #expect(
                notices(directory).map(\.description) == [
                    "'out' is an outbox of Sluice: passed over with all that is in it",
                    "'sub/old' is an outbox of Sluice: passed over with all that is in it",
                ])
        }
    }

    @Test("Files and folders that are passed over are called out, each kind as what it is")
    func counted() async throws {
        try await withTemporaryDirectory { directory in
            for path in ["a.jpg", "#recycle/b.jpg", "x/c.jpg", ".d.jpg", "e.tmp"] { try directory.write("x", at: path) }
            try directory.write("x/", at: ".sluiceignore")
            let called = Mutex<[String]>([])
            for try await _ in Scanner(root: directory).chunks(onIgnored: { path, isDirectory in
                called.withLock { $0.append(path.text + (isDirectory ? "/" : "")) }
            }) {}
            #expect(called.withLock { $0.sorted() } == ["#recycle/", ".d.jpg", "e.tmp", "x/"])
        }
    }
}
