package import Jobs
import Journal
import LinuxIO
import Outbox
import Pipeline

// Sources that can never be jobs: links, devices, overlong names. There may be a hundred thousand of them, so
// that they go many at a time, with one sync and one commit.
extension Engine {
    /// Records them, each with its error file. Earlier refusals that have not changed are not reported again.
    /// - Throws: disk and journal errors; then nothing is lost, and all of them must be refused again.
    package func refuse(_ refusals: [(SourceIdentity, JobError)]) async throws {
        for (inbox, refusals) in Dictionary(grouping: refusals, by: \.0.inbox) {
            guard let context = contexts[inbox] else { continue }
            try await refuse(refusals, context)
        }
    }

    private func refuse(_ refusals: [(SourceIdentity, JobError)], _ context: InboxContext) async throws {
        let known = try await journal.known(of: refusals.map(\.0))
        var new: [Journal.Refusal] = []
        for ((source, error), known) in zip(refusals, known) {
            if let latest = known.latest, latest.source.isSameFile(as: source), latest.state == .quarantined,
                latest.error?.code == error.code, latest.stay == .forGood || !context.movesFailures
            {
                if settings.reportsUnchanged { onEvent(.stillQuarantined(source, error, job: latest.id)) }
            } else {
                new.append(Journal.Refusal(source, error))
            }
        }
        guard !new.isEmpty else { return }
        let (places, now) = (places, clock())
        let recorded = try await inPieces(new) { piece in
            try await context.disk.run {
                try places.check()
                return try places.quarantine.take(piece, in: context, now: now)
            }
        }
        let jobs = try await journal.recordRefused(
            recorded, pipelineName: context.pipeline.name, pipelineDigest: context.pipelineDigest, now: now)
        for (refusal, job) in zip(recorded, jobs) {
            onEvent(.quarantined(refusal.source, refusal.error, job: job))
        }
    }
}

/// Does the pieces of a batch at the same time, on as many threads: each makes its files and waits for its syncs.
/// - Returns: all results, in their order.
private func inPieces(
    _ batch: [Journal.Refusal], _ body: @escaping @Sendable ([Journal.Refusal]) async throws -> [Journal.Refusal]
) async throws -> [Journal.Refusal] {
    let size = 64
    return try await withThrowingTaskGroup(of: (Int, [Journal.Refusal]).self) { group in
        for start in stride(from: 0, to: batch.count, by: size) {
            let piece = Array(batch[start..<min(start + size, batch.count)])
            group.addTask { (start, try await body(piece)) }
        }
        var results: [Int: [Journal.Refusal]] = [:]
        for try await (start, result) in group { results[start] = result }
        return results.sorted { $0.key < $1.key }.flatMap(\.value)
    }
}
