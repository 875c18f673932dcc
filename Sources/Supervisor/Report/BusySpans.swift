/// The time during which work was done, over overlapping jobs and separate runs: disjoint spans, in order. Bounded:
/// where there are many, short pauses count as work.
package struct BusySpans: Sendable, Equatable {
    private var spans: [(start: Double, end: Double)] = []
    /// Seconds between two jobs that are one span.
    private var pause = 1.0
    private let most: Int

    package init(most: Int = 1000) { self.most = most }

    package static func == (one: BusySpans, other: BusySpans) -> Bool {
        one.spans.elementsEqual(other.spans, by: ==)
    }

    /// Seconds since any moment.
    package mutating func add(from start: Double, to end: Double) {
        guard start.isFinite, end.isFinite, end >= start else { return }
        // The first that this one may touch.
        var (low, high) = (0, spans.count)
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].end + pause < start { low = middle + 1 } else { high = middle }
        }
        var merged = (start: start, end: end)
        var last = low
        while last < spans.count, spans[last].start <= merged.end + pause {
            merged = (min(merged.start, spans[last].start), max(merged.end, spans[last].end))
            last += 1
        }
        spans.replaceSubrange(low..<last, with: [merged])
        while spans.count > most {
            pause *= 2
            let old = spans
            spans = []
            for span in old { append(span) }
        }
    }

    private mutating func append(_ span: (start: Double, end: Double)) {
        if let last = spans.last, last.end + pause >= span.start {
            spans[spans.count - 1].end = max(last.end, span.end)
        } else {
            spans.append(span)
        }
    }

    package var count: Int { spans.count }
    package var seconds: Double { spans.reduce(0) { $0 + $1.end - $1.start } }
    package var first: Double? { spans.first?.start }
    package var last: Double? { spans.last?.end }
}

/// Seconds since 1970 of a time as sidecars have it (RFC 3339, UTC); nil of anything else.
package func seconds(ofTimestamp text: String) -> Double? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), bytes[4] == 0x2D, bytes[7] == 0x2D,
        bytes[10] == UInt8(ascii: "T"), bytes[13] == 0x3A, bytes[16] == 0x3A
    else { return nil }
    func number(_ range: Range<Int>) -> Int? {
        bytes[range].allSatisfy({ (0x30...0x39).contains($0) })
            ? Int(String(decoding: bytes[range], as: UTF8.self)) : nil
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
        let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month), (1...31).contains(day),
        hour < 24, minute < 60, second < 61,
        let part = bytes.count == 20 ? 0 : fraction(bytes[19..<bytes.count - 1])
    else { return nil }
    // Days since 1970 of the proleptic Gregorian calendar: years begin in March, so that leap days come last.
    let shifted = month > 2 ? year : year - 1
    let era = shifted / 400
    let ofEra = shifted - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    return Double(days * 86_400 + hour * 3600 + minute * 60 + second) + part
}

/// `.123`; nil where it is anything else.
private func fraction(_ text: ArraySlice<UInt8>) -> Double? {
    guard text.first == UInt8(ascii: "."), text.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }) else {
        return nil
    }
    return Double("0" + String(decoding: text, as: UTF8.self) + "0")
}
