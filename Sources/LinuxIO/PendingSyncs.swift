import Synchronization

/// Directories that one job has changed, to be made durable when its blocking work is done: without a thread that waits,
/// and together with whoever else has changed the same directory.
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
/// come while one is on its way share the next. A slow disk is waited for once rather than by everybody.
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

    /// Those who wait for the next sync of each directory that is being synced; one for each job at most.
    private let lines = Mutex<[Key: [Waiter]]>([:])
    private let done = Atomic(0)

    /// Syncs so far.
    var count: Int { done.load(ordering: .relaxed) }

    func waiting(for key: Key) -> Int { lines.withLock { $0[key]?.count ?? 0 } }

    func sync(_ directory: Directory, _ key: Key, on pool: BlockingPool) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let waiter = Waiter(directory: directory, pool: pool, continuation: continuation)
            let isFirst = lines.withLock { lines in
                guard lines[key] != nil else {
                    lines[key] = []
                    return true
                }
                lines[key]?.append(waiter)
                return false
            }
            if isFirst { Task { await serve([waiter], key) } }
        }
    }

    private func serve(_ first: [Waiter], _ key: Key) async {
        var waiters = first
        while let leader = waiters.first {
            let result: Result<Void, any Error>
            do {
                try await leader.pool.run { try leader.directory.sync() }
                result = .success(())
            } catch {
                // Nobody's changes are known to be on the disk.
                result = .failure(error)
            }
            done.add(1, ordering: .relaxed)
            for waiter in waiters { waiter.continuation.resume(with: result) }
            waiters = lines.withLock { lines in
                let next = lines[key] ?? []
                lines[key] = next.isEmpty ? nil : []
                return next
            }
        }
    }
}
