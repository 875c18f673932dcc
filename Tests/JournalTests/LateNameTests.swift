import Jobs
import Testing

@testable import Journal

@Suite("Names that are known once a job is done")
struct LateNameTests {
    /// A job that runs, without names.
    private func run(_ text: String, in journal: Journal) async throws -> JobRecord {
        let job = try await journal.enqueue(
            source(text), pipelineName: "web", pipelineDigest: "d1", candidates: [], now: 100
        ).job
        _ = try await journal.claim(job.id, estimate: 1, plan: "in-memory", now: 1)
        return job
    }

    private func names(_ folder: String, _ text: String, renditions: [String] = ["small"]) throws -> [[OutputName]] {
        try candidates(text, renditions: renditions).map { names in
            try names.map { OutputName(path: try path("\(folder)/\($0.path.text)"), rendition: $0.rendition) }
        }
    }

    private func owned(_ text: String, in journal: Journal) async throws -> Set<String> {
        Set(try await journal.outputs(inbox: "main", path: path(text)).map(\.name.path.text))
    }

    @Test("a running job gets the first names that are free, and lets go of those of an earlier attempt")
    func claiming() async throws {
        try await withJournal { journal, _ in
            let first = try await run("a.png", in: journal)
            #expect(try await journal.claimNames(of: first, candidates: names("dog", "a.png")) == 0)
            #expect(try await owned("a.png", in: journal) == ["dog/a.small.webp", "dog/a.png.json"])
            #expect(try await journal.claimNames(of: first, candidates: names("cat", "a.png")) == 0)
            #expect(try await owned("a.png", in: journal) == ["cat/a.small.webp", "cat/a.png.json"])
            let second = try await run("a.jpg", in: journal)
            #expect(try await journal.claimNames(of: second, candidates: names("cat", "a.jpg")) == 1)
            #expect(try await owned("a.jpg", in: journal) == ["cat/a.jpg.small.webp", "cat/a.jpg.json"])
            let third = try await run("a.gif", in: journal)
            #expect(try await journal.claimNames(of: third, candidates: [names("cat", "a.jpg")[1]]) == nil)
            #expect(try await owned("a.gif", in: journal) == [])
            try await journal.quarantine(
                third.id, JobError(.nameTaken, "x"), countsFailure: false, now: 3)
            await #expect(throws: JournalError.self) {
                try await journal.claimNames(of: third, candidates: names("cat", "a.gif"))
            }
        }
    }

    @Test("what a job has not made is not its own: a free name again, or an older result that goes")
    func notMade() async throws {
        try await withJournal { journal, _ in
            let old = try await journal.add("a.png", renditions: ["small", "tiny"])
            _ = try await journal.claim(old.id, estimate: 1, plan: "in-memory", now: 1)
            try await journal.stage(old)
            try await journal.publish(old)
            try await journal.markDone(old, now: 2)

            let new = try await journal.add("a.png", renditions: ["small", "tiny", "huge"])
            _ = try await journal.claim(new.id, estimate: 1, plan: "in-memory", now: 3)
            let made = try await journal.filled(new).filter { ["small", nil].contains($0.rendition) }
            let outputs = try await journal.recordStaged(
                new, sha256: "5ha", peak: 3, sidecar: Array("{}".utf8), outputs: made)
            #expect(Set(outputs.map(\.name.rendition)) == ["small", "tiny", nil])
            #expect(outputs.filter { $0.job == new.id }.count == 2)
            #expect(outputs.filter { $0.job < new.id && $0.isPublished }.map(\.name.rendition) == ["tiny"])
            try await journal.markPublished(new, at: made.map(\.path))
            try await journal.markDone(new, now: 4)
            #expect(
                Set(try await journal.outputs(inbox: "main", path: path("a.png")).map(\.name.rendition)) == [
                    "small", nil,
                ])
        }
    }
}
