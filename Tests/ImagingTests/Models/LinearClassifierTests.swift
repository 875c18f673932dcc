import Foundation
import Inference
import LinuxIO
import Testing

@testable import Jobs
@testable import Models
@testable import Pictures
@testable import Schema

@Suite("Linear classifiers")
struct LinearClassifierTests {
    /// Three labels by two numbers: right, up, and neither.
    private func example(slope: Float = 1.5) throws -> LinearClassifier {
        try LinearClassifier(
            weights: [2, 0, 0, 2, -1, -1], bias: [0, 0, 0.5],
            normalisation: LinearNormalisation(mean: [0.1, 0.2]), slope: slope)
    }

    @Test("Scores add up to 1, and the label whose weights point where the features do has the best")
    func scores() throws {
        let scores = try example().scores(of: [0.1, 7])
        #expect(abs(scores.reduce(0, +) - 1) < 1e-6)
        #expect(scores.firstIndex(of: scores.max() ?? 0) == 1)
        #expect(scores.allSatisfy { (0...1).contains($0) })
    }

    @Test("With features brought to length 1, brightness of them all changes nothing")
    func brightness() throws {
        let (faint, strong) = (try example().scores(of: [0.1, 0.2]), try example().scores(of: [100, 200]))
        #expect(zip(faint, strong).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test("Features lose length, mean and length again")
    func normalisation() throws {
        let classifier = try LinearClassifier(
            weights: [1, 0, 0, 1], bias: [0, 0], normalisation: LinearNormalisation(mean: [0.6, 0]))
        // (3, 4) is (0.6, 0.8), then (0, 0.8), then (0, 1).
        let sums = try classifier.sums(of: [3, 4])
        #expect(abs(sums[0]) < 1e-6 && abs(sums[1] - 1) < 1e-6)
    }

    @Test("Sums that are far apart give probabilities still")
    func extremes() throws {
        #expect(try example(slope: 1e9).scores(of: [0, 1]) == [0, 1, 0])
        #expect(softmax([1e300, -1e300, 1e300], slope: 1000) == [0.5, 0, 0.5])
    }

    @Test("Features of another length, and such as are no numbers, are refused")
    func foreignFeatures() throws {
        let classifier = try example()
        #expect(throws: InferenceError.self) { try classifier.scores(of: [1, 2, 3]) }
        #expect(throws: InferenceError.self) { try classifier.scores(of: [1, .nan]) }
        #expect(throws: InferenceError.self) { try classifier.scores(of: [.infinity, 1]) }
        #expect(try classifier.scores(of: [0, 0]).count == 3)
    }

    @Test("What is written is read back as it was, and is the same each time")
    func file() throws {
        let classifier = try example()
        let bytes = classifier.file(["sluice": sluiceVersion, "backbone": "abc", "a": "ü\"\\"])
        #expect(try LinearClassifier(file: bytes) == classifier)
        #expect(classifier.file(["a": "ü\"\\", "backbone": "abc", "sluice": sluiceVersion]) == bytes)
    }

    @Test("A file fits its description by digest and by its labels")
    func description() throws {
        let classifier = try example()
        let bytes = classifier.file(labels: ["a", "b", "c"])
        let path = NSTemporaryDirectory() + "classifier-\(uniqueRandomHex(8))"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        func read(digest: String, labels: [String]) throws -> LinearClassifier {
            var description = ModelDescription(file: "")
            description.classifier = NamedFile(path: path, digest: digest)
            description.labels = labels
            return try LinearClassifier(description, file: Descriptor(owning: open(path, O_RDONLY)))
        }
        #expect(try read(digest: sha256(bytes), labels: ["a", "b", "c"]) == classifier)
        #expect(throws: InferenceError.self) { try read(digest: sha256([1]), labels: ["a", "b", "c"]) }
        #expect(throws: InferenceError.self) { try read(digest: "", labels: ["a", "b"]) }
        // Of another training: as many labels, others.
        #expect(throws: InferenceError.self) { try read(digest: "", labels: ["a", "c", "b"]) }
    }
}
