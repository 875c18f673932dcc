import Foundation
import GRDB
package import Jobs

// Files that are no pictures.
extension Journal {
    /// Gives a queued job the name of its copy in the outbox: the first of the candidates that is no other source's, nor of
    /// an earlier copy that is to stay. What is copied is noted before it is there, so that it is known after a crash.
    /// - Parameters:
    ///   - copies: the candidates, best first; all with size and digest.
    ///   - replacing: whether an earlier copy of the source may be replaced.
    /// - Returns: it, and what the journal knew of that name before; nil where there is none.
    package func claimCopy(
        of job: JobRecord, _ copies: [OutputName], replacing: Bool
    ) async throws -> (copy: OutputName, before: OutputRecord?)? {
        try await commits.write { database in
            try Self.demandQueued(job, in: database)
            let known = try Self.outputs(inbox: job.source.inbox, path: job.source.path, in: database)
            for copy in copies {
                let before = known.first { $0.name.path == copy.path }
                if let before, before.isPublished, before.name.sha256 != copy.sha256, !replacing { continue }
                guard try Self.areFree([copy], for: job.source, in: database) else { continue }
                try Self.own(copy, by: job, in: database)
                return (copy, before)
            }
            return nil
        }
    }

    /// The copy is in the outbox, durably.
    package func recordCopy(_ copy: OutputName, of job: JobRecord) async throws {
        try await commits.write { database in
            try Self.demandQueued(job, in: database)
            try Self.own(copy, by: job, in: database)
            try database.run("UPDATE output SET published = 1 WHERE path = ?", [copy.path.data])
        }
    }

    private static func demandQueued(_ job: JobRecord, in database: Database) throws {
        let state = try Self.job(job.id, in: database).state
        guard state == .queued else { throw JournalError.forbidden(job: job.id, from: state, to: .done) }
    }

    /// The source is no picture, and what is done with such has been done. Older results of it must be gone.
    /// - Parameters:
    ///   - kind: what it is; one of a bounded set.
    ///   - copied: the digest of its copy; nil: it was not copied.
    package func markOther(
        _ job: JobRecord, kind: String, copied: String?, stay: JobRecord.Stay, now: Double
    ) async throws {
        try await commits.write { database in
            try Self.move(
                job.id, to: .done, "finished_at = ?, stay = ?, plan = ?, sha256 = ?",
                [now, stay.rawValue, otherPrefix + kind, copied], in: database)
            try Self.dropUnused(by: job.id, in: database)
            try database.run(
                "DELETE FROM output WHERE inbox = ? AND source = ? AND job < ? AND rendition IS NOT ?",
                [job.source.inbox, job.source.path.data, job.id, OutputName.copy])
        }
    }

    /// The newest job of each path beside this one whose name is that one's, without its extension, with something behind a
    /// dot: `IMG_1.MOV` and `IMG_1.HEIC.xmp` of `IMG_1.HEIC`; and of each whose name this one's begins with.
    /// - Parameters:
    ///   - names: others beside it that are wanted too.
    ///   - limit: at most so many, by path.
    package func family(
        inbox: String, path: RelativePath, beside names: [[UInt8]] = [], limit: Int = 256
    ) async throws -> [JobRecord] {
        let folder = path.parent.map { $0.bytes + [UInt8(ascii: "/")] } ?? []
        // A dot and what comes next in order.
        let bounds = [UInt8(ascii: "."), UInt8(ascii: "/")].map { Data(folder + path.stem + [$0]) }
        let heads =
            path.name.indices.filter { path.name[$0] == UInt8(ascii: ".") && $0 > 0 }.suffix(3)
            .compactMap { path.sibling(Array(path.name[..<$0])) } + names.compactMap(path.sibling)
        return try await reading { database in
            var found = try database.rows(
                """
                SELECT \(Self.columns) FROM job WHERE id IN (
                    SELECT max(id) FROM job WHERE inbox = ? AND path >= ? AND path < ? AND instr(substr(path, ?), x'2f') = 0
                    GROUP BY path LIMIT ?)
                """, [inbox, bounds[0], bounds[1], folder.count + 1, limit], Self.record
            ).filter { $0.source.path != path }
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
                SELECT \(Self.columns) FROM job WHERE id > ? AND state = 'done' AND stay = 3 ORDER BY id LIMIT ?
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

extension OutputName {
    /// What a copy is called where renditions have a name of the pipeline's; no rendition can be called so.
    static let copy = "(copy)"

    /// A copy of a source.
    package init(copy path: RelativePath, bytes: UInt64, sha256: String) {
        self.init(path: path, rendition: Self.copy, bytes: bytes, sha256: sha256)
    }

    /// Whether it is a copy: those are never removed, for their sources may be gone.
    package var isCopy: Bool { rendition == Self.copy }
}
