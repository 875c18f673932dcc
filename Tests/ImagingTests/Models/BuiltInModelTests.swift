import Inference
import LinuxIO
import Testing

@testable import Models
@testable import Pictures
@testable import Schema

@Suite("Models that are built in")
struct BuiltInModelTests {
    @Test("kind is the file that its digest is of, and fits the descriptor and its labels")
    func kind() throws {
        let bytes = try #require(ModelDescription.builtInClassifier(digest: ModelDescription.kindDigest))
        #expect(sha256(bytes) == ModelDescription.kindDigest)
        let model = try #require(ModelDescription.builtIn("kind"))
        let classifier = try #require(try LinearClassifier.open(of: model, file: nil))
        #expect(classifier.labels == ModelDescription.kindLabels.count)
        #expect(classifier.features == descriptorLength)
        let tried = try OpenModel(model, network: nil, classifier: classifier).tryOut(
            descriptorLength: descriptorLength)
        #expect(tried == ["5 labels"])
    }

    @Test("a classifier for another descriptor is refused")
    func otherLength() throws {
        let model = try #require(ModelDescription.builtIn("kind"))
        let classifier = try #require(try LinearClassifier.open(of: model, file: nil))
        #expect(throws: InferenceError.self) {
            try OpenModel(model, network: nil, classifier: classifier).tryOut(descriptorLength: descriptorLength + 1)
        }
        var moved = model
        moved.classifier?.digest = "0"
        #expect(throws: InferenceError.self) { try LinearClassifier.open(of: moved, file: nil) }
    }
}
