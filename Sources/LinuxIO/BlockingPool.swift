import Glibc
import Synchronization

/// A few threads for calls that block (fsync, open on a slow disk), so that they do not starve Swift's cooperative
/// pool, which has one thread a core. Several at once let the file system join their commits.
package final class BlockingPool: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var threads = 0
        var idle = 0
    }
    private let state = Mutex(State())
    private let most: Int
    // Counts pieces of work; a thread sleeps on it. Shared with C, which is why it is a pointer that stays.
    private let signal: UnsafeSemaphore

    package init(threads: Int) {
        most = threads
        signal = UnsafeSemaphore()
    }

    /// Runs `body` on one of the threads. Cancelling the task does not stop it: a system call has no way back.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let needsThread = state.withLock { state in
                state.work.append { continuation.resume(with: Swift.Result { try body() }) }
                guard state.idle == 0, state.threads < most else { return false }
                state.threads += 1
                return true
            }
            signal.post()
            if needsThread { addThread() }
        }
    }

    private func addThread() {
        do {
            try startThread(named: "sluice-io", stack: 256 << 10) { [self] in serve() }
        } catch {
            // Out of threads. Those that are there take the work; without any, this one does, late rather than never.
            let isLast = state.withLock { state in
                state.threads -= 1
                return state.threads == 0
            }
            if isLast { state.withLock { $0.work.isEmpty ? nil : $0.work.removeFirst() }?() }
        }
    }

    private func serve() {
        while true {
            state.withLock { $0.idle += 1 }
            signal.wait()
            let next = state.withLock { state in
                state.idle -= 1
                return state.work.isEmpty ? nil : state.work.removeFirst()
            }
            next?()
        }
    }
}

/// A POSIX semaphore. Lives as long as the pool's threads, that is: for ever.
private final class UnsafeSemaphore: @unchecked Sendable {
    // sem_t is made for use from many threads; the pointer never changes.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    func post() { sem_post(semaphore) }

    func wait() {
        while sem_wait(semaphore) != 0 {}
    }
}
