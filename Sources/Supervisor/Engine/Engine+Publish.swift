import Jobs
import Journal
import LinuxIO
import Outbox
import WorkerProtocol

/// Results that are complete in staging and recorded in the journal.
struct Staged: Sendable {
    let results: StagedResults
    /// The names that the source has in the outbox.
    let outputs: [OutputRecord]
    /// Makes the source durable; nil if that has not started.
    let syncing: Task<Void, any Error>?
    /// Whether this process has staged them just now.
    let isNew: Bool
}

// From a worker's results to the outbox.
extension Engine {
    /// Makes the staged renditions durable, and records them.
    /// - Returns: nil where the job has ended otherwise.
    func stage(_ job: JobRecord, _ made: FinishedAttempt) async throws -> Staged? {
        guard let context = context(of: job) else {
            await supersede(job)
            return nil
        }
        let (staging, finished) = (places.staging, clock())
        let attempt: FinishedAttempt
        switch try await named(job, made, context) {
        case .success(let named): attempt = named
        case .failure(let error):
            await failUnlessChanged(job, error, countsFailure: false)
            return nil
        }
        let isStill = try await context.disk.run {
            try attempt.source.isStill(sha256: attempt.report.sha256)
                && context.disposal()?.isStillThere(job.source) == true
        }
        guard isStill else {
            await supersede(job)
            return nil
        }
        let results = try await disk.run {
            try StagedResults(job, attempt, context, finishedAt: finished, in: staging)
        }
        try await sync(results, of: job, in: staging)
        let report = attempt.report
        let outputs = try await journal.recordStaged(
            job, sha256: report.sha256, peak: report.cost.peakMemory, spilled: report.cost.spilled,
            sidecar: results.text, outputs: results.outputs)
        return Staged(results: results, outputs: outputs, syncing: attempt.source.syncing, isNew: true)
    }

    /// Makes a job's files and their names durable, all at the same time: they are all there by now.
    private func sync(_ results: StagedResults, of job: JobRecord, in staging: Staging) async throws {
        let directory = try await disk.run { try staging.open(job.name) }
        let files = results.sidecar.files.map { Array($0.name.staged.utf8) } + [Publisher.stagedSidecar]
        var syncs: [@Sendable () throws -> Void] = [{ try directory.sync() }]
        for file in files { syncs.append { try Publisher.sync(file, in: directory) } }
        try await self.syncs.runAll(syncs)
    }

    /// A job that an earlier attempt staged, under whichever pipeline.
    func stagedBefore(_ job: JobRecord) async throws -> Staged? {
        guard let results = StagedResults(of: job) else {
            await requeueWithoutBlame(job, nil, redo: true)
            return nil
        }
        let outputs = try await journal.outputs(inbox: job.source.inbox, path: job.source.path)
        return Staged(results: results, outputs: outputs, syncing: nil, isNew: false)
    }

    /// From staged to done. Recovery uses it too, so everything it needs is in the journal and in staging.
    func publishAndConclude(_ job: JobRecord, _ staged: Staged) async throws {
        guard let paths = try await publish(job, staged) else { return }
        // Older results may be removed only once the journal has the new ones.
        guard staged.outputs.contains(where: { $0.isStale(for: job) }) else {
            do {
                return try await concludeAtOnce(job, staged, at: paths)
            } catch {
                // Only removing the source is retried.
                try await notePublished(job, staged, at: paths)
                throw error
            }
        }
        try await notePublished(job, staged, at: paths)
        try await conclude(job, syncing: staged.syncing)
        announced.remove(job.id)
    }

    private func notePublished(_ job: JobRecord, _ staged: Staged, at paths: [RelativePath]) async throws {
        try await journal.markPublished(job, at: paths)
        reportPublished(job, staged)
        announced.insert(job.id)
    }

    /// Not in the methods that wait for disks: each would keep room for a sidecar meanwhile.
    @inline(never)
    private func reportPublished(_ job: JobRecord, _ staged: Staged) {
        onEvent(.published(job, staged.results.sidecar))
    }

    /// Into the outbox, durably.
    /// - Returns: what is there now; nil where the job has ended otherwise.
    private func publish(_ job: JobRecord, _ staged: Staged) async throws -> [RelativePath]? {
        guard let publication = Publication(job, staged) else {
            try await withoutNames(job)
            return nil
        }
        let (places, overwrite, pending) = (places, settings.overwrite, PendingSyncs())
        do {
            try await disk.run { try publication.move(to: places, overwrite: overwrite, pending) }
            try await pending.finish(on: syncs)
        } catch let error as PublishError {
            await handlePublishError(job, error)
            return nil
        }
        return publication.paths
    }

    /// The results are in the outbox, durably: the source goes where its pipeline sends it, and both are recorded in
    /// the journal at once. What a crash in between leaves, recovery finds published, and the source gone.
    private func concludeAtOnce(_ job: JobRecord, _ staged: Staged, at paths: [RelativePath]) async throws {
        let context = context(of: job) ?? contexts[job.source.inbox]
        let stay = try await dispose(job, context, syncing: staged.syncing)
        try await clearFailure(job, context)
        try await journal.markPublishedAndDone(job, at: paths, stay: stay, now: clock())
        await followers(of: job, context, stay)
        await clearStaging(job)
        noteSuccess()
        reportPublished(job, staged)
    }

    /// A newer job of the path has taken over the names: these results are obsolete.
    private func withoutNames(_ job: JobRecord) async throws {
        let released = try await journal.release(job.id)
        if let latest = try await journal.latest(inbox: job.source.inbox, path: job.source.path), latest.id > job.id {
            await supersede(released)
        } else {
            await fail(released, noNames, countsFailure: false)
        }
    }

    var noNames: JobError { JobError(.nameTaken, "Other sources already use the names its results would have.") }

    /// A foreign file has the name, or what was staged is gone.
    private func handlePublishError(_ job: JobRecord, _ error: PublishError) async {
        do {
            switch error {
            case .occupied(let path):
                await fail(try await journal.release(job.id), nameTaken(path), countsFailure: false)
            case .missing:
                // Staging was emptied by someone else: start over. Counted, or it could go on for ever.
                await requeueAfterDelay(job, reason: "\(error)")
            }
        } catch {
            await requeueWithoutBlame(job, environmentFault(error))
        }
    }

    private func nameTaken(_ path: RelativePath) -> JobError {
        JobError(.nameTaken, "\(PublishError.occupied(path)). It was not touched.")
    }
}

/// The results of a job under the names that they get in the outbox. An object: a hundred jobs may be on their way there.
private final class Publication: Sendable {
    private let job: String
    private let results: StagedResults
    private let isNew: Bool
    private let items: [Publisher.Item]
    private let sidecar: OutputRecord
    /// Older sidecars of the source with other paths.
    private let elsewhere: [RelativePath]

    /// Nil where a newer job of the same source, which waits behind this one, has claimed the same names already.
    init?(_ job: JobRecord, _ staged: Staged) {
        let files = staged.results.sidecar.files
        let mine = staged.outputs.filter { $0.job >= job.id }
        let byKey = Dictionary(mine.map { ($0.name.rendition ?? "", $0) }) { first, _ in first }
        items = files.compactMap { file in
            byKey[file.name.key].map { output in
                Publisher.Item(
                    staged: Array(file.name.staged.utf8), path: output.name.path, sha256: file.sha256,
                    owned: output.isPublished)
            }
        }
        guard items.count == files.count, let sidecar = mine.first(where: { $0.name.rendition == nil }) else {
            return nil
        }
        elsewhere = staged.outputs.filter { $0.isStale(for: job) && $0.name.rendition == nil }.map(\.name.path)
        self.job = job.name
        results = staged.results
        isNew = staged.isNew
        self.sidecar = sidecar
    }

    var paths: [RelativePath] { items.map(\.path) + [sidecar.name.path] }

    /// Blocks. Throws `PublishError`, `SystemCallError`, and errors for missing directories.
    func move(to places: Engine.Places, overwrite: Bool, _ pending: PendingSyncs) throws {
        try places.check()
        // Its directory is there until the journal has it as published: what is missing in it was moved to the
        // outbox. Without it, staging was emptied by someone else.
        let wasThere = try isNew || places.staging.has(job)
        let directory = try places.staging.open(job)
        try places.publisher.publish(
            items, sidecar: results.sidecar, text: results.text, at: sidecar.name.path, from: directory,
            isNew: isNew, wasPublishing: wasThere && !isNew, owned: sidecar.isPublished, elsewhere: elsewhere,
            overwrite: overwrite, pending: pending, forget: { [job] in try places.staging.discard(job) })
    }
}

extension OutputRecord {
    /// Whether an earlier job of the source made it and this one does not.
    func isStale(for newer: JobRecord) -> Bool { job < newer.id && isPublished && !name.isCopy }
}
