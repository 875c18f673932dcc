import Glibc
package import LinuxIO
package import PipelineModel

/// Moves a job's staged renditions and then its sidecar into the outbox. Every step can be done again: what is in place
/// already, with the right digest, counts as moved. Calls block: run them on a `BlockingPool`.
package struct Publisher: Sendable {
    package let outbox: Directory

    package init(outbox: Directory) { self.outbox = outbox }

    /// One file on its way.
    package struct Item: Sendable {
        /// Name in the job's staging directory.
        package var staged: [UInt8]
        /// Relative to the outbox.
        package var path: RelativePath
        /// Hex.
        package var sha256: String
        /// Whether what lies there is an older result of the same source, and is replaced.
        package var owned: Bool

        package init(staged: [UInt8], path: RelativePath, sha256: String, owned: Bool = false) {
            self.staged = staged
            self.path = path
            self.sha256 = sha256
            self.owned = owned
        }
    }

    /// Makes staged files durable: after this a power loss leaves them whole.
    package static func sync(_ files: [[UInt8]], in staging: Directory) throws {
        for file in files {
            let descriptor = try staging.openFile(file)
            try descriptor.sync(subject: "\(staging.path)/\(escaped(file))")
        }
        try staging.sync()
    }

    /// Publishes renditions, then the sidecar, which is the mark that all of them are there. What may not be replaced is
    /// found before anything is touched. An old sidecar goes first: no sidecar ever stands beside renditions that are
    /// not its.
    /// - Parameters:
    ///   - owned: whether what lies at the sidecar's path is the source's own older sidecar.
    ///   - overwrite: replace files that nobody's journal knows (`process --overwrite`).
    /// - Throws: `PublishError.occupied` when a foreign file has a name; `SystemCallError` for the rest.
    package func publish(
        _ items: [Item], sidecar: [UInt8], at sidecarPath: RelativePath, from staging: Directory, owned: Bool,
        overwrite: Bool
    ) throws {
        if let there = try outbox.stat(sidecarPath.bytes), there.size == Int64(sidecar.count),
            try digest(of: sidecarPath) == sha256(sidecar)
        {
            return
        }
        let earlier = try resultsOfLostJournal(at: sidecarPath, of: sidecar, staging: staging)
        let items = items.map { item in
            var item = item
            item.owned = item.owned || overwrite || earlier?.contains(item.path.text) == true
            return item
        }
        for item in items {
            guard let there = try outbox.stat(item.path.bytes) else { continue }
            guard there.isRegular, try item.owned || digest(of: item.path) == item.sha256 else {
                throw PublishError.occupied(item.path)
            }
        }
        if let there = try outbox.stat(sidecarPath.bytes) {
            guard there.isRegular, owned || overwrite || earlier != nil else {
                throw PublishError.occupied(sidecarPath)
            }
            // Kept in staging: after a crash it still tells which renditions are the source's own.
            try outbox.rename(sidecarPath.bytes, to: staging, Self.earlierSidecar, replacing: true)
            try parent(of: sidecarPath).sync()
        }
        var directories: [[UInt8]: Directory] = [:]
        for item in items {
            let key = item.path.parent?.bytes ?? []
            let directory = try directories[key] ?? parent(of: item.path)
            directories[key] = directory
            try move(item, from: staging, to: directory)
        }
        for directory in directories.values { try directory.sync() }
        try publishSidecar(sidecar, at: sidecarPath, from: staging)
    }

    private static let earlierSidecar = Array("earlier-sidecar.json".utf8)

    private func publishSidecar(_ sidecar: [UInt8], at path: RelativePath, from staging: Directory) throws {
        let name = Array("sidecar.json".utf8)
        if try staging.stat(name) != nil { try staging.unlink(name) }
        let file = try staging.createFile(name, mode: 0o666)
        try sidecar.withUnsafeBytes { try file.writeAll($0, subject: "sidecar of \(path)") }
        try file.sync(subject: "sidecar of \(path)")
        let directory = try parent(of: path)
        do {
            try staging.rename(name, to: directory, path.name, replacing: false)
        } catch let error as SystemCallError where error.errno == EEXIST {
            throw PublishError.occupied(path)
        }
        try directory.sync()
    }

    /// Removes a file of the outbox that the source's newer job no longer makes. Gone already is fine.
    package func remove(_ path: RelativePath) throws {
        guard try outbox.stat(path.bytes) != nil else { return }
        try outbox.unlink(path.bytes)
    }

    /// Whether a file of this size stands at the path.
    package func has(_ path: RelativePath, bytes: UInt64) throws -> Bool {
        guard let status = try outbox.stat(path.bytes), status.isRegular else { return false }
        return bytes == 0 || status.size == Int64(clamping: bytes)
    }

    private func parent(of path: RelativePath) throws -> Directory {
        guard let parent = path.parent else { return outbox }
        do {
            return try outbox.openDirectory(parent.bytes, create: true)
        } catch let error as SystemCallError where [ENOTDIR, ELOOP].contains(error.errno) {
            // A file or a link stands in the folder's place.
            throw PublishError.occupied(parent)
        }
    }

    private func move(_ item: Item, from staging: Directory, to directory: Directory) throws {
        guard try staging.stat(item.staged) != nil else {
            // Moved before a crash: believe the content, not the name.
            guard try digest(of: item.path) == item.sha256 else { throw PublishError.missing(item.path) }
            return
        }
        do {
            try staging.rename(item.staged, to: directory, item.path.name, replacing: item.owned)
        } catch let error as SystemCallError where error.errno == EEXIST {
            guard try digest(of: item.path) == item.sha256 else { throw PublishError.occupied(item.path) }
            try staging.unlink(item.staged)
        }
    }

    private func digest(of path: RelativePath) throws -> String? {
        guard let status = try outbox.stat(path.bytes), status.isRegular else { return nil }
        return try sha256(of: outbox.openFile(path.bytes)).digest
    }

    /// The renditions (`path`) that an older sidecar of the same source lists: the journal was lost, they are its own
    /// results. Looked for at the sidecar's place, and in staging, where a run that was cut off has put it. Nil where
    /// there is none.
    private func resultsOfLostJournal(
        at path: RelativePath, of sidecar: [UInt8], staging: Directory
    ) throws -> Set<String>? {
        guard let new = try? SidecarFile.decode(sidecar) else { return nil }
        for (directory, name) in [(outbox, path.bytes), (staging, Self.earlierSidecar)] {
            guard let status = try directory.stat(name), status.isRegular, status.size <= 4 << 20 else { continue }
            var bytes: [UInt8] = []
            try directory.openFile(name).forEachPiece(subject: path.text) { bytes.append(contentsOf: $0) }
            guard let there = try? SidecarFile.decode(bytes), there.source.path == new.source.path,
                there.source.nameBytes == new.source.nameBytes
            else { continue }
            return Set(there.renditions.map(\.path))
        }
        return nil
    }
}

package enum PublishError: Error, CustomStringConvertible {
    /// A file that is none of this source's results has the name.
    case occupied(RelativePath)
    /// A staged rendition is gone, and is not in the outbox either.
    case missing(RelativePath)

    package var description: String {
        switch self {
        case .occupied(let path): "'\(path)' exists in the outbox and is not a result of this source"
        case .missing(let path): "the staged file for '\(path)' is gone"
        }
    }
}
