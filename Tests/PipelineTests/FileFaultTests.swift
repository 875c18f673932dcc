import Glibc
import Testing

@testable import Pipeline
@testable import Schema

@Suite("Files that are no configuration")
struct FileFaultTests {
    private func messages(_ path: String, in directory: TemporaryDirectory) -> [String] {
        faults { _ = try PipelineLoader.load(path: path, digest: { _ in "" }) }
            .map { $0.replacing(directory.path, with: "DIR") }
    }

    @Test("a file that is not there, a directory and a FIFO are named")
    func notFiles() throws {
        let directory = try TemporaryDirectory()
        #expect(messages("\(directory.path)/a.yaml", in: directory) == ["DIR/a.yaml: no such file"])
        #expect(messages(directory.path, in: directory) == ["DIR: is a directory; a YAML file is needed"])
        #expect(mkfifo("\(directory.path)/fifo", 0o600) == 0)
        #expect(
            messages("\(directory.path)/fifo", in: directory) == [
                "DIR/fifo: is not a regular file; a YAML file is needed"
            ]
        )
    }

    @Test("a file over 1 MiB is refused unread")
    func tooLarge() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.yaml", [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1))
        #expect(
            messages(path, in: directory) == ["DIR/a.yaml: is larger than 1 MiB, too large for a configuration"])
    }

    @Test("bytes that are not UTF-8 are placed")
    func notUTF8() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.yaml", Array("version: 1\ndescription: ü".utf8) + [0xFC, 0x0A])
        #expect(messages(path, in: directory) == ["DIR/a.yaml:2:15: not UTF-8; save the file as UTF-8"])
    }

    @Test("a byte order mark is no part of the first key")
    func byteOrderMark() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "a.yaml", [0xEF, 0xBB, 0xBF] + Array("version: 1\nrenditions: { a: { format: png } }".utf8))
        #expect(messages(path, in: directory) == [])
    }

    /// Texts that nest; named, as the texts are long.
    private static let nests: [String: String] = [
        "lists": String(repeating: "[", count: 500_000),
        "maps": String(repeating: "{a: ", count: 100_000),
        "dashes": String(repeating: "- ", count: 300_000),
        "indents": (0..<700).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        "whole": "a: " + String(repeating: "[", count: 60) + String(repeating: "]", count: 60),
        "hidden by a quote": "- 'it''s\n- \"" + String(repeating: "[", count: 2000) + "\n- '\n- "
            + String(repeating: "[", count: 2000),
        "in a plain scalar": "a: it's '\nb: don't '" + String(repeating: "[", count: 2000) + "\nc: "
            + String(repeating: "[", count: 300_000),
    ]

    @Test("nesting without end is a fault, not a crash", arguments: nests.keys.sorted())
    func deep(name: String) throws {
        let yaml = try #require(Self.nests[name])
        let messages = faults {
            _ = try PipelineLoader.load(yaml: yaml, file: "a.yaml", name: "a", digest: { _ in "" })
        }
        #expect(messages.count == 1)
    }

    @Test("a bomb as a key ends soon")
    func keyBomb() {
        var yaml = "a0: &a0 [x, x, x]\n"
        for level in 1...9 { yaml += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        yaml += "? *a9\n: 1\n? *a9\n: 2\n"
        let messages = faults {
            _ = try PipelineLoader.load(yaml: yaml, file: "a.yaml", name: "a", digest: { _ in "" })
        }
        #expect(messages.count == 1)
    }

    @Test("a configuration is told from a pipeline by its keys")
    func kinds() {
        #expect(YAMLKind.guess(yaml: "version: 1\ninboxes:\n  a: {}\n") == .configuration)
        #expect(YAMLKind.guess(yaml: "version: 1\nrenditions:\n  inbox: { format: png }\n") == .pipeline)
        #expect(YAMLKind.guess(path: "/nowhere/x.yaml") == .pipeline)
    }
}
