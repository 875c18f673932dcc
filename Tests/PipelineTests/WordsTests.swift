import Foundation
import Testing

@testable import Models
@testable import Pipeline
@testable import Schema

@Suite("Words for labels in YAML")
struct WordsTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("net.onnx", "not looked into")
        let model = "version: 1\nfile: net.onnx\ninput: { size: 8 }\n"
        try directory.write("clip.yaml", model + "output: embedding\n")
        try directory.write("things.yaml", model + "output: { logits: a, embedding: b }\n")
        try directory.write("boxes.yaml", model + "output: yolo\n")
        try directory.write("words.safetensors", Self.file())
    }

    /// Only the header is looked at here.
    private static func file(
        _ metadata: [String: String] = ["labels": "a cat\na dog"], shape: String = "[2,3]", tensor: String = "words"
    ) -> [UInt8] {
        let all = ["format": "sluice-words", "version": "1", "scale": "100.0"].merging(metadata) { $1 }
        let words = String(decoding: (try? JSONEncoder().encode(all)) ?? Data(), as: UTF8.self)
        return file(
            header:
                "{\"__metadata__\":\(words),\"\(tensor)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[0,24]}}"
        )
    }

    private static func file(header: String) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
            + Array(repeating: 0, count: 24)
    }

    private func load(_ stage: String) throws -> Classify? {
        let pipeline = try PipelineLoader.load(
            yaml: "version: 1\nstages:\n  - classify: \(stage)\n", file: "web.yaml", name: "web",
            directory: directory.path, digest: { "digest of \($0.split(separator: "/").last ?? "")" })
        return pipeline.stages.first?.classify
    }

    private func messages(_ stage: String) -> [String] {
        faults { _ = try load(stage) }.map { $0.replacing("web.yaml:3:", with: "") }
    }

    @Test("the network that only describes gets the words' labels, and the file goes to the workers")
    func model() throws {
        let found = try #require(try load("{ model: clip.yaml, words: words.safetensors, scale: 20 }"))
        #expect(found.name == "clip" && found.model.labels == ["a cat", "a dog"] && found.model.words?.scale == 20)
        #expect(found.model.classifies && found.model.classifier?.digest == "digest of words.safetensors")
        #expect(found.model.filePaths == ["net.onnx", "words.safetensors"].map { "\(directory.path)/\($0)" })
        #expect(try JSONDecoder().decode(Classify.self, from: JSONEncoder().encode(found)) == found)
        // Other words, or another scale, are another pipeline; another place is not.
        let plain = try #require(try load("{ model: clip.yaml, words: words.safetensors }"))
        #expect(plain.model.words == .init() && plain.model.withoutPath != found.model.withoutPath)
        try directory.write("elsewhere/words.safetensors", Self.file())
        let other = try load("{ model: clip.yaml, words: elsewhere/words.safetensors }")
        #expect(other?.model != plain.model && other?.model.withoutPath == plain.model.withoutPath)
    }

    @Test("words need a network that describes, and has no labels of its own")
    func models() {
        let own = "this model has labels of its own; words need one whose output is an embedding only"
        for model in ["kind", "things.yaml"] {
            let told = messages("{ model: \(model), words: words.safetensors }")
            #expect(told.count == 1 && told[0].hasSuffix("classify.words: cannot be used: \(own)"), "\(told)")
        }
        #expect(
            messages("{ model: boxes.yaml, words: words.safetensors }") == [
                "36: stages[0].classify.words: cannot be used: this model has no embedding (output: embedding)"
            ])
        #expect(
            messages("{ model: kind, scale: 100 }") == ["30: stages[0].classify.scale: is for 'words' only"])
        #expect(
            messages("{ model: clip.yaml, words: words.safetensors, scale: 0 }") == [
                "68: stages[0].classify.scale: '0' is not a number from 0.001 to 10000"
            ])
        #expect(messages("clip.yaml").first?.hasSuffix("or give it 'words'") == nil)
        #expect(messages("{ model: clip.yaml }").first?.hasSuffix("or give it 'words'") == true)
    }

    @Test("a condition goes by the words' labels")
    func conditions() throws {
        func load(_ label: String) throws {
            _ = try PipelineLoader.load(
                yaml: """
                    version: 1
                    stages:
                      - classify: { model: clip.yaml, words: words.safetensors }
                      - grayscale: { when: clip.label == '\(label)' }
                    renditions: { a: { format: png } }
                    """, file: "web.yaml", name: "web", directory: directory.path, digest: { _ in "abc" })
        }
        try load("a dog")
        let told = faults { try load("a dgo") }
        #expect(told.count == 1 && told[0].contains("did you mean 'a dog'?"), "\(told)")
    }

    @Test("what is no file of words is told for what it is")
    func malformed() throws {
        func told(_ bytes: [UInt8]) throws -> String {
            try directory.write("bad.safetensors", bytes)
            let all = messages("{ model: clip.yaml, words: bad.safetensors }")
            #expect(all.count == 1, "\(all)")
            return (all.first ?? "").replacing("42: stages[0].classify.words: 'bad.safetensors' ", with: "")
        }
        let none = "is not a safetensors file, or cut off"
        #expect(try told([]) == none)
        #expect(try told(Array("cat dog horse cow".utf8)) == none)
        #expect(try told(Array(Self.file().prefix(60))) == none)
        #expect(try told(Self.file(header: "{]")) == "has no header of a safetensors file with words")
        #expect(
            try told(Self.file(header: "{\"__metadata__\":{\"labels\":[\"a\"]}}"))
                == "has no header of a safetensors file with words")
        let format = "is not a file of words for labels (make one with make-words.py)"
        #expect(try told(Self.file(header: "{}")) == format)
        #expect(try told(Self.file(["format": "sluice-linear-classifier"])) == format)
        #expect(try told(Self.file(["version": "2"])) == "was made for another version of Sluice; make it again")
        #expect(try told(Self.file([:])) == "names no labels")
        #expect(try told(Self.file(["labels": "a\n"])) == "has no name for label 2")
        #expect(try told(Self.file(["labels": "a\na"])) == "has label 'a' twice")
        #expect(try told(Self.file(["labels": "a\nb", "scale": "-1"])) == "says no usable scale ('-1')")
        #expect(try told(Self.file(["labels": "a\nb", "scale": "nan"])) == "says no usable scale ('nan')")
        #expect(try told(Self.file(["labels": "a\nb\nc"])) == "has 3 labels, but its 'words' are 2 x 3")
        #expect(try told(Self.file(shape: "[6]")) == "has 2 labels, but its 'words' are 6")
        #expect(try told(Self.file(shape: "[2,0]")) == "has 2 labels, but its 'words' are 2 x 0")
        #expect(try told(Self.file(tensor: "weights")) == "has 2 labels, but its 'words' are missing")
        let many = (0...10_000).map { "label \($0)" }.joined(separator: "\n")
        #expect(try told(Self.file(["labels": many])) == "has 10001 labels; at most 10000 are possible")
        let absent = messages("{ model: clip.yaml, words: none.safetensors }")
        #expect(absent.count == 1 && absent[0].contains("'none.safetensors': no such file"), "\(absent)")
    }
}
