import Foundation
import GRDB
import Jobs

// Conversion between table rows and Sluice's types.

/// How the plan of a job begins whose source is no picture: what that is, follows.
let otherPrefix = "other "

private func otherKind(ofPlan plan: String?) -> String? {
    guard let plan, plan.hasPrefix(otherPrefix) else { return nil }
    return String(plan.dropFirst(otherPrefix.count))
}

/// Bytes as SQLite's BLOB.
struct Blob {
    let value: Data
    init(_ bytes: [UInt8]) { value = Data(bytes) }
}

extension RelativePath {
    var data: Data { Data(bytes) }
}

extension Row {
    /// A BLOB; none where there is NULL.
    func bytes(at index: Int) -> [UInt8] {
        // It never throws, for what it is given does not.
        (try? withUnsafeData(atIndex: index) { $0.map { [UInt8]($0) } ?? [] }) ?? []
    }
}

extension Database {
    /// Runs one statement, which is prepared once and kept: to prepare it takes longer than to run it.
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The rows of a query that is kept likewise; each is valid during the call of `body` only.
    func rows<Value>(
        _ sql: String, _ arguments: StatementArguments, _ body: (Row) throws -> Value
    ) throws -> [Value] {
        let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        var values: [Value] = []
        while let row = try cursor.next() { values.append(try body(row)) }
        return values
    }
}

extension Journal {
    /// What `record` reads, in its order.
    static let columns = """
        id, inbox, path, size, mtime, inode, pipeline, pipeline_digest, state, attempts, failures, sha256, error_code, \
        error_message, error_stage, sidecar, queued_at, finished_at, retry_at, ctime, stay, plan, companions, \
        number, number_folder, second
        """

    /// The same of a journal that no newer version has opened yet, with nothing in place of what it does not have.
    static func columns(of database: Database) throws -> String {
        let present = Set(try database.columns(in: "job").map(\.name))
        return columns.split(separator: ", ").map { name in
            present.contains(String(name)) ? String(name) : ["ctime", "stay"].contains(name) ? "0" : "NULL"
        }.joined(separator: ", ")
    }

    static func job(_ id: Int64, in database: Database) throws -> JobRecord {
        let found = try database.rows("SELECT \(columns) FROM job WHERE id = ?", [id], record)
        guard let job = found.first else { throw JournalError.noSuchJob(id) }
        return job
    }

    /// By number: to find a column by its name takes longer than to read it.
    static func record(_ row: Row) throws -> JobRecord {
        guard let path = RelativePath(bytes: row.bytes(at: 2)), let state = JobState(rawValue: row[8]) else {
            throw JournalError.unusable(path: "job \(row[0] as Int64)", reason: "a row without a path or state")
        }
        let code = (row[12] as String?).flatMap(ErrorCode.init)
        return JobRecord(
            id: row[0],
            source: SourceIdentity(
                inbox: row[1], path: path, size: row[3], mtime: row[4], inode: UInt64(bitPattern: row[5]),
                ctime: row[19]),
            pipelineName: row[6], pipelineDigest: row[7], state: state, attempts: row[9], failures: row[10],
            sha256: row[11], error: code.map { JobError($0, row[13] ?? "", stage: row[14]) },
            sidecar: row.hasNull(atIndex: 15) ? nil : row.bytes(at: 15), queuedAt: row[16], finishedAt: row[17],
            retryAt: row[18], stay: JobRecord.Stay(rawValue: row[20]) ?? .none,
            other: state == .done ? otherKind(ofPlan: row[21]) : nil, companions: row[22],
            naming: (row[25] as Int?).map { second in
                JobNaming(
                    isSecond: second == 1, number: row[23],
                    folder: row.hasNull(atIndex: 24) ? nil : row.bytes(at: 24).dropLast())
            })
    }

    static func latest(inbox: String, path: RelativePath, in database: Database) throws -> JobRecord? {
        try database.rows(
            "SELECT \(columns) FROM job WHERE inbox = ? AND path = ? ORDER BY id DESC LIMIT 1", [inbox, path.data],
            record
        ).first
    }

    static func latestDone(inbox: String, path: RelativePath, in database: Database) throws -> JobRecord? {
        try database.rows(
            """
            SELECT \(columns) FROM job WHERE inbox = ? AND path = ? AND state = 'done' ORDER BY id DESC LIMIT 1
            """, [inbox, path.data], record
        ).first
    }

    static func outputs(inbox: String, path: RelativePath, in database: Database) throws -> [OutputRecord] {
        try database.rows(
            "SELECT path, rendition, bytes, sha256, job, published FROM output WHERE inbox = ? AND source = ?",
            [inbox, path.data], output
        ).compactMap(\.self)
    }

    /// The only place that changes a state: the table of transitions is part of the statement.
    static func move(
        _ job: Int64, to next: JobState, _ assignments: String?, _ arguments: StatementArguments,
        in database: Database
    ) throws {
        let more = assignments.map { ", \($0)" } ?? ""
        try database.run(
            "UPDATE job SET state = '\(next.rawValue)'\(more) WHERE id = ? AND state IN (\(predecessors[next] ?? ""))",
            arguments + [job])
        if database.changesCount == 0 {
            throw JournalError.forbidden(job: job, from: try Self.job(job, in: database).state, to: next)
        }
    }

    /// The states from which each can be reached, as SQL has them.
    private static let predecessors = Dictionary(
        uniqueKeysWithValues: JobState.allCases.map { next in
            (next, JobState.predecessors(of: next).map { "'\($0.rawValue)'" }.joined(separator: ", "))
        })

    private static func output(_ row: Row) -> OutputRecord? {
        RelativePath(bytes: row.bytes(at: 0)).map { path in
            OutputRecord(
                name: OutputName(
                    path: path, rendition: row[1], bytes: (row[2] as Int64?).map(UInt64.init(clamping:)),
                    sha256: row[3]),
                job: row[4], isPublished: row[5])
        }
    }

    /// Whether none of these names is another source's.
    static func areFree(_ names: [OutputName], for source: SourceIdentity, in database: Database) throws -> Bool {
        for name in names {
            let others: [Int64] = try database.rows(
                "SELECT job FROM output WHERE path = ? AND NOT (inbox = ? AND source = ?)",
                [name.path.data, source.inbox, source.path.data], { $0[0] })
            if !others.isEmpty { return false }
        }
        return true
    }

    /// A name that is the source's already keeps what is known of its content.
    static func own(_ output: OutputName, by job: JobRecord, in database: Database) throws {
        try database.run(
            """
            INSERT INTO output (path, rendition, inbox, source, job, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (path) DO UPDATE SET
                job = max(job, excluded.job), rendition = excluded.rendition,
                bytes = coalesce(excluded.bytes, bytes), sha256 = coalesce(excluded.sha256, sha256)
            """,
            [
                output.path.data, output.rendition, job.source.inbox, job.source.path.data, job.id,
                output.bytes.map(Int64.init(clamping:)), output.sha256,
            ])
    }

    /// Names that the job has beyond these: never filled ones are free again, older results are of no job any more.
    static func disown(allBut outputs: [OutputName], by job: JobRecord, in database: Database) throws {
        let known = try Self.outputs(inbox: job.source.inbox, path: job.source.path, in: database)
        for record in known where record.job == job.id && !outputs.contains(where: { $0.path == record.name.path }) {
            try database.run(
                record.isPublished ? "UPDATE output SET job = 0 WHERE path = ?" : "DELETE FROM output WHERE path = ?",
                [record.name.path.data])
        }
    }

    /// Names that a job never filled are free again once it has ended; older results of its source stay its own.
    static func dropUnused(by job: Int64, in database: Database) throws {
        try database.run("DELETE FROM output WHERE job = ? AND NOT published", [job])
    }

    /// The same of all superseded jobs of a path.
    static func dropUnused(of source: SourceIdentity, in database: Database) throws {
        try database.run(
            """
            DELETE FROM output WHERE inbox = ? AND source = ? AND NOT published
                AND job IN (SELECT id FROM job WHERE inbox = ? AND path = ? AND state = 'superseded')
            """,
            [source.inbox, source.path.data, source.inbox, source.path.data])
    }
}
