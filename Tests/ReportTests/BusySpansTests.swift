import Testing

@testable import Report

@Suite("When anything was done")
struct BusySpansTests {
    @Test("jobs that overlap count once, pauses between runs do not count")
    func union() {
        var spans = BusySpans()
        for (start, end) in [(100.0, 110.0), (105, 112), (3600, 3610), (112.5, 113), (50, 60), (3590, 3600)] {
            spans.add(from: start, to: end)
        }
        #expect(spans.count == 3)
        #expect(spans.seconds == 10 + 13 + 20)
        #expect(spans.first == 50 && spans.last == 3610)
        spans.add(from: 0, to: 5000)
        #expect(spans.count == 1 && spans.seconds == 5000)
    }

    @Test("what is no span is passed over")
    func nonsense() {
        var spans = BusySpans()
        spans.add(from: 5, to: 4)
        spans.add(from: .nan, to: 4)
        spans.add(from: 5, to: .infinity)
        #expect(spans.count == 0 && spans.seconds == 0 && spans.first == nil)
    }

    @Test("it stays small: of very many, the nearest become one")
    func bounded() {
        var spans = BusySpans(most: 50)
        for place in (0..<5000).shuffled() { spans.add(from: Double(place * 10), to: Double(place * 10 + 1)) }
        #expect(spans.count <= 50 && spans.count >= 1)
        #expect(spans.first == 0 && spans.last == 49_991)
    }

    @Test(
        "times as sidecars have them",
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0.0), ("2000-02-29T12:00:00.500Z", 951_825_600.5),
            ("2026-11-22T03:04:05Z", 1_795_316_645), ("1969-12-31T23:59:59Z", -1),
        ])
    func timestamps(text: String, expected: Double) {
        #expect(seconds(ofTimestamp: text) == expected)
    }

    @Test(
        "what is no time is none",
        arguments: [
            "", "Z", "2026-11-22", "2026-11-22T03:04:05+01:00", "2026-13-22T03:04:05Z", "aaaa-11-22T03:04:05Z",
            "2026-11-22T03:00:00x1p900Z", "2026-11-22T03:00:00.9e300Z", "2026-11-22T03:00:00e9Z",
        ])
    func faults(text: String) {
        #expect(seconds(ofTimestamp: text) == nil)
    }
}
