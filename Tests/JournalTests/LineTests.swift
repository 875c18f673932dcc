import GRDB
import Jobs
import Testing

@testable import Journal

@Suite("The line in the journal")
struct LineTests {
    @Test("turns come in the order of arrival; what failed has a new turn, and none before its time")
    func turns() async throws {
        try await withJournal { journal, _ in
            let first = try await journal.enqueue(source("a.jpg"), at: 100)
            let second = try await journal.enqueue(source("b.jpg"), at: 101)
            let other = try await journal.enqueue(source("c.jpg", inbox: "other"), at: 99)
            _ = try await journal.claim(first.id, estimate: 1, plan: "in-memory", now: 102)
            _ = try await journal.recordFailure(first.id, JobError(.timedOut, "late"), retryAt: 150)
            let third = try await journal.enqueue(source("d.jpg"), at: 120)
            func line(_ now: Double, _ limit: Int = 10) async throws -> [Int64] {
                try await journal.line(of: "main", now: now, limit: limit).map(\.id)
            }
            #expect(try await line(149) == [second.id, third.id])
            #expect(try await journal.nextTurn(after: 149, inboxes: ["main", "other"]) == 150)
            #expect(try await line(150) == [second.id, third.id, first.id])
            #expect(try await line(150, 2) == [second.id, third.id])
            #expect(try await journal.nextTurn(after: 150, inboxes: ["main"]) == nil)
            #expect(try await journal.line(of: "other", now: 150, limit: 10).map(\.id) == [other.id])
        }
    }

    @Test("a clock that was set back by hours holds nothing up")
    func clockSetBack() async throws {
        try await withJournal { journal, _ in
            let job = try await journal.enqueue(source("a.jpg"), at: 10_000)
            #expect(try await journal.line(of: "main", now: 100, limit: 5).map(\.id) == [job.id])
        }
    }

    @Test("a newer drop takes queued jobs of its path out of the line, and says which")
    func superseded() async throws {
        try await withJournal { journal, _ in
            let first = try await journal.enqueue(source("a.jpg", size: 1), at: 1)
            let arrival = Journal.Arrival(
                try source("a.jpg", size: 2), pipelineName: "web", pipelineDigest: "d1",
                candidates: try candidates("a.jpg"))
            let arrived = try #require(try await journal.enqueue([arrival], now: 2).first)
            #expect(arrived.superseded == [first.id])
            #expect(try await journal.line(of: "main", now: 3, limit: 5).map(\.id) == [arrived.job.id])
            #expect(journal.counts.queued == 1 && journal.counts.oldest == 2)
        }
    }

    @Test("queued jobs of inboxes that are no more, or of another pipeline, leave the line")
    func strangers() async throws {
        try await withJournal { journal, _ in
            let kept = try await journal.enqueue(source("a.jpg"), at: 1)
            _ = try await journal.enqueue(source("b.jpg", inbox: "gone"), at: 1)
            #expect(try await journal.supersedeQueued(except: ["main": "d1"], now: 2) == 1)
            #expect(try await journal.jobs(in: [.queued]).map(\.id) == [kept.id])
            #expect(try await journal.supersedeQueued(except: ["main": "d2"], now: 2) == 1)
            #expect(journal.counts.isIdle)
        }
    }

    @Test("counts are right at every moment, and know of what has been forgotten")
    func counts() async throws {
        try await withJournal { journal, path in
            for index in 0..<5 { _ = try await journal.finish("p\(index).jpg") }
            let failed = try await journal.add("x.jpg")
            try await journal.quarantine(failed.id, JobError(.damaged, "x"), countsFailure: true, now: 3)
            _ = try await journal.add("y.jpg")
            #expect(journal.counts.present[.done] == 5 && journal.counts.queued == 1)
            #expect(journal.counts.codes == [.damaged: 1])
            let retention = Journal.Retention(before: 200, jobs: 1000, inboxes: ["main"])
            let (next, forgotten) = try await journal.forget(retention, from: .init()) { _ in [] }
            #expect(forgotten == 6 && next.isAtStart)
            #expect(journal.counts.present[.done] == 0 && journal.counts.ever[.done] == 5)
            #expect(journal.counts.codes.isEmpty)
            // What the status reads is the same.
            let reader = try #require(try JournalReader(path: path))
            #expect(try reader.overview(failures: 5).counts[.done] == 5)
            try reader.close()
        }
    }

    @Test("of kept sources nothing is forgotten that tells that they are done, until the source is gone")
    func keptSources() async throws {
        try await withJournal { journal, _ in
            for name in ["a.jpg", "b.jpg"] { _ = try await journal.finish(name) }
            let retention = Journal.Retention(before: 1e9, jobs: 0, inboxes: [])
            #expect(try await journal.forget(retention, from: .init()) { _ in [] }.forgotten == 0)
            let gone = try path("b.jpg")
            #expect(try await journal.forget(retention, from: .init()) { _ in [gone] }.forgotten == 1)
            #expect(try await journal.outputs(inbox: "main", path: gone).isEmpty)
            #expect(try await journal.latestDone(inbox: "main", path: path("a.jpg")) != nil)
        }
    }

    @Test("over the number that is kept, the oldest are forgotten, a few at a time")
    func surplus() async throws {
        try await withJournal { journal, _ in
            for index in 0..<10 { _ = try await journal.finish("p\(index).jpg") }
            let retention = Journal.Retention(before: 0, jobs: 4, inboxes: ["main"])
            var cursor = Journal.ForgettingCursor()
            var forgotten = 0
            repeat {
                let step = try await journal.forget(retention, from: cursor, atMost: 3) { _ in [] }
                cursor = step.next
                forgotten += step.forgotten
            } while !cursor.isAtStart
            #expect(forgotten == 6)
            #expect(try await journal.jobs(in: [.done]).map(\.id) == [7, 8, 9, 10])
        }
    }

    @Test("a job after which another of its path was done may be forgotten, though its source is kept")
    func overtaken() async throws {
        try await withJournal { journal, _ in
            _ = try await journal.finish("a.jpg")
            let second = try await journal.finish("a.jpg")
            let retention = Journal.Retention(before: 1e9, jobs: 0, inboxes: [])
            #expect(try await journal.forget(retention, from: .init()) { _ in [] }.forgotten == 1)
            #expect(try await journal.jobs(in: [.done]).map(\.id) == [second.id])
            #expect(try await journal.outputs(inbox: "main", path: path("a.jpg")).count == 2)
            #expect(journal.counts.ever[.done] == 2)
        }
    }

    @Test("a journal that was closed is not gone through at the next start, one that was not is")
    func cleanEnd() async throws {
        try await withTemporaryPath { directory in
            let path = directory + "/journal.sqlite"
            let journal = try Journal(path: path)
            #expect(try await journal.database.read { try Journal.wasClosed($0) } == false)
            try journal.close()
            let reader = try #require(try JournalReader(path: path))
            #expect(try reader.wasClosed)
            try reader.close()
        }
    }
}

extension Journal {
    fileprivate func enqueue(_ source: SourceIdentity, at now: Double) async throws -> JobRecord {
        try await enqueue(
            source, pipelineName: "web", pipelineDigest: "d1", candidates: candidates(source.path.text), now: now
        ).job
    }
}
