import LinuxIO
import WorkerProtocol

extension TrainingReport {
    /// Fills in what the held-out pictures tell, read a row after the other.
    /// - Parameter directory: where the worker has left its probabilities.
    mutating func judge(_ features: TrainingFeatures, _ parts: [UInt32], in directory: Directory) throws {
        let count = features.labels.count
        let scores = Set([0.3, 0.5, 0.7, 0.9] + [minScore].compactMap(\.self))
        var tally = TrainingTally(labels: count, scores: Array(scores))
        var row: [Float] = []
        row.reserveCapacity(count)
        var picture = 0
        // Pieces are of 128 KiB: a number never lies in two.
        try directory.openFile(Array(TrainRequest.predictionsName.utf8)).forEachPiece(subject: "predictions") { piece in
            for value in piece.bindMemory(to: Float.self) {
                row.append(value)
                guard row.count == count, picture < parts.count else { continue }
                if parts[picture] != Folds.never {
                    tally.add(picture: picture, label: Int(features.label[picture]), row)
                }
                picture += 1
                row.removeAll(keepingCapacity: true)
            }
        }
        guard picture == features.count else {
            throw TrainingError.failed("the worker judged \(picture) of \(features.count) pictures")
        }
        try fill(features, tally, in: directory)
    }

    private mutating func fill(_ features: TrainingFeatures, _ tally: TrainingTally, in directory: Directory) throws {
        var counts = [Int](repeating: 0, count: features.labels.count)
        for label in features.label { counts[Int(label)] += 1 }
        labels = features.labels.enumerated().map { place, name in
            Label(
                label: name, pictures: counts[place], precision: tally.confusion.precision(of: place),
                recall: tally.confusion.recall(of: place))
        }
        judgement = Judgement(tally)
        confusion = tally.confusion.counts
        guard judgement != nil else { return }
        thresholds = tally.thresholds
        mistakeCount = tally.mistakeCount
        let worst = tally.mistakes
        let paths = try TrainingFeatures.paths(of: worst.map(\.picture), in: directory)
        mistakes = worst.map {
            Mistake(
                path: paths[$0.picture] ?? "?", label: features.labels[$0.label],
                takenFor: features.labels[$0.takenFor],
                score: $0.score)
        }
    }
}
