import GRDB

/// A look at a journal that changes nothing in it, beside a supervisor that may be writing.
package struct JournalExamination: Sendable, Equatable {
    package var isWriteAheadLog: Bool
    package var jobs: Int
    /// What SQLite finds wrong with the file; nil where it is sound.
    package var damage: String?
}

extension Journal {
    /// - Throws: whatever SQLite says when the file cannot be opened for reading.
    package static func examine(path: String) throws -> JournalExamination {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -512") }
        let database: DatabaseQueue
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode) {
            return JournalExamination(isWriteAheadLog: true, jobs: 0, damage: error.message ?? "no database")
        }
        defer { try? database.close() }
        do {
            return try database.read { database in
                let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
                let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
                let hasJobs = try database.tableExists("job")
                return JournalExamination(
                    isWriteAheadLog: mode == "wal",
                    jobs: hasJobs ? try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM job") ?? 0 : 0,
                    damage: verdict == "ok" ? (hasJobs ? nil : "no journal of Sluice's") : verdict ?? "no answer")
            }
        } catch let error as DatabaseError where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode) {
            return JournalExamination(isWriteAheadLog: true, jobs: 0, damage: error.message ?? "no database")
        }
    }
}
