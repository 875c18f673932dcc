import Jobs
import Testing

@testable import Journal

@Suite("Which source owns which name of the outbox")
struct NameTests {
    private func queue(_ text: String, in journal: Journal, inbox: String = "main") async throws -> Int? {
        try await journal.enqueue(
            source(text, inbox: inbox), pipelineName: "web", pipelineDigest: "d1", candidates: candidates(text), now: 1
        ).candidate
    }

    @Test("the first source has the short name, the second with the same stem the long one, the third none")
    func collisions() async throws {
        try await withJournal { journal, _ in
            #expect(try await queue("a.jpg", in: journal) == 0)
            #expect(try await queue("a.png", in: journal) == 1)
            // Its long form is the short form of another.
            #expect(try await queue("a.png.x", in: journal) == 1)
            #expect(try await queue("a.jpg", in: journal, inbox: "other") == nil)
            let (job, none) = try await journal.enqueue(
                source("a.tif"), pipelineName: "web", pipelineDigest: "d1", candidates: [candidates("a.jpg")[0]],
                now: 1)
            #expect(none == nil)
            #expect(job.state == .queued)
            #expect(try await journal.outputs(inbox: "main", path: job.source.path).isEmpty)
        }
    }

    @Test("a source gets its own names again, queued, done or quarantined before")
    func again() async throws {
        try await withJournal { journal, _ in
            #expect(try await queue("a.jpg", in: journal) == 0)
            #expect(try await queue("a.png", in: journal) == 1)
            #expect(try await queue("a.jpg", in: journal) == 0)
            #expect(try await queue("a.png", in: journal) == 1)
            let done = try await journal.finish("b.jpg")
            #expect(try await queue("b.jpg", in: journal) == 0)
            let outputs = try await journal.outputs(inbox: "main", path: done.source.path)
            #expect(outputs.allSatisfy { $0.isPublished && $0.name.sha256 == "aa" && $0.job > done.id })
        }
    }

    @Test(
        "names of a job that ended without a result are free again",
        arguments: [JobState.quarantined, .superseded])
    func freed(state: JobState) async throws {
        try await withJournal { journal, _ in
            _ = try await journal.job(in: state)
            #expect(try await queue("a.png", in: journal) == 0)
        }
    }

    @Test("names of a job that was staged and found another's file in its place are free again")
    func freedAfterStaging() async throws {
        try await withJournal { journal, _ in
            let job = try await journal.job(in: .staged)
            try await journal.release(job.id, countsAttempt: true)
            try await journal.quarantine(job.id, JobError(.nameTaken, "x"), countsFailure: false, now: 1)
            #expect(try await journal.outputs(inbox: "main", path: job.source.path).isEmpty)
            #expect(try await queue("a.png", in: journal) == 0)
        }
    }

    @Test("names that hold older results stay the source's when a newer job of it fails")
    func keptAfterFailure() async throws {
        try await withJournal { journal, _ in
            _ = try await journal.finish("a.jpg")
            let again = try await journal.add("a.jpg")
            try await journal.quarantine(again.id, JobError(.damaged, "x"), countsFailure: true, now: 1)
            #expect(try await queue("a.png", in: journal) == 1)
            #expect(try await journal.outputs(inbox: "main", path: again.source.path).count == 2)
        }
    }

    @Test("a superseded job's unused names do not stay with a source that has other names now")
    func renamed() async throws {
        try await withJournal { journal, _ in
            _ = try await journal.add("a.jpg", renditions: ["small", "large"])
            _ = try await journal.add("a.jpg", renditions: ["thumb"])
            let paths = try await journal.outputs(inbox: "main", path: path("a.jpg")).map(\.name.path.text)
            #expect(Set(paths) == ["a.thumb.webp", "a.jpg.json"])
        }
    }

    @Test("results that the newer job no longer makes are stale until it is done")
    func stale() async throws {
        try await withJournal { journal, _ in
            _ = try await journal.finish("a.jpg", renditions: ["small", "large"])
            let job = try await journal.add("a.jpg", renditions: ["small"])
            _ = try await journal.claim(job.id, estimate: 1, plan: "in-memory", now: 1)
            try await journal.stage(job)
            try await journal.publish(job)
            let stale = try await journal.outputs(inbox: "main", path: job.source.path).filter { $0.job < job.id }
            #expect(stale.map(\.name.path.text) == ["a.large.webp"])
            #expect(stale.allSatisfy { $0.isPublished })
            try await journal.markDone(job, now: 1)
            #expect(try await journal.outputs(inbox: "main", path: job.source.path).count == 2)
            #expect(try await journal.add("a.png", renditions: ["large"]).state == .queued)
        }
    }

    @Test("a job that runs keeps the names that a newer one of the same source has claimed too")
    func newerWaits() async throws {
        try await withJournal { journal, _ in
            let running = try await journal.job(in: .running)
            let newer = try await journal.add("a.jpg")
            let outputs = try await journal.outputs(inbox: "main", path: running.source.path)
            #expect(outputs.count == 2 && outputs.allSatisfy { $0.job == newer.id })
            let filled = outputs.map {
                OutputName(path: $0.name.path, rendition: $0.name.rendition, bytes: 1, sha256: "bb")
            }
            try await journal.recordStaged(running, sha256: "x", peak: 1, sidecar: [], outputs: filled)
            try await journal.markPublished(running, at: filled.map(\.path))
            try await journal.markDone(running, now: 1)
            let after = try await journal.outputs(inbox: "main", path: running.source.path)
            #expect(after.count == 2)
            #expect(after.allSatisfy { $0.job == newer.id && $0.isPublished && $0.name.sha256 == "bb" })
        }
    }
}
