import Foundation
import Testing

@testable import Configuration
@testable import Models
@testable import Schema

@Suite("Descriptions of models")
struct ModelDescriptionTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("net.onnx", "not looked into")
        try directory.write("labels.txt", "cat\r\ndog\n\n")
    }

    private func load(_ yaml: String) throws -> ModelDescription {
        try ModelLoader.load(yaml: yaml, file: "model.yaml", directory: directory.path, digest: { _ in "abc" })
    }

    @Test(
        "a bad description gets exactly these messages",
        arguments: FaultCase.models + FaultCase.classifiers + FaultCase.detectors)
    func faultsOfModels(bad: FaultCase) throws {
        let file = "\(directory.path)/net.onnx"
        let messages = faults {
            _ = try ModelLoader.load(
                yaml: bad.yaml.replacing("FILE", with: file), file: "model.yaml", directory: "/nowhere",
                digest: { _ in "abc" })
        }
        #expect(messages.map { $0.replacing(file, with: "FILE") } == bad.messages)
    }

    @Test("a classifier with everything")
    func classifier() throws {
        let digest = String(repeating: "0a", count: 32)
        let yaml = """
            version: 1
            description: small and quick
            file: net.onnx
            digest: \(digest.uppercased())
            input:
              name: data
              size: 320x240
              fit: pad
              channels: bgr
              layout: nhwc
              mean: [103.939, 116.779, 123.68]
              divide: 2
            output: { logits: out, embedding: features }
            labels: labels.txt
            """
        let model = try ModelLoader.load(
            yaml: yaml, file: "model.yaml", directory: directory.path, digest: { _ in digest })
        #expect(model.description == "small and quick" && model.digest == digest)
        #expect(model.input.name == "data" && model.input.width == 320 && model.input.height == 240)
        #expect(model.input.fit == .pad && model.input.channels == .bgr && model.input.layout == .nhwc)
        #expect((0..<3).map(model.input.mean(of:)) == [103.939, 116.779, 123.68])
        #expect((0..<3).map(model.divide(of:)) == [2, 2, 2])
        #expect(model.outputs.logits == "out" && model.outputs.embedding == "features" && model.outputs.clean == nil)
        #expect(model.classifies && !model.denoises && model.labels == ["cat", "dog"])
        // To a worker and back.
        let sent = try JSONDecoder().decode(ModelDescription.self, from: JSONEncoder().encode(model))
        #expect(sent == model)
    }

    @Test("what a description leaves out")
    func defaults() throws {
        let model = try load("version: 1\nfile: net.onnx\noutput: clean\nsigma: level\n")
        #expect(model.file == "\(directory.path)/net.onnx")
        #expect(model.digest == "abc" && model.bytes == 15)
        #expect(model.outputs.clean == "" && model.denoises && !model.classifies)
        #expect(model.sigma == .init(name: "level", form: .scalar, divide: 255))
        #expect(model.tile == 256 && model.overlap == 16)
        #expect(model.input.channels == .rgb && model.input.layout == nil && model.layout == .nchw)
        #expect(model.input.mean(of: 2) == 0 && model.divide(of: 2) == 255)
    }

    @Test("a detector's outputs by the kind alone, and by their names")
    func detectors() throws {
        func detector(_ output: String, _ rest: String = "") throws -> ModelDescription {
            try load("version: 1\nfile: net.onnx\ninput: { size: 640, fit: pad, pad: 114 }\noutput: \(output)\n\(rest)")
        }
        let yolo = try detector("yolo", "labels: labels.txt\n")
        #expect(yolo.detector == .init(.yolo, names: [""]) && yolo.detects && !yolo.classifies)
        #expect(yolo.input.pad == 114 && yolo.mostOverlap == 0.45 && yolo.boxLabels == ["cat", "dog"])
        #expect(try detector("{ yolov5: output0, embedding: e }").detector == .init(.yolov5, names: ["output0"]))
        #expect(try detector("yolov10").mostOverlap == 1)
        let faces = try detector("yunet", "nms: 0.4\n")
        #expect(faces.detector?.names.prefix(4) == ["cls_8", "cls_16", "cls_32", "obj_8"] && faces.mostOverlap == 0.4)
        #expect(faces.detector?.names.count == 9 && faces.boxLabels == ["face"])
        #expect(try detector("centerface").detector?.names == ["537", "538", "539"])
        #expect(try detector("{ centerface: [a, b, c] }").detector == .init(.centerface, names: ["a", "b", "c"]))
        // To a worker and back; and what has none is written as before there were any.
        #expect(try JSONDecoder().decode(ModelDescription.self, from: JSONEncoder().encode(faces)) == faces)
        let plain = String(decoding: try JSONEncoder().encode(ModelDescription(file: "a")), as: UTF8.self)
        #expect(["detector", "nms", "pad\"", "words"].allSatisfy { !plain.contains($0) }, "\(plain)")
    }

    @Test("what was found out on this machine decides no result")
    func found() throws {
        for digest in ["", "abc"] {
            var model = ModelDescription(file: "/net.onnx")
            model.digest = digest
            let before = model.withoutPath
            model.memory = .init(kept: 1, peak: 2)
            model.graph = .init(width: 8, height: 8, layout: .nchw, takesWholeNumbers: true)
            #expect(model.withoutPath == before)
        }
    }

    @Test("labels are lines, of whichever system")
    func labels() throws {
        let yaml = "version: 1\nfile: net.onnx\ninput: { size: 8 }\noutput: logits\nlabels: labels.txt\n"
        #expect(try load(yaml).labels == ["cat", "dog"])
        try directory.write("labels.txt", "cat\n\ndog\n")
        #expect(faults { _ = try load(yaml) } == ["model.yaml:5:9: labels: 'labels.txt' has no label on line 2"])
        try directory.write("labels.txt", "\n")
        #expect(
            faults { _ = try load(yaml) }
                == ["model.yaml:5:9: labels: 'labels.txt' is empty; one label per line is needed"])
        try directory.write("labels.txt", [0x61, 0x0A, 0xFF])
        #expect(
            faults { _ = try load(yaml) }
                == ["model.yaml:5:9: labels: 'labels.txt': line 2: not UTF-8; save the file as UTF-8"])
    }

    @Test("a stage's model is a description, and its faults are told as its own")
    func ofAStage() throws {
        let shape = Shape<ModelDescription>.denoiser
        func read(_ value: String) throws -> ModelDescription {
            let root = try YAMLDocument.parse(value, file: "web.yaml")
            let reading = Reading(file: "web.yaml", directory: directory.path, digest: { _ in "abc" })
            return try reading.reading(shape, root)
        }
        try directory.write("good.yaml", "version: 1\nfile: net.onnx\noutput: clean\n")
        try directory.write("bad.yaml", "version: 1\nfile: net.onnx\noutput: claen\n")
        try directory.write("other.yaml", "version: 1\nfile: net.onnx\ninput: { size: 8 }\noutput: logits\n")
        #expect(try read("good.yaml").file == "\(directory.path)/net.onnx")
        let place = directory.path
        #expect(
            faults { _ = try read("bad.yaml") } == [
                "web.yaml:1:1: 'bad.yaml' has 1 fault, listed below",
                "\(place)/bad.yaml:3:9: output: 'claen' is not one of logits, probabilities, embedding, clean, "
                    + "residual, yolo, yolov5, yolov10, yunet, centerface; did you mean 'clean'?",
            ])
        #expect(
            faults { _ = try read("other.yaml") } == [
                "web.yaml:1:1: 'other.yaml' is not a model that denoises (its output is neither clean nor residual)"
            ])
        #expect(
            faults { _ = try read("net.onnx") } == [
                "web.yaml:1:1: 'net.onnx' is the network itself; give the YAML file that describes it"
            ])
        #expect(faults { _ = try read("none.yaml") } == ["web.yaml:1:1: 'none.yaml': no such file"])
    }

    @Test("the model's place is no part of what determines results")
    func canonical() throws {
        var first = try load("version: 1\ndescription: one\nfile: net.onnx\noutput: clean\n")
        var second = first
        second.file = "/elsewhere/net.onnx"
        second.description = nil
        #expect(first != second && first.withoutPath == second.withoutPath)
        second.tile = 128
        #expect(first.withoutPath != second.withoutPath)
        first.digest = "def"
        second.tile = first.tile
        #expect(first.withoutPath != second.withoutPath)
    }

    @Test("a description is told from the other files by its keys")
    func kinds() {
        #expect(YAMLKind.guess(yaml: "version: 1\nfile: a.onnx\noutput: clean\n") == .model)
        #expect(YAMLKind.guess(yaml: "version: 1\noutput: clean\ninput: { size: 8 }\n") == .model)
        #expect(YAMLKind.guess(yaml: "version: 1\noutput: { name: a }\nrenditions: {}\n") == .pipeline)
        #expect(YAMLKind.guess(yaml: "version: 1\noutbox: a\ninboxes: {}\n") == .configuration)
    }

    @Test("its schema knows exactly the keys that are read")
    func schema() throws {
        let data = Data(SchemaDocument.model.text.utf8)
        let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let properties = try #require(schema["properties"] as? [String: Any])
        #expect(
            Set(properties.keys) == [
                "version", "description", "file", "digest", "input", "output", "labels", "sigma", "tile", "overlap",
                "features", "classifier", "unknown", "priors", "weights", "nms",
            ])
        #expect(schema["additionalProperties"] as? Bool == false)
        #expect(Set(try #require(schema["required"] as? [String])) == ["version"])
    }
}
