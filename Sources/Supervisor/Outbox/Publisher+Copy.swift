import Glibc
package import Jobs
package import LinuxIO

extension Publisher {
    /// Publishes a copy of a source, which has no sidecar.
    /// - Parameters:
    ///   - staged: its name in the job's staging directory, where it is durable.
    ///   - bytes: its size; `digest`: its SHA-256, hex.
    ///   - owned: whether what lies there is an older copy of the same source, and is replaced.
    ///   - earlier: digests of what a crash may have left there of this source.
    /// - Throws: `PublishError.occupied`, `SystemCallError`. Blocks.
    package func publish(
        copy staged: [UInt8], bytes: UInt64, digest: String, at path: RelativePath, from staging: Directory,
        owned: Bool, earlier: [String]
    ) throws {
        let directory = try parent(of: path)
        var owned = owned
        if let there = try outbox.stat(path.bytes) {
            guard there.isRegular else { throw PublishError.occupied(path) }
            let found = owned && there.size != Int64(clamping: bytes) ? nil : try self.digest(of: path)
            if found == digest {
                // It was published before a crash, or lies there for another reason.
                try outbox.openFile(path.bytes).sync(subject: "\(outbox.path)/\(path)")
                return try directory.sync()
            }
            owned = owned || found.map(earlier.contains) == true
            guard owned else { throw PublishError.occupied(path) }
        }
        do {
            try staging.rename(staged, to: directory, path.name, replacing: owned)
        } catch let error as SystemCallError where error.errno == EEXIST {
            throw PublishError.occupied(path)
        }
        try directory.sync()
    }
}

package enum PublishError: Error, CustomStringConvertible {
    /// A file that is none of this source's results has the name.
    case occupied(RelativePath)
    /// A staged rendition is gone, and is not in the outbox either.
    case missing(RelativePath)

    package var description: String {
        switch self {
        case .occupied(let path): "'\(path)' exists in the outbox and is not a result of this source"
        case .missing(let path): "the staged file for '\(path)' is gone"
        }
    }
}
