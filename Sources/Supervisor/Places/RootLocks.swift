package import LinuxIO
import Synchronization

/// The locks on the directories that one supervisor works on, so that a second one is refused whichever of them it
/// shares. Directories that merely lie in each other need none. The kernel lets them go when the process ends, however
/// it ends.
package final class RootLocks: Sendable {
    package static let lockFile = Array("lock".utf8)

    /// By the directory's display name: role and path.
    private let held: Mutex<[String: DirectoryLock]>

    /// - Parameters:
    ///   - others: display name ("the outbox") and directory of each.
    ///   - shared: directories that runs of other shards may share.
    /// - Throws: `WorkspaceError` when another process has one of them, or two are the same; SystemCallError.
    package init(
        staging: Directory, others: [(role: String, directory: Directory)],
        shared: [(role: String, directory: Directory)] = []
    ) throws {
        let shown = "the staging directory \(staging.path)"
        guard let lock = try DirectoryLock.acquire(in: staging, name: Self.lockFile) else {
            throw WorkspaceError.inUse(shown, process: Self.holder(staging: staging))
        }
        var held = ["lock": lock]
        var seen: [FileKey: String] = [:]
        let own = others + [("the staging directory", staging)]
        for (role, directory, isShared) in own.map({ ($0, $1, false) }) + shared.map({ ($0, $1, true) }) {
            let called = "\(role) \(directory.path)"
            let status = try FileStatus.of(directory.descriptor)
            // Its own lock would block it, and look like another process's.
            if let other = seen.updateValue(called, forKey: FileKey(status)) {
                throw WorkspaceError.sameDirectory(other, called)
            }
            held[called] = try Self.lock(directory, called: called, isShared: isShared)
        }
        self.held = Mutex(held)
    }

    /// An inbox was recreated: the lock on the old one means nothing any more.
    package func renew(role: String, _ directory: Directory) throws {
        let called = "\(role) \(directory.path)"
        held.withLock { _ = $0.removeValue(forKey: called) }
        let lock = try Self.lock(directory, called: called)
        held.withLock { $0[called] = lock }
    }

    /// The staging directory was recreated.
    package func renewStaging(_ staging: Directory) throws {
        let called = "\(Workspace.stagingRole) \(staging.path)"
        held.withLock { held in
            held["lock"] = nil
            held[called] = nil
        }
        guard let lock = try DirectoryLock.acquire(in: staging, name: Self.lockFile) else {
            throw WorkspaceError.inUse(called, process: Self.holder(staging: staging))
        }
        let own = try Self.lock(staging, called: called)
        held.withLock { held in
            held["lock"] = lock
            held[called] = own
        }
    }

    /// Nil if the file system has no such locks: the one in staging must suffice.
    private static func lock(
        _ directory: Directory, called: String, isShared: Bool = false
    ) throws -> DirectoryLock? {
        switch try DirectoryLock.acquire(directory, isShared: isShared) {
        case .taken(let lock): return lock
        case .unsupported: return nil
        case .heldByAnother:
            let status = try FileStatus.of(directory.descriptor)
            throw WorkspaceError.inUse(called, process: DirectoryLock.holder(of: status))
        }
    }

    /// The process that holds the lock of a staging directory. Takes no lock itself: a supervisor that starts just then
    /// would find it taken.
    package static func holder(staging: Directory) -> Int32? {
        guard let status = try? staging.stat(lockFile) else { return nil }
        return DirectoryLock.holder(of: status) ?? DirectoryLock.number(in: staging, name: lockFile)
    }

    /// The same, if the kernel reports it as held now.
    package static func currentHolder(staging: Directory) -> Int32? {
        (try? staging.stat(lockFile)).flatMap { $0 }.flatMap(DirectoryLock.holder)
    }
}

private struct FileKey: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
    }
}
