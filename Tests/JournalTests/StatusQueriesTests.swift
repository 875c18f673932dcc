import GRDB
import Jobs
import Testing

@testable import Journal

@Suite("What a page shows of the journal")
struct StatusQueriesTests {
    @Test("the quarantine: counts by code, the newest, and no second reading where nothing has changed")
    func quarantine() async throws {
        try await withJournal { journal, _ in
            #expect(try await journal.quarantined(most: 5, since: nil)?.mark == .init(total: 0, newest: 0))
            try await fill(journal)
            let found = try #require(try await journal.quarantined(most: 50, since: .init(total: 0, newest: 0)))
            #expect(found.mark == .init(total: 120, newest: 140))
            #expect(found.counts == [.timedOut: 30, .damaged: 89, .emptyFile: 1])
            #expect(found.newest.count == 50 && found.newest.first?.error?.code == .emptyFile)
            #expect(found.newest.map(\.id) == found.newest.map(\.id).sorted(by: >))
            #expect(try await journal.quarantined(most: 5, since: found.mark) == nil)
        }
    }

    @Test("the newest ends, without what still waits, and among so many jobs only")
    func ends() async throws {
        try await withJournal { journal, _ in
            #expect(try await journal.lastEnds(most: 5).isEmpty)
            try await fill(journal)
            let ends = try await journal.lastEnds(most: 24)
            #expect(ends.map(\.0.id) == Array((117...140).reversed()))
            #expect(try await journal.lastEnds(most: 200).count == 130, "ten wait")
            #expect(try await journal.lastEnds(most: 200, among: 20).count == 20)
        }
    }

    /// Ten that wait, ten that are done, 120 that failed.
    private func fill(_ journal: Journal) async throws {
        try await journal.database.write { database in
            for number in 0..<140 {
                let state = number < 10 ? "queued" : number < 20 ? "done" : "quarantined"
                let code = number < 50 ? "timed-out" : number < 139 ? "damaged" : "empty-file"
                try database.execute(
                    sql: """
                        INSERT INTO job (inbox, path, size, mtime, inode, pipeline, pipeline_digest, state, attempts,
                            queued_at, finished_at, error_code, error_message)
                        VALUES ('web', CAST(? AS BLOB), 1, 1, 1, 'web', '', ?, 1, ?, ?, ?, 'why')
                        """,
                    arguments: [
                        "p\(number)", state, Double(number), number < 10 ? nil : Double(number),
                        state == "quarantined" ? code : nil,
                    ])
            }
        }
    }
}
