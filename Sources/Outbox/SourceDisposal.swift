import Glibc
package import LinuxIO
package import PipelineModel

/// Takes a source out of the inbox once its job has ended. Every step can be done again. Calls block.
///
/// What cannot be taken away through no fault of the outbox, archive or quarantine (somebody else's directory that we may
/// not write to, an immutable file, an inbox that is mounted read-only) stays where it is: a fault of one source must not
/// hold up all others.
package struct SourceDisposal: Sendable {
    package let inbox: Directory
    /// Told of sources that had to stay, and why.
    package var onStay: @Sendable (SourceIdentity, SystemCallError) -> Void = { _, _ in }

    package init(inbox: Directory) { self.inbox = inbox }

    /// Removes the source, if it is still the one that was processed.
    package func delete(_ source: SourceIdentity) throws {
        do {
            if try finishEarlier(source) { return }
            if try isStill(source) { try deleteUnlessReplaced(source) }
        } catch let error as SystemCallError where error.isOfSource {
            onStay(source, error)
        }
    }

    /// A crash may have come while the source was aside: it goes for good now.
    /// - Returns: whether it was aside.
    private func finishEarlier(_ source: SourceIdentity) throws -> Bool {
        let aside = asideName(source)
        guard let path = source.path.sibling(aside), let moved = try inbox.stat(path.bytes) else { return false }
        let directory = try parentDirectory(of: source.path)
        guard same(moved, source) else {
            try putBack(aside, from: directory, as: source.path.name, in: directory)
            return false
        }
        try directory.unlink(aside)
        try directory.sync()
        return true
    }

    /// Without the first look: a new file may stand there by now.
    func deleteUnlessReplaced(_ source: SourceIdentity) throws {
        let directory = try parentDirectory(of: source.path)
        // Aside first, then the look that counts: what is aside is in nobody's reach.
        let aside = asideName(source)
        do {
            try directory.rename(source.path.name, to: directory, aside, replacing: false)
        } catch let error as SystemCallError where error.errno == ENOENT {
            return
        }
        if let moved = try directory.stat(aside), !same(moved, source) {
            _ = try putBack(aside, from: directory, as: source.path.name, in: directory)
            return
        }
        try directory.unlink(aside)
        try directory.sync()
    }

    /// The same after a crash, so that what one has left is found.
    func asideName(_ source: SourceIdentity) -> [UInt8] {
        let state = Array("\(source.inode) \(source.size) \(source.mtime) ".utf8) + source.path.bytes
        return temporaryName(for: source.path.name, mark: String(sha256(state).prefix(16)))
    }

    /// Moves the source below `root`, at the same relative path; where that name is taken, `NAME~2`, `NAME~3`, … .
    /// A source that has changed meanwhile stays: it is another job's.
    /// - Returns: where it is now; nil when it was not moved.
    package func move(_ source: SourceIdentity, below root: Directory) throws -> RelativePath? {
        try isStill(source) ? moveUnlessReplaced(source, below: root) : nil
    }

    /// Without the first look: a new file may stand there by now.
    func moveUnlessReplaced(_ source: SourceIdentity, below root: Directory) throws -> RelativePath? {
        let (target, folder) = try openFolder(source.path.parent, below: root)
        for attempt in 1...9999 {
            let name = numbered(source.path, attempt)
            guard let path = folder.map({ $0.appending(name) }) ?? RelativePath(bytes: name) else { break }
            do {
                try inbox.rename(source.path.bytes, to: target, name, replacing: false)
            } catch let error as SystemCallError where error.errno == EEXIST {
                continue
            } catch let error as SystemCallError where error.errno == ENOENT {
                if try isStill(source) { throw error }
                return nil
            } catch let error as SystemCallError where error.errno == EXDEV {
                switch try copy(source, to: target, name: name) {
                case .taken: continue
                case .done: return path
                case .notMoved: return nil
                }
            } catch let error as SystemCallError where error.isOfSource {
                // Or of the target, which is known by trying: then everything else waits too.
                try probe(target)
                onStay(source, error)
                return nil
            }
            // Somebody may have put another file in its place between the look and the rename.
            if let moved = try target.stat(name), !same(moved, source) {
                try putBack(name, from: target, as: source.path.name, in: parentDirectory(of: source.path))
                return nil
            }
            try target.sync()
            try parentDirectory(of: source.path).sync()
            return path
        }
        throw SystemCallError("rename", source.path.text, errno: EEXIST)
    }

    /// The path below `root` that `move` would give the source now.
    package func destination(of source: SourceIdentity, below root: Directory) throws -> RelativePath {
        for attempt in 1...9999 {
            guard let path = source.path.sibling(numbered(source.path, attempt)) else { break }
            if try root.stat(path.bytes) == nil { return path }
        }
        return source.path
    }

    /// Whether the file at the path is the one that was seen.
    package func isStill(_ source: SourceIdentity) throws -> Bool {
        do {
            guard let status = try inbox.stat(source.path.bytes) else { return false }
            return same(status, source)
        } catch let error as SystemCallError where error.errno == EACCES {
            // Its directory was closed to us: as good as gone, until it is opened again.
            return false
        }
    }

    private func same(_ status: FileStatus, _ source: SourceIdentity) -> Bool {
        status.isRegular && status.inode == source.inode && status.size == source.size && status.mtime == source.mtime
    }

    private enum Copied {
        /// The name is.
        case taken
        /// It lies there, and the source is gone (or had to stay).
        case done
        /// The source has changed meanwhile, or cannot be read.
        case notMoved
    }

    /// For another file system: copy, sync, verify, then unlink.
    private func copy(_ source: SourceIdentity, to target: Directory, name: [UInt8]) throws -> Copied {
        do {
            let file = try openSource(source)
            guard try same(FileStatus.of(file), source) else { return .notMoved }
            do {
                try copyDurably(file, to: target, name: name, temporary: asideName(source), replacing: false)
            } catch let error as SystemCallError where error.errno == EEXIST {
                // A copy that was made before a crash is believed by its content.
                guard let there = try target.stat(name), there.isRegular, there.size == source.size else {
                    return .taken
                }
                let copy = try target.openFile(name)
                guard try sha256(of: copy).digest == sha256(of: file).digest else { return .taken }
                try makeDurable(copy, name, in: target)
            }
            // Written to meanwhile: what was copied is neither the old content nor the new one.
            guard try same(FileStatus.of(file), source) else {
                try target.unlink(name)
                return .notMoved
            }
        } catch let error as SystemCallError where error.call == readSource {
            if ![ENOENT, ENOTDIR, ELOOP].contains(error.errno) { onStay(source, error) }
            return .notMoved
        }
        try delete(source)
        return .done
    }

    /// A copy of which nobody knows whether it was synced. Where that fails it goes: the next try makes it again.
    private func makeDurable(_ copy: Descriptor, _ name: [UInt8], in target: Directory) throws {
        do {
            try copy.sync(subject: "\(target.path)/\(escaped(name))")
            try target.sync()
        } catch {
            try? target.unlink(name)
            throw error
        }
    }

    private func openSource(_ source: SourceIdentity) throws -> Descriptor {
        do {
            return try inbox.openFile(source.path.bytes)
        } catch let error as SystemCallError {
            throw SystemCallError(readSource, error.subject, errno: error.errno)
        }
    }

    /// Throws where nothing can be made in the directory.
    private func probe(_ directory: Directory) throws {
        let name = temporaryName(for: Array("probe".utf8))
        _ = try directory.createFile(name, mode: 0o600)
        try directory.unlink(name)
    }

    private func parentDirectory(of path: RelativePath) throws -> Directory {
        try path.parent.map { try inbox.openDirectory($0.bytes) } ?? inbox
    }
}

extension SystemCallError {
    /// Whether a rename or removal may have failed because of where the source lies: in a directory that is not ours to
    /// write to or sticky, immutable, mounted over, or on a file system that is read-only.
    fileprivate var isOfSource: Bool { [EACCES, EPERM, EBUSY, EROFS].contains(errno) }
}

/// Makes and opens a folder below `root`. Where a file has the name of one on the way (a source without an extension,
/// say), `NAME~2`, `NAME~3`, … . Returns the folder with its path; nil is the root itself.
func openFolder(_ path: RelativePath?, below root: Directory) throws -> (Directory, RelativePath?) {
    var here: (directory: Directory, path: RelativePath?) = (root, nil)
    for component in path?.components ?? [] {
        var attempt = 1
        while true {
            let name = folderName(component, attempt)
            do {
                let next = try here.directory.openDirectory(name, create: true)
                here = (next, here.path.map { $0.appending(name) } ?? RelativePath(bytes: name))
                break
            } catch let error as SystemCallError where [ENOTDIR, ELOOP].contains(error.errno) && attempt < 9999 {
                attempt += 1
            }
        }
    }
    return here
}

/// `holiday`, 3 → `holiday~3`.
func folderName(_ component: [UInt8], _ attempt: Int) -> [UInt8] {
    if attempt == 1 { return component }
    let ending = Array("~\(attempt)".utf8)
    return component.prefix(OutputNames.longestName - ending.count) + ending
}

/// `a/IMG.JPG`, 3 → `IMG~3.JPG`.
func numbered(_ path: RelativePath, _ attempt: Int) -> [UInt8] { numberedName(path.name, attempt) }
