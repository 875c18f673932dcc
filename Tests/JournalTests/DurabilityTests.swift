import Foundation
import GRDB
import Jobs
import LinuxIO
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
            var before: [[JobRecord]] = []
            for state in JobState.allCases { before.append(try await journal.jobs(in: [state])) }
            try journal.close()
            #expect(try !FileManager.default.contentsOfDirectory(atPath: directory).contains("journal.sqlite-wal"))

            let again = try Journal(path: path)
            var after: [[JobRecord]] = []
            for state in JobState.allCases { after.append(try await again.jobs(in: [state])) }
            #expect(after == before)
            #expect(
                try await again.outputs(inbox: "main", path: RelativePath("done.jpg") ?? source("x").path).count == 2)
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
            #expect(try await copy.jobs(in: [.staged]) == journal.jobs(in: [.staged]))
            #expect(try await copy.state(of: job.id) == .staged)
            try copy.close()
            try journal.close()
        }
    }

    enum Damage: String, CaseIterable, CustomTestStringConvertible {
        case text, cutShort, damagedPage, missingTable
        var testDescription: String { rawValue }

        /// Makes a journal at the path and damages it so.
        func make(at path: String) async throws {
            if self == .text {
                return try Data(String(repeating: "this is no database ", count: 500).utf8)
                    .write(to: URL(filePath: path))
            }
            let journal = try Journal(path: path)
            for number in 0..<200 { _ = try await journal.add("\(number).jpg") }
            if self == .missingTable {
                try await journal.database.write { try $0.execute(sql: "DROP TABLE job") }
            }
            try journal.close()
            var bytes = try Data(contentsOf: URL(filePath: path))
            switch self {
            case .cutShort: bytes = bytes.prefix(6000)
            case .damagedPage:
                // Not the first page, which every opening reads: one of the rows.
                bytes.replaceSubrange(3 * 4096..<4 * 4096, with: repeatElement(0xAA, count: 4096))
            case .text, .missingTable: break
            }
            try bytes.write(to: URL(filePath: path))
        }
    }

    @Test("case 9: a damaged journal is recognised at once, wherever the damage is", arguments: Damage.allCases)
    func damaged(damage: Damage) async throws {
        try await withTemporaryPath { directory in
            let path = directory + "/journal.sqlite"
            try await damage.make(at: path)
            let error = #expect(throws: JournalError.self) { try Journal(path: path) }
            guard case .damaged(path, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test("case 9: a damaged journal is set aside whole, its log too; twice is as good as once")
    func setAside() async throws {
        try await withTemporaryPath { path in
            let directory = try Directory.open(path: path)
            try await Damage.text.make(at: path + "/journal.sqlite")
            try Data("log".utf8).write(to: URL(filePath: path + "/journal.sqlite-wal"))
            let damaged = try Data(contentsOf: URL(filePath: path + "/journal.sqlite"))
            let name = try Journal.setAside("journal.sqlite", in: directory, stamp: "S")
            _ = try Journal.setAside("journal.sqlite", in: directory, stamp: "S")
            #expect(name == "journal.sqlite.damaged-S")
            #expect(try Data(contentsOf: URL(filePath: path + "/" + name)) == damaged)
            #expect(
                try Set(FileManager.default.contentsOfDirectory(atPath: path)) == [name, name + "-wal"])
            try Journal(path: path + "/journal.sqlite").close()
        }
    }

    @Test("what cannot be opened at all is refused with its path and what to do, and not set aside")
    func unusable() async throws {
        try await withTemporaryPath { directory in
            let path = directory + "/journal.sqlite"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let error = #expect(throws: JournalError.self) { try Journal(path: path) }
            guard case .unusable(path, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            let message = "\(error.map(String.init(describing:)) ?? "")"
            #expect(message.contains(path) && message.contains("Move it away"))
        }
    }

    @Test("a blank journal is filled from results in one go: known content, names owned and published, nothing to do")
    func rebuild() async throws {
        try await withJournal { journal, _ in
            #expect(journal.isBlank)
            var results = try ["a.jpg", "sub/b.jpg"].map { name in
                let outputs = try candidates(name)[0].map {
                    OutputName(path: $0.path, rendition: $0.rendition, bytes: 5)
                }
                return PublishedResult(
                    inbox: "main", path: try path(name), size: 10, sha256: "aa", pipelineName: "web",
                    pipelineDigest: "d1", attempts: 2, outputs: outputs)
            }
            #expect(try journal.rebuild(now: 5) { results.popLast() } == 2)
            #expect(!journal.isBlank)
            let done = try #require(try await journal.latestDone(inbox: "main", path: path("a.jpg")))
            #expect(done.sha256 == "aa" && done.pipelineDigest == "d1" && done.attempts == 2)
            let outputs = try await journal.outputs(inbox: "main", path: path("a.jpg"))
            #expect(outputs.count == 2 && outputs.allSatisfy { $0.isPublished && $0.job == done.id })
            #expect(try await journal.jobs(in: [.queued, .running, .staged, .published]).isEmpty)
        }
    }

    @Test("a journal that has missed results takes them over, gives way to them, and leaves what it knows alone")
    func catchingUp() async throws {
        try await withJournal { journal, _ in
            func result(_ name: String, _ sha256: String, names: [String]) throws -> PublishedResult {
                PublishedResult(
                    inbox: "main", path: try path(name), size: 10, sha256: sha256, pipelineName: "web",
                    pipelineDigest: "d1", attempts: 1,
                    outputs: try names.map { OutputName(path: try path($0), rendition: $0, bytes: 5) })
            }
            var first = [try result("a.jpg", "aa", names: ["a.webp"]), try result("c.jpg", "cc", names: ["c.webp"])]
            #expect(try journal.rebuild(now: 1, generation: 7) { first.popLast() } == 2)
            #expect(try journal.generation == 7)
            let known = try #require(try await journal.latest(inbox: "main", path: path("c.jpg")))
            let source = SourceIdentity(inbox: "main", path: try path("b.jpg"), size: 1, mtime: 2, inode: 3)
            let waiting = try await journal.enqueue(
                [
                    .init(
                        source, pipelineName: "web", pipelineDigest: "d1",
                        candidates: [[.init(path: try path("b.webp"), rendition: "b")]])
                ],
                now: 2)
            // Others did `b` meanwhile, and gave `a`'s name away.
            var second = [
                try result("a.jpg", "a2", names: ["a.jpg.webp"]), try result("a.png", "pp", names: ["a.webp"]),
                try result("b.jpg", "bb", names: ["b.webp"]), try result("c.jpg", "cc", names: ["c.webp"]),
            ]
            #expect(try journal.rebuild(now: 3, generation: 8) { second.popLast() } == 3)
            #expect(try journal.generation == 8)
            #expect(try await journal.latest(inbox: "main", path: path("c.jpg")) == known)
            #expect(try await journal.state(of: waiting[0].job.id) == .superseded)
            func names(_ source: String) async throws -> [String] {
                try await journal.outputs(inbox: "main", path: path(source)).filter(\.isPublished).map(\.name.path.text)
            }
            #expect(try await names("a.png") == ["a.webp"])
            #expect(try await names("a.jpg") == ["a.jpg.webp"])
            #expect(try await names("b.jpg") == ["b.webp"])
            #expect(try await names("c.jpg") == ["c.webp"])
        }
    }

    @Test("a rebuild that fails half-way leaves the journal blank, so that the next start does it again")
    func rebuildFails() async throws {
        struct Stop: Error {}
        try await withJournal { journal, _ in
            let result = PublishedResult(
                inbox: "main", path: try path("a.jpg"), size: 10, sha256: "aa", pipelineName: "web",
                pipelineDigest: "d1", attempts: 1, outputs: [])
            var given = false
            #expect(throws: Stop.self) {
                try journal.rebuild(now: 5) {
                    if given { throw Stop() }
                    given = true
                    return result
                }
            }
            #expect(journal.isBlank)
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
            #expect(try await journal.latest(inbox: "main", path: path("p19999"))?.source.size == 19999)

            let statements = Mutex<[String]>([])
            try await journal.database.writeWithoutTransaction { database in
                database.trace { event in
                    guard case .statement(let statement) = event else { return }
                    let text = statement.expandedSQL
                    statements.withLock { $0.append(text) }
                }
            }
            _ = try await journal.latest(inbox: "main", path: path("p5"))
            _ = try await journal.latestDone(inbox: "main", path: path("p5"))
            _ = try await journal.outputs(inbox: "main", path: path("p5"))
            #expect(try await journal.jobs(in: [.queued], limit: 7).count == 7)
            _ = try await journal.jobs(in: [.running, .staged, .published, .quarantined])
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
