import Testing

@testable import Inference

@Suite("Boxes that mean the same")
struct DetectionTests {
    private func box(_ left: Double, _ right: Double, _ score: Double, _ label: Int = 0) -> Detection {
        Detection(left: left, top: 0, right: right, bottom: 1, score: score, label: label)
    }

    @Test("Of equal scores the first is kept; the bound itself is no overlap; labels do not compete")
    func ties() {
        let first = [box(0, 0.5, 0.9), box(0.1, 0.5, 0.9), box(0, 0.5, 0.9, 1)]
        #expect(first.withoutDoubles(overlapping: 0.5) == [first[0], first[2]])
        #expect(Array(first.reversed()).withoutDoubles(overlapping: 0.5) == [first[2], first[1]])
        // Half of each is the other's: 1/3 of both together.
        let half = [box(0, 0.5, 0.9), box(0.25, 0.75, 0.8)]
        #expect(half[0].overlap(with: half[1]) == 1 / 3.0)
        #expect(
            half.withoutDoubles(overlapping: 1 / 3.0).count == 2 && half.withoutDoubles(overlapping: 0.33).count == 1)
        // What is dropped drops nothing itself.
        let chain = [box(0, 0.4, 0.9), box(0.1, 0.5, 0.8), box(0.2, 0.6, 0.7)]
        #expect(chain.withoutDoubles(overlapping: 0.5) == [chain[0], chain[2]])
        #expect([box(0, 1, 0.5), box(0, 1, 0.4)].withoutDoubles(overlapping: 1).count == 2)
        #expect([box(0, 1, 0.5), box(0, 1, 0.4)].withoutDoubles(overlapping: 0).count == 1)
    }

    @Test("Boxes of nothing and such as are no numbers are none, and there is an end to how many there are")
    func degenerate() {
        let none = [box(0.5, 0.5, 0.9), box(0.6, 0.5, 0.9), box(.nan, 1, 0.9), box(0, .infinity, 0.9), box(0, 1, .nan)]
        #expect(none.withoutDoubles(overlapping: 0.5).isEmpty && [Detection]().withoutDoubles(overlapping: 0.5).isEmpty)
        let many = (0..<3000).map { box(Double($0), Double($0) + 0.5, Double($0) / 3000) }
        let kept = many.withoutDoubles(overlapping: 0.5)
        #expect(kept.count == 1000 && kept.first == many.last)
    }
}
