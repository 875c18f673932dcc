import Admission
import Journal

// What the status shows of the engine. The board is written here and read elsewhere, so that a request for the
// status never has to wait for the engine.
extension Engine {
    package struct Load: Sendable, Equatable {
        /// As the journal has them.
        package var waiting: Int
        package var running: Int
        /// Jobs that are running in the journal but still wait for a slot.
        package var ahead = 0
        /// Bytes of the budget, and of the spill limit.
        package var reserved: UInt64
        package var spillReserved: UInt64 = 0
        /// When the first in line was queued, seconds since 1970.
        package var oldest: Double?

        package init(
            waiting: Int, running: Int, ahead: Int = 0, reserved: UInt64, spillReserved: UInt64 = 0,
            oldest: Double? = nil
        ) {
            self.waiting = waiting
            self.running = running
            self.ahead = ahead
            self.reserved = reserved
            self.spillReserved = spillReserved
            self.oldest = oldest
        }
    }

    package var load: Load {
        let (reserved, counts) = (ledger.reserved, journal.counts)
        return Load(
            waiting: counts.queued, running: counts.running, ahead: ahead.claimed, reserved: reserved.memory,
            spillReserved: reserved.spill, oldest: counts.oldest)
    }

    func showLoad() { observer.show(load, draining: isStopping) }
}
