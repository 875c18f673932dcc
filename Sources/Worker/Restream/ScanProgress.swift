/// Which bits of which coefficients the scans so far have brought (ITU-T T.81, G.1.1.1).
///
/// libjpeg decodes a progression that skips or repeats something, but warns, and smooths blocks whose first
/// coefficients stay inaccurate: such files are for libjpeg.
struct ScanProgress {
    /// By component and coefficient: the lowest bit that is known, nil where none is.
    private var known: [[Int?]]
    private let isProgressive: Bool

    init(_ frame: JPEGFrame) {
        known = frame.components.map { _ in [Int?](repeating: nil, count: 64) }
        isProgressive = frame.isProgressive
    }

    /// Takes one scan's header.
    ///
    /// - Parameters:
    ///   - previous: "Ah"; 0 for the first scan of a band.
    ///   - shift: "Al".
    mutating func add(
        components: [Int], first: Int, last: Int, previous: Int, shift: Int
    ) throws(RestreamError) -> JPEGScan.Kind {
        if isProgressive {
            guard first == 0 ? last == 0 : first <= last && last <= 63 && components.count == 1, shift <= 13 else {
                throw .unsuitable("a scan of coefficients \(first) to \(last)")
            }
        } else {
            guard first == 0, last == 63, previous == 0, shift == 0 else {
                throw .unsuitable("a sequential scan of coefficients \(first) to \(last)")
            }
        }
        for component in components {
            if first > 0 && known[component][0] == nil { throw .unsuitable("a scan of AC before DC") }
            for index in first...last {
                let isNext =
                    if let before = known[component][index] { previous == before && shift == before - 1 } else {
                        previous == 0
                    }
                guard isNext else { throw .unsuitable("a scan that repeats or leaves out bits") }
                known[component][index] = shift
            }
        }
        if !isProgressive { return .sequential }
        return switch (first == 0, previous == 0) {
        case (true, true): .firstDC
        case (true, false): .refinedDC
        case (false, true): .firstAC
        case (false, false): .refinedAC
        }
    }

    /// Whether a decoder shows the coefficients as they are. libjpeg looks at the first ten (jdcoefct.c, smoothing_ok).
    var isComplete: Bool {
        known.allSatisfy { $0.prefix(10).allSatisfy { $0 == 0 } }
    }
}
