import LinuxIO
import ModelMaker
import Testing
import WorkerProtocol

@testable import Check
@testable import Models
@testable import Schema

@Suite("sluice model new")
struct ModelNewTests {
    private typealias Port = ModelExamination.Port

    private func template(_ inputs: [Port], _ outputs: [Port], _ way: ModelTemplate.Preprocessing? = nil) -> String {
        ModelTemplate(file: "net.onnx", inputs: inputs, outputs: outputs, preprocessing: way).yaml
    }

    /// What a description says, without its files.
    private func read(_ yaml: String) throws -> ModelDescription {
        try ModelLoader.load(yaml: yaml, file: "net.yaml") { _ in "" }
    }

    private let planes = Port(name: "input", shape: [nil, 3, 224, 224])

    @Test("every way to put pictures to it gives a sound description", arguments: ModelTemplate.Preprocessing.allCases)
    func ways(_ way: ModelTemplate.Preprocessing) async throws {
        try await withScratch { scratch in
            try scratch.write(text: "x", to: "net.onnx")
            for input in [planes, Port(name: "input", shape: [1, 96, 96, 1], isInteger: true)] {
                let yaml = template([input], [Port(name: "logits", shape: [1, 10])], way)
                let model = try ModelLoader.load(yaml: yaml, file: "net.yaml", directory: scratch.path) { _ in "" }
                #expect(model.outputs.logits == "" && model.input.width == nil, "\(yaml)")
                #expect(model.input.channels == (input == planes ? .rgb : .grey))
                switch way {
                case .torchvision: #expect(model.input.crop == 0.875 && model.divide(of: 0) < 60)
                case .clip: #expect(model.input.crop == 1 && model.divide(of: 0) > 68)
                case .timm, .keras: #expect(model.input.mean == [127.5] && model.divide(of: 0) == 127.5)
                case .none: #expect(model.input.mean == [0] && model.divide(of: 0) == 1)
                }
            }
        }
    }

    @Test("outputs are told by their names and shapes")
    func outputs() {
        func output(_ ports: Port..., input: Port? = nil) -> String {
            let yaml = template([input ?? planes], ports)
            return yaml.split(separator: "\n").first { $0.hasPrefix("output:") }.map(String.init) ?? "unknown"
        }
        #expect(output(Port(name: "Identity:0", shape: [nil, 1000])) == "output: logits")
        #expect(output(Port(name: "softmax", shape: [1, 1000])) == "output: probabilities")
        #expect(output(Port(name: "image_embeds", shape: [1, 512])) == "output: embedding")
        #expect(
            output(Port(name: "embedding", shape: [1, 512]), Port(name: "logits", shape: [1, 1000]))
                == "output: { logits: logits }")
        #expect(output(Port(name: "output0", shape: [1, 84, 8400])) == "output: yolo")
        #expect(output(Port(name: "output0", shape: [nil, 22, nil])) == "output: yolo")
        #expect(output(Port(name: "output0", shape: [1, 300, 6])) == "output: yolov10")
        #expect(output(Port(name: "output", shape: [1, 25200, 85])) == "output: yolov5")
        #expect(output(Port(name: "clean", shape: planes.shape)) == "output: clean")
        #expect(
            output(Port(name: "boxes", shape: [1, 9, 4]), Port(name: "scores", shape: [1, 9, 2]))
                == "output: { boxes: boxes, scores: scores }")
        let faces = ["cls_8", "obj_8", "bbox_8", "kps_8"].map { Port(name: $0, shape: [1, 9, 1]) }
        #expect(template([planes], faces).contains("output: yunet"))
        // Nothing that it could be: all of them, for people to choose.
        let unknown = template([planes], [Port(name: "a", shape: [1, 2, 3, 4]), Port(name: "b", shape: [])])
        #expect(unknown.contains("# output: { logits: a }") && unknown.contains("# output: { logits: b }"))
        #expect(template([Port(name: "words", shape: [1, 77])], []).contains("None of them is a picture"))
    }

    @Test("names are quoted where YAML needs it")
    func names() {
        for name in ["a: b", "no", "#x", "é\"\\"] {
            let yaml = template([planes], [Port(name: name, shape: [1, 2]), Port(name: "z", shape: [1, 3, 4])])
            #expect(yaml.contains("output: { logits: \"") || yaml.contains("# output: { logits: \""), "\(yaml)")
        }
    }

    @Test("the program writes it beside the file, which 'check' then takes", .enabled(if: BuiltPrograms.hasEngine))
    func program() async throws {
        try await withScratch { scratch in
            try scratch.write(ModelMaker.classifier(labels: 3), to: "net.onnx")
            let first = try await sluice("model", "new", "\(scratch.path)/net.onnx")
            #expect(first.exitCode == 0 && first.output.contains("net.yaml: look at the lines with (?)"), "\(first)")
            let yaml = String(decoding: try scratch.read("net.yaml"), as: UTF8.self)
            #expect(yaml.contains("file: net.onnx\n") && yaml.contains("picture 1 x 3 x 8 x 8"))
            let checked = try await sluice("check", "\(scratch.path)/net.yaml")
            #expect(checked.exitCode == 0, "\(checked)")
            // What is there stays.
            let again = try await sluice("model", "new", "\(scratch.path)/net.onnx", "--as", "clip")
            #expect(again.exitCode == 73 && again.errors.contains("exists already"), "\(again)")
            #expect(String(decoding: try scratch.read("net.yaml"), as: UTF8.self) == yaml)
            let replaced = try await sluice("model", "new", "\(scratch.path)/net.onnx", "--as", "clip", "--overwrite")
            #expect(replaced.exitCode == 0)
            #expect(String(decoding: try scratch.read("net.yaml"), as: UTF8.self) != yaml)
            let printed = try await sluice("model", "new", "\(scratch.path)/net.onnx", "--out", "-")
            #expect(printed.output.contains("file: \(scratch.path)/net.onnx"), "\(printed)")
            for (file, exit, words) in [
                ("none.onnx", 66, "cannot be read"), ("net.yaml", 78, "or no ONNX file"),
            ] {
                let bad = try await sluice("model", "new", "\(scratch.path)/\(file)", "--out", "-")
                #expect(bad.exitCode == Int32(exit) && bad.errors.contains(words), "\(bad)")
            }
        }
    }
}
