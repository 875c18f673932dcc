import Admission
import Journal
import PipelineModel

/// A source's place, whichever file lies there.
struct SourceKey: Hashable {
    let inbox: String
    let path: RelativePath

    init(_ source: SourceIdentity) {
        inbox = source.inbox
        path = source.path
    }
}

/// The jobs that wait for their turn, first come first served. Pure: time is given.
struct WaitingLine {
    struct Entry {
        var job: JobRecord
        /// What it takes of the memory cap, and how; nil until the header has been read.
        var admission: Admitted?
        /// Monotonic nanoseconds before which it is not tried again.
        var notBefore: Int64 = 0
    }

    /// How a job is to be done, and what is to be reserved for it.
    struct Admitted {
        var request: MemoryLedger.Request
        var plan: MemoryPlan
    }

    /// An entry whose header has been read.
    struct Ready {
        var job: JobRecord
        var request: MemoryLedger.Request
        var plan: MemoryPlan
    }

    private var entries: [Entry] = []
    /// Jobs whose results only wait for the outbox, by path: a newer job of the same path may not pass them, or old
    /// results would take the place of new ones.
    private var finished: [SourceKey: Set<Int64>] = [:]

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    mutating func append(_ entry: Entry) {
        note(entry.job)
        entries.append(entry)
    }

    mutating func insertFirst(_ entry: Entry) {
        note(entry.job)
        entries.insert(entry, at: 0)
    }

    /// Nil where it does not wait.
    @discardableResult
    mutating func remove(_ job: Int64) -> JobRecord? {
        guard let index = entries.firstIndex(where: { $0.job.id == job }) else { return nil }
        let entry = entries.remove(at: index)
        finished[SourceKey(entry.job.source)]?.remove(job)
        if finished[SourceKey(entry.job.source)]?.isEmpty == true { finished[SourceKey(entry.job.source)] = nil }
        return entry.job
    }

    mutating func removeAll() { self = WaitingLine() }

    func contains(_ job: Int64) -> Bool { entries.contains { $0.job.id == job } }

    mutating func admit(_ request: MemoryLedger.Request, _ plan: MemoryPlan) {
        if let index = entries.firstIndex(where: { $0.job.id == request.job }) {
            entries[index].admission = Admitted(request: request, plan: plan)
        }
    }

    /// The first that are due and whose headers have not been read.
    func toPrepare(now: Int64, atMost count: Int) -> [JobRecord] {
        due(now, count).filter { $0.admission == nil }.map(\.job)
    }

    /// The first that are due and known in their needs, and that nothing of their own path holds up.
    func ready(now: Int64, atMost count: Int, inFlight: Set<SourceKey>) -> [Ready] {
        due(now, count).compactMap { entry in
            let key = SourceKey(entry.job.source)
            guard let admission = entry.admission, !inFlight.contains(key),
                finished[key]?.contains(where: { $0 < entry.job.id }) != true
            else { return nil }
            return Ready(job: entry.job, request: admission.request, plan: admission.plan)
        }
    }

    /// When the next one comes due that is not yet; monotonic nanoseconds.
    func nextDue(after now: Int64) -> Int64? { entries.lazy.map(\.notBefore).filter { $0 > now }.min() }

    private func due(_ now: Int64, _ count: Int) -> [Entry] {
        Array(entries.lazy.filter { $0.notBefore <= now }.prefix(count))
    }

    private mutating func note(_ job: JobRecord) {
        if job.state == .staged || job.state == .published {
            finished[SourceKey(job.source), default: []].insert(job.id)
        }
    }
}
