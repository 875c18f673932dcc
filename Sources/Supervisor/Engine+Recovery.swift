import Journal
import LinuxIO
import Outbox
import PipelineModel

extension Engine {
    /// At start, before anything new: rolls every job forward from where the last run left it.
    package func recover() async throws {
        await resume(upTo: try rollForward())
    }

    /// The first half: no job is running any more.
    /// - Returns: the newest job of the earlier runs.
    package func rollForward() async throws -> Int64 {
        let last = try journal.lastJob()
        for job in try journal.jobs(in: [.running]) {
            // Its worker died with the supervisor: nobody can say whose fault it was.
            try await journal.release(job.id, countsAttempt: true)
            guard job.interruptions >= mostInterruptions else { continue }
            let error = JobError(
                .interrupted, "sluice or the machine went down \(job.interruptions) times while this job ran.")
            await fail(try journal.job(job.id), error, countsFailure: false)
        }
        // What renditions a job has made already stay for it.
        let (staging, journal) = (staging, journal)
        try await disk.run {
            try staging.discardAll { job in
                let state = try journal.state(of: job)
                return state == .queued || state == .staged
            }
        }
        return last
    }

    /// The second half: puts the jobs of earlier runs in line, as there is room. Those that were running when a supervisor
    /// went down come last: if it was their doing, the others are done by then. Ends early when the engine stops.
    package func resume(upTo last: Int64) async {
        for interrupted in [false, true] { await resume(upTo: last, interrupted: interrupted) }
    }

    private func resume(upTo last: Int64, interrupted: Bool) async {
        var next: Int64 = 0
        while next <= last, !isStopping {
            // A page at a time: the supervisor's memory is small, however many there are.
            let page: [JobRecord]
            do {
                page = try journal.jobs(
                    in: [.staged, .published, .queued], numbered: next...last, interrupted: interrupted, limit: 200)
            } catch {
                await waitOut(error)
                continue
            }
            guard let end = page.last else { return }
            for job in page {
                if job.state != .queued || contexts[job.source.inbox]?.pipelineDigest == job.pipelineDigest {
                    await line(up: job)
                } else {
                    // Another pipeline now, or an inbox that is no more: the scan will say what is to be done.
                    do {
                        try await journal.supersede(job.id, now: clock())
                        try await discardStaging(job)
                    } catch JournalError.forbidden(_, from: .superseded, to: _) {
                        // It has said so already.
                    } catch {
                        // It stays queued: the scan's own job takes its place.
                        await waitOut(error)
                    }
                }
            }
            next = end.id + 1
        }
    }
}
