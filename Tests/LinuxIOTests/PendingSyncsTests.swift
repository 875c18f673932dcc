import Synchronization
import Testing

@testable import LinuxIO

@Suite("Directories to be synced")
struct PendingSyncsTests {
    @Test(
        "those who ask while one is on its way share the next, which begins after they asked",
        .timeLimit(.minutes(1)))
    func shared() async throws {
        try await withTemporaryDirectory { directory in
            let (syncs, pool) = (DirectorySyncs(most: 1), BlockingPool(name: "syncs", threads: 1))
            let key = DirectorySyncs.Key(device: 1, inode: 1)
            // The pool's only thread waits, and with it the first sync.
            let gate = Semaphore()
            let blocked = Task { try await pool.run { gate.wait() } }
            while pool.waiting > 0 || pool.threads == 0 { await Task.yield() }
            async let first: Void = syncs.sync(directory, key, on: pool)
            while pool.waiting < 1 { await Task.yield() }
            async let others: Void = withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { try await syncs.sync(directory, key, on: pool) } }
                try await group.waitForAll()
            }
            // All of them, where they share one; else the pool has more to do.
            while syncs.waiting(for: key) < 20, pool.waiting < 2 { await Task.yield() }
            #expect(pool.waiting == 1)
            let before = syncs.count
            gate.post()
            try await first
            try await others
            #expect(syncs.count - before == 2)
            try await blocked.value
            #expect(syncs.waiting(for: key) == 0)
        }
    }

    @Test("one that hangs does not keep the next from beginning", .timeLimit(.minutes(1)))
    func overlapping() async throws {
        try await withTemporaryDirectory { directory in
            let (syncs, stuck, free) = (DirectorySyncs(most: 2), BlockingPool(threads: 1), BlockingPool(threads: 1))
            let key = DirectorySyncs.Key(device: 1, inode: 1)
            let gate = Semaphore()
            let blocked = Task { try await stuck.run { gate.wait() } }
            while stuck.waiting > 0 || stuck.threads == 0 { await Task.yield() }
            async let first: Void = syncs.sync(directory, key, on: stuck)
            while stuck.waiting < 1 { await Task.yield() }
            try await syncs.sync(directory, key, on: free)
            #expect(syncs.count == 1)
            gate.post()
            try await first
            try await blocked.value
            #expect(syncs.count == 2)
        }
    }

    @Test("where a directory cannot be synced, all who share it hear of it, and what was done is undone")
    func failing() async throws {
        try await withTemporaryDirectory { directory in
            let pool = BlockingPool(name: "syncs", threads: 1)
            // fsync of a descriptor that is only a path is EBADF.
            let made = try directory.openDirectory(Array("d".utf8), create: true)
            let path = try directory.parent(of: Array("d/x".utf8), call: "open").directory
            let broken = Directory(holding: path, path: made.path)
            let undone = Mutex(0)
            let pending = PendingSyncs()
            try pending.add(broken)
            try pending.add(broken)
            pending.onFailure { undone.withLock { $0 += 1 } }
            await #expect(throws: SystemCallError.self) { try await pending.finish(on: pool) }
            #expect(undone.withLock { $0 } == 1)
        }
    }

    @Test("none pending is none to wait for")
    func none() async throws {
        try await PendingSyncs().finish(on: BlockingPool(name: "syncs", threads: 1))
    }
}
