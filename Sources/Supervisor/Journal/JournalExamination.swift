import GRDB
import Glibc

/// A read-only check of a journal, beside a supervisor that may be writing.
package struct JournalExamination: Sendable, Equatable {
    package var isWriteAheadLog: Bool
    package var jobs: Int
    /// What SQLite finds wrong with the file; nil where it is sound.
    package var damage: String?
}

extension Journal {
    /// Opens the journal for reading only.
    /// - Throws: whatever SQLite says when that cannot be done.
    package static func examine(path: String) throws -> JournalExamination {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -512") }
        do {
            // Without its log no process has it open. SQLite would create a log and an index to read it, and leave
            // both.
            if access("\(path)-wal", F_OK) != 0,
                let database = try? DatabaseQueue(path: immutable(path), configuration: configuration)
            {
                return try examine(database, path)
            }
            return try examine(DatabaseQueue(path: path, configuration: configuration), path)
        } catch let error as DatabaseError where meansDamage(error) {
            return JournalExamination(
                isWriteAheadLog: isWriteAheadLog(path), jobs: 0, damage: error.message ?? "not a database")
        }
    }

    private static func examine(_ database: DatabaseQueue, _ path: String) throws -> JournalExamination {
        defer { try? database.close() }
        return try database.read { database in
            let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
            let hasJobs = try database.tableExists("job")
            return JournalExamination(
                isWriteAheadLog: isWriteAheadLog(path),
                jobs: hasJobs ? try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM job") ?? 0 : 0,
                damage: verdict != "ok" ? verdict : hasJobs ? nil : "not a Sluice journal")
        }
    }

    /// A URI (sqlite.org/uri.html) that makes SQLite treat the file as never written to.
    private static func immutable(_ path: String) -> String {
        let encoded = path.utf8.map { byte in
            let isPlain = byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            let character = Character(UnicodeScalar(byte))
            if isPlain || (byte < 0x80 && (character.isLetter || character.isNumber)) { return String(character) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "file:\(encoded.joined())?immutable=1"
    }

    /// As the file's header says (sqlite.org/fileformat.html, 1.3.3): an immutable one is never opened as it says.
    private static func isWriteAheadLog(_ path: String) -> Bool {
        guard let file = fopen(path, "re") else { return false }
        defer { fclose(file) }
        var header = [UInt8](repeating: 0, count: 20)
        return fread(&header, 1, header.count, file) == header.count && header[18] == 2 && header[19] == 2
    }
}
