package import Jobs
import Journal
package import LinuxIO
import WorkerPool

// The inboxes that sources come from: their state, and operations on them.
extension Engine {
    /// From now on, new sources of this inbox go through this pipeline. Jobs that are queued or run keep theirs.
    package func replace(_ context: InboxContext) {
        var context = context
        if let old = contexts[context.name] {
            if context.directory == nil { context.directory = old.directory }
            (context.disk, context.syncs) = (old.disk, old.syncs)
            if old.pipelineDigest != context.pipelineDigest {
                retired.removeAll { $0.name == old.name && $0.pipelineDigest == old.pipelineDigest }
                retired = Array((retired + [old]).suffix(16))
            }
        }
        contexts[context.name] = context
        waiting.setPriority(context.priority, of: context.name)
    }

    /// The inbox's directory is back, or was recreated: its sources are opened there from now on.
    package func reopen(inbox: String, _ directory: Directory) {
        contexts[inbox]?.directory = directory
        for index in retired.indices where retired[index].name == inbox { retired[index].directory = directory }
        markResponsive(inbox: inbox)
    }

    /// An inbox is gone or does not respond: nothing of it is started, and the others go on.
    /// - Parameter hangs: whether its workers wait for it too, with memory and places that others could use.
    package func markUnresponsive(inbox: String, hangs: Bool) {
        guard !waiting.isHeld(inbox) else { return }
        waiting.hold(inbox, true)
        ahead.rejectWaiting(inbox: inbox)
        if hangs {
            let jobs = withWorkers.filter { $0.value == inbox }.map(\.key)
            Task { for job in jobs { await pool.cancel(job: job) } }
        }
        pump()
    }

    /// The inbox responds again.
    package func markResponsive(inbox: String) {
        guard waiting.isHeld(inbox), contexts[inbox]?.directory != nil else { return }
        waiting.hold(inbox, false)
        pump()
    }

    /// The context that the job was queued under; nil where that is no more.
    func context(of job: JobRecord) -> InboxContext? {
        if let current = contexts[job.source.inbox], current.pipelineDigest == job.pipelineDigest { return current }
        return retired.first { $0.name == job.source.inbox && $0.pipelineDigest == job.pipelineDigest }
    }

    package var inboxNames: [String] { contexts.keys.sorted() }

    package func disk(of inbox: String) -> BlockingPool? { contexts[inbox]?.disk }

    /// The inbox's directory and disk pool; nil while it is missing.
    package func held(inbox: String) -> (disk: BlockingPool, directory: Directory)? {
        contexts[inbox].flatMap { context in context.directory.map { (context.disk, $0) } }
    }

    /// Those whose sources are gone once they are done.
    package var inboxesThatGiveAway: Set<String> { Set(contexts.values.filter(\.takesSourcesAway).map(\.name)) }

    /// Of these sources of one inbox, those that are gone. Empty if unknown.
    package func gone(_ sources: [SourceIdentity]) async -> Set<RelativePath> {
        guard let inbox = sources.first?.inbox else { return [] }
        // It is no longer watched, so its sources are not offered.
        guard let context = contexts[inbox] else { return Set(sources.map(\.path)) }
        guard let directory = context.directory else { return [] }
        let gone = try? await context.disk.run(within: 30) {
            try sources.filter { try directory.stat($0.path.bytes) == nil }.map(\.path)
        }
        return Set(gone ?? [])
    }
}
