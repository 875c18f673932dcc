import Glibc
package import Jobs
package import LinuxIO
import Pipeline
import Text

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

    /// Makes a staged file durable. Once all of a job's results are there, its directory is to be synced too: what is
    /// missing there later has been moved. Throws SystemCallError.
    package static func sync(_ file: [UInt8], in staging: Directory) throws {
        try staging.openFile(file).sync(subject: "\(staging.path)/\(escaped(file))")
    }

    /// Writes a job's sidecar into its staging directory; `sync` makes it durable. Throws SystemCallError.
    package static func stage(sidecar: [UInt8], in staging: Directory) throws {
        try write(sidecar, as: stagedSidecar, in: staging, durably: false)
    }

    /// Publishes renditions, then the sidecar, which is the mark that all of them are there; one sync of the directory
    /// makes them durable together. What may not be replaced is found before anything is touched. Where older results
    /// are replaced, an interim sidecar says so meanwhile: no sidecar ever stands beside renditions that are not its.
    /// - Parameters:
    ///   - isNew: whether this very process has just staged all of it, so that nothing has to be looked at twice.
    ///   - wasPublishing: whether it was once synced in staging with all its names, and then said to be on its way
    ///     to the outbox: what is in neither was published, and has been taken by a consumer.
    ///   - owned: whether what lies at the sidecar's path is the source's own older sidecar.
    ///   - elsewhere: older sidecars of the source with other paths: they go before what they list is replaced.
    ///   - overwrite: replace files that no journal knows (`process --overwrite`).
    ///   - forget: ensures that files missing in staging do not count as published, before results are rolled back.
    ///   - pending: where the outbox' directories are left to the caller to sync; nil: they are synced here.
    /// - Returns: what was published before and is not there any more.
    /// - Throws: `PublishError.occupied` when a foreign file has a name; `SystemCallError` for the rest. After a failed
    ///   fsync nothing of this job is left in the outbox: what the kernel could not write must be made again.
    @discardableResult
    package func publish(
        _ items: [Item], sidecar: Sidecar, text: [UInt8], at sidecarPath: RelativePath, from staging: Directory,
        isNew: Bool = false, wasPublishing: Bool = false, owned: Bool, elsewhere: [RelativePath] = [], overwrite: Bool,
        pending: PendingSyncs? = nil, forget: @escaping @Sendable () throws -> Void = {}
    ) throws -> [RelativePath] {
        let there = try outbox.stat(sidecarPath.bytes)
        if let there, there.size == Int64(text.count), try digest(of: sidecarPath) == sha256(text) {
            try parent(of: sidecarPath).sync()
            return []
        }
        let earlier = try there.flatMap { try resultsOfLostJournal(at: sidecarPath, $0, of: sidecar) }
        let items = items.map { item in
            var item = item
            item.owned = item.owned || overwrite || earlier?.contains(item.path.text) == true
            return item
        }
        var look = try look(at: items, from: staging, isNew: isNew, wasPublishing: wasPublishing)
        // The sidecar is the last to go, after all of them.
        if wasPublishing, look.isAllMoved, try staging.stat(Self.stagedSidecar) == nil {
            try syncParents(of: items.map(\.path) + [sidecarPath])
            return look.taken + [sidecarPath]
        }
        if let there {
            guard there.isRegular, owned || overwrite || earlier != nil else {
                throw PublishError.occupied(sidecarPath)
            }
            look.replaces = true
        }
        var done: [RelativePath] = []
        do {
            if look.replaces {
                try announce(sidecar, items, earlier ?? [], at: sidecarPath, from: staging)
                if !elsewhere.isEmpty { try remove(elsewhere) }
            }
            let directories = try move(
                look.items, sidecar: text, at: sidecarPath, from: staging, isNew: isNew, replacing: look.replaces, &done
            )
            for directory in directories {
                if let pending { try pending.add(directory) } else { try directory.sync() }
            }
            pending?.onFailure { [done] in takeBack(done, forget) }
        } catch let error as SystemCallError where error.call == "fsync" {
            takeBack(done, forget)
            throw error
        }
        return look.taken
    }

    /// What the kernel could not write must be made again.
    private func takeBack(_ paths: [RelativePath], _ forget: () throws -> Void) {
        guard (try? forget()) != nil else { return }
        for path in paths.reversed() { try? outbox.unlink(path.bytes) }
    }

    /// How the renditions stand.
    private struct Look {
        /// Those that are to be moved, or are in place.
        var items: [Item] = []
        var taken: [RelativePath] = []
        /// Whether none is in staging any more.
        var isAllMoved = true
        /// Whether something in the outbox is replaced.
        var replaces = false
    }

    /// Finds what may not be replaced, before anything is touched.
    private func look(at items: [Item], from staging: Directory, isNew: Bool, wasPublishing: Bool) throws -> Look {
        var look = Look()
        for item in items {
            let isStaged = try isNew || staging.stat(item.staged) != nil
            if isStaged { look.isAllMoved = false }
            let there = try outbox.stat(item.path.bytes)
            let same = try there.map { try $0.isRegular && digest(of: item.path) == item.sha256 } ?? false
            if !isStaged, !same {
                // Whatever has its name now belongs to someone else.
                guard wasPublishing else { throw missingOrOccupied(item, there) }
                look.taken.append(item.path)
                continue
            }
            look.items.append(item)
            if let there, !same {
                guard there.isRegular && item.owned else { throw PublishError.occupied(item.path) }
                look.replaces = true
            }
        }
        return look
    }

    private func missingOrOccupied(_ item: Item, _ there: FileStatus?) -> PublishError {
        if let there, !there.isRegular || !item.owned { return .occupied(item.path) }
        return .missing(item.path)
    }

    /// What a job's sidecar is called in its staging directory.
    package static let stagedSidecar = Array("sidecar.json".utf8)

    /// - Parameter done: what stands in the outbox because of this call.
    /// - Returns: the directories that are to be synced.
    private func move(
        _ items: [Item], sidecar: [UInt8], at sidecarPath: RelativePath, from staging: Directory, isNew: Bool,
        replacing: Bool, _ done: inout [RelativePath]
    ) throws -> [Directory] {
        var directories: [[UInt8]: Directory] = [:]
        func directory(of path: RelativePath) throws -> Directory {
            let key = path.parent?.bytes ?? []
            let directory = try directories[key] ?? parent(of: path)
            directories[key] = directory
            return directory
        }
        for item in items where try move(item, from: staging, to: directory(of: item.path)) { done.append(item.path) }
        // File systems keep the order of renames within a directory: no sync is needed between the renditions' and the
        // sidecar's. Of two directories the sidecar's could be on the disk alone.
        if directories[sidecarPath.parent?.bytes ?? []] == nil {
            for directory in directories.values { try directory.sync() }
            directories = [:]
        }
        let name = Self.stagedSidecar
        if try !isNew && !isWhole(sidecar, as: name, in: staging) { try Self.write(sidecar, as: name, in: staging) }
        do {
            try staging.rename(
                name, to: directory(of: sidecarPath), sidecarPath.name, replacing: replacing)
        } catch let error as SystemCallError where error.errno == EEXIST {
            throw PublishError.occupied(sidecarPath)
        }
        done.append(sidecarPath)
        return Array(directories.values)
    }

    /// Puts the interim sidecar in place, durably, before the first rendition is touched.
    func announce(
        _ sidecar: Sidecar, _ items: [Item], _ earlier: Set<String>, at path: RelativePath, from staging: Directory
    ) throws {
        var interim = sidecar
        interim.replacing = Sidecar.Replacing(
            job: sidecar.job, paths: earlier.union(items.map(\.path.text)).sorted())
        interim.renditions = []
        interim.motion = nil
        interim.stages = []
        let name = Array("interim.json".utf8)
        try Self.write(SidecarFile.encode(interim), as: name, in: staging)
        let directory = try parent(of: path)
        try staging.rename(name, to: directory, path.name, replacing: true)
        try directory.sync()
    }

    private func isWhole(_ bytes: [UInt8], as name: [UInt8], in staging: Directory) throws -> Bool {
        guard let status = try staging.stat(name), status.size == Int64(bytes.count) else { return false }
        return try sha256(of: staging.openFile(name)).digest == sha256(bytes)
    }

    private static func write(
        _ bytes: [UInt8], as name: [UInt8], in staging: Directory, durably: Bool = true
    ) throws {
        let file: Descriptor
        do {
            file = try staging.createFile(name, mode: 0o666)
        } catch let error as SystemCallError where error.errno == EEXIST {
            try staging.unlink(name)
            file = try staging.createFile(name, mode: 0o666)
        }
        let subject = "\(staging.path)/\(escaped(name))"
        try bytes.withUnsafeBytes { try file.writeAll($0, subject: subject) }
        if durably { try file.sync(subject: subject) } else { file.beginWriting() }
    }

    /// Removes files of the outbox that the source's newer job no longer makes, durably. Gone already is fine.
    package func remove(_ paths: [RelativePath]) throws {
        for path in paths where try outbox.stat(path.bytes) != nil { try outbox.unlink(path.bytes) }
        // Those that were gone may have gone just before a crash.
        try syncParents(of: paths)
    }

    /// Once each; those that are not there any more need none.
    private func syncParents(of paths: [RelativePath]) throws {
        for parent in Set(paths.map { $0.parent?.bytes ?? [] }) {
            do {
                try outbox.openDirectory(parent).sync()
            } catch let error as SystemCallError where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
                continue
            }
        }
    }

    /// Whether a file of this size stands at the path.
    package func has(_ path: RelativePath, bytes: UInt64) throws -> Bool {
        guard let status = try outbox.stat(path.bytes), status.isRegular else { return false }
        return bytes == 0 || status.size == Int64(clamping: bytes)
    }

    func parent(of path: RelativePath) throws -> Directory {
        guard let parent = path.parent else { return outbox }
        // What only Sluice reads is nobody else's.
        let isHidden = parent.bytes.starts(with: SidecarRules.hiddenFolder.utf8)
        do {
            return try outbox.openDirectory(parent.bytes, create: true, mode: isHidden ? 0o700 : 0o777)
        } catch let error as SystemCallError where [ENOTDIR, ELOOP].contains(error.errno) {
            // A file or a link stands in the folder's place.
            throw PublishError.occupied(parent)
        }
    }

    /// - Returns: whether this call has moved it, rather than an earlier one.
    private func move(_ item: Item, from staging: Directory, to directory: Directory) throws -> Bool {
        do {
            try staging.rename(item.staged, to: directory, item.path.name, replacing: item.owned)
            return true
        } catch let error as SystemCallError where error.errno == ENOENT {
            // Moved before a crash: believe the content, not the name.
            guard try digest(of: item.path) == item.sha256 else { throw PublishError.missing(item.path) }
            return false
        } catch let error as SystemCallError where error.errno == EEXIST {
            guard try digest(of: item.path) == item.sha256 else { throw PublishError.occupied(item.path) }
            try staging.unlink(item.staged)
            return false
        }
    }

    func digest(of path: RelativePath) throws -> String? {
        guard let status = try outbox.stat(path.bytes), status.isRegular else { return nil }
        return try sha256(of: outbox.openFile(path.bytes)).digest
    }

    /// The renditions (`path`) that an older sidecar of the same source lists, or was about to replace: the journal was
    /// lost, they are its own results. Nil where there is none.
    private func resultsOfLostJournal(
        at path: RelativePath, _ status: FileStatus, of new: Sidecar
    ) throws -> Set<String>? {
        guard status.isRegular, let there = try SidecarFile.read(path.bytes, in: outbox),
            there.source.path == new.source.path, there.source.nameBytes == new.source.nameBytes
        else { return nil }
        return Set(there.files.map(\.path) + (there.replacing?.paths ?? []))
    }
}
