import Glibc
import Text

/// A file named in a YAML file.
package struct NamedFile: Codable, Sendable, Equatable {
    /// Absolute.
    package var path: String
    /// SHA-256, hex; empty where files are not looked at.
    package var digest: String
    package var bytes: UInt64 = 0

    package init(path: String, digest: String, bytes: UInt64 = 0) {
        self.path = path
        self.digest = digest
        self.bytes = bytes
    }
}

extension Shape<NamedFile> {
    /// - Parameters:
    ///   - what: stands after "too large for": "a watermark".
    ///   - largest: bytes.
    package static func file(_ what: String, largest: UInt64) -> Shape {
        Shape<String>.path.map { text, node, reading -> NamedFile? in
            let path = absolutePath(text, in: reading.directory)
            guard let digest = reading.digest else { return NamedFile(path: path, digest: "") }
            var status = stat()
            guard stat(path, &status) == 0 else {
                let reason = errno == ENOENT ? "no such file" : "cannot be read: \(String(cString: strerror(errno)))"
                reading.fault(node.place, "\(quoted(text)): \(reason); looked for \(escaped(path.utf8))")
                return nil
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                reading.fault(node.place, "\(quoted(text)) is not a regular file")
                return nil
            }
            let bytes = UInt64(max(0, status.st_size))
            guard bytes <= largest else {
                reading.fault(
                    node.place,
                    "\(quoted(text)) is larger than \(Measure.describe(bytes: largest)), too large for \(what)")
                return nil
            }
            do {
                return NamedFile(path: path, digest: try digest(path), bytes: bytes)
            } catch {
                reading.fault(node.place, "\(quoted(text)) cannot be read: \(error)")
                return nil
            }
        }
    }
}
