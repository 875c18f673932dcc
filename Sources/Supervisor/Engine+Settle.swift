import Journal
import LinuxIO
import Outbox
import PipelineModel
import WorkerProtocol

// What follows an attempt that went well: results are published, and the source goes where its pipeline sends it. Every
// path ends in a state that the journal holds.
extension Engine {
    func settle(_ job: JobRecord, _ outcome: AttemptOutcome) async {
        do {
            switch outcome {
            case .finished(let attempt):
                try await stage(job, attempt)
            case .unchanged(let digest, let held):
                try await settleUnchanged(job, digest, held)
            case .failed(let error):
                await failUnlessChanged(job, error, countsFailure: true)
            case .died(let death):
                await handleWorkerDeath(job, death)
            case .environment(let fault):
                await giveBack(job, fault)
            case .gone:
                await supersede(job)
            case .notAnswering:
                doesNotAnswer(inbox: job.source.inbox, hangs: true)
                await giveBack(job, nil)
            case .staged:
                try await publishStaged(job)
            case .published:
                try await conclude(job, syncing: nil)
                // The run that published it may have died before it could say so; this one counts it.
                if announced.remove(job.id) == nil, let sidecar = try job.sidecar.map(SidecarFile.decode) {
                    onEvent(.published(job, sidecar))
                }
            }
        } catch {
            await giveBack(job, environmentFault(error), redo: isFailedSync(error))
        }
    }

    private func settleUnchanged(_ job: JobRecord, _ digest: String, _ held: HeldSource) async throws {
        let context = context(of: job) ?? contexts[job.source.inbox]
        let isStill = try await (context?.disk ?? disk).run { try held.isStill(sha256: digest) }
        guard isStill else { return await supersede(job) }
        // In this order: a job that is done has nothing left to do.
        let stay = try await dispose(job, context, syncing: held.syncing)
        try await clearFailure(job, context)
        try await journal.markUnchanged(job, sha256: digest, stay: stay, now: clock())
        await clearStaging(job)
        noteSuccess()
        onEvent(.unchanged(job.source, job: job.id))
    }

    /// Makes the staged renditions durable, records them, publishes.
    private func stage(_ job: JobRecord, _ made: FinishedAttempt) async throws {
        guard let context = context(of: job) else { return await supersede(job) }
        let (staging, finished) = (places.staging, clock())
        let attempt: FinishedAttempt
        switch try await named(job, made, context) {
        case .success(let named): attempt = named
        case .failure(let error): return await failUnlessChanged(job, error, countsFailure: false)
        }
        let isStill = try await context.disk.run {
            try attempt.source.isStill(sha256: attempt.report.sha256)
                && context.disposal()?.isStillThere(job.source) == true
        }
        guard isStill else { return await supersede(job) }
        let results = try await disk.run {
            try StagedResults(job, attempt, context, finishedAt: finished, in: staging)
        }
        let (report, text) = (attempt.report, results.text)
        let outputs = try await journal.recordStaged(
            job, sha256: report.sha256, peak: report.cost.peakMemory, spilled: report.cost.spilled, sidecar: text,
            outputs: results.outputs)
        try await publish(job, results.sidecar, text, outputs, syncing: attempt.source.syncing, isNew: true)
    }

    /// A job that an earlier attempt has brought that far, under whichever pipeline.
    private func publishStaged(_ job: JobRecord) async throws {
        guard let text = job.sidecar, let sidecar = try? SidecarFile.decode(text) else {
            return await giveBack(job, nil, redo: true)
        }
        let outputs = try await journal.outputs(inbox: job.source.inbox, path: job.source.path)
        try await publish(job, sidecar, text, outputs, syncing: nil)
    }

    /// From staged to done. Also where recovery comes in, so that all it needs is in the journal and in staging.
    /// - Parameters:
    ///   - outputs: the names that the source has in the outbox.
    ///   - isNew: whether this process has staged it just now.
    private func publish(
        _ job: JobRecord, _ sidecar: Sidecar, _ text: [UInt8], _ outputs: [OutputRecord],
        syncing: Task<Void, any Error>?, isNew: Bool = false
    ) async throws {
        // A newer job of the same source, which waits behind this one, may have claimed the same names already.
        let mine = outputs.filter { $0.job >= job.id }
        let items = sidecar.renditions.compactMap { rendition in
            mine.first { $0.name.rendition == rendition.name }.map { output in
                Publisher.Item(
                    staged: Array(stagedName(rendition.name).utf8), path: output.name.path, sha256: rendition.sha256,
                    owned: output.isPublished)
            }
        }
        guard items.count == sidecar.renditions.count,
            let sidecarOutput = mine.first(where: { $0.name.rendition == nil })
        else { return try await withoutNames(job) }
        let context = context(of: job) ?? contexts[job.source.inbox]
        // Where nothing is left to do that would have to wait for the mark.
        let isAll = context?.takesSourcesAway != true && !outputs.contains { $0.isStale(for: job) }
        let (places, overwrite) = (places, settings.overwrite)
        do {
            try await disk.run {
                try places.check()
                // Its directory is there until the journal has it as published: what is missing in it was moved to the
                // outbox. Without it, somebody has emptied staging.
                let wasThere = try isNew || places.staging.has(job.name)
                let directory = try places.staging.open(job.name)
                _ = try places.publisher.publish(
                    items, sidecar: sidecar, text: text, at: sidecarOutput.name.path, from: directory,
                    isNew: isNew, wasPublishing: wasThere && !isNew, owned: sidecarOutput.isPublished,
                    overwrite: overwrite)
            }
        } catch let error as PublishError {
            return await unpublishable(job, error)
        }
        let paths = items.map(\.path) + [sidecarOutput.name.path]
        if isAll {
            try await clearFailure(job, context)
            try await journal.markPublishedAndDone(job, at: paths, now: clock())
            await clearStaging(job)
            noteSuccess()
            return onEvent(.published(job, sidecar))
        }
        try await journal.markPublished(job, at: paths)
        onEvent(.published(job, sidecar))
        announced.insert(job.id)
        try await conclude(job, syncing: syncing)
        announced.remove(job.id)
    }

    /// From published to done: stale results go away, and the source goes where its pipeline sends it. Can be done again.
    func conclude(_ job: JobRecord, syncing: Task<Void, any Error>?) async throws {
        let context = context(of: job) ?? contexts[job.source.inbox]
        let stale = try await journal.outputs(inbox: job.source.inbox, path: job.source.path)
            .filter { $0.isStale(for: job) }
            // The sidecar goes first: none ever stands there that lists what is not.
            .sorted { $0.name.rendition == nil && $1.name.rendition != nil }.map(\.name.path)
        let places = places
        if !stale.isEmpty {
            try await disk.run {
                try places.check()
                try places.publisher.remove(stale)
            }
        }
        let stay = try await dispose(job, context, syncing: syncing)
        try await clearFailure(job, context)
        try await journal.markDone(job, stay: stay, now: clock())
        await clearStaging(job)
        noteSuccess()
    }

    /// What an earlier failure of the source has left.
    private func clearFailure(_ job: JobRecord, _ context: InboxContext?) async throws {
        guard let context else { return }
        let quarantine = places.quarantine
        if quarantine.isEmpty { return }
        try await disk.run { try quarantine.clear(context.placed(job.source.path)) }
    }

    /// After the job's end is in the journal: its directory is what tells what was published. What stays of it through a
    /// fault, the next start removes.
    private func clearStaging(_ job: JobRecord) async {
        try? await disk.run { [staging = places.staging, hasMoreToDo] in
            try staging.discard(job.name, isNeeded: hasMoreToDo)
        }
    }

    func discardStaging(_ job: JobRecord) async throws {
        try await disk.run { [staging = places.staging] in try staging.discard(job.name) }
    }

    /// A newer job of the path has taken the names over: then these results are nobody's any more.
    private func withoutNames(_ job: JobRecord) async throws {
        let released = try await journal.release(job.id)
        if let latest = try await journal.latest(inbox: job.source.inbox, path: job.source.path), latest.id > job.id {
            await supersede(released)
        } else {
            await fail(released, noNames, countsFailure: false)
        }
    }

    var noNames: JobError { JobError(.nameTaken, "Other sources have the names that its results would have.") }

    /// A foreign file has the name, or what was staged is gone.
    private func unpublishable(_ job: JobRecord, _ error: PublishError) async {
        do {
            switch error {
            case .occupied(let path):
                await fail(try await journal.release(job.id), nameTaken(path), countsFailure: false)
            case .missing:
                // Staging was emptied behind our back: make it again. Counted, or it could go on for ever.
                await putBack(job, reason: "\(error)")
            }
        } catch {
            await giveBack(job, environmentFault(error))
        }
    }

    private func nameTaken(_ path: RelativePath) -> JobError {
        JobError(.nameTaken, "\(PublishError.occupied(path)). It was not touched.")
    }

    private func isFailedSync(_ error: any Error) -> Bool { (error as? SystemCallError)?.call == "fsync" }
}

extension OutputRecord {
    /// Whether an earlier job of the source made it and this one does not.
    fileprivate func isStale(for newer: JobRecord) -> Bool { job < newer.id && isPublished }
}
