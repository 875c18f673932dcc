import Foundation
import GRDB
import PipelineModel

// How values travel between the tables and Sluice's own types.

/// Bytes as SQLite's BLOB.
struct Blob {
    let value: Data
    init(_ bytes: [UInt8]) { value = Data(bytes) }
}

extension RelativePath {
    var data: Data { Data(bytes) }
}

extension [UInt8] {
    static func fromDatabase(_ data: Data) -> [UInt8] { [UInt8](data) }
}

extension Journal {
    static func job(_ id: Int64, in database: Database) throws -> JobRecord {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id]) else {
            throw JournalError.noSuchJob(id)
        }
        return try record(row)
    }

    static func record(_ row: Row) throws -> JobRecord {
        guard let path = RelativePath(bytes: [UInt8].fromDatabase(row["path"])),
            let state = JobState(rawValue: row["state"])
        else {
            throw JournalError.unusable(path: "job \(row["id"] as Int64)", reason: "a row without path or state")
        }
        let code = (row["error_code"] as String?).flatMap(ErrorCode.init)
        return JobRecord(
            id: row["id"],
            source: SourceIdentity(
                inbox: row["inbox"], path: path, size: row["size"], mtime: row["mtime"],
                inode: UInt64(bitPattern: row["inode"])),
            pipelineName: row["pipeline"], pipelineDigest: row["pipeline_digest"], state: state,
            attempts: row["attempts"], failures: row["failures"], sha256: row["sha256"],
            error: code.map { JobError($0, row["error_message"] ?? "", stage: row["error_stage"]) },
            sidecar: (row["sidecar"] as Data?).map { [UInt8]($0) }, queuedAt: row["queued_at"],
            finishedAt: row["finished_at"], retryAt: row["retry_at"])
    }

    /// The only place that changes a state: the table of transitions is part of the statement.
    static func move(
        _ job: Int64, to next: JobState, _ assignments: String?, _ arguments: StatementArguments,
        in database: Database
    ) throws {
        let from = JobState.predecessors(of: next).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let more = assignments.map { ", \($0)" } ?? ""
        try database.execute(
            sql: "UPDATE job SET state = '\(next.rawValue)'\(more) WHERE id = ? AND state IN (\(from))",
            arguments: arguments + [job])
        if database.changesCount == 0 {
            throw JournalError.forbidden(job: job, from: try Self.job(job, in: database).state, to: next)
        }
    }

    static func output(_ row: Row) -> OutputRecord? {
        RelativePath(bytes: [UInt8].fromDatabase(row["path"])).map { path in
            OutputRecord(
                name: OutputName(
                    path: path, rendition: row["rendition"],
                    bytes: (row["bytes"] as Int64?).map(UInt64.init(clamping:)),
                    sha256: row["sha256"]),
                job: row["job"], isPublished: row["published"])
        }
    }

    /// Whether none of these names is another source's.
    static func areFree(_ names: [OutputName], for source: SourceIdentity, in database: Database) throws -> Bool {
        for name in names {
            let taken = try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM output WHERE path = ? AND NOT (inbox = ? AND source = ?))",
                arguments: [name.path.data, source.inbox, source.path.data])
            if taken == true { return false }
        }
        return true
    }

    /// A name that is the source's already keeps what is known of its content.
    static func own(_ output: OutputName, by job: JobRecord, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO output (path, rendition, inbox, source, job, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (path) DO UPDATE SET
                    job = max(job, excluded.job), rendition = excluded.rendition,
                    bytes = coalesce(excluded.bytes, bytes), sha256 = coalesce(excluded.sha256, sha256)
                """,
            arguments: [
                output.path.data, output.rendition, job.source.inbox, job.source.path.data, job.id,
                output.bytes.map(Int64.init(clamping:)), output.sha256,
            ])
    }

    /// Names that a job never filled are free again once it has ended; older results of its source stay its own.
    static func dropUnused(by job: Int64, in database: Database) throws {
        try database.execute(sql: "DELETE FROM output WHERE job = ? AND NOT published", arguments: [job])
    }

    /// The same of all superseded jobs of a path.
    static func dropUnused(of source: SourceIdentity, in database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM output WHERE inbox = ? AND source = ? AND NOT published
                    AND job IN (SELECT id FROM job WHERE inbox = ? AND path = ? AND state = 'superseded')
                """,
            arguments: [source.inbox, source.path.data, source.inbox, source.path.data])
    }
}
