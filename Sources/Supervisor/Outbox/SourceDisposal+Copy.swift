import Glibc
import Jobs
import LinuxIO
import Text

// For another file system: copy, sync, verify, then unlink.
extension SourceDisposal {
    enum Copied {
        /// The name is another file's.
        case taken
        case ended(Disposed)
    }

    /// - Parameter path: of the copy, below the root.
    func copy(
        _ source: SourceIdentity, to target: Directory, name: [UInt8], at path: RelativePath
    ) throws -> Copied {
        var isOurs = true
        do {
            let file = try openSource(source)
            guard try isStill(source, file) else { return .ended(.changed) }
            do {
                try copyDurably(file, to: target, name: name, temporary: asideName(source), replacing: false)
            } catch let error as SystemCallError where error.errno == EEXIST {
                // A copy that was made before a crash is believed by its content.
                guard let there = try target.stat(name), there.isRegular, there.size == source.size else {
                    return .taken
                }
                guard try isDurable(name, in: target, as: sha256(of: file).digest) else { return .taken }
                isOurs = false
            }
            // Written to meanwhile: what was copied is neither the old content nor the new one.
            guard try isStill(source, file) else { return try .ended(withdraw(name, from: target, isOurs, .changed)) }
        } catch let error as SystemCallError where error.call == readSource {
            return .ended([ENOENT, ENOTDIR, ELOOP].contains(error.errno) ? .changed : .notRemoved("\(error)"))
        }
        var disposal = self
        // The copy is.
        disposal.isSynced = true
        switch try disposal.delete(source) {
        case .gone: return .ended(.gone(path))
        case .notRemoved(let reason): return .ended(.notRemoved(reason))
        case .changed: return try .ended(withdraw(name, from: target, isOurs, .changed))
        case .beingWritten: return try .ended(withdraw(name, from: target, isOurs, .beingWritten))
        }
    }

    /// A copy of what is another job's by now goes. What lay there before stays: it may be of an earlier source that had
    /// the same content.
    private func withdraw(
        _ name: [UInt8], from target: Directory, _ isOurs: Bool, _ disposed: Disposed
    ) throws -> Disposed {
        if isOurs {
            try target.unlink(name)
            try target.sync()
        }
        return disposed
    }

    private func isStill(_ source: SourceIdentity, _ file: Descriptor) throws -> Bool {
        try source.isSameState(as: FileStatus.of(file).trusted(inbox.traits))
    }

    /// Whether a file has that content on disk; whether it was ever synced is unknown. One that cannot be synced
    /// stays as it is, and is not relied upon.
    private func isDurable(_ name: [UInt8], in target: Directory, as digest: String) throws -> Bool {
        let copy = try target.openFile(name)
        let subject = "\(target.path)/\(escaped(name))"
        guard (try? copy.sync(subject: subject)) != nil else { return false }
        copy.dropCache()
        guard try sha256(of: copy).digest == digest else { return false }
        try target.sync()
        return true
    }

    private func openSource(_ source: SourceIdentity) throws -> Descriptor {
        do {
            return try inbox.openFile(source.path.bytes)
        } catch let error as SystemCallError {
            throw SystemCallError(readSource, error.subject, errno: error.errno)
        }
    }
}
