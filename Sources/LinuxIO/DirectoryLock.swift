import Glibc

/// Keeps a second process out of a directory: a kernel lock on a file in it, let go when this object goes or its process
/// ends, however it ends. The file stays; its existence means nothing.
package final class DirectoryLock: Sendable {
    private let file: Descriptor

    private init(_ file: Descriptor) { self.file = file }

    /// Takes the lock without waiting; nil when somebody else holds it. Throws SystemCallError.
    package static func acquire(in directory: Directory, name: [UInt8]) throws -> DirectoryLock? {
        let file = try directory.openOrCreateFile(name, mode: 0o600)
        if retryingInterrupted({ flock(file.number, LOCK_EX | LOCK_NB) }) == 0 { return DirectoryLock(file) }
        if errno == EWOULDBLOCK { return nil }
        throw SystemCallError("flock", directory.subject(name))
    }
}
