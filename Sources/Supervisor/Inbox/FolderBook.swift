import Jobs
import LinuxIO

/// Which folders of a watched inbox have something to say about what lies in them: a `.sluiceignore`, or that they are outboxes.
/// Walks and events tell; what they say is read when something arrives in them.
struct FolderBook {
    private struct Folder {
        var isOutbox: Bool
        var rules: FolderRules?
    }

    /// Each with the number of the scan that met it last.
    private var folders: [[UInt8]: Int] = [:]
    private var folderBytes = 0
    /// The scan in which there were too many to remember: then each folder may be one.
    private var overflow: Int?
    /// Read already. Not for long: all of it goes when anything changes.
    private var read: [[UInt8]: Folder] = [:]
    private var scan = 0

    private static let mostFolders = 1000
    private static let mostBytes = 64 << 10
    private static let mostRead = 16

    /// Whether no folder has anything to say, as in most inboxes.
    var isEmpty: Bool { folders.isEmpty && overflow == nil }

    mutating func beginScan() {
        scan += 1
        read = [:]
    }

    /// What a whole scan did not meet is gone.
    mutating func endScan(complete: Bool) {
        guard complete else { return }
        folders = folders.filter { $0.value == scan }
        folderBytes = folders.keys.reduce(0) { $0 + $1.count }
        if let seen = overflow, seen < scan { overflow = nil }
    }

    /// A folder has something to say, or may have; or something in it has changed.
    mutating func note(_ folder: [UInt8]) {
        read = [:]
        if folders[folder] == nil {
            guard folders.count < Self.mostFolders, folderBytes + folder.count <= Self.mostBytes else {
                overflow = scan
                return
            }
            folderBytes += folder.count
        }
        folders[folder] = scan
    }

    /// What holds in a folder that is not passed over.
    mutating func rules(in folder: [UInt8], _ root: Directory) -> FolderRules? {
        if isEmpty { return nil }
        var rules: FolderRules?
        for path in FolderRules.prefixes(of: folder) {
            if let found = self.folder(path, root, outer: rules) { rules = found.rules }
        }
        return rules
    }

    /// Whether a path, or a folder on the way, is passed over.
    mutating func passesOver(_ path: RelativePath, isDirectory: Bool, _ scanner: Scanner) -> Bool {
        var rules: FolderRules?
        if !isEmpty {
            for folder in FolderRules.prefixes(of: path.parent?.bytes ?? []) {
                if !folder.isEmpty, scanner.rules.ignores(folder, isDirectory: true, in: rules) { return true }
                guard let found = self.folder(folder, scanner.root, outer: rules) else { continue }
                if found.isOutbox { return true }
                rules = found.rules
            }
        }
        return scanner.rules.ignores(path.bytes, isDirectory: isDirectory, in: rules)
    }

    private mutating func folder(_ path: [UInt8], _ root: Directory, outer: FolderRules?) -> Folder? {
        guard overflow != nil || folders[path] != nil else { return nil }
        if let known = read[path] { return known }
        guard let directory = try? root.openDirectory(path) else { return nil }
        let folder = Folder(
            isOutbox: !path.isEmpty && OutboxMark.isIn(directory),
            // What of it does not hold is told by the walks.
            rules: FolderRules.read(in: directory, path, outer: outer) { _ in })
        // It may become an outbox yet.
        if !folder.isOutbox, folder.rules === outer { return folder }
        if read.count >= Self.mostRead { read = [:] }
        read[path] = folder
        return folder
    }
}
