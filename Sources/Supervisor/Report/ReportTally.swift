package import Jobs

/// Totals over many sidecars. Bounded, however many there are.
package struct ReportTally: Sendable {
    /// Of a stage, or of the encoding of a rendition.
    package struct Step: Sendable, Equatable {
        package var count = 0
        package var seconds = 0.0
        package var longest = 0.0

        mutating func add(_ time: Double) {
            count += 1
            seconds += time
            longest = max(longest, time)
        }
    }

    package private(set) var pictures = 0
    package private(set) var renditions = 0
    package private(set) var bytesRead: UInt64 = 0
    package private(set) var bytesWritten: UInt64 = 0
    /// Of those that have renditions: only these say what is saved.
    package private(set) var bytesReadForRenditions: UInt64 = 0
    package private(set) var busy = BusySpans()
    package private(set) var wallSeconds = 0.0
    package private(set) var cpuSeconds = 0.0
    /// Bytes, of the workers.
    package private(set) var peakMemory: UInt64 = 0
    package private(set) var largestEstimate: UInt64 = 0
    /// Jobs that took more than was estimated.
    package private(set) var underestimated = 0
    package private(set) var spilled = 0
    package private(set) var warned = 0
    package private(set) var stages: [String: Step] = [:]
    package private(set) var encodings: [String: Step] = [:]
    package private(set) var labels: [String: Int] = [:]
    package private(set) var pipelines: [String: Int] = [:]
    package private(set) var versions: [String: Int] = [:]
    package private(set) var failures: [ErrorCode: Int] = [:]
    /// Labels, pipelines and so on beyond `mostNames`, together.
    package private(set) var otherLabels = 0
    /// Files of the inboxes that are no pictures, by what they are.
    package var others: [String: Int] = [:]
    /// JSON files that are no sidecars, or damaged ones.
    package var passedOver = 0
    /// Sidecars whose results are just being replaced.
    package var inReplacement = 0

    /// Different names that are counted of each kind.
    static let mostNames = 1000

    package init() {}

    package var failed: Int { failures.values.reduce(0, +) }
    package var isEmpty: Bool { pictures == 0 && failures.isEmpty && others.isEmpty }

    /// 0…1 of what was read; negative where results are larger. Nil without renditions.
    package var saved: Double? {
        bytesReadForRenditions > 0 ? 1 - Double(bytesWritten) / Double(bytesReadForRenditions) : nil
    }

    package mutating func add(_ sidecar: Sidecar) {
        pictures += 1
        renditions += sidecar.renditions.count
        bytesRead &+= sidecar.source.bytes
        bytesWritten &+= sidecar.written
        if !sidecar.renditions.isEmpty { bytesReadForRenditions &+= sidecar.source.bytes }
        if let start = seconds(ofTimestamp: sidecar.timing.started),
            let end = seconds(ofTimestamp: sidecar.timing.finished)
        {
            busy.add(from: start, to: end)
        }
        wallSeconds += sidecar.timing.wallSeconds
        cpuSeconds += sidecar.timing.cpuSeconds
        peakMemory = max(peakMemory, sidecar.memory.peak)
        largestEstimate = max(largestEstimate, sidecar.memory.estimate)
        // Earlier versions' estimates left the worker itself out; they name no plan.
        if sidecar.memory.plan != nil, sidecar.memory.peak > sidecar.memory.estimate { underestimated += 1 }
        if sidecar.memory.spilled ?? 0 > 0 { spilled += 1 }
        if !sidecar.warnings.isEmpty { warned += 1 }
        for stage in sidecar.stages where stage.details["skipped"] == nil {
            add(stage.seconds, to: \.stages, stage.name)
        }
        for rendition in sidecar.renditions { add(rendition.seconds, to: \.encodings, rendition.name) }
        for label in Set(sidecar.bestLabels) {
            if !count(label, in: \.labels) { otherLabels += 1 }
        }
        _ = count(sidecar.pipeline.name, in: \.pipelines)
        _ = count(sidecar.sluice, in: \.versions)
    }

    package mutating func add(_ error: ErrorFile) {
        failures[error.code, default: 0] += 1
        _ = count(error.pipeline.name, in: \.pipelines, by: 0)
    }

    private mutating func add(_ time: Double, to steps: WritableKeyPath<Self, [String: Step]>, _ name: String) {
        guard time.isFinite, self[keyPath: steps][name] != nil || self[keyPath: steps].count < Self.mostNames else {
            return
        }
        self[keyPath: steps][name, default: Step()].add(time)
    }

    private mutating func count(
        _ name: String, in counts: WritableKeyPath<Self, [String: Int]>, by number: Int = 1
    ) -> Bool {
        guard self[keyPath: counts][name] != nil || self[keyPath: counts].count < Self.mostNames else { return false }
        self[keyPath: counts][name, default: 0] += number
        return true
    }
}

extension Sidecar {
    /// Bytes of all renditions.
    package var written: UInt64 { renditions.reduce(0) { $0 &+ $1.bytes } }

    /// What each classification calls it.
    var bestLabels: [String] { stages.compactMap(\.classification?.label) }
}
