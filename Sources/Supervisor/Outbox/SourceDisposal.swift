import Glibc
package import Jobs
package import LinuxIO

/// The result of removing a source from the inbox.
package enum Disposed: Sendable, Equatable {
    /// It is out of the inbox. Where it is now, below the root that it was moved to; nil where it was deleted, or had gone
    /// before.
    case gone(RelativePath?)
    /// The file under its name is another one by now, or has other content: that one is there, and is another job's.
    case changed
    /// It is open for writing: it stays, and will be another job's.
    case beingWritten
    /// It cannot be taken away, through no fault of the outbox, archive or quarantine, and why.
    case notRemoved(String)
}

/// Removes a source from the inbox once its job has ended. Every step is repeatable. Calls block.
///
/// Most clients never sync what they drop: a source is synced before it is moved, otherwise a power loss could leave
/// an empty file where the original was said to be.
///
/// A writer may appear at any moment. A source is checked before removal, and again once nobody can reach it;
/// one that changed meanwhile, or is open for writing, gets its name back.
///
/// What cannot be taken away through no fault of the outbox, archive or quarantine (another user's directory that we
/// may not write to, an immutable file, an inbox that is mounted read-only) stays where it is: a fault of one source
/// must not hold up all others.
package struct SourceDisposal: Sendable {
    package let inbox: Directory
    /// Whether the source has been synced since it was last written to.
    package var isSynced = false
    /// What is known of writers beside the kernel's leases, which only tell the file's owner and the privileged.
    package var isBeingWritten: @Sendable (SourceIdentity) -> Bool = { _ in false }
    /// Whether the open file is also open for writing elsewhere, as far as can be detected.
    package var hasWriter: @Sendable (Descriptor) -> Bool = { $0.hasWriter() == true }

    /// Where directories are left to the caller to sync; nil: they are synced here.
    package var pending: PendingSyncs?
    /// The picture that the source belongs to, where that has left the inbox already.
    package var picture: SourceIdentity?

    /// How it is synced; for tests.
    var sync: @Sendable (Descriptor, _ subject: String) throws -> Void = { try $0.syncSource(subject: $1) }
    /// For tests: how a file system shows what was moved.
    var seenAfterRename: @Sendable (FileStatus) -> FileStatus = { $0 }

    package init(inbox: Directory) { self.inbox = inbox }

    /// Removes the source, if it is still the one that was processed.
    /// - Throws: SystemCallError; where its call is `syncSource`, the source is where it was.
    @discardableResult
    package func delete(_ source: SourceIdentity) throws -> Disposed {
        do {
            if let ended = try finishEarlier(source) { return ended }
            switch try look(at: source) {
            case .ended(let disposed): return disposed
            case .ready(let file): return try deleteUnlessReplaced(source, file)
            }
        } catch let error as SystemCallError where error.isOfSource {
            return .notRemoved("\(error)")
        }
    }

    /// A crash may have come while the source was aside: it goes for good now.
    /// - Returns: nil where it was not aside.
    private func finishEarlier(_ source: SourceIdentity) throws -> Disposed? {
        let aside = asideName(source)
        guard let path = source.path.sibling(aside), try inbox.stat(path.bytes) != nil else { return nil }
        let directory = try inbox.folder(of: source.path)
        let file = try? directory.openFile(aside)
        if let disposed = try second(look: source, at: aside, in: directory, file) {
            try putBack(aside, from: directory, as: source.path.name, in: directory)
            return disposed == .changed ? nil : disposed
        }
        try directory.unlink(aside)
        try directory.sync()
        return .gone(nil)
    }

    /// Skips the first check: a new file may be there by now.
    func deleteUnlessReplaced(_ source: SourceIdentity, _ file: Descriptor? = nil) throws -> Disposed {
        let directory = try inbox.folder(of: source.path)
        // Set it aside first, then check: nobody can reach it there.
        let aside = asideName(source)
        do {
            try directory.rename(source.path.name, to: directory, aside, replacing: false)
        } catch let error as SystemCallError where error.errno == ENOENT {
            return .gone(nil)
        }
        if let disposed = try second(look: source, at: aside, in: directory, file) {
            return try restore(source, aside, from: directory, disposed)
        }
        do {
            try directory.unlink(aside)
        } catch let error as SystemCallError where error.errno == ENOENT {
            return .gone(nil)
        }
        try makeDurable(directory)
        return .gone(nil)
    }

    private func makeDurable(_ directory: Directory) throws {
        if let pending { try pending.add(directory) } else { try directory.sync() }
    }

    /// The same after a crash, so that what one has left is found.
    func asideName(_ source: SourceIdentity) -> [UInt8] {
        let state = Array("\(source.inode) \(source.size) \(source.mtime) ".utf8) + source.path.bytes
        return temporaryName(for: source.path.name, mark: String(sha256(state).prefix(16)))
    }

    /// Moves the source below `root`, at the same relative path; where that name is taken, `NAME~2`, `NAME~3`, … . What belongs
    /// to a picture that has such a number gets the same, if it can be had.
    /// A source that has changed meanwhile stays: it is another job's.
    /// - Throws: SystemCallError; where its call is `syncSource`, the source is where it was.
    package func move(_ source: SourceIdentity, below root: Directory) throws -> Disposed {
        switch try look(at: source) {
        case .ended(let disposed): disposed
        case .ready(let file): try moveUnlessReplaced(source, file, below: root)
        }
    }

    /// Skips the first check: a new file may be there by now.
    func moveUnlessReplaced(
        _ source: SourceIdentity, _ file: Descriptor? = nil, below root: Directory
    ) throws -> Disposed {
        let (target, folder) = try openFolder(source.path.parent, below: root)
        let carried = nameBesidePicture(source, in: target)
        for attempt in (carried == nil ? 1 : 0)...9999 {
            let name = attempt == 0 ? carried ?? source.path.name : numbered(source.path, attempt)
            guard let path = folder.map({ $0.appending(name) }) ?? RelativePath(bytes: name) else { break }
            do {
                try inbox.rename(source.path.bytes, to: target, name, replacing: false)
            } catch let error as SystemCallError where error.errno == EEXIST {
                continue
            } catch let error as SystemCallError where error.errno == ENOENT {
                return try afterVanishing(source, error)
            } catch let error as SystemCallError where error.errno == EXDEV {
                switch try copy(source, to: target, name: name, at: path) {
                case .taken: continue
                case .ended(let disposed): return disposed
                }
            } catch let error as SystemCallError where error.isOfSource {
                // Or of the target, which is known by trying: then everything else waits too.
                try probe(target)
                return .notRemoved("\(error)")
            }
            // Another file may have taken its place between the check and the rename, or it may have been opened.
            if let disposed = try second(look: source, at: name, in: target, file) {
                return try restore(source, name, from: target, disposed)
            }
            // A rename is one change of the file system: with its target's directory, the other is on the disk as well.
            try makeDurable(target)
            return .gone(path)
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

    /// Whether the file at the path is the one that was seen, untouched since.
    package func isStill(_ source: SourceIdentity) throws -> Bool {
        do {
            guard let status = try inbox.stat(source.path.bytes) else { return false }
            return source.isSameState(as: status.trusted(inbox.traits))
        } catch let error as SystemCallError where error.errno == EACCES {
            // Its directory is no longer accessible: treated as gone until it is accessible again.
            return false
        }
    }

    /// The same, except that permissions, links etc. may have changed since: the caller has the content's digest.
    package func isStillThere(_ source: SourceIdentity) throws -> Bool {
        do {
            guard let status = try inbox.stat(source.path.bytes) else { return false }
            return source.isSameFile(as: status.trusted(inbox.traits))
        } catch let error as SystemCallError where error.errno == EACCES {
            return false
        }
    }

    /// Throws where nothing can be made in the directory.
    private func probe(_ directory: Directory) throws {
        let name = temporaryName(for: Array("probe".utf8))
        _ = try directory.createFile(name, mode: 0o600)
        try directory.unlink(name)
    }

    /// The name was gone when it was about to be renamed.
    private func afterVanishing(_ source: SourceIdentity, _ error: SystemCallError) throws -> Disposed {
        // It is there, so that it is the target's folder that has gone.
        if try isStill(source) { throw error }
        return try inbox.stat(source.path.bytes) == nil ? .gone(nil) : .changed
    }

    /// Back to its own name, or beside it where another file has that by now.
    private func restore(
        _ source: SourceIdentity, _ name: [UInt8], from directory: Directory, _ disposed: Disposed
    ) throws -> Disposed {
        let parent = try inbox.folder(of: source.path)
        let back = try putBack(name, from: directory, as: source.path.name, in: parent)
        // Only elsewhere it looked like another file. To try again and again would bring nothing.
        if disposed == .changed, let status = try parent.stat(back),
            source.isSameFile(as: status.trusted(inbox.traits))
        {
            return .notRemoved("moved files look like different files on this file system")
        }
        return disposed
    }

}

extension Directory {
    /// The folder of a path below it, opened. Throws SystemCallError.
    package func folder(of path: RelativePath) throws -> Directory {
        try path.parent.map { try openDirectory($0.bytes) } ?? self
    }
}

extension SystemCallError {
    /// Whether a rename or removal may have failed because of where the source lies: in a directory that is not ours to
    /// write to or sticky, immutable, mounted over, or on a file system that is read-only.
    fileprivate var isOfSource: Bool { [EACCES, EPERM, EBUSY, EROFS].contains(errno) }
}
