import Foundation
import GRDB
import Jobs
import Testing

@testable import Journal

@Suite("Looking at the journal without touching it")
struct JournalReaderTests {
    /// Names and contents of everything in a directory.
    private func everything(in directory: String) throws -> [String: Data] {
        try FileManager.default.contentsOfDirectory(atPath: directory).reduce(into: [:]) { files, name in
            files[name] = try Data(contentsOf: URL(filePath: "\(directory)/\(name)"))
        }
    }

    private func fill(_ journal: Journal) async throws {
        for state in JobState.allCases { _ = try await journal.job(in: state, path: "\(state.rawValue).jpg") }
        for index in 1...3 {
            let job = try await journal.add("bad-\(index).jpg")
            _ = try await journal.claim(job.id, estimate: 1000, plan: "in-memory", now: 1)
            _ = try await journal.recordFailure(job.id, JobError(.timedOut, "slow"), retryAt: 5)
            try await journal.quarantine(
                job.id, JobError(.damaged, "bad \(index)"), countsFailure: true, now: Double(100 - index))
        }
        let job = try await journal.add("again.jpg")
        _ = try await journal.claim(job.id, estimate: 1000, plan: "in-memory", now: 1)
        _ = try await journal.recordFailure(job.id, JobError(.timedOut, "slow"), retryAt: 5)
    }

    private func check(_ reader: JournalReader) throws {
        let overview = try reader.overview(failures: 2)
        #expect(overview.counts[.queued] == 2)
        #expect(overview.counts[.quarantined] == 4)
        #expect(overview.counts[.done] == 1)
        #expect(overview.retrying == 1)
        #expect(overview.failures.map(\.error.message) == ["bad 1", "bad 2"])
        #expect(overview.failures.map(\.finishedAt) == [99, 98])
        #expect(overview.failures.map(\.attempts) == [1, 1])
        #expect(overview.uses.count == 3, "staged, published, done")
        #expect(overview.uses.allSatisfy { $0.estimate == 1 && $0.peak == 3 })
    }

    @Test("a journal of before there were plans is read, and gets them at the next start; older estimates do not count")
    func olderJournal() async throws {
        try await withTemporaryPath { directory in
            let path = "\(directory)/journal.sqlite"
            let old = try DatabaseQueue(path: path)
            try Schema.migrator.migrate(old, upTo: "1: jobs, outputs")
            try await old.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO job (inbox, path, size, mtime, inode, pipeline, pipeline_digest, state, estimate, peak,
                            queued_at) VALUES ('main', CAST('a.jpg' AS BLOB), 1, 1, 1, 'web', 'd', 'done', 10, 20, 1)
                        """)
            }
            try old.close()
            #expect(try JournalReader(path: path)?.overview(failures: 1).uses.isEmpty == true)
            let journal = try Journal(path: path)
            #expect(journal.counts.present.filter { $0.value > 0 }[.done] == 1)
            _ = try await journal.finish("b.jpg")
            let row = try journal.database.read {
                try Row.fetchOne($0, sql: "SELECT plan, spilled FROM job WHERE state = 'done' ORDER BY id DESC")
            }
            #expect(row?["plan"] == "in-memory" && row?["spilled"] == 17)
            try journal.close()
            let uses = try #require(try JournalReader(path: path)).overview(failures: 1).uses
            #expect(uses.map(\.peak) == [3])
        }
    }

    @Test("beside a writer, after a kill, and after a clean end: everything is seen, nothing is made or changed")
    func states() async throws {
        try await withTemporaryPath { directory in
            // What means something in a URI.
            let place = "\(directory)/a %41?mode=rwc#x"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            let path = "\(place)/journal.sqlite"
            #expect(try JournalReader(path: path) == nil)
            let journal = try Journal(path: path)
            try await fill(journal)

            let before = try everything(in: place)
            let reader = try #require(try JournalReader(path: path))
            try check(reader)
            #expect(reader.isComplete)
            // The writer goes on beside it, and is seen.
            _ = try await journal.add("more.jpg")
            #expect(try reader.overview(failures: 0).counts[.queued] == 3)
            try reader.close()
            #expect(try Set(everything(in: place).keys) == Set(before.keys))

            // As a kill leaves it: log and index are there, nobody has them open.
            let killed = "\(directory)/killed"
            try FileManager.default.copyItem(atPath: place, toPath: killed)
            let left = try everything(in: killed)
            #expect(left.count == 3)
            let afterKill = try #require(try JournalReader(path: "\(killed)/journal.sqlite"))
            #expect(try afterKill.overview(failures: 0).counts[.queued] == 3)
            #expect(afterKill.isComplete)
            try afterKill.close()
            #expect(try everything(in: killed) == left)

            // As a power loss may: the log without its index.
            try FileManager.default.removeItem(atPath: "\(killed)/journal.sqlite-shm")
            let afterPowerLoss = try JournalReader(path: "\(killed)/journal.sqlite")
            #expect(afterPowerLoss?.isComplete == false)
            try afterPowerLoss?.close()
            #expect(try everything(in: killed).count == 2)

            try journal.close()
            let closed = try everything(in: place)
            #expect(closed.count == 1)
            let afterEnd = try #require(try JournalReader(path: path))
            #expect(try afterEnd.overview(failures: 0).counts[.queued] == 3)
            #expect(afterEnd.isComplete)
            try afterEnd.close()
            #expect(try everything(in: place) == closed)
        }
    }

    @Test("what is no journal is refused, and stays as it was")
    func noJournal() async throws {
        try await withTemporaryPath { directory in
            for text in ["", "no database at all, but rather long, so that it might be taken for one"] {
                let path = "\(directory)/journal.sqlite"
                try Data(text.utf8).write(to: URL(filePath: path))
                #expect(throws: (any Error).self) { try JournalReader(path: path)?.overview(failures: 1) }
                #expect(try everything(in: directory) == ["journal.sqlite": Data(text.utf8)])
            }
        }
    }
}
