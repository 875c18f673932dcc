import Foundation
import Inference
import Testing

/// liblinear, where it is installed.
private let library = try? LinearLibrary.load()

@Suite("Training of linear classifiers", .enabled(if: library != nil, "liblinear4 is not installed"))
struct LinearTrainingTests {
    /// Clouds of points around a direction for each label.
    struct Made {
        var labels: Int
        var features = 24
        var label: [UInt32] = []
        var fold: [UInt32] = []
        var numbers: [Float] = []

        /// - Parameter spread: how far points lie from their direction: 0 for none.
        init(labels: Int, each: Int, spread: Float, order: [Int]? = nil) {
            self.labels = labels
            var random = Random(state: 7)
            var rows: [[Float]] = []
            for index in 0..<(labels * each) {
                rows.append((0..<features).map { ($0 == index % labels ? 1 : 0) + spread * random.next() })
            }
            for index in order ?? Array(rows.indices) {
                label.append(UInt32(index % labels))
                fold.append(UInt32(index / labels % 5))
                numbers += rows[index]
            }
        }

        func train<Result>(_ body: (LinearTraining, LinearSamples) throws -> Result) throws -> Result {
            try label.withUnsafeBufferPointer { label in
                try fold.withUnsafeBufferPointer { fold in
                    try numbers.withUnsafeBufferPointer { numbers in
                        let samples = try LinearSamples(
                            features: features, labels: labels, label: label, fold: fold, numbers: numbers)
                        return try body(LinearTraining(#require(library), samples), samples)
                    }
                }
            }
        }
    }

    struct Random {
        var state: UInt64

        mutating func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24) * 2 - 1
        }
    }

    @Test("Labels that can be told apart are, two or many, and held-out pictures say so", arguments: [2, 3, 7])
    func separable(labels: Int) throws {
        let made = Made(labels: labels, each: 12, spread: 0.1)
        var sums = [Float](repeating: .nan, count: made.label.count * labels)
        let (classifier, slope) = try made.train { training, samples in
            try sums.withUnsafeMutableBufferPointer { sums in
                try training.crossValidate(into: sums)
                return (try training.classifier(), calibratedSlope(of: sums, samples))
            }
        }
        #expect(sums.allSatisfy { $0.isFinite })
        for (picture, label) in made.label.enumerated() {
            let row = sums[(picture * labels)..<((picture + 1) * labels)]
            #expect(row.firstIndex(of: row.max() ?? 0).map { $0 - row.startIndex } == Int(label))
            let numbers = Array(made.numbers[(picture * made.features)..<((picture + 1) * made.features)])
            let scores = try classifier.scores(of: numbers)
            #expect(scores.firstIndex(of: scores.max() ?? 0) == Int(label))
        }
        #expect(slope > 1, "held-out pictures are all right: the scores may be surer")
    }

    @Test("Labels that are noise give scores that know nothing")
    func noise() throws {
        var made = Made(labels: 2, each: 100, spread: 1)
        var random = Random(state: 3)
        for index in made.label.indices { made.label[index] = random.next() > 0 ? 1 : 0 }
        var sums = [Float](repeating: 0, count: made.label.count * 2)
        let slope = try made.train { training, samples in
            try sums.withUnsafeMutableBufferPointer { sums in
                try training.crossValidate(into: sums)
                return calibratedSlope(of: sums, samples)
            }
        }
        #expect(slope < 0.5, "\(slope)")
    }

    @Test("The same pictures give the same classifier, to the bit, each time")
    func deterministic() throws {
        let made = Made(labels: 4, each: 20, spread: 0.5)
        let first = try made.train { training, _ in try training.classifier() }
        let second = try made.train { training, _ in
            var sums = [Float](repeating: 0, count: made.label.count * 4)
            // Whatever ran before.
            try sums.withUnsafeMutableBufferPointer { try training.crossValidate(into: $0) }
            return try training.classifier()
        }
        #expect(first == second)
    }

    @Test("A picture that is never held out is learned from all the same")
    func single() throws {
        var made = Made(labels: 3, each: 1, spread: 0.1)
        made.fold = made.fold.map { _ in LinearSamples.neverHeldOut }
        let (classifier, slope) = try made.train { training, samples in
            #expect(samples.folds == 0)
            var sums = [Float](repeating: 0, count: 9)
            return try sums.withUnsafeMutableBufferPointer {
                (try training.classifier(), calibratedSlope(of: $0, samples))
            }
        }
        #expect(slope == 1)
        let scores = try classifier.scores(of: Array(made.numbers[..<made.features]))
        #expect(scores[0] > scores[1] && scores[0] > scores[2])
    }

    @Test("What does not belong together is refused, and so are numbers that are none")
    func foreign() throws {
        var short = Made(labels: 2, each: 3, spread: 0.1)
        short.numbers.removeLast()
        #expect(throws: InferenceError.self) { try short.train { _, _ in } }
        var empty = Made(labels: 2, each: 3, spread: 0.1)
        empty.labels = 3
        #expect(throws: InferenceError.self) { try empty.train { _, _ in } }
        var none = Made(labels: 2, each: 3, spread: 0.1)
        none.numbers[5] = .nan
        #expect(throws: InferenceError.self) { try none.train { _, _ in } }
    }

    @Test("Where the library is missing it is named, with its package")
    func missing() {
        #expect {
            try LinearLibrary.load("libliblinear-is-not-here.so.4")
        } throws: { "\($0)".contains("libliblinear-is-not-here") && "\($0)".contains("liblinear4") }
    }
}
