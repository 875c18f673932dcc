package import Jobs

/// What `sluice report --json` prints.
package struct ReportSummary: Codable, Sendable, Equatable {
    package struct Step: Codable, Sendable, Equatable {
        package var name: String
        package var count: Int
        package var seconds: Double
        package var longest: Double
    }
    package struct Count: Codable, Sendable, Equatable {
        package var name: String
        package var count: Int
    }
    package struct Failures: Codable, Sendable, Equatable {
        package var code: ErrorCode
        package var count: Int
        package var advice: String
    }

    package var schema = 1
    /// The version that made the report.
    package var sluice = sluiceVersion
    /// Where it was written; nil: to standard output.
    package var report: String?
    package var pictures: Int
    package var renditions: Int
    package var failed: Int
    package var bytesRead: UInt64
    package var bytesWritten: UInt64
    /// In hundredths of what was read.
    package var savedPercent: Double?
    /// RFC 3339, UTC.
    package var began: String?
    package var ended: String?
    /// Seconds in which anything was done.
    package var busySeconds: Double
    package var picturesPerSecond: Double?
    package var workerSeconds: Double
    package var cpuSeconds: Double
    /// Bytes, of workers.
    package var peakMemory: UInt64
    package var largestEstimate: UInt64
    package var underestimated: Int
    package var memoryCap: UInt64?
    package var spilled: Int
    package var warned: Int
    package var passedOver: Int
    /// Files of the inboxes that are no pictures, by what they are.
    package var others: [Count]
    package var inReplacement: Int
    package var stages: [Step]
    package var encodings: [Step]
    package var labels: [Count]
    package var pipelines: [Count]
    package var versions: [Count]
    package var failures: [Failures]

    /// - Parameter timestamp: writes seconds since 1970.
    package init(_ tally: ReportTally, memoryCap: UInt64?, timestamp: (Double) -> String) {
        pictures = tally.pictures
        renditions = tally.renditions
        failed = tally.failed
        bytesRead = tally.bytesRead
        bytesWritten = tally.bytesWritten
        savedPercent = tally.saved.map { rounded($0 * 100) }
        began = tally.busy.first.map(timestamp)
        ended = tally.busy.last.map(timestamp)
        busySeconds = rounded(tally.busy.seconds)
        picturesPerSecond = tally.busy.seconds > 0.05 ? rounded(Double(tally.pictures) / tally.busy.seconds) : nil
        workerSeconds = rounded(tally.wallSeconds)
        cpuSeconds = rounded(tally.cpuSeconds)
        peakMemory = tally.peakMemory
        largestEstimate = tally.largestEstimate
        underestimated = tally.underestimated
        self.memoryCap = memoryCap
        spilled = tally.spilled
        warned = tally.warned
        passedOver = tally.passedOver
        others = Self.counts(tally.others)
        inReplacement = tally.inReplacement
        stages = Self.steps(tally.stages)
        encodings = Self.steps(tally.encodings)
        labels = Self.counts(tally.labels)
        pipelines = Self.counts(tally.pipelines)
        versions = Self.counts(tally.versions)
        failures = tally.failures.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
            .map { .init(code: $0.key, count: $0.value, advice: $0.key.advice) }
    }

    private static func steps(_ steps: [String: ReportTally.Step]) -> [Step] {
        steps.sorted { ($1.value.seconds, $0.key) < ($0.value.seconds, $1.key) }
            .map {
                .init(
                    name: $0.key, count: $0.value.count, seconds: rounded($0.value.seconds),
                    longest: rounded($0.value.longest))
            }
    }

    private static func counts(_ counts: [String: Int]) -> [Count] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { .init(name: $0.key, count: $0.value) }
    }
}

/// To thousandths. Values no run can have come from a forged sidecar; JSON has no infinity for them.
private func rounded(_ value: Double) -> Double { (min(max(value, -1e12), 1e12) * 1000).rounded() / 1000 }
