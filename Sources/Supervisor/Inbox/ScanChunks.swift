package import Jobs
import LinuxIO
import Synchronization

extension Scanner {
    /// One walk over everything, in pieces of at most `size` entries, for use from async code: the walk runs on threads of
    /// its own, and no further ahead than one piece. Ends early where the consumer stops.
    /// - Parameters:
    ///   - onIgnored: called on those threads with each file and directory that is passed over by a rule.
    ///   - onNotice: called on them with what people should know.
    package func chunks(
        of size: Int = 500,
        onIgnored: @escaping @Sendable (RelativePath, _ isDirectory: Bool) -> Void = { _, _ in },
        onNotice: @escaping @Sendable (ScanNotice) -> Void = { _ in }
    ) -> AsyncThrowingStream<[ScanEntry], any Error> {
        let walk = SharedWalk(walk(.below(nil), WalkOptions(willIgnore: onIgnored, notice: onNotice)))
        return AsyncThrowingStream {
            let chunk: [ScanEntry] = try await withCheckedThrowingContinuation { continuation in
                do {
                    try startThread(named: "sluice-scan") { continuation.resume(returning: walk.take(size)) }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            return chunk.isEmpty ? nil : chunk
        }
    }
}

/// A walk that successive threads go on with, one at a time.
private final class SharedWalk: Sendable {
    private let walk: Mutex<Walk>

    init(_ walk: sending Walk) { self.walk = Mutex(walk) }

    func take(_ count: Int) -> [ScanEntry] {
        walk.withLock { walk in
            var entries: [ScanEntry] = []
            while entries.count < count, let entry = walk.next() { entries.append(entry) }
            return entries
        }
    }
}
