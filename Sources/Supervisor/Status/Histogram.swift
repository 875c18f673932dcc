/// A histogram as Prometheus counts it.
package struct Histogram: Sendable, Equatable {
    /// Upper bounds, rising.
    package let bounds: [Double]
    /// One more than bounds: what is above all of them.
    package private(set) var counts: [UInt64]
    package private(set) var sum = 0.0

    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    var count: UInt64 { counts.reduce(0, +) }

    mutating func add(_ value: Double) {
        guard value.isFinite, value >= 0 else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// For work on pictures: from thumbnails to panoramas.
    static let work = Histogram([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300])
    /// From a picture that is worked on at once to a night's backlog.
    static let wait = Histogram([0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400])
    static let commit = Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5])
    /// Below 1 the estimate was too low.
    static let ratio = Histogram([0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10])
}
