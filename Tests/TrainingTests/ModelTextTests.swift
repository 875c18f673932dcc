import Testing

@testable import Models
@testable import Training

@Suite("Descriptions of trained models")
struct ModelTextTests {
    @Test("A backbone's description is carried over, and what is odd in names is quoted")
    func backbone() throws {
        var backbone = ModelDescription(file: "../nets/a \"b\"\\c\n.onnx")
        backbone.digest = String(repeating: "ab", count: 32)
        backbone.input.name = "data"
        (backbone.input.width, backbone.input.height) = (224, 192)
        backbone.input.crop = 0.875
        backbone.input.mean = [103.94, 116.78, 0.00001]
        backbone.outputs.embedding = "pool: 5"
        backbone.outputs.logits = "logits"
        let yaml = ModelText(
            description: "x: y", backbone: backbone, classifier: "m.safetensors", labels: "m.labels.txt", unknown: 0.35
        ).yaml
        #expect(yaml.hasPrefix(ModelText.mark + "\nversion: 1\n"))
        #expect(yaml.contains(#"file: "../nets/a \"b\"\\c\n.onnx""#))
        #expect(yaml.contains("  size: 224x192\n") && yaml.contains("  mean: [103.94, 116.78, 0.000010000]\n"))
        #expect(yaml.contains("output: { embedding: \"pool: 5\" }\n") && !yaml.contains("logits"))
        #expect(yaml.contains("unknown: 0.35\n") && yaml.contains("  crop: 0.875\n"))
    }

    @Test("Without a backbone it is the built-in descriptor")
    func descriptor() {
        let yaml = ModelText(
            description: "d", backbone: nil, classifier: "m.safetensors", labels: "m.labels.txt", unknown: nil
        ).yaml
        #expect(yaml.contains("features: descriptor\n") && !yaml.contains("unknown") && !yaml.contains("file:"))
    }
}
