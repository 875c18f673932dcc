import Synchronization

/// A bounded queue from one thread to one async consumer: a producer that finds no room keeps its element and
/// is notified when there is some.
final class BoundedQueue<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        /// Taken by the consumer, but not acknowledged yet.
        var inHand = 0
        var isFinished = false
        /// Whether the producer found no room, or waits for everything to be acknowledged.
        var isWanted = false
        var consumer: CheckedContinuation<Void, Never>?
    }

    let capacity: Int
    private let state = Mutex(State())
    private let onRoom: @Sendable () -> Void

    init(capacity: Int, onRoom: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.onRoom = onRoom
    }

    /// How many wait to be taken.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Including those the consumer has not acknowledged.
    var count: Int { state.withLock { $0.waiting.count + $0.inHand } }

    /// The consumer has handled what it took last; asking for the next implies this.
    func acknowledge() { state.withLock { $0.inHand = 0 } }

    /// How many more it takes. Where that is none, `onRoom` is called when that has changed.
    var room: Int {
        state.withLock { state in
            let room = state.isFinished ? 0 : capacity - state.waiting.count
            if room <= 0 { state.isWanted = true }
            return max(0, room)
        }
    }

    /// Whether the consumer has handled everything. If not, `onRoom` is called when that has changed.
    var isAcknowledged: Bool {
        state.withLock { state in
            if state.isFinished || state.waiting.isEmpty && state.consumer != nil { return true }
            state.isWanted = true
            return false
        }
    }

    /// Whether there was room.
    @discardableResult
    func offer(_ element: Element) -> Bool {
        edit { waiting in
            guard waiting.count < capacity else { return false }
            waiting.append(element)
            return true
        }
    }

    /// Adds what has to come through; the caller keeps it within bounds by taking out what it makes untrue.
    func edit(_ body: (inout [Element]) -> Bool) -> Bool {
        let (done, consumer) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !state.isFinished, body(&state.waiting) else {
                state.isWanted = true
                return (false, nil)
            }
            defer { state.consumer = nil }
            return (true, state.consumer)
        }
        consumer?.resume()
        return done
    }

    /// Nothing more comes; what waits can still be taken.
    func finish() {
        state.withLock { $0.isFinished = true }
        wake()
    }

    /// The next ones, up to `most`; waits until there is one. Nil at the end, and where the task is cancelled.
    func next(_ most: Int) async -> [Element]? {
        while !Task.isCancelled {
            let (taken, isWanted, isFinished) = state.withLock { state -> ([Element], Bool, Bool) in
                let taken = Array(state.waiting.prefix(most))
                state.waiting.removeFirst(taken.count)
                state.inHand = taken.count
                defer { if !taken.isEmpty { state.isWanted = false } }
                return (taken, state.isWanted, state.isFinished)
            }
            if !taken.isEmpty {
                if isWanted { onRoom() }
                return taken
            }
            if isFinished { return nil }
            await wait()
        }
        return nil
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (goesOn, isWanted) = state.withLock { state -> (Bool, Bool) in
                    if !state.waiting.isEmpty || state.isFinished || Task.isCancelled { return (true, false) }
                    state.consumer = continuation
                    defer { state.isWanted = false }
                    return (false, state.isWanted)
                }
                if goesOn { continuation.resume() }
                if isWanted { onRoom() }
            }
        } onCancel: {
            wake()
        }
    }

    private func wake() {
        let consumer = state.withLock { state in
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume()
    }
}
