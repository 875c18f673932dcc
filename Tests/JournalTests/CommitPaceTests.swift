import Testing

@testable import Journal

@Suite("When the next commit may begin")
struct CommitPaceTests {
    @Test("the commits of a job that is alone wait for nothing")
    func lone() {
        var pace = CommitPace()
        var now: Int64 = 1_000_000_000_000
        // A job of a tenth of a second with four commits, again and again.
        for _ in 0..<100 {
            for _ in 0..<4 {
                #expect(pace.wait(now: now) == 0)
                pace.note(commitAt: now)
                now += 1_000_000
            }
            now += 100_000_000
        }
    }

    @Test("where writes never end, commits are an interval apart, after the first few")
    func crowded() {
        var pace = CommitPace()
        let start: Int64 = 1_000_000_000_000
        var now = start
        var commits: Int64 = 0
        while now < start + 1_000_000_000 {
            now += pace.wait(now: now)
            pace.note(commitAt: now)
            commits += 1
            now += 1000
        }
        let inTheLongRun = 1_000_000_000 / CommitPace.interval
        #expect((inTheLongRun...inTheLongRun + CommitPace.most + 1).contains(commits))
    }

    @Test("after a slow commit the next leaves time for those who were let go by it")
    func slowDisk() {
        var pace = CommitPace()
        let start: Int64 = 1_000_000_000_000
        pace.note(commitAt: start)
        pace.note(commitEndedAt: start + 200_000_000, after: 200_000_000)
        #expect(pace.wait(now: start + 200_000_000) == 20_000_000)
        #expect(pace.wait(now: start + 215_000_000) == 5_000_000)
        #expect(pace.wait(now: start + 300_000_000) == 0)
        pace.note(commitEndedAt: start + 9_000_000_000, after: 5_000_000_000)
        #expect(pace.wait(now: start + 9_000_000_000) == 250_000_000)
        pace.note(commitEndedAt: start + 10_000_000_000, after: 2_000_000)
        #expect(pace.wait(now: start + 10_000_000_000) == 0)
    }
}
