import Jobs
import Journal
import LinuxIO
import Outbox

extension Engine {
    /// At start, before anything new: rolls every job forward from where the last run left it.
    package func recover() async throws {
        try await rollForward()
        try await begin()
    }

    /// The first half: no job is running any more, and none is queued that no inbox wants.
    package func rollForward() async throws {
        for job in try await journal.jobs(in: [.running]) {
            // Its worker died with the supervisor: the cause is unknown. Others go first.
            let retryAt = clock() + suspicion(of: job)
            let released = try await journal.release(job.id, countsAttempt: true, retryAt: retryAt)
            guard job.interruptions >= mostInterruptions else { continue }
            let error = JobError(
                .interrupted, "sluice or the machine went down \(job.interruptions) times while this job ran.")
            await fail(released, error, countsFailure: false)
        }
        _ = try await journal.supersedeQueued(except: contexts.mapValues(\.pipelineDigest), now: clock())
        // What renditions a job has made already stay for it.
        let staging = places.staging
        let staged = try await disk.run { try staging.jobs() }
        let wanted = try await journal.wanted(of: staged)
        try await disk.run { try staging.discardAll { wanted.contains($0) } }
    }

    /// Seconds that a job waits which may be what takes the supervisor down, so that other work gets done before it: the
    /// more often it was running then, the longer. One that merely happened to run is not interrupted in this time.
    private func suspicion(of job: JobRecord) -> Double {
        guard job.interruptions >= 3 else { return 0 }
        return min(Double(1 << min(job.interruptions - 3, 6)), 60)
    }

    /// The second half: publishes staged results, and queues jobs as there is room.
    package func begin() async throws {
        for job in try await journal.jobs(in: [.staged, .published]) where !stopping { waiting.append(job) }
        for inbox in contexts.keys { supplies[inbox, default: Supply()].mayHaveMore = true }
        pump()
        // There may be many to look at.
        Task { await followPicturesOfLastRun() }
    }
}
