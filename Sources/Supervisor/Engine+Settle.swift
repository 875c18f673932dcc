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
            case .finished(let report, let startedAt, let estimate):
                try await stage(job, report, startedAt: startedAt, estimate: estimate)
            case .unchanged(let digest):
                try await discardStaging(job)
                // In this order: a job that is done has nothing left to do.
                try await dispose(job)
                try await journal.markUnchanged(job, sha256: digest, now: clock())
                onEvent(.unchanged(job.source))
            case .failed(let error):
                await failUnlessChanged(job, error, countsFailure: true)
            case .died(let death):
                await mourn(job, death)
            case .environment(let fault):
                await giveBack(job, fault)
            case .gone:
                await supersede(job)
            case .published:
                if let context = context(of: job) ?? contexts[job.source.inbox] { try await conclude(job, context) }
                // The run that published it may have died before it could say so; this one counts it.
                if let sidecar = try job.sidecar.map(SidecarFile.decode) { onEvent(.published(job, sidecar)) }
            }
        } catch {
            await giveBack(job, environmentFault(error))
        }
    }

    /// Makes the staged renditions durable, records them, publishes.
    private func stage(_ job: JobRecord, _ report: JobReport, startedAt: Double, estimate: UInt64) async throws {
        guard let context = context(of: job) else { return await supersede(job) }
        guard try context.disposal.isStill(job.source) else { return await supersede(job) }
        let outputs = try journal.outputs(inbox: job.source.inbox, path: job.source.path)
            .filter { $0.job >= job.id }.map(\.name)
        let sidecar = try makeSidecar(
            job, report, context, outputs: outputs, startedAt: startedAt, estimate: estimate)
        let text = try SidecarFile.encode(sidecar)
        let staging = staging
        let files = report.renditions.map { Array($0.path.utf8) }
        try await disk.run { try Publisher.sync(files, in: staging.open(job.name)) }
        let made = outputs.map { output in
            var output = output
            if let rendition = sidecar.renditions.first(where: { $0.name == output.rendition }) {
                output.bytes = rendition.bytes
                output.sha256 = rendition.sha256
            } else if output.rendition == nil {
                output.bytes = UInt64(text.count)
                output.sha256 = sha256(text)
            }
            return output
        }
        try await journal.recordStaged(
            job, sha256: report.sha256, peak: report.cost.peakMemory, sidecar: text, outputs: made)
        try await publish(job, sidecar, text, context)
    }

    /// From staged to done. Also where recovery comes in.
    func publish(_ job: JobRecord, _ sidecar: Sidecar, _ text: [UInt8], _ context: InboxContext) async throws {
        let outputs = try journal.outputs(inbox: job.source.inbox, path: job.source.path)
        // A newer job of the same source, which waits behind this one, may have claimed the same names already.
        let mine = outputs.filter { $0.job >= job.id }
        guard let sidecarOutput = mine.first(where: { $0.name.rendition == nil }) else {
            throw EngineFault.journal("job \(job.id) has no names in the outbox")
        }
        let items = context.pipeline.renditions.compactMap { rendition -> Publisher.Item? in
            guard let output = mine.first(where: { $0.name.rendition == rendition.name }),
                let digest = output.name.sha256
            else { return nil }
            return Publisher.Item(
                staged: Array(stagedName(rendition).utf8), path: output.name.path, sha256: digest,
                owned: output.isPublished)
        }
        let sidecarPath = sidecarOutput.name.path
        let staging = staging
        let publisher = publisher
        let overwrite = settings.overwrite
        do {
            try await disk.run {
                try publisher.publish(
                    items, sidecar: text, at: sidecarPath, from: staging.open(job.name),
                    owned: sidecarOutput.isPublished, overwrite: overwrite)
            }
        } catch let error as PublishError {
            return await unpublishable(job, error)
        }
        try await journal.markPublished(job, at: items.map(\.path) + [sidecarPath])
        onEvent(.published(job, sidecar))
        try await conclude(job, context)
    }

    /// From published to done: what the source's earlier jobs made and this one does not goes away, and the source goes
    /// where its pipeline sends it. Can be done again.
    func conclude(_ job: JobRecord, _ context: InboxContext) async throws {
        let stale = try journal.outputs(inbox: job.source.inbox, path: job.source.path)
            .filter { $0.job < job.id && $0.isPublished }.map(\.name.path)
        let (staging, publisher) = (staging, publisher)
        try await disk.run {
            for path in stale { try publisher.remove(path) }
            try staging.discard(job.name)
        }
        try await dispose(job)
        try await journal.markDone(job, now: clock())
        noteSuccess()
    }

    private func dispose(_ job: JobRecord) async throws {
        guard let context = context(of: job) ?? contexts[job.source.inbox] else { return }
        let quarantine = quarantine
        try await disk.run {
            switch context.pipeline.after {
            case .keep: break
            case .delete: try context.disposal.delete(job.source)
            case .archive:
                if let archive = context.archive {
                    let root = try context.folder.map { try archive.openDirectory($0.bytes, create: true) } ?? archive
                    _ = try context.disposal.move(job.source, below: root)
                }
            }
            try quarantine.clear(context.placed(job.source.path))
        }
    }

    private func discardStaging(_ job: JobRecord) async throws {
        let staging = staging
        try await disk.run { try staging.discard(job.name) }
    }

    /// A foreign file has the name, or what was staged is gone.
    private func unpublishable(_ job: JobRecord, _ error: PublishError) async {
        do {
            try await journal.release(job.id, countsAttempt: true)
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
            try await discardStaging(job)
            if error.code.isTransient, countsFailure, job.failures + 1 < settings.attempts {
                let retried = try await journal.recordFailure(job.id, error)
                let delay = Double(1 << min(retried.failures, 6)) / 4
                onEvent(.willRetry(retried, error, delay: delay))
                return requeue(retried, after: delay)
            }
            try await moveToQuarantine(job, error, failures: job.failures + (countsFailure ? 1 : 0))
            try await journal.quarantine(job.id, error, countsFailure: countsFailure, now: clock())
            onEvent(.quarantined(job.source, error))
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
        try await disk.run {
            guard context.movesFailures else {
                return try quarantine.write(file, for: context.placed(job.source.path))
            }
            let root =
                try context.folder.map { try quarantine.root.openDirectory($0.bytes, create: true) } ?? quarantine.root
            // The reason first, so that no source ever lies there without one.
            let expected = try context.disposal.destination(of: job.source, below: root)
            try quarantine.write(file, for: context.placed(expected))
            if let moved = try context.disposal.move(job.source, below: root), moved != expected {
                try quarantine.write(file, for: context.placed(moved))
            }
        }
    }

    private func mourn(_ job: JobRecord, _ death: Death) async {
        if let error = death.jobError { return await failUnlessChanged(job, error, countsFailure: true) }
        if case .neverReady(let why) = death.cause { return await giveBack(job, .workersUnavailable(why)) }
        await giveBack(job, nil)
    }

    /// Not the job's fault: it goes back to the queue, no attempt counted, and the engine takes a breath.
    private func giveBack(_ job: JobRecord, _ fault: EngineFault?) async {
        var again = job
        do {
            let state = try journal.state(of: job.id)
            switch state {
            case .running, .staged: try await journal.release(job.id)
            case .published, .done, .quarantined, .superseded: again.state = state
            case .queued: break
            }
            try await discardStaging(job)
        } catch {
            // The journal itself is at fault; recovery at the next start brings the job back.
        }
        if let fault { pause(fault) }
        let hasEnded = again.state == .done || again.state == .quarantined || again.state == .superseded
        if !hasEnded { requeue(again, after: 0) }
    }

    func supersede(_ job: JobRecord) async {
        do {
            try await discardStaging(job)
            switch try journal.state(of: job.id) {
            case .published:
                // Its source has gone where it was sent; only the last entry in the journal is missing.
                if let context = context(of: job) ?? contexts[job.source.inbox] { try await conclude(job, context) }
            case .done, .superseded:
                // A newer job of the same source has said so already, and will give the news.
                break
            case .queued, .running, .staged, .quarantined:
                try await journal.supersede(job.id, now: clock())
                onEvent(.superseded(job.source))
            }
        } catch JournalError.forbidden(_, from: .superseded, to: _) {
            // The newer job came just now.
        } catch {
            pause(environmentFault(error))
        }
    }

    private func environmentFault(_ error: any Error) -> EngineFault {
        switch error {
        case let fault as EngineFault: fault
        case let error as SystemCallError: .outputUnwritable("\(error)")
        default: .journal("\(error)")
        }
    }
}
