import Glibc
package import LinuxIO
package import PipelineModel

/// Takes a source out of the inbox once its job has ended. Every step can be done again. Calls block.
package struct SourceDisposal: Sendable {
    package let inbox: Directory

    package init(inbox: Directory) { self.inbox = inbox }

    /// Removes the source, if it is still the one that was processed.
    package func delete(_ source: SourceIdentity) throws {
        if try isStill(source) { try deleteUnlessReplaced(source) }
    }

    /// Without the first look: a new file may stand there by now.
    func deleteUnlessReplaced(_ source: SourceIdentity) throws {
        let directory = try parentDirectory(of: source.path)
        // Aside first, then the look that counts: what is aside is in nobody's reach.
        let aside = temporaryName(for: source.path.name)
        do {
            try directory.rename(source.path.name, to: directory, aside, replacing: false)
        } catch let error as SystemCallError where error.errno == ENOENT {
            return
        }
        if let moved = try directory.stat(aside), !same(moved, source) {
            try directory.rename(aside, to: directory, source.path.name, replacing: false)
            return
        }
        try directory.unlink(aside)
        try directory.sync()
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
            guard name.count <= OutputNames.longestName,
                let path = folder.map({ $0.appending(name) }) ?? RelativePath(bytes: name)
            else { break }
            do {
                try inbox.rename(source.path.bytes, to: target, name, replacing: false)
            } catch let error as SystemCallError where error.errno == EEXIST {
                continue
            } catch let error as SystemCallError where error.errno == ENOENT {
                if try isStill(source) { throw error }
                return nil
            } catch let error as SystemCallError where error.errno == EXDEV {
                guard try copy(source, to: target, name: name) else { continue }
                return path
            }
            // Somebody may have put another file in its place between the look and the rename.
            if let moved = try target.stat(name), !same(moved, source) {
                try target.rename(name, to: inbox, source.path.bytes, replacing: false)
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
        guard let status = try inbox.stat(source.path.bytes) else { return false }
        return same(status, source)
    }

    private func same(_ status: FileStatus, _ source: SourceIdentity) -> Bool {
        status.isRegular && status.inode == source.inode && status.size == source.size && status.mtime == source.mtime
    }

    /// For another file system: copy, sync, verify, then unlink. False when the name is taken.
    private func copy(_ source: SourceIdentity, to target: Directory, name: [UInt8]) throws -> Bool {
        let file = try inbox.openFile(source.path.bytes)
        do {
            try copyDurably(file, to: target, name: name, replacing: false)
        } catch let error as SystemCallError where error.errno == EEXIST {
            // A copy that was made before a crash is believed by its content.
            guard let there = try target.stat(name), there.isRegular, there.size == source.size,
                try sha256(of: target.openFile(name)).digest == sha256(of: file).digest
            else { return false }
        }
        try delete(source)
        return true
    }

    private func parentDirectory(of path: RelativePath) throws -> Directory {
        try path.parent.map { try inbox.openDirectory($0.bytes) } ?? inbox
    }
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
func numbered(_ path: RelativePath, _ attempt: Int) -> [UInt8] {
    if attempt == 1 { return path.name }
    let stem = path.stem
    return stem + Array("~\(attempt)".utf8) + path.name.dropFirst(stem.count)
}
