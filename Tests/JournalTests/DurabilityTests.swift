import Foundation
import GRDB
import PipelineModel
import Synchronization
import Testing

@testable import Journal

@Suite("What survives, and what is refused")
struct DurabilityTests {
    @Test("the journal is WAL with synchronous=FULL, first and second time")
    func pragmas() async throws {
        try await withTemporaryPath { directory in
            for _ in 0..<2 {
                let journal = try Journal(path: directory + "/journal.sqlite")
                let (mode, level) = try journal.database.read { database in
                    (
                        try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                        try Int.fetchOne(database, sql: "PRAGMA synchronous")
                    )
                }
                #expect(mode == "wal" && level == 2)
                // And still so on the connection that writes.
                #expect(try journal.database.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
                try journal.close()
            }
        }
    }

    @Test("everything is there after closing and opening again")
    func reopen() async throws {
        try await withTemporaryPath { directory in
            let path = directory + "/journal.sqlite"
            let journal = try Journal(path: path)
            for state in JobState.allCases { _ = try await journal.job(in: state, path: "\(state.rawValue).jpg") }
            let before = try JobState.allCases.map { try journal.jobs(in: [$0]) }
            try journal.close()
            #expect(try !FileManager.default.contentsOfDirectory(atPath: directory).contains("journal.sqlite-wal"))

            let again = try Journal(path: path)
            #expect(try JobState.allCases.map { try again.jobs(in: [$0]) } == before)
            #expect(try again.outputs(inbox: "main", path: RelativePath("done.jpg") ?? source("x").path).count == 2)
            // Numbers are never used twice: staging directories are named after them.
            let highest = before.joined().map(\.id).max() ?? 0
            #expect(try await again.add("new.jpg").id == highest + 1)
            try again.close()
        }
    }

    @Test("what is committed is there for another process while this one has the journal open")
    func crash() async throws {
        try await withTemporaryPath { directory in
            let journal = try Journal(path: directory + "/journal.sqlite")
            let job = try await journal.job(in: .staged)
            // As a kill leaves it: the files as they are now, unclosed.
            for ending in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: directory + "/journal.sqlite" + ending, toPath: directory + "/copy.sqlite" + ending)
            }
            let copy = try Journal(path: directory + "/copy.sqlite")
            #expect(try copy.jobs(in: [.staged]) == journal.jobs(in: [.staged]))
            #expect(try copy.state(of: job.id) == .staged)
            try copy.close()
            try journal.close()
        }
    }

    enum Damage: String, CaseIterable, CustomTestStringConvertible {
        case text, cutShort, wrongTable, directory
        var testDescription: String { rawValue }
    }

    @Test("what is no journal is refused with its path and what to do", arguments: Damage.allCases)
    func corrupt(damage: Damage) async throws {
        try await withTemporaryPath { directory in
            let path = directory + "/journal.sqlite"
            switch damage {
            case .text:
                try Data(String(repeating: "this is no database ", count: 500).utf8).write(to: URL(filePath: path))
            case .cutShort:
                let journal = try Journal(path: path)
                for number in 0..<200 { _ = try await journal.add("\(number).jpg") }
                try journal.close()
                var bytes = try Data(contentsOf: URL(filePath: path))
                bytes.replaceSubrange(100..<4096, with: repeatElement(0xAA, count: 3996))
                try bytes.prefix(6000).write(to: URL(filePath: path))
            case .wrongTable:
                let other = try DatabaseQueue(path: path)
                try await other.write { try $0.execute(sql: "CREATE TABLE job (x)") }
                try other.close()
            case .directory:
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            let error = #expect(throws: JournalError.self) { try Journal(path: path) }
            guard case .unusable(path, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!reason.isEmpty)
            let message = "\(error.map(String.init(describing:)) ?? "")"
            #expect(message.contains(path) && message.contains("Move it away"))
        }
    }

    @Test("the messages name job, states and settings")
    func messages() {
        #expect(
            "\(JournalError.forbidden(job: 4, from: .done, to: .running))" == "job 4 cannot go from done to running")
        #expect("\(JournalError.noSuchJob(9))" == "the journal has no job 9")
        let text = "\(JournalError.notDurable(path: "/j", mode: "delete", synchronous: 1))"
        #expect(text.contains("/j") && text.contains("delete") && text.contains("synchronous 1"))
    }

    @Test("with 20,000 rows no question of a job's life reads a whole table")
    func indexes() async throws {
        try await withJournal { journal, _ in
            try await journal.database.write { database in
                try database.execute(
                    sql: """
                        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                        INSERT INTO job (inbox, path, size, mtime, inode, pipeline, pipeline_digest, state, queued_at)
                        SELECT 'main', CAST('p' || i AS BLOB), i, 1, 1, 'web', 'd',
                            CASE WHEN i % 1000 = 0 THEN 'queued' ELSE 'done' END, 1 FROM n
                        """)
                try database.execute(
                    sql: """
                        INSERT INTO output (path, inbox, source, job, published)
                        SELECT CAST(path || '.webp' AS BLOB), inbox, path, id, 1 FROM job
                        """)
            }
            #expect(try journal.latest(inbox: "main", path: path("p19999"))?.source.size == 19999)

            let statements = Mutex<[String]>([])
            try await journal.database.writeWithoutTransaction { database in
                database.trace { event in
                    guard case .statement(let statement) = event else { return }
                    let text = statement.expandedSQL
                    statements.withLock { $0.append(text) }
                }
            }
            _ = try journal.latest(inbox: "main", path: path("p5"))
            _ = try journal.latestDone(inbox: "main", path: path("p5"))
            _ = try journal.outputs(inbox: "main", path: path("p5"))
            #expect(try journal.jobs(in: [.queued], limit: 7).count == 7)
            _ = try journal.jobs(in: [.running, .staged, .published, .quarantined])
            _ = try await journal.finish("a.jpg")
            let again = try await journal.add("a.jpg")
            try await journal.quarantine(again.id, JobError(.damaged, "x"), countsFailure: true, now: 1)
            try await journal.database.writeWithoutTransaction { $0.trace() }

            let queries = statements.withLock { $0 }.filter { text in
                ["SELECT", "UPDATE", "DELETE"].contains { text.hasPrefix($0) } && text.contains("WHERE")
            }
            #expect(queries.count > 12)
            try await journal.database.read { database in
                for query in queries {
                    let plan = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + query)
                        .map { $0["detail"] as String? ?? "" }
                    #expect(
                        !plan.contains { $0.hasPrefix("SCAN job") || $0.hasPrefix("SCAN output") }, "\(query): \(plan)")
                }
                let latest = try #require(queries.first)
                let plan = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + latest)
                    .map { $0["detail"] as String? ?? "" }
                #expect(plan.contains { $0.contains("USING INDEX job_source") }, "\(latest): \(plan)")
                #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
            }
        }
    }
}
