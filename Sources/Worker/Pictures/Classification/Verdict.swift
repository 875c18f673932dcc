import Glibc
import Inference
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
        // Of equal ones the first.
        guard let best = scores.indices.max(by: { (scores[$0], $1) < (scores[$1], $0) }) else { return }
        let told = scores.indices.filter { scores[$0] >= classify.threshold }
        let order = told.sorted { (scores[$0], $1) > (scores[$1], $0) }
        func label(_ index: Int) -> String { index < model.labels.count ? model.labels[index] : "\(index)" }
        labels = order.prefix(classify.top).map {
            Score(label: label($0), score: scores[$0].rounded(to: 6))
        }
        let isKnown = scores[best] >= max(classify.threshold, model.unknown ?? 0)
        self.label = isKnown ? label(best) : Classification.unknown
        score = scores[best].rounded(to: 6)
    }

    /// What boxes and their scores make of it: those over the threshold, of those that overlap the best one.
    ///
    /// - Parameters:
    ///   - corners: of each box left, top, right and bottom, in parts of what the network sees.
    ///   - scores: of each box one for every label, or one.
    package mutating func report(boxes corners: [Float], scores: [Float], of classify: Classify, frame: ModelView.Frame)
    {
        let count = corners.count / 4
        guard count > 0, scores.count % count == 0 else { return boxes = [] }
        let labels = classify.model.labels
        let each = scores.count / count
        var found: [Box] = []
        for index in 0..<count {
            let own = scores[(index * each)..<((index + 1) * each)]
            // Something has to stand for nothing: a label of that name is no find.
            let finds = own.enumerated().filter { $0.offset >= labels.count || labels[$0.offset] != "background" }
            guard let best = finds.max(by: { $0.element < $1.element }), Double(best.element) >= classify.threshold,
                let box = Box(corners[(index * 4)..<(index * 4 + 4)], in: frame)
            else { continue }
            var named = box
            named.label = best.offset < labels.count ? labels[best.offset] : nil
            named.score = Double(best.element).rounded(to: 6)
            found.append(named)
        }
        boxes = Self.withoutDoubles(found.sorted { $0.score > $1.score })
    }

    /// How much of two boxes, of what both cover together, may be the same.
    private static let overlap = 0.4
    /// A crowd has more faces than a picture has labels.
    private static let mostBoxes = 1000

    private static func withoutDoubles(_ boxes: [Box]) -> [Box] {
        var kept: [Box] = []
        for box in boxes where !kept.contains(where: { $0.label == box.label && $0.overlap(with: box) > overlap }) {
            kept.append(box)
            if kept.count == mostBoxes { break }
        }
        return kept
    }
}

extension Classification.Box {
    /// Nil where nothing of it is in the picture.
    fileprivate init?(_ corners: ArraySlice<Float>, in frame: ModelView.Frame) {
        let values = corners.map(Double.init)
        guard values.count == 4, values.allSatisfy(\.isFinite) else { return nil }
        func inside(_ value: Double) -> Double { min(max(value, 0), 1) }
        let left = inside(frame.left + values[0] * frame.width)
        let top = inside(frame.top + values[1] * frame.height)
        let right = inside(frame.left + values[2] * frame.width)
        let bottom = inside(frame.top + values[3] * frame.height)
        guard right > left, bottom > top else { return nil }
        self.init(
            label: nil, score: 0, left: left.rounded(to: 6), top: top.rounded(to: 6),
            width: (right - left).rounded(to: 6), height: (bottom - top).rounded(to: 6))
    }

    /// What both cover, of what they cover together.
    fileprivate func overlap(with other: Self) -> Double {
        let across = min(left + width, other.left + other.width) - max(left, other.left)
        let down = min(top + height, other.top + other.height) - max(top, other.top)
        guard across > 0, down > 0 else { return 0 }
        let both = across * down
        return both / (width * height + other.width * other.height - both)
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
