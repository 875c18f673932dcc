import Engine
import Jobs
import LinuxIO
import Pipeline
import Run
import Synchronization
import Text

/// Counts what happens in a one-shot run.
final class RunTally: Sendable {
    struct Counts {
        var expected: Int?
        var published = 0
        var unchanged = 0
        var superseded = 0
        /// Files that are no pictures, by what they are.
        var others: [String: Int] = [:]
        var renditions = 0
        var bytesRead: UInt64 = 0
        var bytesWritten: UInt64 = 0
        var failures: [Failure] = []
        var failed = 0
        /// Anonymous memory, highest seen.
        var peakMemory: UInt64 = 0

        var done: Int { published + unchanged + superseded + failed + others.values.reduce(0, +) }
    }

    struct Failure: Codable {
        var source: String
        var code: ErrorCode
        var message: String
        /// It failed in an earlier run, and nothing has changed since.
        var before: Bool
    }

    private let state = Mutex(Counts())
    private let start = monotonicNanoseconds()
    /// Failures listed individually; more are only counted.
    private let mostListed = 10_000

    var counts: Counts { state.withLock { $0 } }
    var seconds: Double { Double(monotonicNanoseconds() - start) / 1e9 }

    func expect(_ count: Int) { state.withLock { $0.expected = count } }

    func noteMemory(_ bytes: UInt64) { state.withLock { $0.peakMemory = max($0.peakMemory, bytes) } }

    func take(_ event: EngineEvent) {
        state.withLock { counts in
            switch event {
            case .published(_, let sidecar):
                counts.published += 1
                counts.renditions += sidecar.renditions.count
                counts.bytesRead += sidecar.source.bytes
                counts.bytesWritten += sidecar.files.reduce(0) { $0 + $1.bytes }
            case .unchanged: counts.unchanged += 1
            case .superseded, .overtaken: counts.superseded += 1
            case .other(_, let kind, _, _): counts.others[kind, default: 0] += 1
            case .quarantined(let source, let error, _): fail(&counts, source, error, before: false)
            case .stillQuarantined(let source, let error, _): fail(&counts, source, error, before: true)
            case .followed, .started, .willRetry, .requeued, .sourceNotRemoved, .sourceOfferedAgain, .paused, .held,
                .resumed,
                .journalSetAside:
                break
            }
        }
    }

    private func fail(_ counts: inout Counts, _ source: SourceIdentity, _ error: JobError, before: Bool) {
        counts.failed += 1
        guard counts.failures.count < mostListed else { return }
        counts.failures.append(
            Failure(source: source.path.text, code: error.code, message: error.message, before: before))
    }

    func summary(
        output: String, quarantine: String, shard: String?, others: OthersRule, passedOver: PassedOver.Counts,
        interrupted: Bool
    ) -> RunSummary {
        let counts = counts
        var codes: [String: Int] = [:]
        for failure in counts.failures { codes[failure.code.rawValue, default: 0] += 1 }
        return RunSummary(
            total: counts.done, published: counts.published, unchanged: counts.unchanged,
            quarantined: counts.failed, superseded: counts.superseded, others: counts.others,
            othersRule: others.rawValue, passedOver: passedOver.files, passedOverFolders: passedOver.folders,
            renditions: counts.renditions,
            bytesRead: counts.bytesRead, bytesWritten: counts.bytesWritten, seconds: seconds,
            peakMemory: counts.peakMemory, interrupted: interrupted, codes: codes, failures: counts.failures,
            output: output, quarantine: quarantine, shard: shard)
    }
}

extension PassedOver.Counts {
    /// Nil where nothing was.
    var words: String? {
        var parts: [String] = []
        if files > 0 { parts.append(counted(files, "file")) }
        if folders > 0 { parts.append(counted(folders, "folder")) }
        if parts.isEmpty { return nil }
        return parts.joined(separator: " and ") + " skipped: hidden, unfinished, or passed over by a rule"
    }
}

/// What `process --json` prints.
struct RunSummary: Codable {
    var total: Int
    var published: Int
    var unchanged: Int
    var quarantined: Int
    /// Sources removed or changed before processing.
    var superseded: Int
    /// Files that are no pictures, by what they are: `mov`, `aae`, `json`, …
    var others: [String: Int]
    /// What was done with them: `leave`, `copy`.
    var othersRule: String
    /// Files skipped by rules: hidden ones, those named like unfinished ones, and those that patterns name.
    var passedOver: Int
    /// Folders skipped with all that is in them.
    var passedOverFolders: Int
    var renditions: Int
    var bytesRead: UInt64
    var bytesWritten: UInt64
    var seconds: Double
    /// Bytes, anonymous, all processes together; sampled ten times a second.
    var peakMemory: UInt64
    var interrupted: Bool
    var codes: [String: Int]
    var failures: [RunTally.Failure]
    var output: String
    var quarantine: String
    /// `2/4`; nil for a run over everything.
    var shard: String?

    func json(onOneLine: Bool) throws -> String { try jsonText(self, onOneLine: onOneLine) }

    var text: String {
        var parts = ["\(published) published (\(counted(renditions, "rendition")))", "\(unchanged) unchanged"]
        if superseded > 0 { parts.append("\(superseded) removed or changed before processing") }
        let reasons = codes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        parts.append("\(quarantined) quarantined" + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"))
        let of = shard.map { " of shard \($0)" } ?? ""
        var lines = ["\(counted(total, "source"))\(of) in \(oneDecimal(seconds)) s: " + parts.joined(separator: ", ")]
        if !others.isEmpty {
            let count = counted(others.values.reduce(0, +), "other")
            lines.append("\(count) \(othersRule == "copy" ? "copied" : "left"): \(countedKinds(others))")
        }
        let skipped = PassedOver.Counts(files: passedOver, folders: passedOverFolders)
        if let words = skipped.words { lines.append(words) }
        if published + unchanged > 0 || othersRule == "copy" && !others.isEmpty { lines.append("Results: \(output)") }
        if quarantined > 0 { lines.append("Reasons and advice: \(quarantine)") }
        if interrupted { lines.append("Interrupted. Run the same command again to continue.") }
        return lines.joined(separator: "\n")
    }
}
