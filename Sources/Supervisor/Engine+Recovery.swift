import Journal
import LinuxIO
import Outbox
import PipelineModel

extension Engine {
    /// At start, before anything new: rolls every job forward from where the last run left it.
    package func recover() async throws {
        try await resume(upTo: rollForward())
    }

    /// The first half: no job is running or staged any more.
    /// - Returns: the newest job of the earlier runs.
    package func rollForward() async throws -> Int64 {
        let last = try journal.lastJob()
        for job in try journal.jobs(in: [.staged]) { try await rollForward(job) }
        for job in try journal.jobs(in: [.running]) {
            // Its worker died with the supervisor: nobody can say whose fault it was.
            try await journal.release(job.id, countsAttempt: true)
        }
        let staging = staging
        try await disk.run { try staging.discardAll(except: []) }
        return last
    }

    /// The second half: puts the jobs of earlier runs in line, as there is room. Ends early when the engine stops.
    package func resume(upTo last: Int64) async throws {
        var next: Int64 = 0
        while next <= last, !isStopping {
            // A page at a time: the supervisor's memory is small, however many there are.
            let page = try journal.jobs(in: [.published, .queued], numbered: next...last, limit: 200)
            guard let end = page.last else { return }
            for job in page {
                if job.state == .published || contexts[job.source.inbox]?.pipelineDigest == job.pipelineDigest {
                    // One whose staging was gone stands in line again already.
                    if !isWaiting(job.id) { await line(up: job) }
                } else {
                    // Another pipeline now, or an inbox that is no more: the scan will say what is to be done.
                    do {
                        try await journal.supersede(job.id, now: clock())
                    } catch JournalError.forbidden(_, from: .superseded, to: _) {
                        // It has said so already.
                    }
                }
            }
            next = end.id + 1
        }
    }

    private func rollForward(_ job: JobRecord) async throws {
        if let context = contexts[job.source.inbox], context.pipelineDigest == job.pipelineDigest,
            let text = job.sidecar, let sidecar = try? SidecarFile.decode(text)
        {
            try await publish(job, sidecar, text, context)
        } else {
            try await journal.release(job.id, countsAttempt: true)
        }
    }
}
