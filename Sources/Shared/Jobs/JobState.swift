/// The state of a job, stored in the journal; every change goes through `mayBecome`.
package enum JobState: String, Codable, Sendable, CaseIterable {
    /// Waiting for its turn (or for its next attempt).
    case queued
    /// A worker has it; the attempt is counted.
    case running
    /// All renditions lie in staging, synced; the sidecar's text is in the journal.
    case staged
    /// Renditions and sidecar are in the outbox.
    case published
    /// The source is archived, deleted or kept. Nothing is left to do.
    case done
    /// Failed for good; the source lies in quarantine with its error file.
    case quarantined
    /// The source vanished or was replaced before the job could end; nothing was published for it.
    case superseded

    /// The one table of transitions.
    package var successors: Set<JobState> {
        switch self {
        case .queued: [.running, .quarantined, .superseded, .done]
        case .running: [.staged, .queued, .quarantined, .superseded, .done]
        case .staged: [.published, .queued, .superseded]
        case .published: [.done]
        case .quarantined: [.queued, .superseded]
        case .done, .superseded: []
        }
    }

    package func mayBecome(_ next: JobState) -> Bool { successors.contains(next) }

    /// States from which `next` can be reached.
    package static func predecessors(of next: JobState) -> [JobState] {
        allCases.filter { $0.mayBecome(next) }
    }
}
