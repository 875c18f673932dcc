import Jobs
import Synchronization
import Testing

@testable import Journal

@Suite("What each intention writes")
struct IntentionTests {
    @Test("a queued job is the source's, whatever numbers it has")
    func enqueue() async throws {
        try await withJournal { journal, _ in
            let source = SourceIdentity(
                inbox: "main", path: try path("sub/a.jpg"), size: 1 << 40, mtime: -1, inode: .max)
            let (job, candidate) = try await journal.enqueue(
                source, pipelineName: "web", pipelineDigest: "d", candidates: candidates("sub/a.jpg"), now: 12.5)
            #expect(candidate == 0)
            #expect(job.source == source)
            #expect(job.state == .queued)
            #expect(job.attempts == 0 && job.failures == 0)
            #expect(job.pipelineName == "web" && job.pipelineDigest == "d")
            #expect(job.queuedAt == 12.5)
            #expect(job.sha256 == nil && job.error == nil && job.sidecar == nil && job.finishedAt == nil)
            #expect(try await journal.latest(inbox: "main", path: source.path) == job)
        }
    }

    @Test("a claim counts the attempt; a release takes it back or leaves it")
    func attempts() async throws {
        try await withJournal { journal, _ in
            let job = try await journal.add("a.jpg")
            let claimed = try await journal.claim(job.id, estimate: .max, plan: "in-memory", now: 1).job
            #expect(claimed.state == .running && claimed.attempts == 1)
            try await journal.release(job.id)
            #expect(try await journal.latest(inbox: "main", path: job.source.path)?.attempts == 0)
            #expect(try await journal.claim(job.id, estimate: 0, plan: "in-memory", now: 1).job.attempts == 1)
            try await journal.release(job.id, countsAttempt: true)
            let released = try #require(try await journal.latest(inbox: "main", path: job.source.path))
            #expect(released.attempts == 1 && released.failures == 0 && released.state == .queued)
        }
    }

    @Test("many sources are queued in their order with one commit, each with names of its own")
    func enqueueMany() async throws {
        try await withJournal { journal, _ in
            let before = journal.commitCount
            let arrived = try await journal.enqueue(
                ["a.jpg", "a.png", "b.jpg"].map {
                    try Journal.Arrival(
                        source($0), pipelineName: "web", pipelineDigest: "d", candidates: candidates($0))
                }, now: 1)
            #expect(journal.commitCount == before + 1)
            #expect(arrived.map(\.job.source.path.text) == ["a.jpg", "a.png", "b.jpg"])
            #expect(arrived.map(\.job.id) == arrived.map(\.job.id).sorted())
            #expect(arrived.map(\.candidate) == [0, 1, 0])
        }
    }

    @Test("whoever counts sources elsewhere hears of them in the moment in which they are in the counts, and only then")
    func whenCounted() async throws {
        try await withJournal { journal, _ in
            let seen = Mutex<[Int]>([])
            // What is asked here waits for the counts to be whole: it is called while they change.
            let arrival = try Journal.Arrival(source("a.jpg"), pipelineName: "web", pipelineDigest: "d", candidates: [])
            _ = try await journal.enqueue([arrival], now: 1) { seen.withLock { $0.append(1) } }
            #expect(seen.withLock { $0 } == [1])
            #expect(journal.withCounts { $0.queued } == 1)
            _ = try await journal.enqueue([arrival], now: 2)
            #expect(seen.withLock { $0 } == [1])
        }
    }

    @Test("published and done at once are two steps of the table in one commit")
    func publishedAndDone() async throws {
        try await withJournal { journal, _ in
            let job = try await journal.job(in: .staged)
            let paths = try await journal.filled(job).map(\.path)
            let before = journal.commitCount
            try await journal.markPublishedAndDone(job, at: paths, now: 4)
            #expect(journal.commitCount == before + 1)
            let done = try await journal.job(job.id)
            #expect(done.state == .done && done.finishedAt == 4 && done.sidecar == nil)
            #expect(try await journal.outputs(inbox: "main", path: job.source.path).allSatisfy(\.isPublished))
            let queued = try await journal.add("b.jpg")
            await #expect(throws: JournalError.self) {
                try await journal.markPublishedAndDone(queued, at: [], now: 4)
            }
            #expect(try await journal.state(of: queued.id) == .queued)
        }
    }

    @Test("interrupted jobs are told from the others")
    func interrupted() async throws {
        try await withJournal { journal, _ in
            let calm = try await journal.add("a.jpg")
            let hit = try await journal.add("b.jpg")
            let failed = try await journal.add("c.jpg")
            for job in [hit, failed] { _ = try await journal.claim(job.id, estimate: 1, plan: "in-memory", now: 1) }
            try await journal.release(hit.id, countsAttempt: true)
            let retried = try await journal.recordFailure(failed.id, JobError(.timedOut, "late"), retryAt: 77)
            #expect(retried.retryAt == 77 && retried.interruptions == 0)
            #expect(try await journal.jobs(in: [.queued]).filter { $0.interruptions > 0 }.map(\.id) == [hit.id])
            #expect(calm.interruptions == 0)
            #expect(try await journal.job(hit.id).interruptions == 1)
        }
    }

    @Test("a failed attempt is counted and remembered with its code, message and stage")
    func failure() async throws {
        try await withJournal { journal, _ in
            let job = try await journal.add("a.jpg")
            _ = try await journal.claim(job.id, estimate: 1, plan: "in-memory", now: 1)
            let error = JobError(.timedOut, "It's \"late\"; 5 s", stage: "resize")
            let failed = try await journal.recordFailure(job.id, error, retryAt: 7)
            #expect(failed.state == .queued && failed.failures == 1 && failed.attempts == 1)
            #expect(failed.error == error)
        }
    }

    @Test("a quarantined job keeps its error and when it ended", arguments: [true, false])
    func quarantine(countsFailure: Bool) async throws {
        try await withJournal { journal, _ in
            let job = try await journal.add("a.jpg")
            let error = JobError(.damaged, "no scan lines")
            try await journal.quarantine(job.id, error, countsFailure: countsFailure, now: 9)
            let record = try #require(try await journal.latest(inbox: "main", path: job.source.path))
            #expect(record.state == .quarantined && record.error == error)
            #expect(record.failures == (countsFailure ? 1 : 0))
            #expect(record.finishedAt == 9)
        }
    }

    @Test("from staged to done: digest, sidecar and outputs, then the sidecar's text goes")
    func stagedToDone() async throws {
        try await withJournal { journal, _ in
            let job = try await journal.add("a.jpg", renditions: ["small", "large"])
            _ = try await journal.claim(job.id, estimate: 1, plan: "in-memory", now: 1)
            let sidecar: [UInt8] = [0, 0xFF, 0x7B]
            try await journal.recordStaged(
                job, sha256: "abc", peak: 77, sidecar: sidecar, outputs: journal.filled(job))
            let staged = try #require(try await journal.jobs(in: [.staged]).first)
            #expect(staged.sha256 == "abc" && staged.sidecar == sidecar)
            let outputs = try await journal.outputs(inbox: "main", path: job.source.path)
            #expect(outputs.count == 3)
            #expect(outputs.allSatisfy { $0.name.sha256 == "aa" && $0.name.bytes == 5 && !$0.isPublished })
            try await journal.publish(job)
            #expect(try await journal.outputs(inbox: "main", path: job.source.path).allSatisfy { $0.isPublished })
            #expect(try await journal.jobs(in: [.published]).first?.sidecar == sidecar)
            #expect(try await journal.latestDone(inbox: "main", path: job.source.path) == nil)
            try await journal.markDone(job, now: 50)
            let done = try #require(try await journal.latestDone(inbox: "main", path: job.source.path))
            #expect(done.sidecar == nil && done.finishedAt == 50 && done.sha256 == "abc")
        }
    }

    @Test("unchanged content ends the job and leaves the outputs in place")
    func unchanged() async throws {
        try await withJournal { journal, _ in
            let first = try await journal.finish("a.jpg")
            let again = try await journal.add("a.jpg")
            #expect(again.id != first.id)
            _ = try await journal.claim(again.id, estimate: 1, plan: "in-memory", now: 1)
            try await journal.markUnchanged(again, sha256: "same", now: 3)
            #expect(try await journal.latestDone(inbox: "main", path: first.source.path)?.id == again.id)
            let outputs = try await journal.outputs(inbox: "main", path: first.source.path)
            #expect(outputs.count == 2 && outputs.allSatisfy { $0.isPublished && $0.name.sha256 == "aa" })
        }
    }

    @Test("a newer job of the path supersedes those that wait or failed, and no other", arguments: JobState.allCases)
    func superseding(state: JobState) async throws {
        try await withJournal { journal, _ in
            let old = try await journal.job(in: state)
            let other = try await journal.job(in: .queued, path: "b.jpg")
            let new = try await journal.add("a.jpg")
            let isReplaced = state == .queued || state == .quarantined
            #expect(try await journal.state(of: old.id) == (isReplaced ? .superseded : state))
            #expect(try await journal.state(of: new.id) == .queued)
            #expect(try await journal.state(of: other.id) == .queued)
        }
    }

    @Test("paths are bytes: names that are not UTF-8 are told apart and come back as they were")
    func bytes() async throws {
        try await withJournal { journal, _ in
            let names: [[UInt8]] = [
                [0x66, 0xFF, 0x2E, 0x6A], [0x66, 0xFE, 0x2E, 0x6A], [0x27, 0x22, 0x0A], [0xC3, 0xA4],
            ]
            for name in names {
                let path = try #require(RelativePath(bytes: name))
                let identity = SourceIdentity(inbox: "main", path: path, size: 1, mtime: 1, inode: 1)
                let output = try #require(path.appending(Array("out".utf8)))
                _ = try await journal.enqueue(
                    identity, pipelineName: "web", pipelineDigest: "d",
                    candidates: [[OutputName(path: output, rendition: "x")]], now: 1)
            }
            for name in names {
                let path = try #require(RelativePath(bytes: name))
                #expect(try await journal.latest(inbox: "main", path: path)?.source.path.bytes == name)
                #expect(try await journal.outputs(inbox: "main", path: path).map(\.name.path.parent) == [path])
            }
            #expect(try await journal.jobs(in: [.queued]).map(\.source.path.bytes) == names)
        }
    }

    @Test("counts and lists by state, oldest first, up to the limit")
    func questions() async throws {
        try await withJournal { journal, _ in
            for number in 0..<5 { _ = try await journal.job(in: .queued, path: "q\(number).jpg") }
            for state in JobState.allCases where state != .queued {
                _ = try await journal.job(in: state, path: "\(state.rawValue).jpg")
            }
            var expected: JobCounts = [.queued: 5]
            for state in JobState.allCases where state != .queued { expected[state] = 1 }
            #expect(journal.counts.present.filter { $0.value > 0 } == expected)
            #expect(try await journal.jobs(in: [.queued]).map(\.id) == [1, 2, 3, 4, 5])
            #expect(try await journal.jobs(in: [.queued], limit: 2).map(\.id) == [1, 2])
            #expect(try await journal.jobs(in: [.running, .staged]).map(\.state) == [.running, .staged])
            #expect(try await journal.jobs(in: [.done, .queued]).count == 6)
            #expect(try await journal.jobs(in: []).isEmpty)
        }
    }

    @Test("what is known of many paths comes in their order: the newest job, and its outputs where it is done")
    func known() async throws {
        try await withJournal { journal, _ in
            let done = try await journal.job(in: .done, path: "done.jpg")
            let running = try await journal.job(in: .running, path: "running.jpg")
            var stranger = done.source
            stranger.path = try #require(RelativePath("new.jpg"))
            let known = try await journal.known(of: [running.source, stranger, done.source])
            #expect(known.map(\.latest?.id) == [running.id, nil, done.id])
            #expect(known.map(\.latest?.state) == [.running, nil, .done])
            #expect(known[0].outputs.isEmpty && known[1].outputs.isEmpty)
            #expect(try await known[2].outputs == journal.outputs(inbox: "main", path: done.source.path))
            #expect(try await journal.known(of: []).isEmpty)
        }
    }

    @Test("a claim tells what is known of the path, a staging which names it has")
    func claimTells() async throws {
        try await withJournal { journal, _ in
            let first = try await journal.job(in: .done)
            let again = try await journal.job(in: .queued)
            let claim = try await journal.claim(again.id, estimate: 1, plan: "in-memory", now: 1)
            #expect(claim.job.id == again.id && claim.job.state == .running)
            #expect(claim.before?.id == first.id)
            #expect(try await claim.outputs == journal.outputs(inbox: "main", path: again.source.path))
            let outputs = try await journal.recordStaged(
                claim.job, sha256: "x", peak: 1, sidecar: [], outputs: claim.outputs.map(\.name))
            #expect(try await outputs == journal.outputs(inbox: "main", path: again.source.path))
        }
    }
}
