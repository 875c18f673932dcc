import Journal
import LinuxIO
import Outbox
package import PipelineModel

/// What became of a source that was offered.
package enum Submission: Sendable, Equatable {
    case queued
    /// Same content, same pipeline, results in place: nothing to do.
    case unchanged
    /// Failed before, and nothing has changed since.
    case stillQuarantined(JobError)
    /// A job for exactly this state of the source waits or runs already.
    case inProgress
    /// The name cannot be used.
    case refused(JobError)
}

extension Engine {
    /// Takes a source in: durably queued when this returns, unless there is nothing to do.
    package func submit(_ source: SourceIdentity) async throws -> Submission {
        guard let context = contexts[source.inbox] else { return .inProgress }
        let latest = try journal.latest(inbox: source.inbox, path: source.path)
        if let latest, latest.source == source, latest.pipelineDigest == context.pipelineDigest {
            switch latest.state {
            case .queued, .running, .staged, .published:
                return .inProgress
            // Where its job took it away and here it is again, somebody has put it back: to be done once more.
            case .done where !settings.overwrite && !context.takesSourcesAway:
                if try hasResults(latest) {
                    if !isOfThisRun(latest) { onEvent(.unchanged(source)) }
                    return .unchanged
                }
            case .quarantined
            where !settings.overwrite && !context.movesFailures && latest.error?.code.dependsOnSurroundings != true:
                let error = latest.error ?? JobError(.damaged, "It failed before.")
                if !isOfThisRun(latest) { onEvent(.stillQuarantined(source, error)) }
                return .stillQuarantined(error)
            case .done, .quarantined, .superseded:
                break
            }
        }
        let names: [OutputNames]
        do {
            names = try OutputNames.candidates(for: source.path, pipeline: context.pipeline, folder: context.folder)
        } catch {
            try await refuse(source, error)
            return .refused(error)
        }
        let (job, candidate) = try await journal.enqueue(
            source, pipelineName: context.pipeline.name, pipelineDigest: context.pipelineDigest,
            candidates: names.map(journalNames), now: clock())
        guard candidate != nil else {
            let error = JobError(
                .nameTaken,
                "Another source of this outbox already has results called '\(names[0].renditions[0].path)' "
                    + "and '\(names[names.count - 1].renditions[0].path)'.")
            await fail(job, error, countsFailure: false)
            return .refused(error)
        }
        await line(up: job)
        return .queued
    }

    /// Records a source that cannot be a job at all: a link, a device, a name that is too long.
    package func refuse(_ source: SourceIdentity, _ error: JobError) async throws {
        guard let context = contexts[source.inbox] else { return }
        if let latest = try journal.latest(inbox: source.inbox, path: source.path), latest.source == source,
            latest.state == .quarantined, latest.error?.code == error.code,
            // A file that was moved away and is here again was brought back, to be tried once more.
            try !(context.movesFailures && context.disposal.isStill(source))
        {
            onEvent(.stillQuarantined(source, error))
            return
        }
        let (job, _) = try await journal.enqueue(
            source, pipelineName: context.pipeline.name, pipelineDigest: context.pipelineDigest, candidates: [],
            now: clock())
        await fail(job, error, countsFailure: false)
    }

    /// A job that recovery brought to its end before the scan came to its source has had its event already.
    private func isOfThisRun(_ job: JobRecord) -> Bool { (job.finishedAt ?? 0) >= startedAt }

    /// Whether everything that a done job published is still there, in its size.
    func hasResults(_ job: JobRecord) throws -> Bool {
        let outputs = try journal.outputs(inbox: job.source.inbox, path: job.source.path)
        guard !outputs.isEmpty else { return false }
        return try outputs.allSatisfy { try publisher.has($0.name.path, bytes: $0.name.bytes ?? 0) }
    }

    private func journalNames(_ names: OutputNames) -> [OutputName] {
        names.renditions.map { OutputName(path: $0.path, rendition: $0.rendition) }
            + [OutputName(path: names.sidecar, rendition: nil)]
    }
}
