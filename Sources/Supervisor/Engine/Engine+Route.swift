import Jobs
import Journal
import LinuxIO
import Naming
import Outbox
import Pipeline
import WorkerProtocol

// Names of results that are known only once the worker is done: of a pipeline with an `output.route`, or whose `output.name` asks
// for more than the source's path, of documents of which each page is made, of videos of motion photos.
extension Engine {
    /// The attempt with the names of what it has made, owned in the journal.
    func named(
        _ job: JobRecord, _ attempt: FinishedAttempt, _ context: InboxContext
    ) async throws -> Result<FinishedAttempt, JobError> {
        let late: (values: NameValues, isSecond: Bool)
        do {
            late = try await lateValues(of: job, attempt, context)
        } catch let error as JobError {
            return .failure(error)
        }
        switch names(of: job, attempt, context, late.values) {
        case .known(let outputs): return .success(attempt.named(outputs))
        case .unusable(let error): return .failure(error)
        case .toClaim(var candidates):
            if late.isSecond, candidates.count > 1 { candidates.removeFirst() }
            return try await claim(candidates, for: job, attempt, late.values)
        }
    }

    private enum Names {
        case known([OutputName])
        /// The sets of names that they could have, best first.
        case toClaim([[OutputName]])
        case unusable(JobError)
    }

    @inline(never)
    private func names(
        of job: JobRecord, _ attempt: FinishedAttempt, _ context: InboxContext, _ values: NameValues
    ) -> Names {
        do {
            let (report, pipeline) = (attempt.report, context.pipeline)
            let made = try checkedResults(report.renditions, report.motion, pipeline)
            let keys = Set(made.map(\.key))
            let route = try checkedRoute(report.route, pipeline)
            if route == nil, !context.template.isLate, keys.isSubset(of: attempt.outputs.compactMap(\.rendition)) {
                return .known(attempt.outputs.filter { $0.rendition.map(keys.contains) ?? true })
            }
            return .toClaim(
                try OutputNames.candidates(
                    for: job.source.path, pipeline: pipeline, folder: context.folder, route: route, made: made,
                    values: values
                ).map(journalNames))
        } catch {
            return .unusable(error)
        }
    }

    private func claim(
        _ candidates: [[OutputName]], for job: JobRecord, _ attempt: FinishedAttempt, _ values: NameValues
    ) async throws -> Result<FinishedAttempt, JobError> {
        let longest = candidates.joined().map(\.path.bytes.count).max() ?? 0
        guard longest <= longestPath else {
            return .failure(
                JobError(
                    .nameTooLong,
                    "With the folder of its route, the path of its results would be \(longest) bytes long; it has at most "
                        + "\(longestPath)."))
        }
        guard let index = try await journal.claimNames(of: job, candidates: candidates) else {
            return .failure(noNameLeft(candidates))
        }
        return .success(attempt.named(candidates[index], values))
    }

    // MARK: What `output.name` asks for

    /// Throws JobError for what a worker told, and what disk and journal throw.
    private func lateValues(
        of job: JobRecord, _ attempt: FinishedAttempt, _ context: InboxContext
    ) async throws -> (values: NameValues, isSecond: Bool) {
        guard context.template.isLate else { return (NameValues(), false) }
        let (report, pipeline) = (attempt.report, context.pipeline)
        var values = NameValues(
            facts: report.naming ?? NamingFacts(), changed: Moment(secondsSince1970: job.source.changed.seconds))
        var naming = job.naming
        if context.template.hasCounter {
            let names = try NumberedNames(
                source: job.source.path, pipeline: pipeline, folder: context.folder,
                route: checkedRoute(report.route, pipeline),
                made: checkedResults(report.renditions, report.motion, pipeline), values: values)
            naming = try await numbered(job, names)
            values.number = naming?.number
        } else if naming == nil {
            naming = try await journal.settleNaming(of: job, NamingWish(folder: nil))
        }
        // Numbers tell sources apart.
        return (values, naming?.isSecond == true && !context.template.hasCounter)
    }

    /// With a number that is no other source's, and whose names are no foreign files', of which no journal knows.
    private func numbered(_ job: JobRecord, _ names: NumberedNames) async throws -> JobNaming {
        let (folder, publisher) = (names.place, places.publisher)
        let published = try await disk.run { try names.published(in: publisher) }
        var naming = job.naming
        if naming?.number(in: folder) == nil || published != nil && published != naming?.number {
            naming = try await journal.settleNaming(of: job, NamingWish(folder: folder, published: published))
        }
        while let known = naming, let number = known.number {
            let own = try await journal.outputs(inbox: job.source.inbox, path: job.source.path).map(\.name.path)
            let free = try await disk.run { [overwrite = settings.overwrite] in
                try overwrite ? number : names.firstFree(from: number, own: Set(own), in: publisher)
            }
            if free == number { return known }
            naming = try await journal.settleNaming(of: job, NamingWish(folder: folder, least: free))
        }
        return naming ?? JobNaming(isSecond: false)
    }
}

/// Bytes below the outbox: the kernel takes 4095.
private let longestPath = 4000
