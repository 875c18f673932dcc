package import Admission
package import Jobs
package import Journal
import LinuxIO
package import Pipeline
package import Places

/// What happens to jobs, in the order in which it becomes durable. For progress bars, logs and tests. Each event of
/// a job carries its number.
package enum EngineEvent: Sendable {
    /// A worker is given the job.
    case started(JobRecord, MemoryPlan)
    /// Renditions and sidecar are in the outbox.
    indirect case published(JobRecord, Sidecar)
    /// The content is what an earlier job published already.
    case unchanged(SourceIdentity, job: Int64)
    /// It is no picture: what it is, and what was done with it.
    case other(SourceIdentity, kind: String, OthersRule, job: Int64)
    /// It belongs to a picture, and has left the inbox as that did.
    case followed(SourceIdentity, Disposal, job: Int64)
    /// Failed for good.
    case quarantined(SourceIdentity, JobError, job: Int64)
    /// An earlier run quarantined it, and neither source nor pipeline has changed since.
    case stillQuarantined(SourceIdentity, JobError, job: Int64)
    /// An attempt failed; another will be made after `delay` seconds.
    case willRetry(JobRecord, JobError, delay: Double)
    /// The source cannot be removed from the inbox, for this reason; its job ends nevertheless.
    case sourceNotRemoved(SourceIdentity, String, job: Int64)
    /// An attempt was interrupted, not by the job as far as is known; another follows after `delay` seconds.
    case requeued(JobRecord, reason: String, delay: Double)
    /// Its results are published, but the source has changed or is being written to: it stays, to be checked
    /// again.
    case sourceOfferedAgain(SourceIdentity, String, job: Int64)
    /// A newer drop of the same path has replaced a waiting job.
    case overtaken(SourceIdentity, job: Int64)
    /// The source was removed or changed before processing ended.
    case superseded(SourceIdentity, job: Int64)
    /// Nothing is started for now because of the environment (disk full, workers that do not start). Nothing is lost.
    case paused(reason: String, seconds: Double)
    /// Nothing is started until a directory is back.
    case held(reason: String)
    case resumed
    /// At start: the journal was damaged; a new one has been filled from the sidecars.
    case journalSetAside(JournalDamage)
}

/// Why the engine cannot go on by itself (one-shot runs end with it; the daemon tries again).
package enum EngineFault: Error, Sendable, CustomStringConvertible {
    /// Workers do not start.
    case workersUnavailable(String)
    /// Outbox, staging or archive cannot be written.
    case outputUnwritable(String)
    /// An inbox is gone, or does not answer; its name.
    case inboxGone(String)
    /// The journal cannot be written or read.
    case journal(String)
    /// The journal's file is damaged. The next start sets it aside.
    case journalDamaged(String)

    /// Whether waiting cannot help.
    var isFinal: Bool {
        if case .journalDamaged = self { true } else { false }
    }

    package var description: String {
        switch self {
        case .workersUnavailable(let why): "workers cannot be started: \(why)"
        case .outputUnwritable(let why): "the output cannot be written: \(why)"
        case .inboxGone(let inbox): "the inbox '\(inbox)' is gone or does not respond"
        case .journal(let why): "the journal failed: \(why)"
        case .journalDamaged(let why):
            "the journal is damaged: \(why). The next start sets it aside and rebuilds it from the sidecars"
        }
    }
}
