import Glibc
package import Jobs
package import LinuxIO

extension Publisher {
    /// Publishes a copy of a source, which has no sidecar.
    /// - Parameters:
    ///   - staged: its name in the job's staging directory, where it is durable.
    ///   - owned: whether what lies there is an older copy of the same source, and is replaced.
    /// - Throws: `PublishError.occupied`, `SystemCallError`. Blocks.
    package func publish(
        copy staged: [UInt8], sha256: String, at path: RelativePath, from staging: Directory, owned: Bool
    ) throws {
        let directory = try parent(of: path)
        if let there = try outbox.stat(path.bytes) {
            // It was published before a crash, or lies there for another reason.
            if try there.isRegular && digest(of: path) == sha256 {
                try outbox.openFile(path.bytes).sync(subject: "\(outbox.path)/\(path)")
                return try directory.sync()
            }
            guard there.isRegular, owned else { throw PublishError.occupied(path) }
        }
        do {
            try staging.rename(staged, to: directory, path.name, replacing: owned)
        } catch let error as SystemCallError where error.errno == EEXIST {
            throw PublishError.occupied(path)
        }
        try directory.sync()
    }
}
