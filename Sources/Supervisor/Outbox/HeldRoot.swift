import Glibc
package import LinuxIO

/// A directory that is held open and must stay at its path: what is written to one that was deleted, or whose
/// path now leads elsewhere, would be lost.
package struct HeldRoot: Sendable {
    /// What it is to people: `the outbox`.
    package let role: String
    package let path: String
    package let directory: Directory
    private let device: UInt64
    private let inode: UInt64

    /// - Parameter directory: opened by this path. Throws SystemCallError.
    package init(role: String, path: String, directory: Directory) throws {
        self.role = role
        self.path = path
        self.directory = directory
        let status = try FileStatus.of(directory.descriptor)
        device = status.device
        inode = status.inode
    }

    /// Opens it. Throws SystemCallError.
    package init(role: String, path: String) throws {
        try self.init(role: role, path: path, directory: Directory.open(path: path))
    }

    /// Whether the path still leads to it. Blocks.
    /// - Throws: `RootGone`, `RootReplaced`.
    package func check() throws {
        let there: FileStatus
        do {
            there = try FileStatus.of(Directory.open(path: path).descriptor)
        } catch let error as SystemCallError {
            throw RootGone(role: role, path: path, reason: reason(error))
        }
        guard (there.device, there.inode) == (device, inode) else { throw RootReplaced(role: role, path: path) }
    }

    private func reason(_ error: SystemCallError) -> RootGone.Reason {
        guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { return .unreachable("\(error)") }
        let held = try? FileStatus.of(directory.descriptor)
        return held.map { $0.links > 0 } == true ? .moved : .deleted
    }
}

/// A held directory is no longer at its path.
package struct RootGone: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        case deleted
        /// It has another name, or lies below one.
        case moved
        case unreachable(String)
    }
    package let role: String
    package let path: String
    package let reason: Reason

    package var description: String {
        switch reason {
        case .deleted: "\(role) \(path) was deleted"
        case .moved: "\(role) \(path) was moved away"
        case .unreachable(let why): "\(role) \(path) cannot be reached: \(why)"
        }
    }
}

/// Something else is at a held directory's path.
package struct RootReplaced: Error, Sendable, Equatable, CustomStringConvertible {
    package let role: String
    package let path: String

    package var description: String { "\(role) \(path) has been replaced by another directory" }
}
