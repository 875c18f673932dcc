/// What a job may hold, as the supervisor grants it to a worker. The worker's allocator keeps to it.
package struct MemoryGrant: Codable, Sendable, Equatable {
    /// Bytes of anonymous memory above what a warm worker holds.
    package var memory: UInt64
    /// Bytes that may lie in a file in staging instead; 0: none.
    package var spill: UInt64
    /// Blocks of at least so many bytes go to the file at once, so that memory is left for the lines that stream; nil:
    /// only what memory has no room for goes there.
    package var spillsFrom: UInt64?
    /// Of `memory`, bytes that a decoder asks for and hardly touches: they may be asked for, not held.
    package var untouched: UInt64
    /// Bytes beside `memory` for models that the worker is to keep, as far as it does not hold them already.
    package var models: UInt64

    /// The smallest memory cap: 10 MiB for the supervisor, 9 MiB for a worker, and 37 MiB for its job.
    package static let smallestCap: UInt64 = 56 << 20

    package init(
        memory: UInt64, spill: UInt64 = 0, spillsFrom: UInt64? = nil, untouched: UInt64 = 0, models: UInt64 = 0
    ) {
        self.memory = memory
        self.models = models
        self.spill = spill
        self.spillsFrom = spillsFrom
        self.untouched = untouched
    }

    /// Bytes that the worker may be seen to take.
    package var most: UInt64 {
        let (sum, overflow) = memory.addingReportingOverflow(models)
        return overflow ? .max : sum
    }
}
