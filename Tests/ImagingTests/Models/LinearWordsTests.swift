import Glibc
import LinuxIO
import Testing

@testable import Inference
@testable import Models
@testable import Pictures
@testable import Schema

@Suite("Words for labels")
struct LinearWordsTests {
    private func file(
        _ values: [Float] = [3, 4, 0, 0, 0, 2, 1, -1, 1], shape: [Int] = [3, 3], labels: String = "a\nb\nc",
        scale: String = "100"
    ) -> [UInt8] {
        let words = ["format": "sluice-words", "version": "1", "labels": labels, "scale": scale]
        return SafeTensors(metadata: words, tensors: ["words": .init(shape: shape, values: values)]).bytes()
    }

    private func fault(_ bytes: [UInt8]) -> String? {
        do {
            _ = try LinearClassifier(words: bytes)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func isClose(_ found: [Float], _ wanted: [Float]) -> Bool {
        found.count == wanted.count && zip(found, wanted).allSatisfy { abs($0 - $1) < 2e-6 }
    }

    // By numpy: words and embedding divided by their lengths, their products times the scale, softmax.
    @Test("the cosine between words and picture, times the scale, as shares")
    func scores() throws {
        var words = try LinearClassifier(words: file())
        let picture: [Float] = [0.2, 0.9, -0.4]
        #expect(isClose(try words.sums(of: picture).map { Float($0) }, [0.835831, -0.398015, -0.631933]))
        #expect(isClose(try words.scores(of: picture), [1, 0, 0]))
        words.slope = 5
        #expect(isClose(try words.scores(of: picture), [0.997265, 0.002087, 0.000648]))
        // Neither the length of the words counts, nor the picture's.
        var longer = try LinearClassifier(words: file([30, 40, 0, 0, 0, 1e-3, 1e6, -1e6, 1e6]))
        longer.slope = 5
        #expect(isClose(try longer.scores(of: [2, 9, -4]), [0.997265, 0.002087, 0.000648]))
    }

    @Test("a picture that the network says nothing of fits none, and one of another length is refused")
    func lengths() throws {
        let words = try LinearClassifier(words: file())
        #expect(try words.scores(of: [0, 0, 0]) == [0, 0, 0])
        #expect(throws: InferenceError.broken("it expects 3 numbers per picture, but got 4")) {
            try words.scores(of: [1, 2, 3, 4])
        }
        #expect(throws: InferenceError.self) { try words.scores(of: [1, .nan, 0]) }
    }

    @Test("files that do not hold what they say")
    func malformed() {
        #expect(fault(file()) == nil)
        #expect(fault(file([3, 4, 0, 0, 0, 0, 1, -1, 1])) == "its label 'b' is described by zeros")
        #expect(fault(file([3, 4, 0, 1e-30, 0, 0, 1, -1, 1])) == "its label 'b' is described by zeros")
        #expect(fault(file([1, 2, 3, 4], shape: [2, 2])) == "it has 3 labels, but its 'words' are 2 x 2")
        #expect(fault(file(scale: "0")) == "it says no usable scale ('0')")
        #expect(fault(file([3, 4, 0, .nan, 0, 2, 1, -1, 1])) == "'words' contains invalid numbers (NaN or infinity)")
        #expect(fault(Array(file().dropLast(4))) == "it is truncated")
        #expect(fault([]) == "it is truncated")
    }

    @Test("a description's words are those that were checked, with the stage's scale")
    func description() throws {
        let bytes = file()
        func open(labels: [String], scale: Double?, _ bytes: [UInt8]) throws -> LinearClassifier {
            let named = WordsFile(file: NamedFile(path: "/words", digest: ""), labels: labels)
            let model = ModelDescription(file: "/net.onnx").finding(named, scale: scale)
            return try LinearClassifier(model, file: ModelBench.file(bytes))
        }
        #expect(try open(labels: ["a", "b", "c"], scale: nil, bytes).slope == 100)
        let opened = try open(labels: ["a", "b", "c"], scale: 7, bytes)
        #expect(opened.slope == 7 && opened.comparesDirections)
        #expect(
            throws: InferenceError.broken(
                "its words cannot be used: it has other labels than those that were checked")
        ) { try open(labels: ["a", "c", "b"], scale: nil, bytes) }
        #expect(throws: InferenceError.self) {
            try open(
                labels: ["a", "b", "c"], scale: nil,
                try LinearClassifier(
                    weights: [1, 2], bias: [0, 0], normalisation: LinearNormalisation(mean: [0])
                ).file())
        }
    }
}
