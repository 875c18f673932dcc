import Admission
import Journal
import Testing

@testable import Engine

@Suite("How many jobs are claimed ahead")
struct ClaimPaceTests {
    @Test("none where claims take no time, or nobody knows how long work takes")
    func fast() {
        var pace = ClaimPace()
        #expect(pace.ahead(workers: 2) == 0)
        for _ in 0..<20 { pace.note(claim: 0.2) }
        #expect(pace.ahead(workers: 2) == 0)
        pace = ClaimPace()
        for _ in 0..<20 {
            pace.note(claim: 0.03)
            pace.note(work: 0.01)
        }
        #expect(pace.ahead(workers: 2) == 0)
    }

    @Test("as many as workers do while a claim is on its way, three times over; bounded")
    func slow() {
        var pace = ClaimPace()
        for _ in 0..<100 {
            pace.note(claim: 0.2)
            pace.note(work: 0.1)
        }
        #expect((12...13).contains(pace.ahead(workers: 2)))
        #expect((6...7).contains(pace.ahead(workers: 1)))
        for _ in 0..<100 { pace.note(claim: 5) }
        #expect(pace.ahead(workers: 2) == ClaimPace.most)
    }

    @Test("fewer again once the disk is quick")
    func recovers() {
        var pace = ClaimPace()
        for _ in 0..<10 {
            pace.note(claim: 5)
            pace.note(work: 0.1)
        }
        for _ in 0..<40 { pace.note(claim: 0.004) }
        #expect(pace.ahead(workers: 2) == 0)
    }
}

@Suite("Jobs that wait for their turn once they are claimed")
struct ClaimedAheadTests {
    private let plan = MemoryPlan(way: .inMemory, estimate: 10, reservation: 1)

    private func ready(_ id: Int64, inbox: String = "main") throws -> JobQueue.Ready {
        JobQueue.Ready(
            job: try waitingJob(id, "\(id).jpg", inbox: inbox), request: try waitingRequest(id), plan: plan)
    }

    @Test("a turn that comes before the claim, or after it, is had once")
    func turns() async throws {
        var ahead = ClaimedAhead()
        ahead.append(try ready(1))
        ahead.append(try ready(2))
        #expect(ahead.ready.map(\.job.id) == [1, 2] && ahead.claimed == 0)
        ahead.grant(1, plan)
        let first = await withCheckedContinuation { ahead.wait(1, $0) }
        #expect(first != nil)
        #expect(!ahead.contains(1) && ahead.contains(2))
        // The first has had its turn, the second none.
        let unserved = [ahead.remove(1), ahead.remove(2)]
        #expect(unserved == [false, true])
        #expect(ahead.count == 0)
    }

    @Test("those who are turned away go on without a turn, of one inbox or of all")
    func turnedAway() async throws {
        var ahead = ClaimedAhead()
        for (id, inbox) in [(Int64(1), "a"), (2, "b")] { ahead.append(try ready(id, inbox: inbox)) }
        let plan = await withCheckedContinuation { waiter in
            ahead.wait(1, waiter)
            #expect(ahead.claimed == 1)
            ahead.rejectWaiting(inbox: "b")
            #expect(ahead.claimed == 1)
            ahead.rejectWaiting(inbox: "a")
        }
        #expect(plan == nil && ahead.claimed == 0)
        let unserved = [ahead.remove(1), ahead.remove(2)]
        #expect(unserved == [true, true])
    }
}
