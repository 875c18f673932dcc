import Admission
import Glibc
import Jobs
import Journal
import LinuxIO
import Naming
import Outbox
import Pipeline
import WorkerPool
import WorkerProtocol

/// The result of reading a source's header.
enum Preparation: Sendable {
    case planned(MemoryPlan)
    case refused(JobError)
    /// It is no picture, and what it is.
    case other(kind: String)
    /// The source is gone or was replaced.
    case gone
    /// Its inbox does not answer.
    case notAnswering
}

/// How an attempt ended, before anything is published.
enum AttemptOutcome: Sendable {
    case finished(FinishedAttempt)
    /// With the content's SHA-256.
    case unchanged(String, HeldSource)
    case failed(JobError)
    case died(Death)
    case environment(EngineFault)
    case gone
    /// Its inbox does not answer.
    case notAnswering
    /// It was claimed, but starting was suspended meanwhile.
    case notStarted
    /// Its results are in the outbox since an earlier attempt; only removing the source from the inbox is left.
    case published
    /// Its results are complete in staging from an earlier attempt.
    case staged
}

/// What a worker has made, and what is needed to publish it. One object: a hundred jobs may be on their way to the outbox,
/// and each step there would have a copy.
final class FinishedAttempt: Sendable {
    let report: JobReport
    let source: HeldSource
    /// Seconds since 1970.
    let startedAt: Double
    let plan: MemoryPlan
    /// The names that its results have in the outbox; with a route, once it is known.
    let outputs: [OutputName]
    /// What these names were made of.
    let values: NameValues

    init(
        report: JobReport, source: HeldSource, startedAt: Double, plan: MemoryPlan, outputs: [OutputName],
        values: NameValues = NameValues()
    ) {
        self.values = values
        self.report = report
        self.source = source
        self.startedAt = startedAt
        self.plan = plan
        self.outputs = outputs
    }

    /// The same with other names.
    func named(_ outputs: [OutputName], _ values: NameValues = NameValues()) -> FinishedAttempt {
        FinishedAttempt(
            report: report, source: source, startedAt: startedAt, plan: plan, outputs: outputs, values: values)
    }
}

/// A source that is held open from before it is read to its job's end, so that its inode cannot be reused meanwhile.
struct HeldSource: Sendable {
    let file: Descriptor
    private let status: FileStatus
    /// Makes its bytes durable while it is worked on, where it is to leave the inbox; nil where it stays.
    var syncing: Task<Void, any Error>?

    /// Throws SystemCallError.
    init(_ file: Descriptor) throws {
        self.file = file
        status = try FileStatus.of(file)
    }

    /// Whether its content is still what was read. Other content of the same length may have been written
    /// and the old time restored; the kernel's own time cannot be restored, but changes with permissions and links too.
    /// Throws SystemCallError.
    func isStill(sha256 digest: String) throws -> Bool {
        let now = try FileStatus.of(file)
        guard now.size == status.size, now.mtime == status.mtime else { return false }
        return try now.ctime == status.ctime || sha256(of: file).digest == digest
    }
}

extension HeldSource {
    /// Nil if the source is gone or was replaced. Blocks.
    fileprivate init?(_ job: JobRecord, in context: InboxContext) throws {
        guard let file = try open(job.source, in: context) else { return nil }
        try self.init(file)
        // Starts now, so that it is on disk by the time the job is done.
        if context.takesSourcesAway {
            syncing = Task { try await context.syncs.run { try file.syncSource(subject: job.source.path.text) } }
        }
    }
}

extension Engine {
    /// Reads the header, in the supervisor, without a decoder.
    func look(at job: JobRecord) async -> Preparation {
        if job.state == .published || job.state == .staged { return .planned(.nothing) }
        guard let context = context(of: job) else { return .gone }
        guard context.directory != nil else { return .notAnswering }
        let cap = settings.cap
        do {
            if let kind = try await kindOfLatePartner(job, context) { return .other(kind: kind) }
            return try await context.disk.run(within: patience) { () -> Preparation in
                guard let file = try open(job.source, in: context) else { return .gone }
                if let inbox = context.directory,
                    let kind = otherKind(file, job.source.path, in: inbox, pipeline: context.pipeline)
                {
                    return .other(kind: kind)
                }
                switch admit(file, size: job.source.size, pipeline: context.pipeline, cap: cap) {
                case .success(let plan):
                    // It exceeded its estimate: retry with all available memory.
                    let isOver = job.error?.code == .memoryLimit
                    return .planned(isOver ? .lastResort(for: plan, cap: cap) : plan)
                case .failure(let error): return .refused(error)
                }
            }
        } catch is RootNotAnswering {
            return .notAnswering
        } catch {
            return .refused(JobError(.unreadable, "\(error)"))
        }
    }

    /// Seconds that an inbox may take for trivial operations.
    private var patience: Double { 5 }

    /// One attempt: counted in the journal first, then given to a worker.
    /// - Parameter isAhead: whether it has to wait for its turn once it is claimed.
    func attempt(_ job: JobRecord, _ plan: MemoryPlan, isAhead: Bool) async -> AttemptOutcome {
        if job.state == .published { return .published }
        if job.state == .staged { return .staged }
        do {
            // Two calls, so that those who wait for their turn have not yet the memory that the second one takes.
            guard let claimed = try await claim(job, plan) else { return .gone }
            if claimed.hasNoOutputNames { return try await failWithoutOutputNames(claimed) }
            guard let plan = await turn(of: job, plan, isAhead: isAhead) else { return .notStarted }
            if isAhead { try await disk.run { [places] in try places.checkStaging() } }
            return try await perform(claimed, plan)
        } catch JournalError.forbidden(_, from: let state, to: _)
            where [.published, .done, .quarantined, .superseded].contains(state)
        {
            // It has already ended, or was overtaken by a newer job.
            try? await disk.run { [staging = places.staging] in staging.discardIfEmpty(job.name) }
            return .gone
        } catch is RootNotAnswering {
            return .notAnswering
        } catch {
            return .environment(environmentFault(error))
        }
    }

    /// Opens everything a worker needs, and counts the attempt.
    /// - Returns: nil where the source is gone, or its pipeline.
    private func claim(_ job: JobRecord, _ plan: MemoryPlan) async throws -> ClaimedJob? {
        guard let context = context(of: job) else { return nil }
        let held = try await context.disk.run(within: patience) { () -> (HeldSource, CompanionFiles)? in
            guard let source = try HeldSource(job, in: context) else { return nil }
            return (
                source, context.directory.map { CompanionFiles(beside: job.source.path, in: $0) } ?? CompanionFiles()
            )
        }
        guard let (source, beside) = held else { return nil }
        let companions = try await withThoseThatLeft(beside, job, context)
        let opened = try await disk.run { [places] in
            try places.checkStaging()
            return try Opened(source, companions, job, in: context, places.staging)
        }
        let asked = monotonicNanoseconds()
        let claim = try await journal.claim(
            job.id, estimate: plan.estimate, plan: plan.way.rawValue, companions: companions.state, now: clock())
        pace.note(claim: Double(monotonicNanoseconds() - asked) / 1e9)
        return ClaimedJob(claim, opened, context)
    }

    private func perform(_ claimed: ClaimedJob, _ plan: MemoryPlan) async throws -> AttemptOutcome {
        let (job, started) = (claimed.job, clock())
        withWorkers[job.id] = job.source.inbox
        observer.began(job, plan)
        onEvent(.started(job, plan))
        let known = try await knownDigest(of: claimed)
        observer.reads(job.id, claimed.source.file, bytes: job.source.size)
        let outcome = await pool.run(
            claimed.forPool(plan, known: known), timeLimit: claimed.context.pipeline.limits.time)
        if case .replied(.finished(let report), _) = outcome { pace.note(work: report.cost.wallSeconds) }
        // Keeps the files open while the worker uses them.
        return withExtendedLifetime(claimed) { claimed.judge(outcome, known: known, startedAt: started, plan) }
    }

    /// The content of which everything has been made before: a worker that reads it has nothing to do. Where results
    /// are missing, a consumer has taken them, unless the source is a new drop of what was done before.
    private func knownDigest(of claimed: ClaimedJob) async throws -> String? {
        let context = claimed.context
        guard let done = claimed.before, done.other == nil, done.pipelineDigest == context.pipelineDigest,
            !settings.overwrite
        else {
            return nil
        }
        // A companion says something else by now. Where none is there any more, what it once said still holds.
        if let companions = claimed.companions, companions != done.companions { return nil }
        // The same file; only its permissions, links or times differ.
        let isSameFile = done.source.inode == claimed.job.source.inode && done.source.inode != 0
        if !settings.remakesMissing, isSameFile, !context.takesSourcesAway || done.stay != .none { return done.sha256 }
        let (outputs, publisher) = (claimed.published, places.publisher)
        return try await disk.run { try hasResults(outputs, publisher) } ? done.sha256 : nil
    }

    /// The job has no names in the outbox: a supervisor that went down between queueing a source and refusing it leaves
    /// such a job.
    private func failWithoutOutputNames(_ claimed: ClaimedJob) async throws -> AttemptOutcome {
        let (job, context) = (claimed.job, claimed.context)
        try await journal.release(job.id)
        try await disk.run { [staging = places.staging] in staging.discardIfEmpty(job.name) }
        do {
            _ = try OutputNames.candidates(for: job.source.path, pipeline: context.pipeline, folder: context.folder)
            return .failed(noNames)
        } catch {
            return .failed(error)
        }
    }
}

/// A job's source, held open; nil where it is gone or was replaced. Blocks.
func heldSource(of job: JobRecord, in context: InboxContext) throws -> HeldSource? {
    try open(job.source, in: context).map(HeldSource.init)
}

/// Opens a source without following links; nil when it is gone or is not the one that was seen.
private func open(_ source: SourceIdentity, in context: InboxContext) throws -> Descriptor? {
    do {
        guard let file = try context.directory?.openFile(source.path.bytes) else { return nil }
        let status = try FileStatus.of(file)
        return status.isRegular && context.identity(of: source.path, status).isSameState(as: source) ? file : nil
    } catch let error as SystemCallError where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
        return nil
    }
}
