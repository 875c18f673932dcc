import Jobs
import LinuxIO
import Synchronization

/// The digest of a source's content, computed beside the decoder where that is worth a thread: on a picture of a
/// gigabyte it takes as long as some formats take to decode.
final class SourceDigest: Sendable {
    /// SHA-256 in hex, and bytes.
    typealias Digest = (digest: String, bytes: UInt64)

    private let source: Descriptor
    private let outcome = Mutex<Result<Digest, any Error>?>(nil)
    private let isAbandoned = Atomic(false)
    /// Signalled when the thread is through; nil where there is none.
    private let end: WakeUp?

    /// Bytes from which a thread is worth it.
    private static let largeFile = 8 << 20

    /// - Parameter bytes: the source's size, as the supervisor saw it.
    init(of source: Descriptor, bytes: UInt64) {
        self.source = source
        end = bytes >= Self.largeFile ? try? WakeUp() : nil
        guard let end else { return }
        do {
            try startThread(named: "digest") { [self] in
                let result = Result { try compute() }
                outcome.withLock { $0 = result }
                end.signal()
            }
        } catch {
            // Computed by the caller.
            end.signal()
        }
    }

    /// Waits for it.
    func value() throws(JobError) -> Digest {
        // A handled signal ends the wait early; the event stays signalled, so that asking again does not wait.
        if let end { while !end.isSignalled { waitUntilReadable([end.number], nanoseconds: nil) } }
        do {
            return try outcome.withLock { outcome in
                let result = outcome ?? Result { try compute() }
                outcome = result
                return try result.get()
            }
        } catch {
            throw JobError(.unreadable, "The source cannot be read: \(error)")
        }
    }

    /// It is not needed any more: the thread ends soon.
    func abandon() { isAbandoned.store(true, ordering: .relaxed) }

    private func compute() throws -> Digest {
        var hasher = SHA256Hasher()
        var bytes: UInt64 = 0
        try source.forEachPiece(subject: "source") { piece in
            if isAbandoned.load(ordering: .relaxed) { throw Abandoned() }
            hasher.update(piece)
            bytes += UInt64(piece.count)
        }
        return (hasher.finish(), bytes)
    }

    private struct Abandoned: Error {}
}
