import Testing

@testable import Supervisor

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

    @Test("as many as workers do while a claim is on its way, twice over; bounded")
    func slow() {
        var pace = ClaimPace()
        for _ in 0..<100 {
            pace.note(claim: 0.2)
            pace.note(work: 0.1)
        }
        #expect((8...9).contains(pace.ahead(workers: 2)))
        #expect((4...5).contains(pace.ahead(workers: 1)))
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
