import Jobs
import Testing

@testable import Journal

/// What leads into each state: every intention, with the state that it leads to.
enum Intention: String, CaseIterable, CustomTestStringConvertible {
    case claim, release, recordFailure, recordStaged, markPublished, markDone, markUnchanged, quarantine, supersede

    var testDescription: String { rawValue }

    var target: JobState {
        switch self {
        case .claim: .running
        case .release, .recordFailure: .queued
        case .recordStaged: .staged
        case .markPublished: .published
        case .markDone, .markUnchanged: .done
        case .quarantine: .quarantined
        case .supersede: .superseded
        }
    }

    func apply(to job: JobRecord, in journal: Journal) async throws {
        switch self {
        case .claim: _ = try await journal.claim(job.id, estimate: 1, plan: "in-memory", now: 5)
        case .release: try await journal.release(job.id)
        case .recordFailure: _ = try await journal.recordFailure(job.id, JobError(.timedOut, "late"), retryAt: 7)
        case .recordStaged:
            try await journal.recordStaged(job, sha256: "x", peak: 1, sidecar: [], outputs: [])
        case .markPublished: try await journal.markPublished(job, at: [])
        case .markDone: try await journal.markDone(job, now: 6)
        case .markUnchanged: try await journal.markUnchanged(job, sha256: "x", now: 6)
        case .quarantine:
            try await journal.quarantine(job.id, JobError(.damaged, "bad"), countsFailure: true, now: 6)
        case .supersede: try await journal.supersede(job.id, now: 6)
        }
    }
}

@Suite("The table of transitions")
struct TransitionTests {
    @Test("an intention works exactly from the states that the table lists", arguments: JobState.allCases)
    func matrix(from: JobState) async throws {
        for intention in Intention.allCases {
            try await withJournal { journal, _ in
                let job = try await journal.job(in: from)
                #expect(try await journal.state(of: job.id) == from)
                let before = try await journal.latest(inbox: "main", path: job.source.path)
                let outputs = try await journal.outputs(inbox: "main", path: job.source.path)
                if from.mayBecome(intention.target) {
                    try await intention.apply(to: job, in: journal)
                    #expect(try await journal.state(of: job.id) == intention.target, "\(from) by \(intention)")
                } else {
                    let error = await #expect(throws: JournalError.self) {
                        try await intention.apply(to: job, in: journal)
                    }
                    guard case .forbidden(job.id, from, intention.target) = error else {
                        Issue.record("\(from) by \(intention): \(String(describing: error))")
                        return
                    }
                    #expect(try await journal.latest(inbox: "main", path: job.source.path) == before)
                    #expect(try await journal.outputs(inbox: "main", path: job.source.path) == outputs)
                }
            }
        }
    }

    @Test("a job that does not exist is told apart from a forbidden change", arguments: Intention.allCases)
    func noSuchJob(intention: Intention) async throws {
        try await withJournal { journal, _ in
            let known = try await journal.add("a.jpg")
            let job = JobRecord(
                id: 99, source: known.source, pipelineName: known.pipelineName, pipelineDigest: known.pipelineDigest,
                state: known.state, attempts: 0, failures: 0, queuedAt: known.queuedAt)
            let error = await #expect(throws: JournalError.self) { try await intention.apply(to: job, in: journal) }
            guard case .noSuchJob(99) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
