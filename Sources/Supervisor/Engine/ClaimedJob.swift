import Admission
import Jobs
import Journal
import LinuxIO
import Outbox
import Pipeline
import WorkerPool
import WorkerProtocol

/// The open files passed to a worker.
struct Opened: Sendable {
    let source: HeldSource
    let staged: Staging.JobDirectory
    let named: PipelineFiles
    let companions: CompanionFiles

    /// Blocks. Throws SystemCallError.
    init(
        _ source: HeldSource, _ companions: CompanionFiles, _ job: JobRecord, in context: InboxContext,
        _ staging: Staging
    ) throws {
        self.source = source
        staged = try staging.prepare(job.name)
        named = PipelineFiles(of: context.pipeline)
        self.companions = companions
    }

    var numbers: [Int32] {
        [source.file.number, staged.directory.descriptor.number]
            + (named.descriptors + companions.descriptors).map(\.number)
    }
}

/// A job whose attempt is counted in the journal, with everything a worker needs for it.
final class ClaimedJob: Sendable {
    let job: JobRecord
    let context: InboxContext
    /// The names that its results have in the outbox.
    let outputs: [OutputName]
    /// Those of the source's names under which something was published once.
    let published: [OutputRecord]
    /// The source's latest job that is done.
    let before: JobRecord?
    private let opened: Opened

    init(_ claim: Journal.Claim, _ opened: Opened, _ context: InboxContext) {
        job = claim.job
        outputs = claim.outputs.filter { $0.job >= claim.job.id }.map(\.name)
        published = claim.outputs.filter(\.isPublished)
        before = claim.before
        self.opened = opened
        self.context = context
    }

    var source: HeldSource { opened.source }

    /// What its companions were; nil without any.
    var companions: String? { opened.companions.state }

    /// Whether it has no names, and will get none once it is done.
    var hasNoOutputNames: Bool { outputs.isEmpty && context.namesAhead(job.source.path) }

    /// - Parameter known: the digest of a content of which everything has been made before.
    func forPool(_ plan: MemoryPlan, known: String?) -> PoolJob {
        let pipeline = context.pipeline
        var request = JobRequest(
            job: job.id, sourceName: job.source.path.text, sourceSize: UInt64(max(0, job.source.size)),
            pipelineDigest: context.pipelineDigest, pipeline: nil,
            renditions: pipeline.resultNames.map {
                .init(rendition: $0, file: ResultName.rendition($0, page: nil).staged)
            },
            knownDigest: known, grant: plan.grant, restreams: plan.restreams, overlaps: plan.overlaps,
            raw: plan.raw, files: opened.named.files, stagingIsEmpty: opened.staged.isEmpty)
        request.companions = opened.companions.files
        return PoolJob(request: request, pipeline: pipeline, descriptors: opened.numbers)
    }

    /// - Parameter started: seconds since 1970.
    func judge(
        _ outcome: WorkerOutcome, known: String?, startedAt started: Double, _ plan: MemoryPlan
    ) -> AttemptOutcome {
        switch outcome {
        case .died(let death, _):
            return .died(death)
        case .replied(let reply, let peak):
            switch reply {
            case .finished(var report):
                report.cost.peakMemory = max(report.cost.peakMemory, peak)
                return .finished(
                    FinishedAttempt(report: report, source: source, startedAt: started, plan: plan, outputs: outputs))
            case .unchanged:
                return .unchanged(known ?? "", source)
            case .failed(let failure):
                return failure.isEnvironment
                    ? .environment(.outputUnwritable(failure.error.message)) : .failed(failure.error)
            case .ready, .rendition, .inspected, .examined, .training, .trained:
                return .failed(JobError(.workerProtocol, "The worker sent the wrong kind of reply."))
            }
        }
    }
}
