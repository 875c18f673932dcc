import Admission
import PipelineModel
import Testing

@testable import Journal
@testable import Supervisor

@Suite("The line of waiting jobs")
struct WaitingLineTests {
    private func job(_ id: Int64, _ path: String, _ state: JobState = .queued) throws -> JobRecord {
        JobRecord(
            id: id,
            source: SourceIdentity(
                inbox: "main", path: try #require(RelativePath(path)), size: 1, mtime: 1, inode: UInt64(id)),
            pipelineName: "web", pipelineDigest: "d", state: state, attempts: 0, failures: 0, queuedAt: 0)
    }

    private let plan = MemoryPlan(way: .inMemory, estimate: 10, reservation: 1)

    private func request(_ job: Int64) throws -> MemoryLedger.Request {
        try #require(MemoryLedger(budget: .init(memory: 1)).request(job: job, .init(memory: 1)))
    }

    /// A job whose header has been read.
    private func entry(_ job: JobRecord, notBefore: Int64 = 0) throws -> WaitingLine.Entry {
        .init(job: job, admission: .init(request: try request(job.id), plan: plan), notBefore: notBefore)
    }

    private func ready(_ line: WaitingLine, now: Int64 = 0, inFlight: Set<SourceKey> = []) -> [Int64] {
        line.ready(now: now, atMost: 100, inFlight: inFlight).map(\.job.id)
    }

    @Test("first come, first served, once the header is read; what is not due is passed over, however many")
    func order() throws {
        var line = WaitingLine()
        for id in Int64(1)...40 { line.append(try entry(try job(id, "late-\(id)"), notBefore: 100)) }
        line.append(.init(job: try job(50, "unread")))
        line.append(try entry(try job(51, "read")))
        #expect(line.toPrepare(now: 0, atMost: 16).map(\.id) == [50])
        #expect(ready(line) == [51])
        line.admit(try request(50), plan)
        #expect(ready(line) == [50, 51])
        #expect(line.nextDue(after: 0) == 100 && line.nextDue(after: 100) == nil)
        #expect(ready(line, now: 100).count == 42)
        #expect(line.remove(50)?.id == 50 && line.remove(50) == nil)
        #expect(line.count == 41 && !line.contains(50))
    }

    @Test("results that wait for the outbox go before a newer job of their path, whatever stands first")
    func samePath() throws {
        var line = WaitingLine()
        line.append(try entry(try job(2, "a")))
        // Given back after a failed try: its needs are to be found out again.
        line.insertFirst(.init(job: try job(1, "a", .staged)))
        line.append(try entry(try job(3, "b")))
        #expect(ready(line) == [3])
        line.admit(try request(1), plan)
        #expect(ready(line) == [1, 3])
        line.remove(1)
        #expect(ready(line) == [2, 3])
        #expect(ready(line, inFlight: [SourceKey(try job(9, "a").source)]) == [3])
    }

    @Test("the order stays, whatever goes from the front, the midst or the end, and comes back in front")
    func manyChanges() throws {
        var line = WaitingLine()
        var expected: [Int64] = []
        func check() {
            #expect(line.count == expected.count && line.isEmpty == expected.isEmpty)
            #expect(line.ready(now: 0, atMost: .max, inFlight: []).map(\.job.id) == expected)
        }
        for id in Int64(1)...3000 {
            line.append(try entry(try job(id, "\(id)")))
            expected.append(id)
        }
        // Twice in line is once.
        line.append(try entry(try job(7, "7")))
        line.insertFirst(try entry(try job(9, "9")))
        check()
        for id in Int64(1)...2500 where id % 7 != 0 { line.remove(id) }
        expected.removeAll { $0 <= 2500 && $0 % 7 != 0 }
        check()
        for id in Int64(4000)..<4100 {
            line.insertFirst(try entry(try job(id, "\(id)")))
            expected.insert(id, at: 0)
        }
        check()
        for id in expected.filter({ $0 % 2 == 0 }) { #expect(line.remove(id)?.id == id) }
        expected.removeAll { $0 % 2 == 0 }
        check()
        for id in expected { line.remove(id) }
        expected = []
        check()
        line.append(try entry(try job(5000, "later")))
        expected = [5000]
        check()
    }
}
