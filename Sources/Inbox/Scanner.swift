import Glibc
package import LinuxIO
package import PipelineModel

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

/// Something in an inbox that cannot become a source, and why.
package struct Refusal: Sendable, Equatable {
    package var path: RelativePath
    /// What stands there; nil where it could not be found out.
    package var status: FileStatus?
    package var error: JobError
}

/// Walks a held directory, in the order of the paths' bytes, without following links. One directory's names and one
/// descriptor are held per level that is under way resp. in all, so neither depth nor width is bounded by the stack
/// or by the table of descriptors.
package struct Scanner: Sendable {
    package let root: Directory
    package let rules: IgnoreRules
    /// Directories that are passed over, with all that is in them (staging, an outbox below the root).
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

    /// Begins at the root, or at a directory below it. `willList` is called with each directory before its names are
    /// read, so that a watch set there misses nothing; `willIgnore` with each file that is passed over for its name.
    package func walk(
        below start: RelativePath? = nil, willList: @escaping (RelativePath?, Directory) -> Void = { _, _ in },
        willIgnore: @escaping (RelativePath) -> Void = { _ in }
    ) -> Walk {
        Walk(self, start, willList, willIgnore)
    }

    /// What a single entry is: nil where it is ignored, gone, or a directory.
    package func look(at path: RelativePath) -> ScanEntry? {
        if rules.ignores(name: path.name, isDirectory: false) || excluded.contains(path) { return nil }
        if path.bytes.count > maximumPathLength { return .refused(tooLong(path, maximumPathLength)) }
        do {
            guard let status = try root.stat(path.bytes), !status.isDirectory else { return nil }
            return status.isRegular ? .file(path, status) : .refused(notRegular(path, status))
        } catch {
            return .refused(unreadable(path, nil, error))
        }
    }

    /// One walk; take `next()` until it is nil.
    package struct Walk {
        private struct Level {
            /// How much of `current` is its path, in bytes. A path a level would be the square of the depth.
            let pathLength: Int
            var names: DirectoryNames
        }

        private let scanner: Scanner
        private let willList: (RelativePath?, Directory) -> Void
        private let willIgnore: (RelativePath) -> Void
        private var levels: [Level] = []
        /// The path of the innermost level, in bytes.
        private var current: [UInt8] = []
        private var pending: [ScanEntry] = []
        /// False once a directory could not be read, so that not everything was met.
        package private(set) var isComplete = true

        fileprivate init(
            _ scanner: Scanner, _ start: RelativePath?, _ willList: @escaping (RelativePath?, Directory) -> Void,
            _ willIgnore: @escaping (RelativePath) -> Void
        ) {
            self.scanner = scanner
            self.willList = willList
            self.willIgnore = willIgnore
            enter(start)
        }

        package mutating func next() -> ScanEntry? {
            while true {
                if let entry = pending.popLast() { return entry }
                guard let level = levels.last else { return nil }
                guard let (name, type) = levels[levels.count - 1].names.next() else {
                    levels.removeLast()
                    continue
                }
                current.removeLast(current.count - level.pathLength)
                let bytes = current.isEmpty ? name : current + [UInt8(ascii: "/")] + name
                guard let path = RelativePath(bytes: bytes) else { continue }
                if scanner.rules.ignores(name: name, isDirectory: type == .directory) {
                    if type == .regular { willIgnore(path) }
                    continue
                }
                if scanner.excluded.contains(path) { continue }
                if type == .directory {
                    if scanner.recursive { enter(path) }
                } else if let entry = scanner.look(at: path) {
                    return entry
                }
            }
        }

        private func refusal(ofDirectory path: RelativePath) -> Refusal? {
            if path.bytes.count > scanner.maximumPathLength { return tooLong(path, scanner.maximumPathLength) }
            if path.bytes.count(where: { $0 == UInt8(ascii: "/") }) < scanner.maximumDepth { return nil }
            let message = "\(path) lies more than \(scanner.maximumDepth) directories deep."
            return Refusal(path: path, status: nil, error: JobError(.unreadable, message))
        }

        private mutating func enter(_ path: RelativePath?) {
            if let path, let refusal = refusal(ofDirectory: path) {
                isComplete = false
                pending.append(.refused(refusal))
                return
            }
            do {
                let directory = try scanner.root.openDirectory(path?.bytes ?? [])
                willList(path, directory)
                let names = try DirectoryNames(of: directory)
                current = path?.bytes ?? []
                levels.append(Level(pathLength: current.count, names: names))
            } catch let error as SystemCallError where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
                // Gone, or replaced, since its name was read.
            } catch {
                isComplete = false
                guard let path else { return }
                pending.append(.refused(unreadable(path, try? scanner.root.stat(path.bytes), error)))
            }
        }
    }
}

private func tooLong(_ path: RelativePath, _ limit: Int) -> Refusal {
    let message = "The path has \(path.bytes.count) bytes; \(limit) are the most."
    return Refusal(path: path, status: nil, error: JobError(.nameTooLong, message))
}

private func unreadable(_ path: RelativePath, _ status: FileStatus?, _ error: any Error) -> Refusal {
    Refusal(path: path, status: status, error: JobError(.unreadable, "\(path) cannot be read: \(error)."))
}

private func notRegular(_ path: RelativePath, _ status: FileStatus) -> Refusal {
    let kind =
        switch status.type {
        case .symbolicLink: "a symbolic link"
        case .fifo: "a FIFO"
        case .socket: "a socket"
        case .characterDevice, .blockDevice: "a device"
        default: "no regular file"
        }
    return Refusal(
        path: path, status: status,
        error: JobError(.notARegularFile, "\(path) is \(kind); only regular files are taken."))
}
