package import Jobs

/// How a job is done under the memory cap, and what is reserved for it. Pure.
package struct MemoryPlan: Sendable, Equatable {
    package enum Way: String, Sendable, Encodable {
        /// Everything where it is quickest.
        case inMemory = "in-memory"
        /// A progressive JPEG or an interlaced PNG is put in another order first, and streams then.
        case restreamed
        /// Large blocks lie in a file in staging.
        case spilled
        /// Nothing to decode: the results lie in staging or the outbox.
        case none
    }

    package var way: Way
    /// Whether the source is put in another order first; it may be, and large blocks be spilled all the same.
    package var restreams = false
    /// How a camera's RAW file is read; nil of others.
    package var raw: RAWReading?
    /// What the whole worker is expected to hold at its peak. Bytes of anonymous memory.
    package var estimate: UInt64
    /// Of the budget: bytes of anonymous memory above a warm worker.
    package var reservation: UInt64
    /// Of the spill limit: bytes that may lie in a file. For a job in memory, in case that the estimate was wrong.
    package var spill: UInt64
    /// Blocks of at least so many bytes go to the file at once; nil: only what memory has no room for.
    package var spillsFrom: UInt64?

    /// Bytes that a decoder reserves beyond that and hardly touches: allocated, but no memory.
    package var untouched: UInt64 = 0

    /// Bytes of models that the worker keeps: they are no part of `reservation`.
    var models: UInt64 = 0

    /// Whether renditions are encoded while the source is still decoded, on two cores.
    package private(set) var overlaps = false
    /// `estimate` and `reservation` with both at once; nil where memory is what matters.
    var overlapping: Holding?

    struct Holding: Sendable, Equatable {
        var estimate: UInt64
        var reservation: UInt64
    }

    /// For a job that has the machine to itself. Nil where that is none of its ways, or takes more than there is.
    package func overlapped(within budget: UInt64) -> MemoryPlan? {
        guard let overlapping, overlapping.reservation <= budget else { return nil }
        var plan = self
        plan.overlaps = true
        (plan.estimate, plan.reservation) = (overlapping.estimate, overlapping.reservation)
        return plan
    }

    package var grant: MemoryGrant {
        MemoryGrant(
            memory: saturated(reservation, untouched), spill: spill, spillsFrom: spillsFrom, untouched: untouched,
            models: models)
    }

    package init(
        way: Way, restreams: Bool = false, estimate: UInt64, reservation: UInt64, spill: UInt64 = 0,
        spillsFrom: UInt64? = nil, untouched: UInt64 = 0
    ) {
        self.way = way
        self.restreams = restreams
        self.estimate = estimate
        self.reservation = reservation
        self.spill = spill
        self.spillsFrom = spillsFrom
        self.untouched = untouched
    }

    /// A job that needs none, because an earlier attempt has made everything.
    package static let nothing = MemoryPlan(way: .none, estimate: 0, reservation: 0)

    /// Smaller blocks are never spilled: they are too many, and hold what is used all the time.
    package static let smallestSpilled: UInt64 = 128 << 10

    /// What a plan cannot be made without. Bytes.
    package struct Shortfall: Error, Sendable, Equatable {
        /// Of the budget, with everything in memory.
        package var whole: UInt64
        /// Of the budget, with as much in files as can be; nil: there is enough for that.
        package var memory: UInt64?
        /// That would lie in files then; nil: there is enough for that.
        package var spill: UInt64?

        package init(whole: UInt64, memory: UInt64?, spill: UInt64?) {
            self.whole = whole
            self.memory = memory
            self.spill = spill
        }
    }
}
