import Glibc
package import Inference
import Jobs
import Models
package import Pipeline
package import Planning

extension Classification {
    /// What scores make of a picture.
    ///
    /// - Parameter scores: a probability for each label, in the model's order.
    package mutating func report(_ scores: [Double], of classify: Classify) {
        let model = classify.model
        let order = scores.highest(max(classify.top, 1))
        guard let best = order.first else { return }
        func label(_ index: Int) -> String { index < model.labels.count ? model.labels[index] : "\(index)" }
        labels = order.prefix(classify.top).filter { scores[$0] >= classify.threshold }.map {
            Score(label: label($0), score: scores[$0].rounded(to: 6))
        }
        let isKnown = scores[best] >= max(classify.threshold, model.unknown ?? 0)
        self.label = isKnown ? label(best) : Classification.unknown
        score = scores[best].rounded(to: 6)
    }

    /// What a detector's boxes make of it: of those that overlap the best one, where they lie in the picture.
    package mutating func report(_ found: [Detection], of classify: Classify, frame: ModelView.Frame) {
        let labels = classify.model.boxLabels
        boxes = found.withoutDoubles(overlapping: classify.model.mostOverlap).compactMap { found in
            guard var box = Box(found, in: frame) else { return nil }
            box.label = found.label < labels.count ? labels[found.label] : nil
            box.score = found.score.rounded(to: 6)
            return box
        }
    }
}

extension Classification.Box {
    /// Nil where nothing of it is in the picture.
    fileprivate init?(_ found: Detection, in frame: ModelView.Frame) {
        func inside(_ value: Double) -> Double { min(max(value, 0), 1) }
        let left = inside(frame.left + found.left * frame.width)
        let top = inside(frame.top + found.top * frame.height)
        let right = inside(frame.left + found.right * frame.width)
        let bottom = inside(frame.top + found.bottom * frame.height)
        guard right > left, bottom > top else { return nil }
        self.init(
            label: nil, score: 0, left: left.rounded(to: 6), top: top.rounded(to: 6),
            width: (right - left).rounded(to: 6), height: (bottom - top).rounded(to: 6))
    }
}

extension [Double] {
    /// The places of the highest, from the highest down; of equal ones the first.
    fileprivate func highest(_ most: Int) -> [Int] {
        var found: [Int] = []
        for index in indices where found.count < most || self[index] > self[found[found.count - 1]] {
            if found.count == most { found.removeLast() }
            let place = found.firstIndex { self[index] > self[$0] } ?? found.endIndex
            found.insert(index, at: place)
        }
        return found
    }
}

extension Double {
    fileprivate func rounded(to digits: Int) -> Double {
        let scale = pow(10, Double(digits))
        return (self * scale).rounded() / scale
    }
}

/// Each number's exponential, in parts of their sum.
package func softmax(_ logits: [Float]) -> [Double] {
    let most = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - most) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}
