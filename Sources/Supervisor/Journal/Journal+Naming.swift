import Foundation
import GRDB
import Jobs

/// What is decided of the names of a job's results, once for its source, however often it is done.
package struct JobNaming: Sendable, Equatable {
    /// Whether another source of its folder has the same stem, and was there first: it has its full name, then.
    package var isSecond: Bool
    /// Of `{counter}`.
    package var number: Int?
    /// The folder of the outbox in which that is its number; empty: the outbox itself.
    package var folder: [UInt8]?

    package init(isSecond: Bool, number: Int? = nil, folder: [UInt8]? = nil) {
        (self.isSecond, self.number, self.folder) = (isSecond, number, folder)
    }

    /// Its number in a folder; nil where it has none there.
    package func number(in folder: [UInt8]) -> Int? { self.folder == folder ? number : nil }
}

/// What the names of a source's results ask for.
package struct NamingWish: Sendable, Equatable {
    /// The folder in which it needs a number; nil: it needs none, or the folder is not known yet.
    package var folder: [UInt8]?
    /// The number that it has by its sidecar: the journal may have forgotten it.
    package var published: Int?
    /// Lower numbers are foreign files'.
    package var least: Int

    package init(folder: [UInt8]?, published: Int? = nil, least: Int = 1) {
        (self.folder, self.published, self.least) = (folder, published, least)
    }
}

extension Journal {
    /// Decides what was not decided as the source was queued.
    package func settleNaming(of job: JobRecord, _ wish: NamingWish) async throws -> JobNaming {
        try await commits.write { database in
            try Self.settleNaming(of: job.id, job.source, wish, in: database)
            return try Self.job(job.id, in: database).naming ?? JobNaming(isSecond: false)
        }
    }

    static func settleNaming(
        of job: Int64, _ source: SourceIdentity, _ wish: NamingWish, in database: Database
    ) throws {
        let before: [Int] = try database.rows(
            "SELECT second FROM job WHERE inbox = ? AND path = ? AND second IS NOT NULL ORDER BY id DESC LIMIT 1",
            [source.inbox, source.path.data], { $0[0] })
        let second = try before.first ?? (hasNamesake(source, in: database) ? 1 : 0)
        let folder = wish.folder.map(folderKey)
        let number = try folder.map { try Self.number(of: job, source, wish, in: $0, database) }
        try database.run(
            "UPDATE job SET second = ?, number = ?, number_folder = ? WHERE id = ?", [second, number, folder, job])
    }

    /// Whether another source of the folder that is called the same but for its extension has the short names.
    private static func hasNamesake(_ source: SourceIdentity, in database: Database) throws -> Bool {
        let stem = (source.path.parent.map { $0.bytes + [UInt8(ascii: "/")] } ?? []) + source.path.stem
        let found: [Int] = try database.rows(
            """
            SELECT 1 FROM job WHERE inbox = ? AND path >= ? AND path < ? AND path <> ? AND second = 0
            AND substr(path, ?, 1) IN (x'', x'2e') AND instr(substr(path, ?), x'2e') = 0
            AND state <> 'superseded' AND coalesce(plan, '') NOT LIKE 'other %' LIMIT 1
            """,
            [
                source.inbox, Data(stem), Data(stem + [UInt8(ascii: "/")]), source.path.data, stem.count + 1,
                stem.count + 2,
            ], { $0[0] })
        return !found.isEmpty
    }

    /// The number that the source has in the folder, else the next that nobody has had.
    private static func number(
        of job: Int64, _ source: SourceIdentity, _ wish: NamingWish, in folder: Data, _ database: Database
    ) throws -> Int {
        func isOthers(_ number: Int) throws -> Bool {
            try !database.rows(
                "SELECT 1 FROM job WHERE number_folder = ? AND number = ? AND NOT (inbox = ? AND path = ?) LIMIT 1",
                [folder, number, source.inbox, source.path.data], { $0[0] as Int }
            ).isEmpty
        }
        // By the path: in a folder there may be a hundred thousand numbers.
        let own = try database.rows(
            """
            SELECT number FROM job WHERE inbox = ? AND path = ? AND +number_folder = ? AND +number >= ?
            ORDER BY id DESC LIMIT 1
            """, [source.inbox, source.path.data, folder, wish.least], { $0[0] as Int }
        ).first
        let number: Int
        if let published = wish.published, try !isOthers(published) {
            number = published
        } else if let own {
            number = own
        } else {
            let last = try database.rows("SELECT last FROM counter WHERE folder = ?", [folder], { $0[0] as Int }).first
            number = max((last ?? 0) + 1, wish.least)
        }
        try give(number, in: folder, to: job, database)
        return number
    }

    /// As the journal has a folder: never empty.
    static func folderKey(_ folder: [UInt8]) -> Data { Data(folder + [UInt8(ascii: "/")]) }

    /// Lower numbers are not given again, whatever becomes of the job.
    static func give(_ number: Int, in folder: Data, to job: Int64, _ database: Database) throws {
        try database.run(
            """
            INSERT INTO counter (folder, last, job) VALUES (?, ?, ?)
            ON CONFLICT (folder) DO UPDATE SET last = max(last, excluded.last), job = excluded.job
            """, [folder, number, job])
    }

    /// Of more folders than this, those that were used longest ago begin anew.
    static let mostFolders = 100_000

    static func forgetFolders(_ database: Database, most: Int = mostFolders) throws {
        let count = try database.rows("SELECT count(*) FROM counter", [], { $0[0] as Int }).first ?? 0
        guard count > most else { return }
        try database.run(
            "DELETE FROM counter WHERE folder IN (SELECT folder FROM counter ORDER BY job DESC LIMIT -1 OFFSET ?)",
            [most])
    }
}
