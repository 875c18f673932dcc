/// A box that a network gave: something of this label is in it.
package struct Detection: Sendable, Equatable {
    /// Corners in parts of what the network sees; they may lie beyond it.
    package var left: Double
    package var top: Double
    package var right: Double
    package var bottom: Double
    /// 0…1.
    package var score: Double
    /// Its place in the list of labels.
    package var label: Int

    package init(left: Double, top: Double, right: Double, bottom: Double, score: Double, label: Int = 0) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
        self.score = score
        self.label = label
    }

    /// Around a centre.
    init(x: Double, y: Double, width: Double, height: Double, score: Double, label: Int = 0) {
        self.init(
            left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2, score: score,
            label: label)
    }

    /// Whether there is anything of it.
    var isBox: Bool {
        [left, top, right, bottom, score].allSatisfy(\.isFinite) && right > left && bottom > top
    }

    /// What both cover, of what they cover together.
    package func overlap(with other: Detection) -> Double {
        let across = min(right, other.right) - max(left, other.left)
        let down = min(bottom, other.bottom) - max(top, other.top)
        guard across > 0, down > 0 else { return 0 }
        let both = across * down
        return both / (area + other.area - both)
    }

    private var area: Double { (right - left) * (bottom - top) }
}

extension [Detection] {
    /// A crowd has more faces than a picture has labels.
    package static var most: Int { 1000 }

    /// As many of the best are compared with each other at most.
    private static var mostCompared: Int { 30_000 }

    /// The best first, and of those that overlap the best alone; labels do not compete. Of equal scores the first counts.
    package func withoutDoubles(overlapping most: Double) -> [Detection] {
        let order = indices.filter { self[$0].isBox }
            .sorted { (self[$0].score, $1) > (self[$1].score, $0) }
            .prefix(Self.mostCompared)
        var kept: [Detection] = []
        for index in order {
            let box = self[index]
            guard !kept.contains(where: { $0.label == box.label && $0.overlap(with: box) > most }) else { continue }
            kept.append(box)
            if kept.count == Self.most { break }
        }
        return kept
    }
}
