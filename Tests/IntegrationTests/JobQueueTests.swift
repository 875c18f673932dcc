import Admission
import Testing

@testable import Engine
@testable import Jobs
@testable import Journal

func waitingJob(
    _ id: Int64, _ path: String, _ state: JobState = .queued, inbox: String = "main"
) throws -> JobRecord {
    JobRecord(
        id: id,
        source: SourceIdentity(
            inbox: inbox, path: try #require(RelativePath(path)), size: 1, mtime: 1, inode: UInt64(id)),
        pipelineName: "web", pipelineDigest: "d", state: state, attempts: 0, failures: 0, queuedAt: 0)
}

func waitingRequest(_ job: Int64) throws -> MemoryLedger.Request {
    try #require(MemoryLedger(budget: .init(memory: 1)).request(job: job, .init(memory: 1)))
}

@Suite("The queue of waiting jobs")
struct JobQueueTests {
    private let plan = MemoryPlan(way: .inMemory, estimate: 10, reservation: 1)

    /// Puts jobs in queue whose headers have been read.
    private func fill(_ queue: inout JobQueue, _ jobs: JobRecord...) throws {
        for job in jobs {
            queue.append(job)
            queue.admit(try waitingRequest(job.id), plan)
        }
    }

    private func ready(_ queue: JobQueue, atMost count: Int = 100, inFlight: Set<SourceKey> = []) -> [Int64] {
        queue.ready(atMost: count, inFlight: inFlight).map(\.job.id)
    }

    @Test("first come, first served, once the header is read")
    func order() throws {
        var queue = JobQueue()
        queue.append(try waitingJob(50, "unread"))
        try fill(&queue, waitingJob(51, "read"))
        #expect(queue.toPrepare(atMost: 16, ofEach: 16, inFlight: []).map(\.id) == [50])
        #expect(ready(queue) == [51])
        queue.admit(try waitingRequest(50), plan)
        #expect(ready(queue) == [50, 51])
        #expect(queue.remove(50)?.id == 50 && queue.remove(50) == nil)
        #expect(queue.count == 1 && !queue.contains(50))
        // Twice in queue is once; what is given back comes first.
        queue.append(try waitingJob(51, "read"))
        queue.insertFirst(try waitingJob(60, "again"))
        queue.admit(try waitingRequest(60), plan)
        #expect(ready(queue) == [60, 51])
        queue.removeAll()
        #expect(queue.isEmpty && ready(queue).isEmpty)
    }

    @Test("results that wait for the outbox go before a newer job of their path, whatever stands first")
    func samePath() throws {
        var queue = JobQueue()
        try fill(&queue, waitingJob(2, "a"))
        // Given back after a failed try: its needs are to be found out again.
        queue.insertFirst(try waitingJob(1, "a", .staged))
        try fill(&queue, waitingJob(3, "b"))
        #expect(ready(queue) == [3])
        queue.admit(try waitingRequest(1), plan)
        #expect(ready(queue) == [1, 3])
        queue.remove(1)
        #expect(ready(queue) == [2, 3])
        #expect(ready(queue, inFlight: [SourceKey(try waitingJob(9, "a").source)]) == [3])
    }

    @Test("blocked jobs hide nobody, however many stand in front")
    func blocked() throws {
        var queue = JobQueue()
        for id in Int64(1)...300 { try fill(&queue, waitingJob(id, "held")) }
        try fill(&queue, waitingJob(400, "a"), waitingJob(401, "b"))
        let inFlight: Set = [SourceKey(try waitingJob(0, "held").source)]
        #expect(ready(queue, atMost: 1, inFlight: inFlight) == [400])
        #expect(queue.startable(of: "main", inFlight: inFlight) == 2)
    }

    @Test("inboxes take turns, whichever has more; those of a higher priority come first")
    func turns() throws {
        var queue = JobQueue()
        for id in Int64(1)...200 { try fill(&queue, waitingJob(id, "many-\(id)")) }
        for id in Int64(501)...503 { try fill(&queue, waitingJob(id, "few-\(id)", inbox: "few")) }
        #expect(ready(queue, atMost: 6) == [1, 501, 2, 502, 3, 503])
        // Whose turn it was comes last.
        queue.remove(1)
        queue.tookTurn("main")
        #expect(ready(queue, atMost: 3) == [501, 2, 502])
        queue.tookTurn("few")
        #expect(ready(queue, atMost: 2) == [2, 501])
        queue.setPriority(1, of: "few")
        #expect(ready(queue, atMost: 5) == [501, 502, 503, 2, 3])
        #expect(queue.count(of: "few") == 3)
    }

    @Test("an inbox that does not answer waits alone")
    func held() throws {
        var queue = JobQueue()
        try fill(&queue, waitingJob(1, "a"))
        queue.append(try waitingJob(2, "b"))
        try fill(&queue, waitingJob(3, "c", inbox: "other"))
        queue.hold("main", true)
        #expect(queue.isHeld("main") && !queue.isHeld("other"))
        #expect(ready(queue) == [3])
        #expect(queue.toPrepare(atMost: 9, ofEach: 9, inFlight: []).isEmpty)
        queue.hold("main", false)
        #expect(ready(queue) == [1, 3])
        #expect(queue.toPrepare(atMost: 9, ofEach: 9, inFlight: []).map(\.id) == [2])
    }
}
