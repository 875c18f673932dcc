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

    /// In their order; nil where one has gone from the midst. What lies before `head` is nil: most go from the front, and
    /// nothing is moved for that.
    private var places: [Entry?] = []
    private var head = 0
    /// Where each job is: its index in `places`, and how many places had been cut off before.
    private var indices: [Int64: Int] = [:]
    private var cutOff = 0
    /// Jobs that may not be tried before a time.
    private var delayed: [Int64: Int64] = [:]
    /// Jobs whose results only wait for the outbox, by path: a newer job of the same path may not pass them, or old
    /// results would take the place of new ones.
    private var finished: [SourceKey: Set<Int64>] = [:]

    var count: Int { indices.count }
    var isEmpty: Bool { indices.isEmpty }
    /// The first in line.
    var first: JobRecord? { head < places.count ? places[head]?.job : nil }

    /// A job that is in line already stays where it is.
    mutating func append(_ entry: Entry) {
        if contains(entry.job.id) { return }
        note(entry)
        indices[entry.job.id] = places.count + cutOff
        places.append(entry)
    }

    mutating func insertFirst(_ entry: Entry) {
        if contains(entry.job.id) { return }
        note(entry)
        if head == 0 {
            // Room for as many again, so that a thousand of them do not move everything a thousand times.
            let room = max(16, places.count)
            places.insert(contentsOf: repeatElement(nil, count: room), at: 0)
            head = room
            cutOff -= room
        }
        head -= 1
        indices[entry.job.id] = head + cutOff
        places[head] = entry
    }

    /// Nil where it does not wait.
    @discardableResult
    mutating func remove(_ job: Int64) -> JobRecord? {
        guard let place = indices.removeValue(forKey: job), let entry = places[place - cutOff] else { return nil }
        places[place - cutOff] = nil
        while head < places.count, places[head] == nil { head += 1 }
        if head > 1024, head > places.count / 2 {
            places.removeFirst(head)
            cutOff += head
            head = 0
        }
        if entry.notBefore > 0 { delayed[job] = nil }
        if !finished.isEmpty {
            let key = SourceKey(entry.job.source)
            finished[key]?.remove(job)
            if finished[key]?.isEmpty == true { finished[key] = nil }
        }
        return entry.job
    }

    mutating func removeAll() { self = WaitingLine() }

    func contains(_ job: Int64) -> Bool { indices[job] != nil }

    mutating func admit(_ request: MemoryLedger.Request, _ plan: MemoryPlan) {
        guard let place = indices[request.job] else { return }
        places[place - cutOff]?.admission = Admitted(request: request, plan: plan)
    }

    /// The first that are due and whose headers have not been read.
    func toPrepare(now: Int64, atMost count: Int) -> [JobRecord] {
        var jobs: [JobRecord] = []
        forEachDue(now, count) { entry in
            if entry.admission == nil { jobs.append(entry.job) }
        }
        return jobs
    }

    /// The first that are due and known in their needs, and that nothing of their own path holds up.
    func ready(now: Int64, atMost count: Int, inFlight: Set<SourceKey>) -> [Ready] {
        var ready: [Ready] = []
        forEachDue(now, count) { entry in
            guard let admission = entry.admission else { return }
            let key = SourceKey(entry.job.source)
            guard !inFlight.contains(key), finished[key]?.contains(where: { $0 < entry.job.id }) != true else { return }
            ready.append(Ready(job: entry.job, request: admission.request, plan: admission.plan))
        }
        return ready
    }

    /// When the next one comes due that is not yet; monotonic nanoseconds.
    func nextDue(after now: Int64) -> Int64? { delayed.isEmpty ? nil : delayed.values.filter { $0 > now }.min() }

    private func forEachDue(_ now: Int64, _ count: Int, _ body: (borrowing Entry) -> Void) {
        var seen = 0
        var index = head
        while seen < count, index < places.count {
            if let entry = places[index], entry.notBefore <= now {
                body(entry)
                seen += 1
            }
            index += 1
        }
    }

    private mutating func note(_ entry: Entry) {
        if entry.notBefore > 0 { delayed[entry.job.id] = entry.notBefore }
        if entry.job.state == .staged || entry.job.state == .published {
            finished[SourceKey(entry.job.source), default: []].insert(entry.job.id)
        }
    }
}
