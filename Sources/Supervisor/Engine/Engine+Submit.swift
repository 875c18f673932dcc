package import Jobs
package import Journal
import LinuxIO
package import Outbox
import Pipeline

/// The outcome of submitting a source.
package enum Submission: Sendable, Equatable {
    case queued
    /// Same content, same pipeline, results made before: nothing to do.
    case unchanged
    /// Failed before, and nothing has changed since.
    case stillQuarantined(JobError)
    /// No picture, and dealt with before.
    case other(kind: String)
    /// A job for exactly this state of the source waits or runs already.
    case inProgress
    /// The name cannot be used.
    case refused(JobError)
}

extension Engine {
    /// Accepts sources, in this order, with one commit for all: durably queued when this returns, unless there is
    /// nothing to do.
    /// - Parameter whenCounted: called at the moment from which the journal's counts have what was queued. Waits for nothing.
    package func submit(
        _ sources: [SourceIdentity], whenCounted: @escaping @Sendable () -> Void = {}
    ) async throws -> [Submission] {
        var submissions: [Submission] = []
        var arrivals: [(place: Int, arrival: Journal.Arrival)] = []
        var refused: [(SourceIdentity, JobError)] = []
        let known = try await journal.known(of: sources)
        let haveResults = try await haveResults(known)
        for ((source, known), hasResults) in zip(zip(sources, known), haveResults) {
            switch consider(source, known, hasResults: hasResults) {
            case .settled(let submission):
                submissions.append(submission)
            case .unusable(let error):
                refused.append((source, error))
                submissions.append(.refused(error))
            case .arrival(let arrival):
                arrivals.append((submissions.count, arrival))
                submissions.append(.queued)
            }
        }
        if !refused.isEmpty { try await refuse(refused) }
        guard !arrivals.isEmpty else { return submissions }
        let arrived = try await journal.enqueue(arrivals.map(\.arrival), now: clock(), whenCounted: whenCounted)
        for (arrived, (place, arrival)) in zip(arrived, arrivals) {
            for job in arrived.superseded { drop(job) }
            // Without candidates it gets its names when they are known.
            if arrived.candidate == nil, !arrival.candidates.isEmpty {
                let error = noNameLeft(arrival.candidates)
                active.insert(arrived.job.id)
                await fail(arrived.job, error, countsFailure: false)
                retire(arrived.job.id)
                submissions[place] = .refused(error)
            } else {
                enqueue(arrived.job)
            }
        }
        pump()
        return submissions
    }

    /// A newer job of its path has arrived: it blocks nothing any more.
    private func drop(_ job: Int64) {
        if let job = waiting.remove(job) {
            onEvent(.overtaken(job.source, job: job.id))
        } else if active.contains(job) {
            // It is left to those who have it in hand.
            return
        }
        // An earlier run may have made something of it, also where it has not come to the queue of this one.
        discarding += 1
        Task {
            try? await disk.run { [staging = places.staging, isNeeded = hasMoreToDo] in
                try staging.discard(JobRecord.name(of: job), isNeeded: isNeeded)
            }
            discarding -= 1
            signalIdle()
        }
    }

    private enum Consideration {
        case settled(Submission)
        case unusable(JobError)
        case arrival(Journal.Arrival)
    }

    private func consider(
        _ source: SourceIdentity, _ known: Journal.Known, hasResults: Bool
    ) -> Consideration {
        guard let context = contexts[source.inbox] else { return .settled(.inProgress) }
        if let latest = known.latest, latest.pipelineDigest == context.pipelineDigest, isSame(source, latest) {
            switch latest.state {
            case .queued, .running, .staged, .published:
                return .settled(.inProgress)
            // If its job removed it and it is here again, it was put back: process it once more.
            case .done where latest.other != nil:
                guard let kind = latest.other, isStillDealtWith(latest, context, hasCopy: hasResults) else { break }
                if settings.reportsUnchanged, !isOfThisRun(latest) {
                    onEvent(.other(source, kind: kind, context.pipeline.others, job: latest.id))
                }
                return .settled(.other(kind: kind))
            case .done where !settings.overwrite && (!context.takesSourcesAway || latest.stay == .forGood):
                if hasResults || !settings.remakesMissing {
                    if settings.reportsUnchanged, !isOfThisRun(latest) { onEvent(.unchanged(source, job: latest.id)) }
                    return .settled(.unchanged)
                }
            case .quarantined where !settings.overwrite && isStillQuarantined(latest, context):
                return .settled(.stillQuarantined(stillQuarantined(latest, source)))
            case .done, .quarantined, .superseded:
                break
            }
        }
        do {
            let names =
                try !context.namesAhead(source.path)
                ? [] : OutputNames.candidates(for: source.path, pipeline: context.pipeline, folder: context.folder)
            return .arrival(
                Journal.Arrival(
                    source, pipelineName: context.pipeline.name, pipelineDigest: context.pipelineDigest,
                    candidates: names.map(journalNames), naming: context.namingAhead(source.path)))
        } catch {
            return .unusable(error)
        }
    }

    /// A source that could not be removed was touched by the attempt: that alone is no reason for another.
    private func isSame(_ source: SourceIdentity, _ latest: JobRecord) -> Bool {
        latest.stay == .forGood ? latest.source.isSameFile(as: source) : latest.source.isSameState(as: source)
    }

    /// Whether a source that failed before need not be tried again. One that was moved away and is here again was brought
    /// back, to be tried once more.
    private func isStillQuarantined(_ latest: JobRecord, _ context: InboxContext) -> Bool {
        // Of an earlier version, or of `others: quarantine`: it may be no failure any more.
        if context.pipeline.others != .quarantine, [.unsupportedFormat, .emptyFile].contains(latest.error?.code),
            context.mayBeOther(latest.source.path), !isOfThisRun(latest)
        {
            return false
        }
        if context.movesFailures { return latest.stay == .forGood }
        return isOfThisRun(latest) || latest.error?.code.dependsOnSurroundings != true
    }

    private func stillQuarantined(_ latest: JobRecord, _ source: SourceIdentity) -> JobError {
        let error = latest.error ?? JobError(.damaged, "It failed before.")
        if settings.reportsUnchanged, !isOfThisRun(latest) {
            onEvent(.stillQuarantined(source, error, job: latest.id))
        }
        return error
    }

    func noNameLeft(_ candidates: [[OutputName]]) -> JobError {
        let names = candidates.compactMap { $0.first.map { "'\($0.path)'" } }.joined(separator: " and ")
        return JobError(.nameTaken, "Another source already has results named \(names) in this outbox.")
    }

    /// A job that recovery brought to its end before the scan came to its source has had its event already.
    func isOfThisRun(_ job: JobRecord) -> Bool { (job.finishedAt ?? 0) >= startedAt }

    /// For each, whether everything it published is still there, with the same size.
    private func haveResults(_ known: [Journal.Known]) async throws -> [Bool] {
        guard settings.remakesMissing, known.contains(where: { $0.latest?.state == .done }) else {
            return known.map { _ in false }
        }
        let publisher = places.publisher
        return try await disk.run { try known.map { try hasResults($0.outputs, publisher) } }
    }

    func journalNames(_ names: OutputNames) -> [OutputName] {
        names.renditions.map { OutputName(path: $0.path, rendition: $0.rendition) }
            + [OutputName(path: names.sidecar, rendition: nil)]
    }
}

/// Whether everything that a done job published is still there, in its size. Blocks.
package func hasResults(_ outputs: [OutputRecord], _ publisher: Publisher) throws -> Bool {
    guard !outputs.isEmpty else { return false }
    return try outputs.allSatisfy { try publisher.has($0.name.path, bytes: $0.name.bytes ?? 0) }
}
