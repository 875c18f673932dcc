import Foundation
import GRDB
package import Jobs

// Files that are no pictures.
extension Journal {
    /// Gives a queued job the name of its copy in the outbox: the first of the candidates that is free, or its own.
    /// - Returns: it, with whether a copy has been published there; nil where all are other sources'.
    package func claimCopy(of job: JobRecord, candidates: [RelativePath]) async throws -> OutputRecord? {
        try await commits.write { database in
            for path in candidates {
                let name = OutputName(path: path, rendition: copyName)
                guard try Self.areFree([name], for: job.source, in: database) else { continue }
                try Self.disown(allBut: [name], by: job, in: database)
                try Self.own(name, by: job, in: database)
                return try Self.outputs(inbox: job.source.inbox, path: job.source.path, in: database)
                    .first { $0.name.path == path }
            }
            return nil
        }
    }

    /// The copy is in the outbox, durably.
    package func recordCopy(_ copy: OutputName, of job: JobRecord) async throws {
        try await commits.write { database in
            try Self.own(copy, by: job, in: database)
            try database.run("UPDATE output SET published = 1 WHERE path = ?", [copy.path.data])
        }
    }

    /// The source is no picture, and what is done with such has been done. Older results of it must be gone.
    /// - Parameter kind: what it is; one of a bounded set.
    package func markOther(_ job: JobRecord, kind: String, stay: JobRecord.Stay, now: Double) async throws {
        try await commits.write { database in
            try Self.move(
                job.id, to: .done, "finished_at = ?, stay = ?, plan = ?", [now, stay.rawValue, otherPrefix + kind],
                in: database)
            try Self.dropUnused(by: job.id, in: database)
            try database.run(
                "DELETE FROM output WHERE inbox = ? AND source = ? AND job < ?",
                [job.source.inbox, job.source.path.data, job.id])
        }
    }

    /// The newest job of each path beside this one whose name is that one's, without its extension, with something behind a
    /// dot: `IMG_1.MOV` and `IMG_1.HEIC.xmp` of `IMG_1.HEIC`; and of each whose name this one's begins with.
    /// - Parameter limit: at most so many, by path.
    package func family(inbox: String, path: RelativePath, limit: Int = 256) async throws -> [JobRecord] {
        let folder = path.parent.map { $0.bytes + [UInt8(ascii: "/")] } ?? []
        // A dot and what comes next in order.
        let bounds = [UInt8(ascii: "."), UInt8(ascii: "/")].map { Data(folder + path.stem + [$0]) }
        let heads = path.name.indices.filter { path.name[$0] == UInt8(ascii: ".") && $0 > 0 }.suffix(3)
            .compactMap { path.sibling(Array(path.name[..<$0])) }
        return try await reading { database in
            var found = try database.rows(
                """
                SELECT \(Self.columns) FROM job WHERE id IN (
                    SELECT max(id) FROM job WHERE inbox = ? AND path >= ? AND path < ? GROUP BY path LIMIT ?)
                """, [inbox, bounds[0], bounds[1], limit], Self.record
            ).filter { $0.source.path.parent == path.parent && $0.source.path != path }
            for head in heads {
                guard let job = try Self.latest(inbox: inbox, path: head, in: database),
                    !found.contains(where: { $0.id == job.id })
                else { continue }
                found.append(job)
            }
            return found
        }
    }

    /// Files that are no pictures, and were left in their inbox though it is to be emptied, by number.
    package func leftOthers(after job: Int64, limit: Int) async throws -> [JobRecord] {
        try await reading { database in
            try database.rows(
                """
                SELECT \(Self.columns) FROM job WHERE id > ? AND state = 'done' AND stay = 1
                    AND plan LIKE '\(otherPrefix)%' ORDER BY id LIMIT ?
                """, [job, limit], Self.record)
        }
    }

    /// The source of a job that is done has left its inbox after all, or has not.
    package func setStay(_ stay: JobRecord.Stay, of job: JobRecord) async throws {
        try await commits.write { database in
            try database.run(
                "UPDATE job SET stay = ? WHERE id = ? AND state = 'done'", [stay.rawValue, job.id])
        }
    }
}

/// What a copy is called where renditions have a name of the pipeline's; no rendition can be called so.
private let copyName = "(copy)"
