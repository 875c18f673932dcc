/// Finds the quality at which something that grows with it, such as a file, comes to a goal; in as few tries as it can. Pure.
struct QualitySearch {
    /// Which of two neighbouring qualities is the answer, when the goal lies between theirs.
    enum Side { case below, above }

    let goal: Double
    let side: Side
    let range: ClosedRange<Int>
    /// How the value grows, for pictures in general.
    let curve: QualityCurve
    /// How far from the goal, on the right side of it, is near enough; in the value's own measure.
    let enough: Double
    /// About what a value comes to, as measured on a part of the picture; no more than where to begin.
    var sample: (quality: Int, value: Double)?
    private(set) var tried: [Int: Double] = [:]

    init(goal: Double, side: Side, range: ClosedRange<Int>, curve: QualityCurve, enough: Double) {
        self.goal = goal
        self.side = side
        self.range = range
        self.curve = curve
        self.enough = enough
    }

    mutating func learn(_ quality: Int, _ value: Double) { tried[quality] = value }

    /// The best so far that is on the right side; nil where there is none.
    var answer: Int? {
        switch side {
        case .below: tried.keys.filter { !isOver($0) }.max()
        case .above: high
        }
    }

    /// What to try next; nil once no further try is worth it.
    var next: Int? {
        let left = range.lowerBound...range.upperBound
        if tried.isEmpty { return first.limited(to: left) }
        if let answer, let value = tried[answer], abs(value - goal) <= enough { return nil }
        let from = low.map { $0 + 1 } ?? range.lowerBound
        let to = high.map { $0 - 1 } ?? range.upperBound
        guard from <= to else { return nil }
        // Where the curve does not lead on, halves do.
        if tried.count > 3, low != nil, high != nil { return (from + to) / 2 }
        let guess = self.guess
        let quality = side == .below ? Int(guess.rounded(.down)) : Int(guess.rounded(.up))
        return quality.limited(to: from...to)
    }

    /// The lowest quality that is over the goal, and the highest below it that is not. Files are not always larger at a higher
    /// quality.
    private var high: Int? { tried.keys.filter(isOver).min() }
    private var low: Int? {
        let high = high ?? .max
        return tried.keys.filter { !isOver($0) && $0 < high }.max()
    }

    private func isOver(_ quality: Int) -> Bool {
        guard let value = tried[quality] else { return false }
        return side == .below ? value > goal : value >= goal
    }

    private var first: Int {
        guard let sample else { return Int(curve.quality(of: aim).rounded()) }
        return Int(curve.quality(of: curve.value(at: Double(sample.quality)) + aim - sample.value).rounded())
    }

    /// A little on the right side of the goal.
    private var aim: Double { side == .below ? goal - enough / 2 : goal + enough / 2 }

    private var guess: Double {
        if let low, let high, let under = tried[low], let over = tried[high], over > under {
            let (a, b) = (curve.value(at: Double(low)), curve.value(at: Double(high)))
            return curve.quality(of: a + (b - a) * (aim - under) / (over - under))
        }
        // The nearest on the one side there is; as steep as for other pictures, or as it was between two of this one.
        let nearest = low ?? high ?? range.lowerBound
        let value = tried[nearest] ?? goal
        return curve.quality(of: curve.value(at: Double(nearest)) + (aim - value) / slope(at: nearest))
    }

    private func slope(at nearest: Int) -> Double {
        let others = tried.keys.filter { $0 != nearest }
        guard let other = others.min(by: { abs($0 - nearest) < abs($1 - nearest) }), let a = tried[nearest],
            let b = tried[other]
        else { return 1 }
        let expected = curve.value(at: Double(nearest)) - curve.value(at: Double(other))
        return expected == 0 ? 1 : min(max((a - b) / expected, 0.3), 3)
    }
}

/// What a value is at each quality, for pictures in general: points, and lines between and beyond them.
struct QualityCurve {
    /// Rising in both.
    let points: [(quality: Double, value: Double)]

    func value(at quality: Double) -> Double {
        line(quality, of: \.quality, \.value)
    }

    func quality(of value: Double) -> Double { line(value, of: \.value, \.quality) }

    private func line(
        _ x: Double, of from: (((quality: Double, value: Double)) -> Double),
        _ to: (((quality: Double, value: Double)) -> Double)
    ) -> Double {
        guard points.count > 1 else { return 0 }
        let after = points.indices.dropFirst().first { from(points[$0]) >= x } ?? points.count - 1
        let (a, b) = (points[after - 1], points[after])
        let width = from(b) - from(a)
        return width == 0 ? to(a) : to(a) + (to(b) - to(a)) * (x - from(a)) / width
    }
}

extension Int {
    fileprivate func limited(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
