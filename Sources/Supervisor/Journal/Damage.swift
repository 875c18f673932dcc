import GRDB
package import LinuxIO

// Damaged journals: how they are recognised and set aside.
extension Journal {
    /// Moves a damaged journal with its log out of the way, to `NAME.damaged-YYYYMMDDTHHMMSSZ`: nothing of it is deleted.
    /// Done again after a crash in its midst, it moves what is left.
    /// - Parameter stamp: when, as it stands in the new name.
    /// - Returns: the new name of the journal's file.
    @discardableResult
    package static func setAside(_ name: String, in directory: Directory, stamp: String) throws -> String {
        // The database last: while it is there, the next start finds the damage again.
        for ending in ["-wal", "-shm", ""] {
            let old = Array((name + ending).utf8)
            guard try directory.stat(old) != nil else { continue }
            let new = Array("\(name).damaged-\(stamp)\(ending)".utf8)
            try directory.rename(old, to: directory, new, replacing: false)
        }
        try directory.sync()
        return "\(name).damaged-\(stamp)"
    }

    /// Looks at whether the tables are there, and at every page and every index, but of a large journal that the last process
    /// closed: there it would take a second for each 200,000 jobs, at every start.
    static func examine(_ database: Database) throws {
        if try isSmall(database) || !wasClosed(database),
            let fault = try String.fetchOne(database, sql: "PRAGMA quick_check(1)"),
            fault != "ok"
        {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: fault)
        }
        // A migrated journal without its tables has been tampered with.
        if try database.tableExists("grdb_migrations"), try database.tableExists("job") == false {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the table of jobs is missing")
        }
    }

    private static func isSmall(_ database: Database) throws -> Bool {
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let bytes = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        return pages * bytes <= 16 << 20
    }

    static func wasClosed(_ database: Database) throws -> Bool {
        guard try database.tableExists("setting") else { return false }
        return try String.fetchOne(database, sql: "SELECT value FROM setting WHERE name = 'open'") == "no"
    }

    static func markOpen(_ database: Database) throws { try mark(open: "yes", database) }

    static func markClosed(_ database: Database) throws { try mark(open: "no", database) }

    private static func mark(open value: String, _ database: Database) throws {
        try database.execute(sql: "INSERT OR REPLACE INTO setting VALUES ('open', ?)", arguments: [value])
    }

    /// Whether SQLite says that the file itself is at fault; not the disk, the permissions or the memory.
    static func meansDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT].contains(error.resultCode)
    }

    static func meansFullDisk(_ error: DatabaseError) -> Bool {
        [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY].contains(error.resultCode)
    }

    /// Whether whatever a call of the journal has thrown is its disk's fault, and may pass.
    package static func isOfDisk(_ error: any Error) -> Bool { (error as? DatabaseError).map(meansFullDisk) ?? false }

    /// Whether whatever a call of the journal has thrown means that its file is damaged.
    package static func isDamage(_ error: any Error) -> Bool {
        switch error {
        case let error as DatabaseError: meansDamage(error)
        case JournalError.damaged: true
        default: false
        }
    }
}
