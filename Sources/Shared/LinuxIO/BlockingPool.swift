import Glibc
import Synchronization

/// A few threads for calls that block (fsync, open on a slow disk), so that they do not starve Swift's cooperative
/// pool, which has one thread a core. Several at once let the file system join their commits. Its threads end with it.
package final class BlockingPool: Sendable {
    /// For the names of its threads, and for people.
    package let name: String
    private let crew: Crew
    private let alarms = Alarms()

    /// - Parameters:
    ///   - threads: at most; they are started as they are needed.
    ///   - patience: seconds in one call after which a thread counts as stuck.
    package init(name: String = "io", threads: Int, patience: Double = 3) {
        self.name = name
        crew = Crew(name: "sluice-\(name)", most: max(1, threads), patience: patience)
    }

    deinit { crew.end() }

    /// Runs `body` on one of the threads. Cancelling the task does not stop it: a system call has no way back.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            crew.take(Ticket(continuation), body)
        }
    }

    /// Runs all of `bodies`, at the same time as far as there are threads, and waits until the last has ended. One
    /// continuation for all of them: a task each would take memory until then.
    /// - Throws: what one of them throws.
    package func runAll(_ bodies: [@Sendable () throws -> Void]) async throws {
        guard !bodies.isEmpty else { return }
        try await withCheckedThrowingContinuation { continuation in
            let gathering = Gathering(of: bodies.count, continuation)
            for body in bodies { crew.take(gathering, body) }
        }
    }

    /// The same, for a caller that goes on without the result after a time. A body that has begun keeps its thread until
    /// its system call returns, after which the thread works for the pool again; one that has not is never run.
    /// - Throws: `RootNotAnswering` when `body` has not ended in time; what `body` throws.
    package func run<Result: Sendable>(
        within seconds: Double, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        let late = RootNotAnswering(pool: name, seconds: seconds)
        return try await withCheckedThrowingContinuation { continuation in
            let ticket = Ticket(continuation)
            ticket.whenAnswered { [alarms] in alarms.cancel(ticket.number) }
            alarms.set(ticket.number, in: seconds) { [crew] in
                // Before the caller goes on: what it gave up no longer waits. Once begun, there is nothing to forget.
                crew.forget(ticket.number)
                ticket.answer(.failure(late))
            }
            crew.take(ticket, body)
        }
    }

    /// Whether every thread that it may have has been in one call for some seconds: what is waited for does not answer.
    package var isStuck: Bool { crew.isStuck }

    /// Calls whose time runs.
    var alarmsSet: Int { alarms.count }
    /// Threads that it has now.
    var threads: Int { crew.threads }
    /// Pieces of work that wait for a thread.
    var waiting: Int { crew.waiting }
}

/// A disk, or a server behind it, that has not answered in time.
package struct RootNotAnswering: Error, Sendable, Equatable, CustomStringConvertible {
    /// The pool's name.
    package let pool: String
    package let seconds: Double

    package init(pool: String, seconds: Double) {
        self.pool = pool
        self.seconds = seconds
    }

    package var description: String {
        "\(pool): no response within \(seconds < 10 ? "\(seconds)" : "\(Int(seconds))") s; its disk or server hangs"
    }
}

private let serials = Atomic<UInt64>(0)

/// A caller waiting for one piece of work: resumed once, by whichever comes first.
private final class Ticket<Result: Sendable>: Sendable {
    let number = serials.add(1, ordering: .relaxed).newValue
    private let state: Mutex<(continuation: CheckedContinuation<Result, any Error>?, then: (@Sendable () -> Void)?)>

    init(_ continuation: CheckedContinuation<Result, any Error>) { state = Mutex((continuation, nil)) }

    var isAnswered: Bool { state.withLock { $0.continuation == nil } }

    func whenAnswered(_ then: @escaping @Sendable () -> Void) { state.withLock { $0.then = then } }

    /// - Returns: whether this was the first answer.
    @discardableResult
    func answer(_ result: Swift.Result<Result, any Error>) -> Bool {
        let (continuation, then) = state.withLock { state in
            defer { state = (nil, nil) }
            return state
        }
        continuation?.resume(with: result)
        then?()
        return continuation != nil
    }
}

/// A caller waiting for several pieces of work: resumed when the last has ended.
private final class Gathering: Sendable {
    private struct State {
        var left: Int
        var failure: (any Error)?
    }
    private let state: Mutex<State>
    private let continuation: CheckedContinuation<Void, any Error>

    init(of count: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        state = Mutex(State(left: count))
        self.continuation = continuation
    }

    func ended(_ result: Result<Void, any Error>) {
        let now = state.withLock { state in
            state.left -= 1
            if case .failure(let error) = result { state.failure = state.failure ?? error }
            return state
        }
        guard now.left == 0 else { return }
        if let failure = now.failure { continuation.resume(throwing: failure) } else { continuation.resume() }
    }
}

/// The threads and their work queue; retained by the threads, not the pool.
private final class Crew: Sendable {
    private struct Work {
        /// Of its ticket; 0 if it cannot be forgotten.
        let number: UInt64
        /// Does the work, and returns a closure that resumes the waiter.
        let body: @Sendable () -> (@Sendable () -> Void)
    }
    private struct State {
        var work: [Work] = []
        /// Waiting for work, or about to.
        var idle = 0
        /// Monotonic nanoseconds at which each thread began what it does; nil while it waits.
        var busySince: [Int: Int64] = [:]
        var threads = 0
        var serial = 0
        var ended = false
    }
    private let state = Mutex(State())
    private let name: String
    private let most: Int
    /// Nanoseconds.
    private let patience: Int64
    /// Counts pieces of work; a thread sleeps on it.
    private let signal = Semaphore()

    init(name: String, most: Int, patience: Double) {
        self.name = name
        self.most = most
        self.patience = Int64(patience * 1e9)
    }

    func take<Result: Sendable>(_ ticket: Ticket<Result>, _ body: @escaping @Sendable () throws -> Result) {
        take(
            Work(number: ticket.number) {
                if ticket.isAnswered { return {} }
                let result = Swift.Result { try body() }
                return { ticket.answer(result) }
            })
    }

    func take(_ gathering: Gathering, _ body: @escaping @Sendable () throws -> Void) {
        take(
            Work(number: 0) {
                let result = Result { try body() }
                return { gathering.ended(result) }
            })
    }

    private func take(_ work: Work) {
        let needsThread = state.withLock { state in
            state.work.append(work)
            // Those that are idle are not awake yet: each of them is good for one piece.
            guard state.work.count > state.idle, state.threads < most else { return false }
            state.threads += 1
            state.idle += 1
            return true
        }
        signal.post()
        if needsThread { addThread() }
    }

    /// The waiter has given up.
    func forget(_ number: UInt64) { state.withLock { $0.work.removeAll { $0.number == number } } }

    func end() {
        let threads = state.withLock { state in
            state.ended = true
            return state.threads
        }
        for _ in 0..<threads { signal.post() }
    }

    var isStuck: Bool {
        state.withLock { state in
            guard state.busySince.count == most, let last = state.busySince.values.max() else { return false }
            return monotonicNanoseconds() - last > patience
        }
    }

    var threads: Int { state.withLock { $0.threads } }
    var waiting: Int { state.withLock { $0.work.count } }

    private func addThread() {
        do {
            try startThread(named: name, stack: 256 << 10) { [self] in serve() }
        } catch {
            // Out of threads. Those that are there take the work; without any, this one does, late rather than never.
            let work = state.withLock { state -> Work? in
                state.threads -= 1
                state.idle -= 1
                return state.threads == 0 && !state.work.isEmpty ? state.work.removeFirst() : nil
            }
            work?.body()()
        }
    }

    private func serve() {
        let number = state.withLock { state in
            state.serial += 1
            return state.serial
        }
        while true {
            signal.wait()
            let (next, ends) = state.withLock { state -> (Work?, Bool) in
                // What a piece was counted for may have been forgotten.
                if state.work.isEmpty {
                    if state.ended {
                        state.idle -= 1
                        state.threads -= 1
                    }
                    return (nil, state.ended)
                }
                state.idle -= 1
                state.busySince[number] = monotonicNanoseconds()
                return (state.work.removeFirst(), false)
            }
            if ends { return }
            guard let next else { continue }
            let tell = next.body()
            // Before the waiter is resumed: further work finds this thread idle.
            state.withLock { state in
                state.idle += 1
                state.busySince[number] = nil
            }
            tell()
        }
    }
}
