import Status

/// Prometheus' text format, version 0.0.4.
struct MetricsText {
    enum Kind: String {
        case counter, gauge, histogram
    }
    typealias Labels = [(name: String, value: String)]

    private(set) var bytes: [UInt8] = []

    /// - Parameter samples: of one name, all of them.
    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: Labels, value: Double)]) {
        begin(name, kind, help)
        for sample in samples { add(name, sample.labels, sample.value) }
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        family(name, .gauge, help, [([], value)])
    }

    mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
        family(name, .counter, help, [([], Double(value))])
    }

    mutating func histograms(_ name: String, _ help: String, _ all: [(labels: Labels, histogram: Histogram)]) {
        begin(name, .histogram, help)
        for (labels, histogram) in all {
            var below: UInt64 = 0
            for (index, count) in histogram.counts.enumerated() {
                below += count
                let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
                add("\(name)_bucket", labels, Double(below), further: ("le", bound))
            }
            add("\(name)_sum", labels, histogram.sum)
            add("\(name)_count", labels, Double(below))
        }
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        append("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    }

    private mutating func add(
        _ name: String, _ labels: Labels, _ value: Double, further: (name: String, value: String)? = nil
    ) {
        append(name)
        let all = labels + (further.map { [$0] } ?? [])
        if !all.isEmpty {
            append("{" + all.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}")
        }
        append(" \(number(value))\n")
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    /// Label values may hold anything, but these three are written with a backslash.
    static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return value == .infinity ? "+Inf" : value.isNaN ? "NaN" : "\(value)"
    }
}
