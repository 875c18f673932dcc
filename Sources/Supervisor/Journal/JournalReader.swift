import GRDB
import Glibc
package import Jobs

/// Read-only access to the journal: a separate connection that creates and changes nothing, beside a running
/// supervisor or without one.
package final class JournalReader: Sendable {
    private let database: DatabaseQueue
    /// Whether everything that was committed is seen. Not so where a log without its index was left by a power loss:
    /// reading it would mean to write.
    package let isComplete: Bool

    /// - Returns: nil where there is no journal.
    /// - Throws: `JournalError` when the file is no journal, or may not be read.
    package init?(path: String) throws {
        guard access(path, F_OK) == 0 else { return nil }
        // Even a read-only connection makes the log's index where it is missing, and the log too. With both there, it can
        // be told to leave them as they are; without, nobody has the journal open, and the file alone is all there is.
        let isLive = access("\(path)-shm", F_OK) == 0 && access("\(path)-wal", F_OK) == 0
        isComplete = isLive || size(of: "\(path)-wal") == 0
        var configuration = GRDB.Configuration()
        configuration.label = "journal reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            database = try DatabaseQueue(
                path: "file:\(quoted(path))?\(isLive ? "mode=ro&readonly_shm=1" : "immutable=1")",
                configuration: configuration)
        } catch {
            throw JournalError.unusable(path: path, reason: "\(error)")
        }
    }

    /// A job that failed for good.
    package struct Failure: Sendable {
        package var source: SourceIdentity
        package var error: JobError
        package var attempts: Int
        /// Seconds since 1970.
        package var finishedAt: Double
    }

    /// What a job's worker was expected to hold, and what it held at most. Bytes.
    package struct Use: Sendable {
        package var estimate: UInt64
        package var peak: UInt64
    }

    package struct Overview: Sendable {
        package var counts: JobCounts
        /// Queued jobs that failed at least once.
        package var retrying: Int
        /// Files that are no pictures, by what they are.
        package var others: [String: Int]
        /// The newest first.
        package var failures: [Failure]
        /// Of the newest jobs.
        package var uses: [Use]
    }

    /// Everything at one moment.
    package func overview(failures: Int, uses: Int = 200) throws -> Overview {
        try database.read { database in
            let hasTally = try database.tableExists("tally")
            let counts = try hasTally ? Journal.readCounts(database) : Self.count(database)
            let failed = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(try Journal.columns(of: database)) FROM job
                    WHERE state = 'quarantined' ORDER BY finished_at DESC, id DESC LIMIT ?
                    """,
                arguments: [Int64(clamping: failures)])
            // Earlier versions' estimates left the worker itself out; they have no plan.
            let hasPlans = try database.columns(in: "job").contains { $0.name == "plan" }
            let measured =
                try !hasPlans
                ? []
                : Row.fetchAll(
                    database,
                    sql: """
                        SELECT estimate, peak FROM (SELECT * FROM job ORDER BY id DESC LIMIT 5000)
                        WHERE peak > 0 AND estimate > 0 AND plan IS NOT NULL LIMIT ?
                        """,
                    arguments: [Int64(clamping: uses)])
            return Overview(
                counts: counts.shown, retrying: counts.retrying, others: counts.others,
                failures: try failed.map(Journal.record).compactMap { job in
                    job.error.map {
                        Failure(
                            source: job.source, error: $0, attempts: job.attempts, finishedAt: job.finishedAt ?? 0)
                    }
                },
                uses: measured.map {
                    Use(
                        estimate: UInt64(clamping: $0["estimate"] as Int64),
                        peak: UInt64(clamping: $0["peak"] as Int64))
                })
        }
    }

    /// Folders of the outbox below which sidecars lie that are hidden; each path ends with its last hidden folder.
    package func hiddenFolders() throws -> [RelativePath] {
        try database.read { database in
            let paths = try Row.fetchCursor(
                database,
                sql: """
                    SELECT path FROM output
                    WHERE rendition IS NULL AND (substr(path, 1, 1) = x'2e' OR instr(path, x'2f2e') > 0)
                    """)
            var found: Set<RelativePath> = []
            while let row = try paths.next(), found.count < Self.mostHiddenFolders {
                let folders = row.bytes(at: 0).split(separator: UInt8(ascii: "/")).dropLast()
                guard let last = folders.lastIndex(where: { $0.first == UInt8(ascii: ".") }) else { continue }
                if let folder = RelativePath(bytes: folders[...last].joined(separator: [UInt8(ascii: "/")])) {
                    found.insert(folder)
                }
            }
            return found.sorted()
        }
    }

    private static let mostHiddenFolders = 1000

    /// Of a journal that no newer version has opened yet.
    private static func count(_ database: Database) throws -> JournalCounts {
        var counts = JournalCounts()
        for row in try Row.fetchAll(database, sql: "SELECT state, count(*) AS number FROM job GROUP BY state") {
            if let state = JobState(rawValue: row["state"]) {
                (counts.present[state], counts.ever[state]) = (row["number"], row["number"])
            }
        }
        counts.retrying =
            try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM job
                    WHERE state = 'queued' AND state NOT IN ('done', 'superseded') AND failures > 0
                    """) ?? 0
        return counts
    }

    /// Whether its last user closed it.
    var wasClosed: Bool { get throws { try database.read(Journal.wasClosed) } }

    package func close() throws { try database.close() }
}

/// Bytes; 0 where there is no file.
private func size(of path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
}

/// A path as part of a `file:` URI (sqlite.org/uri.html).
private func quoted(_ path: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
    let digits = Array("0123456789ABCDEF")
    return path.utf8.reduce(into: "") { text, byte in
        if plain.contains(byte) {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }
    }
}
