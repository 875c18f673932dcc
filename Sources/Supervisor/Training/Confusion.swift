import Glibc

/// How often held-out pictures of one label were predicted as another.
package struct Confusion: Sendable, Equatable {
    /// `counts[actual][predicted]`
    package private(set) var counts: [[Int]]

    package init(labels: Int) { counts = Array(repeating: Array(repeating: 0, count: labels), count: labels) }

    package mutating func add(_ label: Int, takenFor other: Int, _ count: Int = 1) { counts[label][other] += count }

    package var labels: Int { counts.count }
    package var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }
    package var right: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }

    /// Pictures of a label.
    package func count(of label: Int) -> Int { counts[label].reduce(0, +) }

    /// Of the pictures of a label, the share that was found; nil where none was judged.
    package func recall(of label: Int) -> Double? { share(counts[label][label], of: count(of: label)) }

    /// Of the pictures predicted as a label, the share that have it; nil if there are none.
    package func precision(of label: Int) -> Double? {
        share(counts[label][label], of: counts.reduce(0) { $0 + $1[label] })
    }

    /// The mean over the labels that were judged of the harmonic mean of precision and recall.
    package var macroF1: Double? {
        let judged = counts.indices.filter { count(of: $0) > 0 }
        guard !judged.isEmpty else { return nil }
        let sum = judged.reduce(0.0) { sum, label in
            let all = count(of: label) + counts.reduce(0) { $0 + $1[label] }
            return sum + (all > 0 ? 2 * Double(counts[label][label]) / Double(all) : 0)
        }
        return sum / Double(judged.count)
    }

    /// The share of those that are right; nil where none was judged.
    package var accuracy: Double? { share(right, of: total) }

    /// What always saying the commonest label would reach.
    package var chance: Double? { share(counts.indices.map(count).max() ?? 0, of: total) }

    /// Pairs that are confused with each other, the worst first.
    package var mixedUp: [(label: Int, other: Int, count: Int)] {
        var pairs: [(label: Int, other: Int, count: Int)] = []
        for (label, row) in counts.enumerated() {
            for (other, count) in row.enumerated() where other != label && count > 0 {
                pairs.append((label, other, count))
            }
        }
        return pairs.sorted { ($1.count, $0.label, $0.other) < ($0.count, $1.label, $1.other) }
    }
}

func share(_ part: Int, of all: Int) -> Double? { all > 0 ? Double(part) / Double(all) : nil }

/// Between what and what a share lies with 95 % certainty, when so many of so many were counted (Wilson's interval).
package func uncertainty(_ part: Int, of all: Int) -> ClosedRange<Double> {
    guard all > 0 else { return 0...1 }
    let (count, found) = (Double(all), Double(part) / Double(all))
    let z = 1.959964
    let centre = (found + z * z / (2 * count)) / (1 + z * z / count)
    let half = z / (1 + z * z / count) * (found * (1 - found) / count + z * z / (4 * count * count)).squareRoot()
    return max(0, centre - half)...min(1, centre + half)
}
