import Dispatch
import GRDB
import Jobs
import Testing

@testable import Journal

@Suite("Writes that come together are committed together")
struct GroupCommitTests {
    @Test("a hundred writes that wait together take one commit, and all are there")
    func few() async throws {
        try await withJournal { journal, _ in
            let before = journal.commitCount
            let hold = DispatchSemaphore(value: 0)
            journal.database.asyncWriteWithoutTransaction { _ in hold.wait() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 { group.addTask { _ = try await journal.add("\(number).jpg") } }
                while journal.waitingWrites < 100 { await Task.yield() }
                hold.signal()
                try await group.waitForAll()
            }
            #expect(journal.counts.present.filter { $0.value > 0 } == [.queued: 100])
            #expect(journal.commitCount - before == 1)
        }
    }

    @Test("a write that fails leaves those beside it alone, and fails alone")
    func alone() async throws {
        try await withJournal { journal, _ in
            let done = try await journal.finish("done.jpg")
            let outcomes = await withTaskGroup(of: Bool.self, returning: [Bool].self) { group in
                for number in 0..<60 {
                    group.addTask {
                        do {
                            if number % 3 == 0 {
                                try await journal.markPublished(done, at: [])
                            } else {
                                _ = try await journal.add("\(number).jpg")
                            }
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 } == 40)
            #expect(journal.counts.present.filter { $0.value > 0 } == [.queued: 40, .done: 1])
        }
    }

    @Test("a write that throws half-way leaves nothing of itself")
    func rollsBack() async throws {
        try await withJournal { journal, _ in
            let commits = GroupCommit(journal.database)
            struct Stop: Error {}
            let first: Task<Void, any Error> = Task {
                try await commits.write { database in
                    try database.execute(
                        sql: "INSERT INTO output (path, inbox, source, job) VALUES (x'41', 'm', x'41', 1)")
                    throw Stop()
                }
            }
            await #expect(throws: Stop.self) { try await first.value }
            try await commits.write { database in
                try database.execute(sql: "INSERT INTO output (path, inbox, source, job) VALUES (x'42', 'm', x'42', 1)")
            }
            let paths = try await journal.database.read { try String.fetchAll($0, sql: "SELECT hex(path) FROM output") }
            #expect(paths == ["42"])
        }
    }

    @Test("a write whose transaction could not begin fails, and is not done either")
    func busy() async throws {
        try await withTemporaryPath { directory in
            let path = directory + "/shared.sqlite"
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            try await other.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL; CREATE TABLE t (x)")
                try database.beginTransaction(.immediate)
            }
            let mine = try DatabaseQueue(path: path)
            let commits = GroupCommit(mine)
            await #expect(throws: DatabaseError.self) {
                try await commits.write { try $0.execute(sql: "INSERT INTO t VALUES (1)") }
            }
            try await other.writeWithoutTransaction { try $0.commit() }
            #expect(try await mine.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM t") } == 0)
            try await commits.write { try $0.execute(sql: "INSERT INTO t VALUES (2)") }
            #expect(try await mine.read { try Int.fetchOne($0, sql: "SELECT sum(x) FROM t") } == 2)
            try mine.close()
            try other.close()
        }
    }

    @Test("every answer comes after its own commit: what was reported is there for others")
    func reported() async throws {
        try await withJournal { journal, path in
            var configuration = Configuration()
            configuration.readonly = true
            let reader = try DatabaseQueue(path: path, configuration: configuration)
            for number in 0..<20 {
                let job = try await journal.add("\(number).jpg")
                let seen = try await reader.read {
                    try Int.fetchOne($0, sql: "SELECT count(*) FROM job WHERE id = ?", arguments: [job.id])
                }
                #expect(seen == 1)
            }
            try reader.close()
        }
    }
}
