import Engine
import LinuxIO
import Outbox
import Places
import Status

extension Workspace {
    /// Adopts a directory that was recreated in a root's place. Blocks.
    /// - Parameter places: the current ones; their handle on the old one is dropped.
    /// - Throws: `WorkspaceError`, SystemCallError where it cannot be used.
    func adopt(
        role: String, path: String, _ places: Engine.Places, _ status: StatusServer
    ) throws -> Engine.Places {
        guard let index = places.roots.firstIndex(where: { $0.role == role }) else { return places }
        let directory = try Directory.open(path: path)
        let (old, new) = try (
            FileStatus.of(places.roots[index].directory.descriptor), FileStatus.of(directory.descriptor)
        )
        guard old.device == new.device else { throw WorkspaceError.otherFileSystem(path) }
        var places = places
        switch role {
        case Self.stagingRole:
            try relock(role: role, directory)
            places.staging = Staging(root: try directory.openDirectory(Array("jobs".utf8), create: true, mode: 0o700))
            try Self.probeRename(from: directory, to: places.publisher.outbox, shard: nil)
            status.move(to: directory)
        case Self.outboxRole:
            try Self.probeRename(from: places.stagingRoot?.directory ?? control, to: directory, shard: nil)
            try relock(role: role, directory)
            places.publisher = Publisher(outbox: directory)
        case Self.quarantineRole:
            try relock(role: role, directory)
            places.quarantine = Quarantine(root: directory)
        case Self.archiveRole: places.archive = directory
        default: break
        }
        places.roots[index] = try HeldRoot(role: role, path: path, directory: directory)
        return places
    }
}
