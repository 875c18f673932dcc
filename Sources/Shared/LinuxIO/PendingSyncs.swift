import Synchronization

/// Directories that one job has changed, to be made durable when its blocking work is done: without a thread that
/// waits, and together with others that changed the same directory.
package final class PendingSyncs: Sendable {
    private struct State {
        var directories: [(key: DirectorySyncs.Key, directory: Directory)] = []
        var undo: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    package init() {}

    /// Blocks for no longer than a `stat`. Throws SystemCallError.
    package func add(_ directory: Directory) throws {
        let status = try FileStatus.of(directory.descriptor)
        let key = DirectorySyncs.Key(device: status.device, inode: status.inode)
        state.withLock { state in
            if !state.directories.contains(where: { $0.key == key }) { state.directories.append((key, directory)) }
        }
    }

    /// What is to be done where one of them cannot be synced; blocks.
    package func onFailure(_ undo: @escaping @Sendable () -> Void) { state.withLock { $0.undo = undo } }

    /// Syncs them, in the order in which they were added. Throws SystemCallError.
    package func finish(on pool: BlockingPool) async throws {
        let (directories, undo) = state.withLock { ($0.directories, $0.undo) }
        do {
            for (key, directory) in directories { try await DirectorySyncs.shared.sync(directory, key, on: pool) }
        } catch {
            if let undo { try? await pool.run { undo() } }
            throw error
        }
    }
}

/// Syncs of the same directory that are asked for at the same time: each begins after it was asked for, and those that
/// come while others are on their way share the next. A slow disk is waited for once instead of by everyone.
final class DirectorySyncs: Sendable {
    /// For all of the process: jobs that share a directory know nothing of each other.
    static let shared = DirectorySyncs()

    struct Key: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private struct Waiter {
        let directory: Directory
        let pool: BlockingPool
        let continuation: CheckedContinuation<Void, any Error>
    }

    /// Of one directory.
    private struct Line {
        /// Those whom no sync has been begun for yet; one for each job at most.
        var waiting: [Waiter] = []
        var underWay = 0
    }

    private let lines = Mutex<[Key: Line]>([:])
    private let done = Atomic(0)
    /// Nanoseconds that the latest one took.
    private let latest = Atomic<Int64>(0)

    private let most: Int

    /// - Parameter most: of one directory at the same time. With more than one, a caller that has just missed one does not wait for
    ///   two.
    init(most: Int = 3) { self.most = most }

    /// Syncs so far.
    var count: Int { done.load(ordering: .relaxed) }

    func waiting(for key: Key) -> Int { lines.withLock { $0[key]?.waiting.count ?? 0 } }

    func sync(_ directory: Directory, _ key: Key, on pool: BlockingPool) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let waiter = Waiter(directory: directory, pool: pool, continuation: continuation)
            let hasPlace = lines.withLock { lines in
                lines[key, default: Line()].waiting.append(waiter)
                guard let line = lines[key], line.underWay < most else { return false }
                lines[key]?.underWay += 1
                return true
            }
            if hasPlace { Task { await serve(key) } }
        }
    }

    private func serve(_ key: Key) async {
        while true {
            // Those who were let go by one commit come one after the other. A small part of a slow sync takes them all.
            let pause = latest.load(ordering: .relaxed) / 16
            if pause > 1_000_000 { try? await Task.sleep(for: .nanoseconds(min(pause, 50_000_000))) }
            let waiters = take(key)
            guard let leader = waiters.first else { return }
            let result: Result<Void, any Error>
            let begin = monotonicNanoseconds()
            do {
                try await leader.pool.run { try leader.directory.sync() }
                result = .success(())
            } catch {
                // No changes are known to be on disk.
                result = .failure(error)
            }
            latest.store(monotonicNanoseconds() - begin, ordering: .relaxed)
            done.add(1, ordering: .relaxed)
            for waiter in waiters { waiter.continuation.resume(with: result) }
        }
    }

    /// All who wait; where there are none, one sync less is under way.
    private func take(_ key: Key) -> [Waiter] {
        lines.withLock { lines in
            guard var line = lines[key] else { return [] }
            let waiters = line.waiting
            line.waiting = []
            if waiters.isEmpty { line.underWay -= 1 }
            lines[key] = line.underWay > 0 ? line : nil
            return waiters
        }
    }
}
