package import Jobs
package import LinuxIO

/// What a scan meets.
package enum ScanEntry: Sendable, Equatable {
    /// A regular file.
    case file(RelativePath, FileStatus)
    /// Something that is never a source: a link, FIFO, socket or device, or a directory that cannot be read.
    case refused(Refusal)

    package var path: RelativePath {
        switch self {
        case .file(let path, _): path
        case .refused(let refusal): refusal.path
        }
    }
}

/// Walks a held directory, in the order of the paths' bytes, without following links. One descriptor and a bounded
/// amount of names are held, whatever the depth and the width of the tree.
package struct Scanner: Sendable {
    package let root: Directory
    package let rules: IgnoreRules
    /// Directories that are passed over without a word, with all that is in them (staging, an outbox below the root).
    package let excluded: Set<RelativePath>
    /// Whether directories below the root are entered; if not, they are passed over.
    package let recursive: Bool
    /// Levels below the root; deeper directories are refused.
    package let maximumDepth: Int
    /// Longer paths, in bytes, are refused: every source's path is kept in memory and in the journal.
    package let maximumPathLength: Int

    package init(
        root: Directory, rules: IgnoreRules = IgnoreRules(), excluded: Set<RelativePath> = [], recursive: Bool = true,
        maximumDepth: Int = 2000, maximumPathLength: Int = 8192
    ) {
        self.root = root
        self.rules = rules
        self.excluded = excluded
        self.recursive = recursive
        self.maximumDepth = maximumDepth
        self.maximumPathLength = maximumPathLength
    }

    /// Begins at the root, or at a directory below it.
    package func walk(below start: RelativePath? = nil) -> Walk { Walk(self, .below(start), WalkOptions()) }

    func walk(_ start: Walk.Start, _ options: WalkOptions, base: Directory? = nil) -> Walk {
        Walk(self, start, options, base: base)
    }

    /// The `.sluiceignore` files that hold in a directory, read from the root down.
    func folderRules(in folder: [UInt8]) -> FolderRules? {
        guard rules.looksIntoFolders else { return nil }
        var found: FolderRules?
        for path in FolderRules.prefixes(of: folder) {
            guard let directory = try? root.openDirectory(path) else { break }
            found = FolderRules.read(in: directory, path, outer: found) { _ in }
        }
        return found
    }

    /// What a single entry is that is not ignored: nil where it is gone, or a directory.
    /// - Parameter name: the path from `directory`.
    func look(at path: RelativePath, _ name: [UInt8], in directory: Directory) -> ScanEntry? {
        if path.bytes.count > maximumPathLength { return .refused(.tooLong(path, maximumPathLength)) }
        do {
            guard let status = try directory.stat(name), !status.isDirectory else { return nil }
            return status.isRegular ? .file(path, status) : .refused(.notRegular(path, status))
        } catch {
            return .refused(.unreadable(path, nil, error))
        }
    }
}
