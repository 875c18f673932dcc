import Admission
import Glibc
import Journal
import LinuxIO
import Outbox
import PipelineModel
import WorkerPool
import WorkerProtocol

// What follows an attempt: publish, retry, quarantine. Every path ends in a state that the journal holds.
extension Engine {
    func settle(_ job: JobRecord, _ outcome: AttemptOutcome) async {
        do {
            switch outcome {
            case .finished(let attempt):
                try await stage(job, attempt)
            case .unchanged(let digest, let held):
                guard try await disk.run({ try held.isStill(sha256: digest) }) else { return await supersede(job) }
                // In this order: a job that is done has nothing left to do.
                let context = context(of: job) ?? contexts[job.source.inbox]
                if let context { try await dispose(job, context) }
                try await clearAway(job, context)
                try await journal.markUnchanged(job, sha256: digest, now: clock())
                noteSuccess()
                onEvent(.unchanged(job.source, job: job.id))
            case .failed(let error):
                await failUnlessChanged(job, error, countsFailure: true)
            case .died(let death):
                await mourn(job, death)
            case .environment(let fault):
                await giveBack(job, fault)
            case .gone:
                await supersede(job)
            case .staged:
                try await publishStaged(job)
            case .published:
                try await conclude(job)
                // The run that published it may have died before it could say so; this one counts it.
                if announced.remove(job.id) == nil, let sidecar = try job.sidecar.map(SidecarFile.decode) {
                    onEvent(.published(job, sidecar))
                }
            }
        } catch {
            await giveBack(job, environmentFault(error), redo: isFailedSync(error))
        }
    }

    /// Makes the staged renditions durable, records them, publishes.
    private func stage(_ job: JobRecord, _ made: FinishedAttempt) async throws {
        guard let context = context(of: job) else { return await supersede(job) }
        let (staging, finished) = (staging, clock())
        let attempt: FinishedAttempt
        switch try await named(job, made, context) {
        case .success(let named): attempt = named
        case .failure(let error): return await failUnlessChanged(job, error, countsFailure: false)
        }
        let results = try await disk.run { () -> StagedResults? in
            guard try attempt.source.isStill(sha256: attempt.report.sha256), try context.disposal.isStill(job.source)
            else { return nil }
            return try StagedResults(job, attempt, context, finishedAt: finished, in: staging)
        }
        guard let results else { return await supersede(job) }
        let (report, text) = (attempt.report, results.text)
        let outputs = try await journal.recordStaged(
            job, sha256: report.sha256, peak: report.cost.peakMemory, spilled: report.cost.spilled, sidecar: text,
            outputs: results.outputs)
        try await publish(job, results.sidecar, text, outputs, isNew: true)
    }

    /// A job that an earlier attempt has brought that far, under whichever pipeline.
    private func publishStaged(_ job: JobRecord) async throws {
        guard let text = job.sidecar, let sidecar = try? SidecarFile.decode(text) else {
            return await giveBack(job, nil, redo: true)
        }
        try await publish(job, sidecar, text, journal.outputs(inbox: job.source.inbox, path: job.source.path))
    }

    /// From staged to done. Also where recovery comes in, so that all it needs is in the journal and in staging.
    /// - Parameters:
    ///   - outputs: the names that the source has in the outbox.
    ///   - isNew: whether this process has staged it just now.
    private func publish(
        _ job: JobRecord, _ sidecar: Sidecar, _ text: [UInt8], _ outputs: [OutputRecord], isNew: Bool = false
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
        let (staging, publisher, overwrite, isBusy) = (staging, publisher, settings.overwrite, hasMoreToDo)
        do {
            try await disk.run { [quarantine] in
                let directory = try staging.open(job.name)
                try publisher.publish(
                    items, sidecar: sidecar, text: text, at: sidecarOutput.name.path, from: directory,
                    isNew: isNew, owned: sidecarOutput.isPublished, overwrite: overwrite)
                if isAll { try Supervisor.clearAway(job, context, staging, quarantine, isBusy) }
            }
        } catch let error as PublishError {
            return await unpublishable(job, error)
        }
        let paths = items.map(\.path) + [sidecarOutput.name.path]
        if isAll {
            try await journal.markPublishedAndDone(job, at: paths, now: clock())
            noteSuccess()
            return onEvent(.published(job, sidecar))
        }
        try await journal.markPublished(job, at: paths)
        onEvent(.published(job, sidecar))
        announced.insert(job.id)
        try await conclude(job)
        announced.remove(job.id)
    }

    /// From published to done: stale results go away, and the source goes where its pipeline sends it. Can be done again.
    func conclude(_ job: JobRecord) async throws {
        let context = context(of: job) ?? contexts[job.source.inbox]
        let stale = try journal.outputs(inbox: job.source.inbox, path: job.source.path)
            .filter { $0.isStale(for: job) }
            // The sidecar goes first: none ever stands there that lists what is not.
            .sorted { $0.name.rendition == nil && $1.name.rendition != nil }.map(\.name.path)
        let publisher = publisher
        if !stale.isEmpty { try await disk.run { for path in stale { try publisher.remove(path) } } }
        if let context { try await dispose(job, context) }
        try await clearAway(job, context)
        try await journal.markDone(job, now: clock())
        noteSuccess()
    }

    private func clearAway(_ job: JobRecord, _ context: InboxContext?) async throws {
        try await disk.run { [staging, quarantine, hasMoreToDo] in
            try Supervisor.clearAway(job, context, staging, quarantine, hasMoreToDo)
        }
    }

    /// Takes the source out of the inbox, if its pipeline says so.
    private func dispose(_ job: JobRecord, _ context: InboxContext) async throws {
        guard context.takesSourcesAway else { return }
        var disposal = context.disposal
        disposal.onStay = { [onEvent] in onEvent(.stays($0, "\($1)", job: job.id)) }
        try await disk.run { [disposal] in
            switch context.pipeline.after {
            case .keep: break
            case .delete: try disposal.delete(job.source)
            case .archive:
                guard let archive = context.archive else { return }
                let root = try context.folder.map { try archive.openDirectory($0.bytes, create: true) } ?? archive
                _ = try disposal.move(job.source, below: root)
            }
        }
    }

    func discardStaging(_ job: JobRecord) async throws {
        let staging = staging
        try await disk.run { try staging.discard(job.name) }
    }

    /// A newer job of the path has taken the names over: then these results are nobody's any more.
    private func withoutNames(_ job: JobRecord) async throws {
        try await journal.release(job.id)
        if let latest = try journal.latest(inbox: job.source.inbox, path: job.source.path), latest.id > job.id {
            await supersede(try journal.job(job.id))
        } else {
            await fail(try journal.job(job.id), noNames, countsFailure: false)
        }
    }

    var noNames: JobError { JobError(.nameTaken, "Other sources have the names that its results would have.") }

    /// A foreign file has the name, or what was staged is gone.
    private func unpublishable(_ job: JobRecord, _ error: PublishError) async {
        do {
            try await journal.release(job.id)
            let job = try journal.job(job.id)
            switch error {
            case .occupied(let path):
                await fail(job, nameTaken(path), countsFailure: false)
            case .missing:
                // Staging was emptied behind our back: make it again.
                requeue(job, after: 0)
            }
        } catch {
            await giveBack(job, environmentFault(error))
        }
    }

    private func nameTaken(_ path: RelativePath) -> JobError {
        JobError(.nameTaken, "\(PublishError.occupied(path)). It was not touched.")
    }

    // MARK: Failures

    /// A source that was replaced while it was read says nothing about the one that is there now.
    func failUnlessChanged(_ job: JobRecord, _ error: JobError, countsFailure: Bool) async {
        let isStill = (try? context(of: job)?.disposal.isStill(job.source)) ?? true
        guard isStill else { return await supersede(job) }
        await fail(job, error, countsFailure: countsFailure)
    }

    /// Retries what may end differently, quarantines the rest.
    func fail(_ job: JobRecord, _ error: JobError, countsFailure: Bool) async {
        do {
            // One more attempt with everything there is has shown that it needs more than that.
            let isHopeless = error.code == .memoryLimit && job.error?.code == .memoryLimit
            if error.code.isTransient, !isHopeless, countsFailure, job.failures + 1 < settings.attempts {
                // Renditions that it has made stay in staging: the next attempt makes the others.
                let delay = Double(1 << min(job.failures + 1, 6)) / 4
                let retried = try await journal.recordFailure(job.id, error, retryAt: clock() + delay)
                onEvent(.willRetry(retried, error, delay: delay))
                return requeue(retried, after: delay)
            }
            try await discardStaging(job)
            try await moveToQuarantine(job, error, failures: job.failures + (countsFailure ? 1 : 0))
            try await journal.quarantine(job.id, error, countsFailure: countsFailure, now: clock())
            onEvent(.quarantined(job.source, error, job: job.id))
        } catch JournalError.forbidden(_, from: .superseded, to: _) {
            // A newer job of the same source has come meanwhile.
        } catch {
            await giveBack(job, environmentFault(error))
        }
    }

    private func moveToQuarantine(_ job: JobRecord, _ error: JobError, failures: Int) async throws {
        guard let context = context(of: job) ?? contexts[job.source.inbox] else { return }
        let file = ErrorFile(
            sluice: sluiceVersion, source: job.source.path.text,
            nameBytes: job.source.path.isUTF8 ? nil : base64(job.source.path.name),
            inbox: context.movesFailures ? job.source.inbox : nil, error: error,
            attempts: max(failures, job.attempts), firstSeen: timestamp(job.queuedAt), lastSeen: timestamp(clock()),
            pipeline: context.pipelineReference)
        let quarantine = quarantine
        var disposal = context.disposal
        disposal.onStay = { [onEvent] in onEvent(.stays($0, "\($1)", job: job.id)) }
        try await disk.run { [disposal] in
            guard context.movesFailures else {
                return try quarantine.write(file, for: context.placed(job.source.path))
            }
            let root =
                try context.folder.map { try quarantine.root.openDirectory($0.bytes, create: true) } ?? quarantine.root
            // The reason first, so that no source ever lies there without one.
            let expected = try disposal.destination(of: job.source, below: root)
            try quarantine.write(file, for: context.placed(expected))
            if let moved = try disposal.move(job.source, below: root), moved != expected {
                try quarantine.write(file, for: context.placed(moved))
            }
        }
    }

    private func mourn(_ job: JobRecord, _ death: Death) async {
        board.note(death)
        // Writing to a mapped file for which the disk has no room is SIGBUS (liborc's code, where nothing forbids it).
        if death.cause == .signalled(SIGBUS), staging.root.isFull {
            return await giveBack(job, .outputUnwritable("\(staging.root.path): no space left on device"))
        }
        if let fault = death.stagingFault { return await giveBack(job, .outputUnwritable(fault)) }
        if let error = death.jobError { return await failUnlessChanged(job, error, countsFailure: true) }
        if case .neverReady(let why) = death.cause { return await giveBack(job, .workersUnavailable(why)) }
        await giveBack(job, nil)
    }

    /// Not the job's fault: it goes back to where it can be tried again, no attempt counted, and the engine takes a
    /// breath.
    /// - Parameter redo: what was staged cannot be trusted (a failed fsync) and is made again.
    private func giveBack(_ job: JobRecord, _ fault: EngineFault?, redo: Bool = false) async {
        var again = job
        do {
            let state = try journal.state(of: job.id)
            // Staged results wait for the outbox; those of a worker that met a full disk only take its room.
            if state == .running || state == .staged && redo {
                try await journal.release(job.id)
                if fault != nil || redo { try? await discardStaging(job) } else { staging.discardIfEmpty(job.name) }
            }
            again = try journal.job(job.id)
        } catch {
            // The journal itself is at fault: the next attempt finds out how the job stands.
        }
        if let fault { pause(fault) }
        switch again.state {
        case .queued, .running, .staged, .published: requeue(again, after: 0)
        case .done, .quarantined, .superseded: break
        }
    }

    func supersede(_ job: JobRecord) async {
        do {
            try await discardStaging(job)
            switch try journal.state(of: job.id) {
            case .published:
                // Its source has gone where it was sent; only the last entry in the journal is missing.
                try await conclude(job)
            case .done, .superseded, nil:
                // A newer job of the same source has said so already, and will give the news.
                break
            case .queued, .running, .staged, .quarantined:
                try await journal.supersede(job.id, now: clock())
                onEvent(.superseded(job.source, job: job.id))
            }
        } catch JournalError.forbidden(_, from: .superseded, to: _) {
            // The newer job came just now.
        } catch {
            pause(environmentFault(error))
            // It finds out again that its source is gone.
            requeue(job, after: 0)
        }
    }

    func environmentFault(_ error: any Error) -> EngineFault {
        switch error {
        case let fault as EngineFault: fault
        case let error as SystemCallError: .outputUnwritable("\(error)")
        case _ where Journal.isDamage(error): .journalDamaged("\(error)")
        default: .journal("\(error)")
        }
    }

    private func isFailedSync(_ error: any Error) -> Bool { (error as? SystemCallError)?.call == "fsync" }
}

extension OutputRecord {
    /// Whether an earlier job of the source made it and this one does not.
    fileprivate func isStale(for newer: JobRecord) -> Bool { job < newer.id && isPublished }
}

/// The job's staging directory goes, and the error file of an earlier failure.
private func clearAway(
    _ job: JobRecord, _ context: InboxContext?, _ staging: Staging, _ quarantine: Quarantine, _ isBusy: Bool
) throws {
    try staging.discard(job.name, isNeeded: isBusy)
    if let context { try quarantine.clear(context.placed(job.source.path)) }
}
