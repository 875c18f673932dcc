import Jobs
import Journal
import LinuxIO
import Outbox
import Pipeline

// Removing a source from its inbox.
extension Engine {
    /// Removes the source, if its pipeline says so.
    /// - Parameters:
    ///   - syncing: makes its bytes durable; nil if that has not started.
    ///   - after: nil: what the pipeline says.
    ///   - picture: that it belongs to.
    ///   - pool: nil: the inbox' own, which has to answer within seconds.
    /// - Returns: whether it is gone, or why it is still there.
    func dispose(
        _ job: JobRecord, _ context: InboxContext?, syncing: Task<Void, any Error>?, as after: Disposal? = nil,
        beside picture: SourceIdentity? = nil, on pool: BlockingPool? = nil
    ) async throws -> JobRecord.Stay {
        guard let context, after != nil || context.takesSourcesAway else { return .none }
        let after = after ?? context.pipeline.after
        guard var disposal = context.disposal() else { throw EngineFault.inboxGone(context.name) }
        do {
            // Unsynced data would be lost with the next power cut, and there is no other copy.
            try await syncing?.value
            disposal.isSynced = syncing != nil
        } catch let error as SystemCallError {
            onEvent(.sourceNotRemoved(job.source, "its content may not be on disk: \(error)", job: job.id))
            return .forGood
        }
        let (places, pending) = (places, PendingSyncs())
        disposal.pending = pending
        disposal.picture = picture
        let disposed = try await (pool ?? context.disk).run { [disposal] in
            try places.check()
            switch after {
            case .keep: return Disposed.gone(nil)
            case .delete: return try disposal.delete(job.source)
            case .archive:
                guard let archive = places.archive ?? context.archive else { return .gone(nil) }
                let root = try context.folder.map { try archive.openDirectory($0.bytes, create: true) } ?? archive
                return try disposal.move(job.source, below: root)
            }
        }
        try await pending.finish(on: context.syncs)
        return stay(job, disposed)
    }

    func stay(_ job: JobRecord, _ outcome: Disposed) -> JobRecord.Stay {
        switch outcome {
        case .gone: return .none
        case .notRemoved(let reason):
            onEvent(.sourceNotRemoved(job.source, reason, job: job.id))
            return .forGood
        case .changed:
            onEvent(.sourceOfferedAgain(job.source, "it was changed meanwhile", job: job.id))
            return .forNow
        case .beingWritten:
            onEvent(.sourceOfferedAgain(job.source, "somebody is writing to it", job: job.id))
            return .forNow
        }
    }
}
