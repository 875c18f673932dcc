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
    /// Takes sources in, in this order, with one commit for all of them: durably queued when this returns, unless there is
    /// nothing to do.
    package func submit(_ sources: [SourceIdentity]) async throws -> [Submission] {
        var submissions: [Submission] = []
        var arrivals: [(place: Int, arrival: Journal.Arrival)] = []
        let known = try await journal.known(of: sources)
        for (source, known) in zip(sources, known) {
            switch try consider(source, known) {
            case .settled(let submission):
                submissions.append(submission)
            case .unusable(let error):
                try await refuse(source, error)
                submissions.append(.refused(error))
            case .arrival(let arrival):
                arrivals.append((submissions.count, arrival))
                submissions.append(.queued)
            }
        }
        guard !arrivals.isEmpty else { return submissions }
        let arrived = try await journal.enqueue(arrivals.map(\.arrival), now: clock())
        for (arrived, (place, arrival)) in zip(arrived, arrivals) {
            // Without candidates it gets its names when they are known.
            if arrived.candidate == nil, !arrival.candidates.isEmpty {
                let error = noNameLeft(arrival.candidates)
                await fail(arrived.job, error, countsFailure: false)
                submissions[place] = .refused(error)
            } else {
                await line(up: arrived.job)
            }
        }
        return submissions
    }

    private enum Consideration {
        case settled(Submission)
        case unusable(JobError)
        case arrival(Journal.Arrival)
    }

    private func consider(_ source: SourceIdentity, _ known: Journal.Known) throws -> Consideration {
        guard let context = contexts[source.inbox] else { return .settled(.inProgress) }
        if let latest = known.latest, latest.source == source, latest.pipelineDigest == context.pipelineDigest {
            switch latest.state {
            case .queued, .running, .staged, .published:
                return .settled(.inProgress)
            // Where its job took it away and here it is again, somebody has put it back: to be done once more.
            case .done where !settings.overwrite && !context.takesSourcesAway:
                if try hasResults(known.outputs) {
                    if !isOfThisRun(latest) { onEvent(.unchanged(source, job: latest.id)) }
                    return .settled(.unchanged)
                }
            case .quarantined
            where !settings.overwrite && !context.movesFailures
                && (isOfThisRun(latest) || latest.error?.code.dependsOnSurroundings != true):
                let error = latest.error ?? JobError(.damaged, "It failed before.")
                if !isOfThisRun(latest) { onEvent(.stillQuarantined(source, error, job: latest.id)) }
                return .settled(.stillQuarantined(error))
            case .done, .quarantined, .superseded:
                break
            }
        }
        do {
            let names = try OutputNames.candidates(
                for: source.path, pipeline: context.pipeline, folder: context.folder)
            return .arrival(
                Journal.Arrival(
                    source, pipelineName: context.pipeline.name, pipelineDigest: context.pipelineDigest,
                    candidates: context.pipeline.output.route == nil ? names.map(journalNames) : []))
        } catch {
            return .unusable(error)
        }
    }

    func noNameLeft(_ candidates: [[OutputName]]) -> JobError {
        let names = candidates.compactMap { $0.first.map { "'\($0.path)'" } }.joined(separator: " and ")
        return JobError(.nameTaken, "Another source of this outbox already has results called \(names).")
    }

    /// Records a source that cannot be a job at all: a link, a device, a name that is too long.
    package func refuse(_ source: SourceIdentity, _ error: JobError) async throws {
        guard let context = contexts[source.inbox] else { return }
        if let latest = try journal.latest(inbox: source.inbox, path: source.path), latest.source == source,
            latest.state == .quarantined, latest.error?.code == error.code,
            // A file that was moved away and is here again was brought back, to be tried once more.
            try !(context.movesFailures && context.disposal.isStill(source))
        {
            onEvent(.stillQuarantined(source, error, job: latest.id))
            return
        }
        let arrival = Journal.Arrival(
            source, pipelineName: context.pipeline.name, pipelineDigest: context.pipelineDigest, candidates: [])
        for arrived in try await journal.enqueue([arrival], now: clock()) {
            await fail(arrived.job, error, countsFailure: false)
        }
    }

    /// A job that recovery brought to its end before the scan came to its source has had its event already.
    private func isOfThisRun(_ job: JobRecord) -> Bool { (job.finishedAt ?? 0) >= startedAt }

    /// Whether everything that a done job published is still there, in its size.
    func hasResults(_ outputs: [OutputRecord]) throws -> Bool {
        guard !outputs.isEmpty else { return false }
        return try outputs.allSatisfy { try publisher.has($0.name.path, bytes: $0.name.bytes ?? 0) }
    }

    func journalNames(_ names: OutputNames) -> [OutputName] {
        names.renditions.map { OutputName(path: $0.path, rendition: $0.rendition) }
            + [OutputName(path: names.sidecar, rendition: nil)]
    }
}
