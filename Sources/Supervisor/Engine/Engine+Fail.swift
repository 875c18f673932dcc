import Admission
import Glibc
import Jobs
import Journal
import LinuxIO
import Outbox
import WorkerPool

// What follows a failed attempt: a retry, quarantine, or a pause if the job is not at fault.
extension Engine {
    /// A source that was replaced while it was read says nothing about the one that is there now.
    func failUnlessChanged(_ job: JobRecord, _ error: JobError, countsFailure: Bool) async {
        let context = context(of: job)
        let isStill = try? await context?.disk.run(within: 10) {
            try context?.disposal()?.isStill(job.source) ?? true
        }
        guard isStill ?? true else { return await supersede(job) }
        await fail(job, error, countsFailure: countsFailure)
    }

    /// Retries what may end differently, quarantines the rest.
    func fail(_ job: JobRecord, _ error: JobError, countsFailure: Bool) async {
        do {
            // A retry with all available memory has shown that it needs more.
            let isHopeless = error.code == .memoryLimit && job.error?.code == .memoryLimit
            if error.code.isTransient, !isHopeless, countsFailure, job.failures + 1 < settings.attempts {
                // Renditions that it has made stay in staging: the next attempt makes the others.
                let delay = Double(1 << min(job.failures + 1, 6)) / 4
                let retried = try await journal.recordFailure(job.id, error, retryAt: clock() + delay)
                onEvent(.willRetry(retried, error, delay: delay))
                return expect(inbox: job.source.inbox, in: delay)
            }
            try await discardStaging(job)
            let stay = try await moveToQuarantine(job, error, failures: job.failures + (countsFailure ? 1 : 0))
            try await journal.quarantine(
                job.id, error, countsFailure: countsFailure, stay: stay, now: clock())
            onEvent(.quarantined(job.source, error, job: job.id))
        } catch JournalError.forbidden(_, from: .superseded, to: _) {
            // A newer job of the same source has come meanwhile.
        } catch {
            await requeueWithoutBlame(job, environmentFault(error))
        }
    }

    private func moveToQuarantine(
        _ job: JobRecord, _ error: JobError, failures: Int
    ) async throws -> JobRecord.Stay {
        guard let context = context(of: job) ?? contexts[job.source.inbox] else { return .none }
        let file = ErrorFile(
            job.source, error, in: context, attempts: max(failures, job.attempts),
            firstSeen: timestamp(job.queuedAt), lastSeen: timestamp(clock()))
        let places = places
        let disposal = context.disposal()
        let outcome = try await context.disk.run {
            try places.check()
            return try places.quarantine.take(job.source, file, in: context, disposal)
        }
        return stay(job, outcome)
    }

    func handleWorkerDeath(_ job: JobRecord, _ death: Death) async {
        observer.note(death)
        let staging = places.staging
        // Writing to a mapped file for which the disk has no room is SIGBUS (liborc's code, where nothing forbids it).
        if death.cause == .signalled(SIGBUS), (try? await disk.run { staging.root.isFull }) == true {
            return await requeueWithoutBlame(job, .outputUnwritable("\(staging.root.path): no space left on device"))
        }
        if let fault = death.stagingFault { return await requeueWithoutBlame(job, .outputUnwritable(fault)) }
        if let error = death.jobError { return await failUnlessChanged(job, error, countsFailure: true) }
        if case .neverReady(let why) = death.cause { return await requeueWithoutBlame(job, .workersUnavailable(why)) }
        if stopping { return await requeueWithoutBlame(job, nil) }
        await requeueAfterDelay(
            job,
            reason: death.isKilledFromOutside
                ? "something outside sluice killed its worker; was the machine out of memory?"
                : "its worker was stopped")
    }

    /// Not the job's fault, cause unknown: retried after a growing delay, and given up after many
    /// times.
    func requeueAfterDelay(_ job: JobRecord, reason: String) async {
        let delay = min(Double(1 << min(job.interruptions, 6)), 60)
        do {
            let released = try await journal.release(job.id, countsAttempt: true, retryAt: clock() + delay)
            onEvent(.requeued(released, reason: reason, delay: delay))
            if released.interruptions >= mostInterruptions {
                let error = JobError(.interrupted, "\(released.interruptions) attempts were interrupted: \(reason).")
                return await fail(released, error, countsFailure: false)
            }
            expect(inbox: job.source.inbox, in: delay)
        } catch {
            await requeueWithoutBlame(job, environmentFault(error))
        }
    }

    /// Not the job's fault: requeued without counting the attempt; the engine pauses if there was
    /// a fault.
    /// - Parameter redo: staged results cannot be trusted (a failed fsync) and are made again.
    func requeueWithoutBlame(_ job: JobRecord, _ fault: EngineFault?, redo: Bool = false) async {
        var again = job
        do {
            let state = try await journal.state(of: job.id)
            // Staged results wait for the outbox; those of a worker that met a full disk only take its room.
            if state == .running || state == .staged && redo {
                try await journal.release(job.id)
                if fault != nil || redo {
                    try? await discardStaging(job)
                } else {
                    try? await disk.run { [staging = places.staging] in staging.discardIfEmpty(job.name) }
                }
            }
            again = try await journal.job(job.id)
        } catch {
            // The journal itself failed: the next attempt finds out the job's state.
        }
        if case .inboxGone(let inbox)? = fault {
            markUnresponsive(inbox: inbox, hangs: false)
        } else if let fault {
            pause(fault)
        }
        switch again.state {
        case .queued, .running, .staged, .published: requeueFirst(again)
        case .done, .quarantined, .superseded: break
        }
    }

    func supersede(_ job: JobRecord) async {
        do {
            try await discardStaging(job)
            switch try await journal.state(of: job.id) {
            case .published:
                // Its source has gone where it was sent; only the last entry in the journal is missing.
                try await conclude(job, syncing: nil)
            case .done, .superseded, .quarantined, nil:
                // A newer job of the same source has already superseded it, and will report.
                break
            case .queued, .running, .staged:
                try await journal.supersede(job.id, now: clock())
                onEvent(.superseded(job.source, job: job.id))
            }
        } catch JournalError.forbidden(_, from: .superseded, to: _) {
            // The newer job came just now.
        } catch {
            pause(environmentFault(error))
            // It finds out again that its source is gone.
            requeueFirst(job)
        }
    }

    func environmentFault(_ error: any Error) -> EngineFault {
        switch error {
        case let fault as EngineFault: fault
        case let error as SystemCallError: .outputUnwritable("\(error)")
        case _ where Journal.isDamage(error): .journalDamaged("\(error)")
        case is RootGone, is RootReplaced, is RootNotAnswering: .outputUnwritable("\(error)")
        default: .journal("\(error)")
        }
    }
}
