import Glibc
package import Models

/// Makes boxes of what a detector's network gives: numbers in, decisions out.
package struct BoxDecoder: Sendable {
    /// What came out of the graph.
    package struct Output: Sendable {
        package var shape: [Int]
        package var values: [Float]

        package init(shape: [Int], values: [Float]) {
            self.shape = shape
            self.values = values
        }
    }

    /// The outputs that it goes by, as the description names them, in the order in which it takes them.
    package let names: [String]
    private let form: Form
    /// Pixels of the input.
    let width: Int
    let height: Int
    let labels: [String]

    private enum Form {
        case detector(ModelDescription.Detector.Kind)
        case boxes(ModelDescription.Priors?)
    }

    /// Nil of a model that finds no boxes.
    package init?(_ model: ModelDescription) {
        (width, height) = model.inputSize ?? (0, 0)
        labels = model.boxLabels
        if let detector = model.detector {
            (names, form) = (detector.names, .detector(detector.kind))
        } else if let boxes = model.outputs.boxes, let scores = model.outputs.scores {
            (names, form) = ([boxes, scores], .boxes(model.priors))
        } else {
            return nil
        }
    }

    /// The boxes from this score on, as the network gives them: several for one thing.
    /// - Parameter outputs: of `names`.
    /// - Throws: where they have other shapes than such a network's, or are no numbers.
    package func detections(in outputs: [Output], threshold: Double) throws(InferenceError) -> [Detection] {
        guard outputs.count == names.count else { throw .broken("it outputs \(outputs.count) of \(names.count) parts") }
        for (name, output) in zip(names, outputs) where !output.values.allSatisfy(\.isFinite) {
            throw .broken("its output '\(name)' contains invalid numbers (NaN or infinity)")
        }
        switch form {
        case .detector(.yolo): return try yolo(outputs[0], objectness: false, threshold)
        case .detector(.yolov5): return try yolo(outputs[0], objectness: true, threshold)
        case .detector(.yolov10): return try yoloWithoutDoubles(outputs[0], threshold)
        case .detector(.yunet): return try yunet(outputs, threshold)
        case .detector(.centerface): return try centerface(outputs, threshold)
        case .boxes(let priors): return try corners(outputs[0], outputs[1], priors, threshold)
        }
    }

    // MARK: Corners and scores

    private func corners(
        _ boxes: Output, _ scores: Output, _ priors: ModelDescription.Priors?, _ threshold: Double
    ) throws(InferenceError) -> [Detection] {
        var corners = boxes.values
        if let priors {
            guard let decoded = priors.corners(of: corners, width: width, height: height) else {
                let expected = priors.count(width: width, height: height)
                throw .broken("it outputs \(corners.count / 4) boxes, but 'priors' implies \(expected)")
            }
            corners = decoded
        }
        let count = corners.count / 4
        guard count > 0, corners.count == count * 4, scores.values.count % count == 0 else {
            // Nothing found, or what a trial would not have let through.
            guard corners.isEmpty else { throw mismatch(boxes, scores) }
            return []
        }
        let each = scores.values.count / count
        var found: [Detection] = []
        for index in 0..<count {
            guard let (label, score) = best(in: scores.values, from: index * each, step: 1, count: each),
                score >= threshold
            else { continue }
            let sides = corners[(index * 4)..<(index * 4 + 4)].map(Double.init)
            found.append(
                .init(left: sides[0], top: sides[1], right: sides[2], bottom: sides[3], score: score, label: label))
        }
        return found
    }

    /// Before anything is found: whether there is a row of scores for each box.
    package func check(_ outputs: [Output]) throws(InferenceError) {
        if case .boxes = form, let boxes = outputs.first, let scores = outputs.last,
            boxes.shape.last != 4 || boxes.shape.dropLast().last != scores.shape.dropLast().last
        {
            throw mismatch(boxes, scores)
        }
        _ = try detections(in: outputs, threshold: 1)
    }

    private func mismatch(_ boxes: Output, _ scores: Output) -> InferenceError {
        .broken("its boxes are \(boxes.shape.words), its scores \(scores.shape.words)")
    }

    // MARK: Scores

    /// The best label of a row of scores, and the first of equals; nil where all stand for nothing.
    func best(in values: [Float], from start: Int, step: Int, count: Int) -> (label: Int, score: Double)? {
        var best: (label: Int, score: Float)?
        for label in 0..<count {
            let score = values[start + label * step]
            if let best, best.score >= score { continue }
            // Something has to stand for nothing: a label of that name is no find.
            if label < labels.count, labels[label] == "background" { continue }
            best = (label, score)
        }
        return best.map { ($0.label, Double($0.score)) }
    }
}

/// The exponential of what a network gave, of which no size becomes infinite: such a box covers all.
func size(_ logarithm: Float) -> Double { exp(min(Double(logarithm), 20)) }
