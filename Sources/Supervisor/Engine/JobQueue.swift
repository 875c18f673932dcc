import Admission
import Jobs
import Journal

/// A source's location, whichever file is there.
struct SourceKey: Hashable {
    let inbox: String
    let path: RelativePath

    init(_ source: SourceIdentity) {
        inbox = source.inbox
        path = source.path
    }
}

/// The first of the waiting jobs, in one lane per inbox; the rest wait in the journal. Inboxes of a
/// higher priority go first, equal ones take turns; within a lane it is first come, first served. Pure.
struct JobQueue {
    struct Entry {
        var job: JobRecord
        /// What it takes of the memory cap, and how; nil until the header has been read.
        var admission: Admitted?
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

    private struct Lane {
        let inbox: String
        var priority: Int
        var entries: [Entry] = []
        /// Its inbox does not respond: none of its jobs are started.
        var isHeld = false
        /// As many of its jobs are finishing as allowed.
        var isFull = false
        /// When its last job was started, counted in starts: the lane that waited longest is next.
        var lastTurn = 0
        /// Entries whose results are complete in staging.
        var made = 0
    }

    private var lanes: [Lane] = []
    /// Job → lane.
    private var places: [Int64: Int] = [:]
    private var turns = 0

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    func contains(_ job: Int64) -> Bool { places[job] != nil }

    /// Jobs in an inbox' lane.
    func count(of inbox: String) -> Int { lanes.first { $0.inbox == inbox }?.entries.count ?? 0 }

    /// The jobs of a lane that may be done before a job of an older set of results blocks them, and so may start soon.
    func startable(of inbox: String, inFlight: Set<SourceKey>) -> Int {
        guard let lane = lanes.first(where: { $0.inbox == inbox }) else { return 0 }
        return lane.entries.count { !isBlocked($0, in: lane, inFlight) }
    }

    mutating func setPriority(_ priority: Int, of inbox: String) { lanes[lane(of: inbox)].priority = priority }

    /// Holds an inbox's jobs back, or releases them.
    mutating func hold(_ inbox: String, _ isHeld: Bool) { lanes[lane(of: inbox)].isHeld = isHeld }

    /// Stops starting more of an inbox's jobs, or resumes.
    mutating func fill(_ inbox: String, _ isFull: Bool) { lanes[lane(of: inbox)].isFull = isFull }

    func isHeld(_ inbox: String) -> Bool { lanes.first { $0.inbox == inbox }?.isHeld ?? false }

    /// A job that is already queued stays where it is.
    mutating func append(_ job: JobRecord) { insert(job) { $0.count } }

    mutating func insertFirst(_ job: JobRecord) { insert(job) { _ in 0 } }

    private mutating func insert(_ job: JobRecord, at place: ([Entry]) -> Int) {
        guard places[job.id] == nil else { return }
        let index = lane(of: job.source.inbox)
        places[job.id] = index
        if job.isMade { lanes[index].made += 1 }
        lanes[index].entries.insert(Entry(job: job), at: place(lanes[index].entries))
    }

    /// Nil if it is not queued.
    @discardableResult
    mutating func remove(_ job: Int64) -> JobRecord? {
        guard let lane = places.removeValue(forKey: job),
            let place = lanes[lane].entries.firstIndex(where: { $0.job.id == job })
        else { return nil }
        let job = lanes[lane].entries.remove(at: place).job
        if job.isMade { lanes[lane].made -= 1 }
        return job
    }

    mutating func removeAll() {
        places = [:]
        for index in lanes.indices {
            lanes[index].entries = []
            lanes[index].made = 0
        }
    }

    mutating func admit(_ request: MemoryLedger.Request, _ plan: MemoryPlan) {
        guard let lane = places[request.job],
            let place = lanes[lane].entries.firstIndex(where: { $0.job.id == request.job })
        else { return }
        lanes[lane].entries[place].admission = Admitted(request: request, plan: plan)
    }

    /// The first of each lane whose headers have not been read. A lane whose inbox does not answer waits for its own
    /// only.
    /// What waits for another job of its path is not prepared before that has ended.
    func toPrepare(atMost count: Int, ofEach most: Int, inFlight: Set<SourceKey>) -> [JobRecord] {
        var jobs: [JobRecord] = []
        for lane in inTurn where !lane.isHeld {
            jobs += lane.entries.prefix(most)
                .filter { $0.admission == nil && !isBlocked($0, in: lane, inFlight) }.map(\.job)
        }
        return Array(jobs.prefix(count))
    }

    /// The first that are known in their needs and that nothing of their own path holds up, in their fair order: of
    /// each lane one, then of each lane the next.
    func ready(atMost count: Int, inFlight: Set<SourceKey>) -> [Ready] {
        var ready: [Ready] = []
        var rest = inTurn.filter { !$0.isHeld && !$0.isFull && !$0.entries.isEmpty }
            .map { lane in (lane: lane, entries: lane.entries[...]) }
        while ready.count < count, !rest.isEmpty {
            // Lanes of a lower priority come after all of a higher one.
            let priority = rest[0].lane.priority
            for index in rest.indices where rest[index].lane.priority == priority && ready.count < count {
                while let entry = rest[index].entries.popFirst() {
                    guard let admission = entry.admission, !isBlocked(entry, in: rest[index].lane, inFlight) else {
                        continue
                    }
                    ready.append(Ready(job: entry.job, request: admission.request, plan: admission.plan))
                    break
                }
            }
            rest.removeAll { $0.entries.isEmpty }
        }
        return ready
    }

    /// A job of this inbox has been started.
    mutating func tookTurn(_ inbox: String) {
        turns += 1
        lanes[lane(of: inbox)].lastTurn = turns
    }

    private var inTurn: [Lane] { lanes.sorted { ($1.priority, $0.lastTurn) < ($0.priority, $1.lastTurn) } }

    /// A job of the same path runs or is being published; or results of an older one only wait for the outbox: they
    /// would take the place of the newer ones.
    private func isBlocked(_ entry: Entry, in lane: Lane, _ inFlight: Set<SourceKey>) -> Bool {
        if inFlight.contains(SourceKey(entry.job.source)) { return true }
        return lane.made > 0
            && lane.entries.contains { other in
                other.job.isMade && other.job.id < entry.job.id && other.job.source.path == entry.job.source.path
            }
    }

    private mutating func lane(of inbox: String) -> Int {
        if let index = lanes.firstIndex(where: { $0.inbox == inbox }) { return index }
        lanes.append(Lane(inbox: inbox, priority: 0))
        return lanes.count - 1
    }
}

extension JobRecord {
    /// Its results are complete in staging: only publishing, or removing the source, remains.
    fileprivate var isMade: Bool { state == .staged || state == .published }
}
