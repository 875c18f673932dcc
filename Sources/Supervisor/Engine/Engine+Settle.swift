import Jobs
import Journal
import LinuxIO
import Outbox
import WorkerProtocol

// What follows a successful attempt: results are published, and the source goes where its pipeline sends it. Every
// path ends in a state that the journal holds.
extension Engine {
    func settle(_ job: JobRecord, _ outcome: AttemptOutcome) async {
        do {
            switch outcome {
            case .finished(let attempt):
                // One after the other, not one within the other: each takes a few kilobytes, and a hundred jobs may be here.
                guard let staged = try await stage(job, attempt) else { break }
                try await publishAndConclude(job, staged)
            case .unchanged(let digest, let held):
                try await settleUnchanged(job, digest, held)
            case .failed(let error):
                await failUnlessChanged(job, error, countsFailure: true)
            case .died(let death):
                await handleWorkerDeath(job, death)
            case .environment(let fault):
                await requeueWithoutBlame(job, fault)
            case .gone:
                await supersede(job)
            case .notAnswering:
                markUnresponsive(inbox: job.source.inbox, hangs: true)
                await requeueWithoutBlame(job, nil)
            case .notStarted:
                await requeueWithoutBlame(job, nil)
            case .staged:
                guard let staged = try await stagedBefore(job) else { break }
                try await publishAndConclude(job, staged)
            case .published:
                try await conclude(job, syncing: nil)
                reportPublishedEarlier(job)
            }
        } catch {
            let redo = isFailedSync(error) ? await isStillThere(job) : false
            await requeueWithoutBlame(job, environmentFault(error), redo: redo)
        }
    }

    /// The run that published it may have died before reporting it; this one counts it.
    @inline(never)
    private func reportPublishedEarlier(_ job: JobRecord) {
        guard announced.remove(job.id) == nil, let results = StagedResults(of: job) else { return }
        onEvent(.published(job, results.sidecar))
    }

    private func settleUnchanged(_ job: JobRecord, _ digest: String, _ held: HeldSource) async throws {
        let context = context(of: job) ?? contexts[job.source.inbox]
        let isStill = try await (context?.disk ?? disk).run { try held.isStill(sha256: digest) }
        guard isStill else { return await supersede(job) }
        // In this order: a job that is done has nothing left to do.
        let stay = try await dispose(job, context, syncing: held.syncing)
        try await clearFailure(job, context)
        try await journal.markUnchanged(job, sha256: digest, stay: stay, now: clock())
        await followers(of: job, context, stay)
        await clearStaging(job)
        noteSuccess()
        onEvent(.unchanged(job.source, job: job.id))
    }

    /// From published to done: stale results go away, and the source goes where its pipeline sends it. Can be done again.
    func conclude(_ job: JobRecord, syncing: Task<Void, any Error>?) async throws {
        let context = context(of: job) ?? contexts[job.source.inbox]
        try await removeStaleResults(of: job)
        let stay = try await dispose(job, context, syncing: syncing)
        try await clearFailure(job, context)
        try await journal.markDone(job, stay: stay, now: clock())
        await followers(of: job, context, stay)
        await clearStaging(job)
        noteSuccess()
    }

    /// What earlier jobs of its source have made and this one does not.
    func removeStaleResults(of job: JobRecord) async throws {
        let stale = try await journal.outputs(inbox: job.source.inbox, path: job.source.path)
            .filter { $0.isStale(for: job) }
            // The sidecar goes first: no sidecar may ever list missing files.
            .sorted { $0.name.rendition == nil && $1.name.rendition != nil }.map(\.name.path)
        guard !stale.isEmpty else { return }
        try await disk.run { [places] in
            try places.check()
            try places.publisher.remove(stale)
        }
    }

    /// What an earlier failure of the source has left.
    func clearFailure(_ job: JobRecord, _ context: InboxContext?) async throws {
        guard let context else { return }
        let quarantine = places.quarantine
        if quarantine.isEmpty { return }
        try await disk.run { try quarantine.clear(context.placed(job.source.path)) }
    }

    /// After the job's end is in the journal: its directory is what tells what was published. What stays of it through a
    /// fault, the next start removes.
    func clearStaging(_ job: JobRecord) async {
        try? await disk.run { [staging = places.staging, hasMoreToDo] in
            try staging.discard(job.name, isNeeded: hasMoreToDo)
        }
    }

    func discardStaging(_ job: JobRecord) async throws {
        try await disk.run { [staging = places.staging] in try staging.discard(job.name) }
    }

    /// Without its source nothing can be made again.
    private func isStillThere(_ job: JobRecord) async -> Bool {
        guard let context = context(of: job) ?? contexts[job.source.inbox] else { return false }
        let isThere = try? await context.disk.run(within: 10) {
            try context.disposal()?.isStillThere(job.source) == true
        }
        return isThere ?? false
    }

    private func isFailedSync(_ error: any Error) -> Bool { (error as? SystemCallError)?.call == "fsync" }
}
