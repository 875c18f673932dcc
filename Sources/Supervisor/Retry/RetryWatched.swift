package import Configuration
import Glibc
import Jobs
import LinuxIO
import Outbox
import Status
import Text

// Bringing sources back into watched inboxes. A running supervisor notices them like any other arrival; none has to be
// running.
extension RetryRun {
    /// - Throws: file system errors if the quarantine cannot be read.
    package func ofInboxes(_ configuration: Configuration) throws -> Report {
        var report = Report()
        let holder = StatusPlace(configuration).holder
        report.next =
            holder.map { "Process \($0) picks them up once they have settled." }
            ?? "'sluice watch' picks them up once they have settled, or at its next start."
        let quarantine: Quarantine
        do {
            quarantine = Quarantine(root: try Directory.open(path: configuration.quarantine))
        } catch let error as SystemCallError where error.errno == ENOENT {
            return report
        }
        let entries = try quarantine.entries(superseded: choosesSuperseded)
        guard !entries.isEmpty else { return report }
        let root = resolved(Array(configuration.quarantine.utf8)) ?? []
        let newest = newest(of: entries, configuration)
        let named = entries.map { entry in
            names(
                of: entry, quarantine: root, configuration,
                isNewest: newest[origin(of: entry, configuration)] == entry.path)
        }
        let chosen = select(of: entries, named: named, &report)
        let paths = Set(chosen.map(\.path))
        for entry in chosen {
            // Both cannot have the name.
            if let newer = newest[origin(of: entry, configuration)], newer != entry.path, paths.contains(newer) {
                report.left.append(
                    .init(
                        file: entry.path.text,
                        reason: "'\(newer)' is a newer file of the same name and is brought back"))
                continue
            }
            do {
                report.retried.append(try bringBack(entry, quarantine, configuration))
            } catch {
                report.left.append(.init(file: entry.path.text, reason: "\(error)"))
            }
        }
        return report
    }

    /// The inbox file that a quarantined one was.
    private struct Origin: Hashable {
        var inbox: String?
        var path: RelativePath?
    }

    private func origin(of entry: Quarantine.Entry, _ configuration: Configuration) -> Origin {
        let inbox = try? inbox(of: entry, configuration)
        // Files of unknown origin are each their own.
        return Origin(
            inbox: inbox?.name,
            path: inbox.flatMap { Quarantine.origin(of: entry, folder: folder($0)) } ?? entry.path)
    }

    /// Of files that had one name, the one that failed last.
    private func newest(of entries: [Quarantine.Entry], _ configuration: Configuration) -> [Origin: RelativePath] {
        var newest: [Origin: Quarantine.Entry] = [:]
        for entry in entries where !entry.isSuperseded {
            let origin = origin(of: entry, configuration)
            // Timestamps have one format, so they sort as text.
            if let other = newest[origin], (other.error?.lastSeen ?? "") > (entry.error?.lastSeen ?? "") { continue }
            newest[origin] = entry
        }
        return newest.mapValues(\.path)
    }

    /// - Parameter isNewest: else only its path in the quarantine, in full, means it: what may mean a newer file too does.
    private func names(
        of entry: Quarantine.Entry, quarantine: [UInt8], _ configuration: Configuration, isNewest: Bool
    ) -> RetryNames.Named {
        let inbox = try? inbox(of: entry, configuration)
        let origin = inbox.flatMap { Quarantine.origin(of: entry, folder: folder($0)) }
        var named = RetryNames.Named()
        for path in [entry.path, entry.reason].compactMap({ $0 }) {
            named.absolute.append(joined(quarantine, path.bytes))
            if isNewest || path != origin { named.relative.append(path.bytes) }
        }
        if isNewest, let inbox, let origin {
            named.absolute.append(
                joined(resolved(Array(inbox.path.utf8)) ?? Array(inbox.path.utf8), origin.bytes))
            named.relative.append(origin.bytes)
        }
        return named
    }

    /// Which inbox it came from: from its error file, or else its folder, or else because there is only one.
    private func inbox(of entry: Quarantine.Entry, _ configuration: Configuration) throws -> Configuration.Inbox {
        let known = configuration.inboxes.map { "'\($0.name)'" }.joined(separator: ", ")
        if let name = entry.error?.inbox {
            if let inbox = configuration.inboxes.first(where: { $0.name == name }) { return inbox }
            throw RetryProblem(
                "it came from the inbox '\(escaped(name.utf8))', which is not in the configuration (known: \(known)). "
                    + "Move it to one of them by hand")
        }
        let inFolder = configuration.inboxes.filter { inbox in
            folder(inbox).map { entry.path.bytes.starts(with: $0.bytes + [UInt8(ascii: "/")]) } ?? false
        }
        if inFolder.count == 1 { return inFolder[0] }
        if configuration.inboxes.count == 1 { return configuration.inboxes[0] }
        throw RetryProblem(
            "its inbox is unknown (configured: \(known)). Move it to one of them by hand")
    }

    private func folder(_ inbox: Configuration.Inbox) -> RelativePath? {
        inbox.subfolder.isEmpty ? nil : RelativePath(inbox.subfolder)
    }

    /// In this order, so that a crash leaves the source in the quarantine with its reason, or in the inbox (on two file
    /// systems: in both, which the next try sees), never anywhere without:
    ///
    /// 1. the source gets its name in the inbox, unless another has it; then its directory is synced, so that the name
    ///    there is durable before the one in the quarantine is gone (one rename; or copy, sync, verify, rename);
    /// 2. its name in the quarantine goes (the same rename; or unlink), and that directory is synced;
    /// 3. its error file goes, unless a newer failure has written another. One that a crash leaves is cleared when the
    ///    source has been done, or replaced when it fails again.
    private func bringBack(
        _ entry: Quarantine.Entry, _ quarantine: Quarantine, _ configuration: Configuration
    ) throws -> Report.Retried {
        let inbox = try inbox(of: entry, configuration)
        guard let origin = Quarantine.origin(of: entry, folder: folder(inbox)) else {
            throw RetryProblem("its path in the inbox '\(inbox.name)' is unknown")
        }
        let root: Directory
        do {
            root = try Directory.open(path: inbox.path)
        } catch {
            throw RetryProblem("the inbox '\(inbox.name)' cannot be opened: \(error)")
        }
        let parent = try root.openDirectory(origin.parent?.bytes ?? [], create: true)
        let home = try quarantine.root.openDirectory(entry.path.parent?.bytes ?? [])
        let taken = RetryProblem("'\(origin)' in the inbox '\(inbox.name)' is another file, so it was left alone")
        do {
            try home.rename(entry.path.name, to: parent, origin.name, replacing: false)
        } catch let error as SystemCallError where error.errno == EEXIST {
            throw taken
        } catch let error as SystemCallError where error.errno == ENOENT {
            throw RetryProblem("it is no longer there")
        } catch let error as SystemCallError where error.errno == EXDEV {
            guard try copy(entry.path.name, in: home, to: parent, origin.name) else { throw taken }
        }
        try parent.sync()
        try home.sync()
        try quarantine.removeReason(of: entry)
        try home.sync()
        return .init(source: origin.text, inbox: inbox.name, from: entry.path.text)
    }

    /// - Returns: false if another file has the name.
    private func copy(_ name: [UInt8], in home: Directory, to target: Directory, _ newName: [UInt8]) throws -> Bool {
        let file = try home.openFile(name)
        do {
            try copyDurably(file, to: target, name: newName, replacing: false)
        } catch let error as SystemCallError where error.errno == EEXIST {
            // An earlier attempt may have come this far. A copy is recognised by its content.
            guard let there = try target.stat(newName), there.isRegular else { return false }
            let copy = try target.openFile(newName)
            guard try sha256(of: copy).digest == sha256(of: file).digest else { return false }
            // Whether that attempt synced it is unknown.
            try copy.sync(subject: "\(target.path)/\(escaped(newName))")
            try target.sync()
        }
        // Anything that has replaced it in quarantine meanwhile stays.
        if try home.stat(name)?.inode == FileStatus.of(file).inode { try home.unlink(name) }
        return true
    }
}

/// Why one source stays in the quarantine.
struct RetryProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
