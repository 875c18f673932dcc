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
        /// Bytes to reserve; nil until the header has been read.
        var estimate: UInt64?
        /// Monotonic nanoseconds before which it is not tried again.
        var notBefore: Int64 = 0
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

    mutating func setEstimate(_ bytes: UInt64, of job: Int64) {
        if let index = entries.firstIndex(where: { $0.job.id == job }) { entries[index].estimate = bytes }
    }

    /// The first that are due and whose headers have not been read.
    func toPrepare(now: Int64, atMost count: Int) -> [JobRecord] {
        due(now, count).filter { $0.estimate == nil }.map(\.job)
    }

    /// The first that are due and known in their needs, and that nothing of their own path holds up.
    func ready(now: Int64, atMost count: Int, inFlight: Set<SourceKey>) -> [Entry] {
        due(now, count).filter { entry in
            let key = SourceKey(entry.job.source)
            return entry.estimate != nil && !inFlight.contains(key)
                && finished[key]?.contains { $0 < entry.job.id } != true
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
