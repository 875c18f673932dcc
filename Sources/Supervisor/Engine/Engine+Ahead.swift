import Admission
import Jobs
import Journal

/// Jobs that are claimed before there is room for them, so that no worker waits for the commits of a slow disk. Each has
/// a task, which waits here for its turn. Pure but for those.
struct ClaimedAhead {
    private struct Entry {
        let ready: JobQueue.Ready
        /// Set once its claim is in the journal.
        var waiter: CheckedContinuation<MemoryPlan?, Never>?
    }

    private var entries: [Entry] = []
    /// Those whose turn came before their claim was in the journal.
    private var granted: [Int64: MemoryPlan] = [:]

    var count: Int { entries.count }

    /// Those whose claim is in the journal.
    var claimed: Int { entries.count { $0.waiter != nil } }

    /// Oldest first.
    var ready: [JobQueue.Ready] { entries.map(\.ready) }

    func contains(_ job: Int64) -> Bool { entries.contains { $0.ready.job.id == job } }

    mutating func append(_ ready: JobQueue.Ready) { entries.append(Entry(ready: ready)) }

    /// Its turn has come.
    mutating func grant(_ job: Int64, _ plan: MemoryPlan) {
        guard let index = entries.firstIndex(where: { $0.ready.job.id == job }) else { return }
        if let waiter = entries.remove(at: index).waiter { waiter.resume(returning: plan) } else { granted[job] = plan }
    }

    /// Waits for its turn, unless it has already come.
    mutating func wait(_ job: Int64, _ waiter: CheckedContinuation<MemoryPlan?, Never>) {
        if let plan = granted.removeValue(forKey: job) { return waiter.resume(returning: plan) }
        guard let index = entries.firstIndex(where: { $0.ready.job.id == job }) else {
            return waiter.resume(returning: nil)
        }
        entries[index].waiter = waiter
    }

    /// Resumes those of an inbox, or all, without a turn: they are not started.
    mutating func rejectWaiting(inbox: String? = nil) {
        for index in entries.indices where inbox == nil || entries[index].ready.job.source.inbox == inbox {
            entries[index].waiter?.resume(returning: nil)
            entries[index].waiter = nil
        }
    }

    /// - Returns: whether it never had its turn.
    mutating func remove(_ job: Int64) -> Bool {
        granted[job] = nil
        guard let index = entries.firstIndex(where: { $0.ready.job.id == job }) else { return false }
        entries.remove(at: index)
        return true
    }
}

/// How long claims and workers take, and so how many jobs have to be claimed ahead for workers to have no pause.
struct ClaimPace {
    /// Seconds, averaged over the last few.
    private var claim = 0.0
    private var work = 0.0

    /// Two descriptors for each.
    static let most = 64
    /// Seconds; a claim this short goes unnoticed.
    private static let unnoticed = 0.05

    mutating func note(claim seconds: Double) { claim += (seconds - claim) / 4 }
    mutating func note(work seconds: Double) { work = work == 0 ? seconds : work + (seconds - work) / 8 }

    func ahead(workers: Int) -> Int {
        guard claim > Self.unnoticed, work > 0 else { return 0 }
        return min(Self.most, Int((3 * claim * Double(workers) / work).rounded(.up)))
    }
}

extension Engine {
    /// Claims the next jobs where claims take long. One that may be what takes the supervisor down is never among them:
    /// only those that run are to be suspected.
    func claimAhead() {
        let most = min(pace.ahead(workers: settings.cap.workers), mostFinishing / 2, mostFinishing - finishing)
        while ahead.count < most, let ready = waiting.ready(atMost: 1, inFlight: inFlight).first,
            ready.job.state == .queued, ready.job.interruptions == 0
        {
            take(ready.job)
            ahead.append(ready)
            Task { await run(ready.job, ready.plan, isAhead: true) }
        }
    }

    /// A job's claim is in the journal: waits until it has a place and memory.
    /// - Returns: how it is to be done; nil where nothing of it is to be started.
    func turn(of job: JobRecord, _ plan: MemoryPlan, isAhead: Bool) async -> MemoryPlan? {
        guard !stopping, hold == nil, !waiting.isHeld(job.source.inbox) else { return nil }
        return isAhead ? await withCheckedContinuation { ahead.wait(job.id, $0) } : plan
    }
}
