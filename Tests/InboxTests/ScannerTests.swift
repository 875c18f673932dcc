import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Inbox

@Suite("Scans")
struct ScannerTests {
    private func entries(_ scanner: Scanner, below path: RelativePath? = nil) -> [ScanEntry] {
        var walk = scanner.walk(below: path)
        var entries: [ScanEntry] = []
        while let entry = walk.next() { entries.append(entry) }
        return entries
    }

    private func files(_ entries: [ScanEntry]) -> [[UInt8]] {
        entries.compactMap { if case .file(let path, _) = $0 { path.bytes } else { nil } }
    }

    @Test("Files come in the order of their paths; ignored and excluded ones do not come")
    func order() async throws {
        try await withTemporaryDirectory { directory in
            for path in ["b/c", "b.jpg", "a", "b/a/x", "z", "b0", ".hidden/x", "@eaDir/t.jpg", "out/a.jpg", "x.tmp"] {
                try directory.write("x", at: path)
            }
            let excluded = try #require(RelativePath("out"))
            let scanner = Scanner(root: directory, excluded: [excluded])
            let expected = ["a", "b.jpg", "b/a/x", "b/c", "b0", "z"]
            #expect(files(entries(scanner)) == expected.map { Array($0.utf8) })
            #expect(files(entries(scanner, below: RelativePath("b"))) == ["b/a/x", "b/c"].map { Array($0.utf8) })
        }
    }

    @Test("Names that are no text come as they are")
    func bytes() async throws {
        try await withTemporaryDirectory { directory in
            let names: [[UInt8]] = [
                Array("line\nbreak".utf8), [0xC3, 0x28, 0xFF], [UInt8](repeating: 0x78, count: 255),
            ]
            for name in names { _ = try directory.createFile(name) }
            #expect(files(entries(Scanner(root: directory))) == names.sorted { $0.lexicographicallyPrecedes($1) })
        }
    }

    @Test("A tree 1,500 deep is walked to its end, with the descriptors that a flat one takes")
    func deep() async throws {
        try await withTemporaryDirectory { directory in
            // Made without the durable kind of directory, which would sync 1,500 times.
            var deepest = directory
            for _ in 0..<1_500 {
                #expect(mkdirat(deepest.descriptor.number, "deep", 0o700) == 0)
                deepest = try deepest.openDirectory(Array("deep".utf8))
            }
            _ = try deepest.createFile(Array("file".utf8))
            let before = try openDescriptors()
            var walk = Scanner(root: directory).walk()
            var most = 0
            var found: [ScanEntry] = []
            while let entry = walk.next() {
                most = max(most, try openDescriptors())
                found.append(entry)
            }
            #expect(files(found).map(\.count) == [1_500 * 5 + 4])
            #expect(walk.isComplete)
            // Other tests run at the same time; a descriptor a level would be 1,500.
            #expect(most < before + 500)

            var shallow = Scanner(root: directory, maximumDepth: 3).walk()
            guard case .refused(let refusal) = shallow.next() else {
                Issue.record("a directory beyond the limit is refused")
                return
            }
            #expect(refusal.path.text == "deep/deep/deep/deep")
            #expect(refusal.error.code == .unreadable)
            #expect(shallow.next() == nil)
            #expect(!shallow.isComplete)
        }
    }

    @Test("Links and FIFOs are refused with a reason; a link to a directory is not entered")
    func refusals() async throws {
        try await withTemporaryDirectory { directory in
            try directory.write("x", at: "real/file")
            #expect(symlink("real", directory.path + "/directorylink") == 0)
            #expect(symlink("real/file", directory.path + "/filelink") == 0)
            #expect(mkfifo(directory.path + "/fifo", 0o600) == 0)
            let found = entries(Scanner(root: directory))
            let refused = found.compactMap { if case .refused(let refusal) = $0 { refusal } else { nil } }
            #expect(refused.map(\.path.text) == ["directorylink", "fifo", "filelink"])
            #expect(refused.allSatisfy { $0.error.code == .notARegularFile })
            #expect(refused.first?.error.message.contains("a symbolic link") == true)
            #expect(files(found) == [Array("real/file".utf8)])
        }
    }

    @Test("Chunks hold everything once, in order", arguments: [1, 7, 1_000])
    func chunks(size: Int) async throws {
        try await withTemporaryDirectory { directory in
            for number in 0..<100 { try directory.write("x", at: "d\(number % 10)/f\(number)") }
            let scanner = Scanner(root: directory)
            var all: [ScanEntry] = []
            for try await chunk in scanner.chunks(of: size) {
                #expect(chunk.count <= size)
                all += chunk
            }
            #expect(all == entries(scanner))
            #expect(all.count == 100)
        }
    }

    @Test("A large directory is read in passes, a small one once; all comes, in order, whatever fits into memory")
    func passes() async throws {
        try await withTemporaryDirectory { directory in
            for number in 0..<2_000 { _ = try directory.createFile(Array("f\(number * 7919 % 2_000)".utf8)) }
            let scanner = Scanner(root: directory)
            let all = entries(scanner)
            #expect(all.count == 2_000)
            // 5 bytes of a name and 8 more, 26 KB in all.
            for (memory, most) in [(1 << 20, 1), (16 << 10, 3), (4 << 10, 10)] {
                var walk = scanner.walk(.below(nil), WalkOptions(memory: memory))
                var found: [ScanEntry] = []
                while let entry = walk.next() { found.append(entry) }
                #expect(found == all)
                #expect(walk.listings <= most, "\(memory) bytes")
            }
        }
    }

    @Test("Directories whose names had to make room for those below them are read on where they were left")
    func evicted() async throws {
        try await withTemporaryDirectory { directory in
            for outer in 0..<30 {
                for inner in 0..<3 { try directory.write("x", at: "d\(outer)/e\(inner)/some-longer-name-\(inner)") }
                try directory.write("x", at: "d\(outer)/z-\(outer).tmp")
                try directory.write("x", at: "f\(outer)")
            }
            let scanner = Scanner(root: directory)
            let all = entries(scanner)
            #expect(all.count == 30 * 4)
            var ignored: [String] = []
            var options = WalkOptions(memory: 300)
            options.willIgnore = { path, _ in ignored.append(path.text) }
            var walk = scanner.walk(.below(nil), options)
            var found: [ScanEntry] = []
            while let entry = walk.next() { found.append(entry) }
            #expect(found == all)
            #expect(Set(ignored).count == 30)
            // 121 directories; by far not once for each name.
            #expect(walk.listings < 400)
        }
    }

    @Test("A walk may begin anywhere, there or not, and may leave regular files alone")
    func middle() async throws {
        try await withTemporaryDirectory { directory in
            for path in ["a/b/c", "a/b/d", "a/b.x", "a/c", "b", "c/d", "e"] { try directory.write("x", at: path) }
            #expect(symlink("a", directory.path + "/c/link") == 0)
            let scanner = Scanner(root: directory)
            let all = entries(scanner)
            for from in all.map(\.path.text) + ["0", "a/b/bb", "a/b/x/y", "c/a", "z", "b/x"] {
                var walk = scanner.walk(.from(try #require(RelativePath(from))), WalkOptions(memory: 200))
                var found: [String] = []
                while let entry = walk.next() { found.append(entry.path.text) }
                #expect(found == all.map(\.path.text).filter { $0 >= from }, "from \(from)")
            }
            var walk = scanner.walk(.below(nil), WalkOptions(refusalsOnly: true))
            #expect(walk.next()?.path.text == "c/link")
            #expect(walk.next() == nil)
        }
    }

    private func openDescriptors() throws -> Int { try Directory.open(path: "/proc/self/fd").list().count }
}
