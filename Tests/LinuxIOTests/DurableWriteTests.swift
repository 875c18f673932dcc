import Glibc
import Testing
import Text

@testable import LinuxIO

@Suite("Durable writes and copies")
struct DurableWriteTests {
    @Test("A written file holds its bytes and leaves no temporary", arguments: [0, 1, 300_000])
    func writes(count: Int) throws {
        try withTemporaryDirectory { directory in
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            try writeDurably(bytes, to: directory, name: .init(text: "file"), replacing: false)
            #expect(try directory.list().map(\.name) == [.init(text: "file")])
            let read = try sha256(of: directory.openFile(.init(text: "file")))
            #expect(read.bytes == UInt64(count))
            #expect(read.digest == sha256(bytes))
        }
    }

    @Test("A taken name is refused, its file untouched, no temporary left")
    func refusesTaken() throws {
        try withTemporaryDirectory { directory in
            try directory.write("first", at: "file")
            let error = #expect(throws: SystemCallError.self) {
                try writeDurably([1], to: directory, name: .init(text: "file"), replacing: false)
            }
            #expect(error?.errno == EEXIST)
            #expect(try directory.text(at: "file") == "first")
            #expect(try directory.list().count == 1)
        }
    }

    @Test("A copy has the content, the permissions and the time of its source")
    func copies() throws {
        try withTemporaryDirectory { directory in
            let target = try directory.openDirectory(.init(text: "target"), create: true)
            try writeDurably(
                [UInt8](repeating: 7, count: 200_001), to: directory, name: .init(text: "source"), replacing: false)
            #expect(chmod(directory.path + "/source", 0o640) == 0)
            let source = try directory.openFile(.init(text: "source"))
            let digest = try copyDurably(source, to: target, name: .init(text: "copy"), replacing: false)
            #expect(try digest == sha256(of: source).digest)
            let (before, after) = try (FileStatus.of(source), target.stat(.init(text: "copy")))
            #expect(after?.mtime == before.mtime)
            #expect(after?.mode == before.mode)
            #expect(try target.list().count == 1)
        }
    }

    @Test("A copy that is no longer wanted ends between two pieces, and leaves nothing", arguments: [0, 2, 5])
    func cancelledCopy(after pieces: Int) throws {
        try withTemporaryDirectory { directory in
            let target = try directory.openDirectory(.init(text: "target"), create: true)
            try writeDurably(
                [UInt8](repeating: 7, count: 400_000), to: directory, name: .init(text: "source"), replacing: false)
            let source = try directory.openFile(.init(text: "source"))
            var asked = 0
            #expect(throws: CancellationError.self) {
                // Four pieces are copied, then as many are read back.
                try copyDurably(source, to: target, name: .init(text: "copy"), replacing: false) {
                    asked += 1
                    return asked > pieces
                }
            }
            #expect(try asked == pieces + 1 && target.list().isEmpty)
        }
    }

    @Test("Temporary names fit into 255 bytes, are hidden and differ", arguments: [1, 200, 255])
    func temporaryNames(length: Int) {
        let name = [UInt8](repeating: 0x61, count: length)
        let temporary = temporaryName(for: name)
        #expect(temporary.count <= 255)
        #expect(temporary.first == UInt8(ascii: "."))
        #expect(temporary != temporaryName(for: name))
    }

    @Test("What is inside a temporary name can be led back to its own", arguments: [1, 200, 230])
    func namesBehind(length: Int) {
        let name = [UInt8](repeating: 0x61, count: length)
        #expect(nameBehind(temporary: temporaryName(for: name)) == name)
        for other in [
            ".a.sluice-0123", "a.sluice-0123456789abcdef", ".sluice-0123456789abcdef", ".a.sluice-0123456789ABCDEF",
        ] {
            #expect(nameBehind(temporary: Array(other.utf8)) == nil, "\(other)")
        }
    }

    @Test("A number goes before the extension, and into 255 bytes")
    func numbers() {
        for (name, expected) in [("a.jpg", "a~3.jpg"), ("a", "a~3"), (".a", ".a~3"), ("a.b.c", "a.b~3.c")] {
            #expect(numberedName(Array(name.utf8), 3) == Array(expected.utf8))
        }
        let long = [UInt8](repeating: 0x61, count: 251) + Array(".jpg".utf8)
        #expect(numberedName(long, 1) == long)
        #expect(numberedName(long, 10) == long.prefix(248) + Array("~10.jpg".utf8))
        let extensionOnly = Array("a.".utf8) + [UInt8](repeating: 0x62, count: 253)
        #expect(numberedName(extensionOnly, 2) == extensionOnly.prefix(253) + Array("~2".utf8))
    }

    @Test("A copy keeps holes, replaces what a crash left, and takes times that no clock shows")
    func sparse() throws {
        try withTemporaryDirectory { directory in
            let target = try directory.openDirectory(.init(text: "target"), create: true)
            let source = try directory.createFile(.init(text: "source"))
            #expect(ftruncate(source.number, 64 << 20) == 0)
            #expect(pwrite(source.number, [7, 8, 9], 3, 32 << 20) == 3)
            let times = [timespec(tv_sec: -5, tv_nsec: 1), timespec(tv_sec: -5, tv_nsec: 1)]
            #expect(futimens(source.number, times) == 0)
            try target.write("half", at: ".left")
            let digest = try copyDurably(
                source, to: target, name: .init(text: "copy"), temporary: .init(text: ".left"), replacing: false)
            #expect(try digest == sha256(of: source).digest)
            #expect(try target.list().map(\.name) == [.init(text: "copy")])
            var status = stat()
            #expect(stat(directory.path + "/target/copy", &status) == 0)
            #expect(status.st_size == 64 << 20 && status.st_blocks * 512 < 4 << 20)
            #expect(status.st_mtim.tv_sec == -5)
        }
    }

    @Test("Times of any year are states like others", arguments: [-1 << 40, -1, 1 << 34, 1 << 40])
    func years(seconds: Int) throws {
        try withTemporaryDirectory { directory in
            try directory.write("x", at: "a")
            let times = [timespec(tv_sec: seconds, tv_nsec: 7), timespec(tv_sec: seconds, tv_nsec: 7)]
            _ = utimensat(AT_FDCWD, directory.path + "/a", times, 0)
            let status = try #require(try directory.stat(.init(text: "a")))
            #expect(try FileStatus.of(directory.openFile(.init(text: "a"))) == status)
        }
    }

    @Test("Names in messages stay on one line and can be led back")
    func shownNames() {
        #expect(escaped(Array("a\nb\\c\u{85}é\u{2028}".utf8) + [0xFF]) == #"a\x0ab\x5cc\xc2\x85é\xe2\x80\xa8\xff"#)
    }

    @Test("SHA-256 gives the standard's answers")
    func digests() {
        #expect(sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(sha256(.init(text: "abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
