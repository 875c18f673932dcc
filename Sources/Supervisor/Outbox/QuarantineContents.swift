package import Jobs
import LinuxIO
import Text

// The contents of the quarantine, for `retry`.
extension Quarantine {
    /// A source that lies in the quarantine.
    package struct Entry: Sendable {
        /// Below the quarantine.
        package var path: RelativePath
        /// Its error file, and what that says; nil where there is none.
        package var reason: RelativePath?
        package var error: ErrorFile?
        /// Whether another source of its name was done since it failed.
        package var isSuperseded: Bool { path.components.first.map { $0.elementsEqual(superseded) } ?? false }
        /// Identifies the error file, so that it is never confused with a newer one.
        fileprivate var reasonInode: UInt64?
    }

    /// Every source, sorted by path.
    /// - Parameter superseded: also those of whose name another was done since.
    package func entries(superseded: Bool = false) throws -> [Entry] {
        var found: [Entry] = []
        var pending: [RelativePath?] = [nil]
        while let folder = pending.popLast() {
            let directory = try root.openDirectory(folder?.bytes ?? [])
            let entries = try directory.list()
            let names = Set(entries.filter { $0.type == .regular }.map(\.name))
            for (name, type) in entries {
                guard let path = folder.map({ $0.appending(name) }) ?? RelativePath(bytes: name) else { continue }
                switch type {
                case .directory:
                    if superseded || path.bytes != Self.superseded { pending.append(path) }
                case .regular where !isTemporary(name) && !isReason(name, beside: names, in: directory):
                    found.append(entry(path, beside: names, in: directory))
                default: break
                }
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// An error file that has none itself.
    private func isReason(_ name: [UInt8], beside names: Set<[UInt8]>, in directory: Directory) -> Bool {
        guard name.suffix(11).elementsEqual(".error.json".utf8),
            !Self.errorNames(name).contains(where: names.contains)
        else { return false }
        return readErrorFile(name, in: directory) != nil
    }

    private func entry(_ path: RelativePath, beside names: Set<[UInt8]>, in directory: Directory) -> Entry {
        var entry = Entry(path: path)
        for name in Self.errorNames(path.name) where names.contains(name) {
            guard let error = readErrorFile(name, in: directory) else { continue }
            entry.reason = path.sibling(name)
            entry.error = error
            entry.reasonInode = (try? directory.stat(name))?.inode
            break
        }
        return entry
    }

    /// Removes a source's error file, unless a new failure has written another meanwhile.
    package func removeReason(of entry: Entry) throws {
        guard let reason = entry.reason, let status = try root.stat(reason.bytes), status.inode == entry.reasonInode,
            try root.stat(entry.path.bytes) == nil
        else { return }
        try root.unlink(reason.bytes)
    }

    /// Where the source lay in its inbox, below it, as far as that is known.
    /// - Parameter folder: the inbox's own below the quarantine.
    package static func origin(of entry: Entry, folder: RelativePath?) -> RelativePath? {
        if let source = entry.error?.source, let path = RelativePath(bytes: unescaped(source)) { return path }
        guard let folder else { return entry.path }
        let prefix = folder.bytes + [UInt8(ascii: "/")]
        return entry.path.bytes.starts(with: prefix)
            ? RelativePath(bytes: entry.path.bytes.dropFirst(prefix.count)) : entry.path
    }
}

/// What `writeDurably` and its like leave when the power goes: `.NAME.sluice-0123…`.
private func isTemporary(_ name: [UInt8]) -> Bool {
    let mark = Array(".sluice-".utf8)
    return name.first == UInt8(ascii: ".") && name.count > mark.count + 16
        && name.dropLast(16).suffix(mark.count).elementsEqual(mark)
}
