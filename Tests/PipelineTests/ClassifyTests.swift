import Foundation
import Testing

@testable import Models
@testable import Pipeline
@testable import Schema

@Suite("Classify in YAML")
struct ClassifyTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("net.onnx", "not looked into")
        try directory.write("labels.txt", "cat\ndog\n")
        try directory.write("head.safetensors", "not looked into")
        let model = "version: 1\nfile: net.onnx\ninput: { size: 8 }\n"
        try directory.write("Plants v2.yaml", model + "output: logits\nlabels: labels.txt\n")
        try directory.write("7days.yaml", model + "output: { logits: a, embedding: b }\n")
        try directory.write("words.yaml", model + "output: embedding\n")
        try directory.write("clean.yaml", "version: 1\nfile: net.onnx\noutput: clean\n")
    }

    private func load(_ stages: String, rest: String = "renditions: { a: { format: png } }\n") throws -> Pipeline {
        try PipelineLoader.load(
            yaml: "version: 1\nstages:\n\(stages)\(rest)", file: "web.yaml", name: "web", directory: directory.path,
            digest: { _ in "abc" })
    }

    private func messages(_ stages: String, rest: String = "renditions: { a: { format: png } }\n") -> [String] {
        faults { _ = try load(stages, rest: rest) }.map { $0.replacing(directory.path, with: "DIR") }
    }

    private func classify(_ stages: String) throws -> Classify? {
        guard case .classify(let classify)? = try load(stages).stages.first else { return nil }
        return classify
    }

    @Test("one word is the model; its name is that of the file, as far as conditions bear it")
    func names() throws {
        #expect(try classify("  - classify: kind\n")?.name == "kind")
        let plants = try #require(try classify("  - classify: Plants v2.yaml\n"))
        #expect(plants.name == "Plants_v2" && plants.top == 5 && plants.threshold == 0.2 && !plants.embedding)
        #expect(plants.model.labels == ["cat", "dog"] && plants.model.digest == "abc")
        #expect(try classify("  - classify: 7days.yaml\n")?.name == "_7days")
        #expect(try classify("  - classify: \(directory.path)/7days.yaml\n")?.name == "_7days")
        let all = "  - classify: { name: b_1, model: Plants v2.yaml, top: 1, threshold: 0, embedding: false }\n"
        let given = try #require(try classify(all))
        #expect(given.name == "b_1" && given.top == 1 && given.threshold == 0)
        // To a worker and back, and as YAML.
        #expect(try JSONDecoder().decode(Classify.self, from: JSONEncoder().encode(given)) == given)
    }

    @Test("slips are told, each once, where they stand")
    func slips() {
        #expect(
            messages("  - classify: { model: kind, name: 1st, top: 0, threshold: 1.5, embedding: maybe, topp: 3 }\n")
                == [
                    "web.yaml:3:36: stages[0].classify.name: '1st' is not a name of letters, digits and _ that does not "
                        + "begin with a digit",
                    "web.yaml:3:46: stages[0].classify.top: '0' is not a whole number from 1 to 1000",
                    "web.yaml:3:60: stages[0].classify.threshold: '1.5' is not a number from 0 to 1",
                    "web.yaml:3:76: stages[0].classify.embedding: 'maybe' is not true or false",
                    "web.yaml:3:83: stages[0].classify.topp: unknown key; did you mean 'top'?",
                ])
        #expect(
            messages("  - classify: { name: a b }\n") == [
                "web.yaml:3:15: stages[0].classify: key 'model' is missing (the path of a model's description "
                    + "(a YAML file))",
                "web.yaml:3:23: stages[0].classify.name: 'a b' is not a name of letters, digits and _ that does not "
                    + "begin with a digit",
            ])
        let none = "is not a model that classifies (its output is neither logits nor probabilities)"
        #expect(messages("  - classify: clean.yaml\n") == ["web.yaml:3:15: stages[0].classify: 'clean.yaml' \(none)"])
        #expect(
            messages("  - classify: { model: clean.yaml }\n") == [
                "web.yaml:3:24: stages[0].classify.model: 'clean.yaml' \(none)"
            ])
        #expect(messages("  - classify: kin\n") == ["web.yaml:3:15: stages[0].classify: 'kin': no such file"])
        #expect(
            messages("  - classify: net.onnx\n") == [
                "web.yaml:3:15: stages[0].classify: 'net.onnx' is the network itself; give the YAML file that describes it"
            ])
    }

    @Test("a model that only describes has to be asked for that, and no other may be")
    func embeddings() {
        #expect(messages("  - classify: { model: words.yaml, embedding: true }\n").isEmpty)
        #expect(messages("  - classify: { model: kind, embedding: true }\n").isEmpty)
        let only = messages("  - classify: { model: words.yaml }\n")
        #expect(only.count == 1 && only.first?.contains("this model outputs only an embedding") == true, "\(only)")
        let none = messages("  - classify: { model: Plants v2.yaml, embedding: true }\n")
        #expect(
            none.count == 1 && none.first?.contains("is not available: this model has no embedding") == true, "\(none)")
    }

    @Test("names are each for one stage, wherever it stands")
    func twice() {
        let both = messages("  - classify: kind\n  - classify: { model: Plants v2.yaml, name: kind }\n")
        #expect(both.count == 1 && both.first?.contains("kind") == true, "\(both)")
        #expect(messages("  - classify: kind\n  - classify: { model: kind, name: other }\n").isEmpty)
    }

    @Test("renditions may be left out where something classifies, and only there")
    func taggers() {
        #expect(messages("  - classify: kind\n", rest: "").isEmpty)
        #expect(messages("  - sharpen:\n", rest: "").count == 1)
    }

    @Test("the built-in model is the file that its digest is of, and has its labels")
    func builtIn() throws {
        let kind = try #require(ModelDescription.builtIn("kind"))
        #expect(ModelDescription.builtIn("Kind") == nil)
        #expect(kind.classifies && kind.describes && !kind.hasNetwork && kind.filePaths.isEmpty)
        let bytes = try #require(ModelDescription.builtInClassifier(digest: ModelDescription.kindDigest))
        #expect(kind.classifier?.bytes == UInt64(bytes.count) && kind.labels.count == 5)
        #expect(ModelDescription.builtInClassifier(digest: "") == nil)
        // The whole pipeline is another one where the model is.
        var other = kind
        other.classifier?.digest = "0"
        #expect(other.withoutPath != kind.withoutPath)
    }
}
