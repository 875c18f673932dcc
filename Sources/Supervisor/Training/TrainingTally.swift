/// Tallies a model's predictions for pictures it has not seen, one at a time: nothing about a picture is kept but the
/// worst mistakes.
package struct TrainingTally: Sendable {
    package private(set) var confusion: Confusion
    private var bins: [Bin]
    private let scores: [Double]
    /// Of each score: how many pictures have at least it, and how many of these are right.
    private var above: [(all: Int, right: Int)]
    private var worst: [Mistake] = []
    package private(set) var mistakeCount = 0

    /// A picture with a wrong prediction.
    package struct Mistake: Sendable, Equatable {
        package var picture: Int
        package var label: Int
        package var takenFor: Int
        /// Of the wrong label.
        package var score: Double
    }

    private struct Bin {
        var count = 0
        var right = 0
        var score = 0.0
    }

    /// Mistakes that are kept.
    package static let mostMistakes = 1000

    /// - Parameter scores: what could be asked for at least, each 0...1.
    package init(labels: Int, scores: [Double]) {
        confusion = Confusion(labels: labels)
        bins = Array(repeating: Bin(), count: 10)
        self.scores = scores.sorted()
        above = Array(repeating: (0, 0), count: scores.count)
    }

    /// - Parameter probabilities: of each label.
    package mutating func add(picture: Int, label: Int, _ probabilities: some Collection<Float>) {
        var (best, score) = (0, -1.0)
        for (place, value) in probabilities.enumerated() where Double(value) > score {
            (best, score) = (place, Double(value))
        }
        let isRight = best == label
        confusion.add(label, takenFor: best)
        let bin = min(max(Int(score * Double(bins.count)), 0), bins.count - 1)
        bins[bin].count += 1
        bins[bin].score += score
        if isRight { bins[bin].right += 1 }
        for (place, least) in scores.enumerated() where score >= least {
            above[place].all += 1
            if isRight { above[place].right += 1 }
        }
        if !isRight { keep(Mistake(picture: picture, label: label, takenFor: best, score: score)) }
    }

    private mutating func keep(_ mistake: Mistake) {
        mistakeCount += 1
        worst.append(mistake)
        if worst.count >= Self.mostMistakes * 2 { worst = mistakes }
    }

    /// The surest first.
    package var mistakes: [Mistake] {
        Array(worst.sorted { ($1.score, $0.picture) < ($0.score, $1.picture) }.prefix(Self.mostMistakes))
    }

    /// By how much scores are off in the mean (expected calibration error, ten bins); nil where nothing was judged.
    package var calibrationError: Double? {
        let total = bins.reduce(0) { $0 + $1.count }
        guard total > 0 else { return nil }
        return bins.reduce(0) { $0 + abs($1.score - Double($1.right)) } / Double(total)
    }

    /// What asking for a score would do.
    package var thresholds: [TrainingReport.Threshold] {
        zip(scores, above).map { least, counts in
            TrainingReport.Threshold(
                score: least, coverage: share(counts.all, of: confusion.total) ?? 0,
                accuracy: share(counts.right, of: counts.all))
        }
    }
}
