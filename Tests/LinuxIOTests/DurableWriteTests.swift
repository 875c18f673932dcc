import Glibc
import Testing

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

    @Test("Temporary names fit into 255 bytes, are hidden and differ", arguments: [1, 200, 255])
    func temporaryNames(length: Int) {
        let name = [UInt8](repeating: 0x61, count: length)
        let temporary = temporaryName(for: name)
        #expect(temporary.count <= 255)
        #expect(temporary.first == UInt8(ascii: "."))
        #expect(temporary != temporaryName(for: name))
    }

    @Test("SHA-256 gives the standard's answers")
    func digests() {
        #expect(sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(sha256(.init(text: "abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
