import Foundation
import GRDB
import Testing

@testable import Journal

@Suite("A look at a journal from outside")
struct ExaminationTests {
    private func withFile(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.path + "/sluice-test-" + UUID().uuidString + " a?b#c%20"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory + "/journal.sqlite")
    }

    private func files(beside path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: (path as NSString).deletingLastPathComponent).sorted()
    }

    @Test("leaves no file behind where nobody has it open")
    func closed() throws {
        try withFile { path in
            try Journal(path: path).close()
            let before = try files(beside: path)
            #expect(before == ["journal.sqlite"])
            let found = try Journal.examine(path: path)
            #expect(found == JournalExamination(isWriteAheadLog: true, jobs: 0, damage: nil))
            #expect(try files(beside: path) == before)
        }
    }

    @Test("sees what is committed in the log of one that is open, and does not hold it up")
    func open() throws {
        try withFile { path in
            let journal = try Journal(path: path)
            try journal.database.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO job (inbox, path, size, mtime, inode, pipeline, pipeline_digest, state, queued_at)
                        VALUES ('a', x'61', 1, 1, 1, 'p', 'd', 'queued', 1)
                        """)
            }
            let found = try Journal.examine(path: path)
            #expect(found == JournalExamination(isWriteAheadLog: true, jobs: 1, damage: nil))
            try journal.database.write { try $0.execute(sql: "DELETE FROM job") }
            try journal.close()
        }
    }

    @Test("tells rubbish, and a database that is another's, from a journal, and leaves both alone")
    func others() throws {
        try withFile { path in
            let rubbish = Data(repeating: 0x55, count: 8192)
            try rubbish.write(to: URL(filePath: path))
            #expect(try Journal.examine(path: path).damage != nil)
            #expect(try Data(contentsOf: URL(filePath: path)) == rubbish)
            try FileManager.default.removeItem(atPath: path)
            let other = try DatabaseQueue(path: path)
            try other.write { try $0.execute(sql: "CREATE TABLE something (a)") }
            try other.close()
            let found = try Journal.examine(path: path)
            #expect(found.damage == "not a Sluice journal" && !found.isWriteAheadLog)
        }
    }
}
