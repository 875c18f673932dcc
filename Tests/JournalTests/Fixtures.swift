import Foundation
import Jobs
import Testing

@testable import Journal

/// A journal in a directory of its own, removed afterwards.
func withJournal<Result>(_ body: (Journal, _ path: String) async throws -> Result) async throws -> Result {
    try await withTemporaryPath { directory in
        let path = directory + "/journal.sqlite"
        let journal = try Journal(path: path)
        let result = try await body(journal, path)
        try journal.close()
        return result
    }
}

func withTemporaryPath<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.path + "/sluice-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory)
}

func path(_ text: String) throws -> RelativePath { try #require(RelativePath(text)) }

func source(_ text: String, inbox: String = "main", size: Int64 = 10, inode: UInt64 = 7) throws -> SourceIdentity {
    SourceIdentity(inbox: inbox, path: try path(text), size: size, mtime: 1_700_000_000_123_456_789, inode: inode)
}

/// The names that the default template gives: short form, then long.
func candidates(_ text: String, renditions: [String] = ["small"]) throws -> [[OutputName]] {
    let source = try path(text)
    let sidecar = OutputName(path: try path(text + ".json"), rendition: nil)
    return try [String(decoding: source.stem, as: UTF8.self), text].map { base in
        try renditions.map { OutputName(path: try path("\(base).\($0).webp"), rendition: $0) } + [sidecar]
    }
}

extension Journal {
    func enqueue(
        _ source: SourceIdentity, pipelineName: String, pipelineDigest: String, candidates: [[OutputName]], now: Double
    ) async throws -> (job: JobRecord, candidate: Int?) {
        let arrival = Arrival(
            source, pipelineName: pipelineName, pipelineDigest: pipelineDigest, candidates: candidates)
        let arrived = try #require(try await enqueue([arrival], now: now).first)
        return (arrived.job, arrived.candidate)
    }

    func add(_ text: String, inbox: String = "main", renditions: [String] = ["small"]) async throws -> JobRecord {
        try await enqueue(
            source(text, inbox: inbox), pipelineName: "web", pipelineDigest: "d1",
            candidates: candidates(text, renditions: renditions), now: 100
        ).job
    }

    /// The names of the job, as staging would have filled them.
    func filled(_ job: JobRecord, sha256: String = "aa") async throws -> [OutputName] {
        try await outputs(inbox: job.source.inbox, path: job.source.path).filter { $0.job == job.id }.map {
            OutputName(path: $0.name.path, rendition: $0.name.rendition, bytes: 5, sha256: sha256)
        }
    }

    func stage(_ job: JobRecord) async throws {
        try await recordStaged(
            job, sha256: "5ha", peak: 3, spilled: 17, sidecar: Array("{}".utf8), outputs: await filled(job))
    }

    func publish(_ job: JobRecord) async throws {
        try await markPublished(job, at: await filled(job).map(\.path))
    }

    func finish(_ text: String, inbox: String = "main", renditions: [String] = ["small"]) async throws -> JobRecord {
        let job = try await add(text, inbox: inbox, renditions: renditions)
        _ = try await claim(job.id, estimate: 1, plan: "in-memory", now: 101)
        try await stage(job)
        try await publish(job)
        try await markDone(job, now: 102)
        return job
    }

    /// Brings a new job into a state, through intentions only.
    func job(in state: JobState, path text: String = "a.jpg") async throws -> JobRecord {
        let job = try await add(text)
        switch state {
        case .queued: break
        case .running: _ = try await claim(job.id, estimate: 1, plan: "in-memory", now: 1)
        case .staged, .published, .done:
            _ = try await claim(job.id, estimate: 1, plan: "in-memory", now: 1)
            try await stage(job)
            if state != .staged { try await publish(job) }
            if state == .done { try await markDone(job, now: 2) }
        case .quarantined:
            try await quarantine(job.id, JobError(.damaged, "x"), countsFailure: false, now: 3)
        case .superseded: try await supersede(job.id, now: 3)
        }
        return job
    }
}
