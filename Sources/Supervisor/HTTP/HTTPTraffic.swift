import Synchronization

/// What a server has seen since its start.
package final class HTTPTraffic: Sendable {
    package struct Counts: Sendable, Equatable {
        package var open = 0
        package var accepted: UInt64 = 0
        /// By status. All of them are the server's own words, so they are few.
        package var answered: [Int: UInt64] = [:]
        package var dropped: [Drop: UInt64] = [:]
        /// Failed accepts, for lack of descriptors or memory.
        package var acceptFaults: UInt64 = 0
    }

    package enum Drop: String, Sendable, CaseIterable {
        /// Its place was needed for another client.
        case crowded
        /// Its head did not come in time.
        case slowHead = "slow-head"
        /// It did not take its answer in time.
        case slowReader = "slow-reader"
        /// It went away before it had its answer.
        case gone
    }

    private let state = Mutex(Counts())

    package init() {}

    package var counts: Counts { state.withLock { $0 } }

    func opened() {
        state.withLock {
            $0.open += 1
            $0.accepted += 1
        }
    }
    func closed() { state.withLock { $0.open -= 1 } }
    func answered(_ status: Int) { state.withLock { $0.answered[status, default: 0] += 1 } }
    func dropped(_ why: Drop) { state.withLock { $0.dropped[why, default: 0] += 1 } }
    func acceptFailed() { state.withLock { $0.acceptFaults += 1 } }
}
