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

@Suite("The line of waiting jobs")
struct WaitingLineTests {
    private let plan = MemoryPlan(way: .inMemory, estimate: 10, reservation: 1)

    /// Puts jobs in line whose headers have been read.
    private func fill(_ line: inout WaitingLine, _ jobs: JobRecord...) throws {
        for job in jobs {
            line.append(job)
            line.admit(try waitingRequest(job.id), plan)
        }
    }

    private func ready(_ line: WaitingLine, atMost count: Int = 100, inFlight: Set<SourceKey> = []) -> [Int64] {
        line.ready(atMost: count, inFlight: inFlight).map(\.job.id)
    }

    @Test("first come, first served, once the header is read")
    func order() throws {
        var line = WaitingLine()
        line.append(try waitingJob(50, "unread"))
        try fill(&line, waitingJob(51, "read"))
        #expect(line.toPrepare(atMost: 16, ofEach: 16).map(\.id) == [50])
        #expect(ready(line) == [51])
        line.admit(try waitingRequest(50), plan)
        #expect(ready(line) == [50, 51])
        #expect(line.remove(50)?.id == 50 && line.remove(50) == nil)
        #expect(line.count == 1 && !line.contains(50))
        // Twice in line is once; what is given back comes first.
        line.append(try waitingJob(51, "read"))
        line.insertFirst(try waitingJob(60, "again"))
        line.admit(try waitingRequest(60), plan)
        #expect(ready(line) == [60, 51])
        line.removeAll()
        #expect(line.isEmpty && ready(line).isEmpty)
    }

    @Test("results that wait for the outbox go before a newer job of their path, whatever stands first")
    func samePath() throws {
        var line = WaitingLine()
        try fill(&line, waitingJob(2, "a"))
        // Given back after a failed try: its needs are to be found out again.
        line.insertFirst(try waitingJob(1, "a", .staged))
        try fill(&line, waitingJob(3, "b"))
        #expect(ready(line) == [3])
        line.admit(try waitingRequest(1), plan)
        #expect(ready(line) == [1, 3])
        line.remove(1)
        #expect(ready(line) == [2, 3])
        #expect(ready(line, inFlight: [SourceKey(try waitingJob(9, "a").source)]) == [3])
    }

    @Test("blocked jobs hide nobody, however many stand in front")
    func blocked() throws {
        var line = WaitingLine()
        for id in Int64(1)...300 { try fill(&line, waitingJob(id, "held")) }
        try fill(&line, waitingJob(400, "a"), waitingJob(401, "b"))
        let inFlight: Set = [SourceKey(try waitingJob(0, "held").source)]
        #expect(ready(line, atMost: 1, inFlight: inFlight) == [400])
        #expect(line.startable(of: "main", inFlight: inFlight) == 2)
    }

    @Test("inboxes take turns, whichever has more; those of a higher priority come first")
    func turns() throws {
        var line = WaitingLine()
        for id in Int64(1)...200 { try fill(&line, waitingJob(id, "many-\(id)")) }
        for id in Int64(501)...503 { try fill(&line, waitingJob(id, "few-\(id)", inbox: "few")) }
        #expect(ready(line, atMost: 6) == [1, 501, 2, 502, 3, 503])
        // Whose turn it was comes last.
        line.remove(1)
        line.tookTurn("main")
        #expect(ready(line, atMost: 3) == [501, 2, 502])
        line.tookTurn("few")
        #expect(ready(line, atMost: 2) == [2, 501])
        line.setPriority(1, of: "few")
        #expect(ready(line, atMost: 5) == [501, 502, 503, 2, 3])
        #expect(line.count(of: "few") == 3)
    }

    @Test("an inbox that does not answer waits alone")
    func held() throws {
        var line = WaitingLine()
        try fill(&line, waitingJob(1, "a"))
        line.append(try waitingJob(2, "b"))
        try fill(&line, waitingJob(3, "c", inbox: "other"))
        line.hold("main", true)
        #expect(line.isHeld("main") && !line.isHeld("other"))
        #expect(ready(line) == [3])
        #expect(line.toPrepare(atMost: 9, ofEach: 9).isEmpty)
        line.hold("main", false)
        #expect(ready(line) == [1, 3])
        #expect(line.toPrepare(atMost: 9, ofEach: 9).map(\.id) == [2])
    }
}
