import Jobs
import Journal
import Outbox
import Pipeline
import Text
import WorkerProtocol

// Names of results that are known only once the worker is done: of a pipeline with an `output.route`, of documents of which
// each page is made, of videos of motion photos.
extension Engine {
    /// The attempt with the names of what it has made, owned in the journal.
    func named(
        _ job: JobRecord, _ attempt: FinishedAttempt, _ context: InboxContext
    ) async throws -> Result<FinishedAttempt, JobError> {
        switch names(of: job, attempt, context) {
        case .known(let outputs): .success(attempt.named(outputs))
        case .unusable(let error): .failure(error)
        case .toClaim(let candidates): try await claim(candidates, for: job, attempt)
        }
    }

    private enum Names {
        case known([OutputName])
        /// The sets of names that they could have, best first.
        case toClaim([[OutputName]])
        case unusable(JobError)
    }

    @inline(never)
    private func names(of job: JobRecord, _ attempt: FinishedAttempt, _ context: InboxContext) -> Names {
        do {
            let made = try checkedResults(attempt.report, context.pipeline)
            let keys = Set(made.map(\.key))
            let route = try checkedRoute(attempt.report.route, context.pipeline)
            if route == nil, keys.isSubset(of: attempt.outputs.compactMap(\.rendition)) {
                return .known(attempt.outputs.filter { $0.rendition.map(keys.contains) ?? true })
            }
            return .toClaim(
                try OutputNames.candidates(
                    for: job.source.path, pipeline: context.pipeline, folder: context.folder, route: route, made: made
                ).map(journalNames))
        } catch {
            return .unusable(error)
        }
    }

    private func claim(
        _ candidates: [[OutputName]], for job: JobRecord, _ attempt: FinishedAttempt
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
        return .success(attempt.named(candidates[index]))
    }
}

/// Bytes below the outbox: the kernel takes 4095.
private let longestPath = 4000

/// What a worker has told that it made, which is believed as little as its source.
func checkedResults(_ report: JobReport, _ pipeline: Pipeline) throws(JobError) -> [ResultName] {
    var known = Set<ResultName>()
    let renditions = Set(pipeline.renditions.map(\.name))
    let originals = Set(pipeline.originals.map(\.name))
    for rendition in report.renditions {
        let isPage =
            rendition.page.map { pipeline.pages == .all && (1...Pipeline.mostPageResults).contains($0) } ?? true
        let isAskedFor =
            renditions.contains(rendition.name) || (rendition.page == nil && originals.contains(rendition.name))
        guard isPage, isAskedFor, known.insert(rendition.result).inserted else {
            throw JobError(.workerProtocol, "The worker reported a rendition that it was not asked for.")
        }
    }
    guard let motion = report.motion else { return report.renditions.map(\.result) }
    guard pipeline.motion == .extract, ["mp4", "mov"].contains(motion.format) else {
        throw JobError(.workerProtocol, "The worker reported a video that it was not asked for.")
    }
    return report.renditions.map(\.result) + [motion.result]
}

/// The folder that a worker has told, which is believed as little as its source.
func checkedRoute(_ told: String?, _ pipeline: Pipeline) throws(JobError) -> RelativePath? {
    guard pipeline.output.route != nil else { return nil }
    guard let told else { throw JobError(.workerProtocol, "The worker did not report a folder for its results.") }
    guard let route = RelativePath(told),
        !route.components.contains(where: { $0.first == UInt8(ascii: ".") || $0.count > OutputNames.longestName })
    else {
        throw JobError(.workerProtocol, "The worker reported an invalid folder: '\(escaped(told.utf8.prefix(100)))'.")
    }
    return route
}
