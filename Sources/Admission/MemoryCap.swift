/// How the memory cap is divided. All in bytes of anonymous memory.
package struct MemoryCap: Sendable, Equatable {
    /// What supervisor and workers may take together.
    package let total: UInt64
    package let workers: Int

    /// The supervisor's own share: bounded at 8 MiB idle or busy, with a little room.
    package static let supervisor: UInt64 = 10 << 20
    /// What a warm worker holds without a job: libvips, its types, the operation tables.
    package static let warmWorker: UInt64 = 9 << 20
    /// Below this there is no room for one job beside supervisor and worker.
    package static let smallest: UInt64 = 48 << 20
    package static let largestDefault: UInt64 = 512 << 20

    package init(total: UInt64, workers: Int) {
        self.total = total
        self.workers = max(1, workers)
    }

    /// Three quarters of the smallest limit there is, at most 512 MiB.
    package static func byDefault(physical: UInt64, controlGroup: UInt64?) -> UInt64 {
        let limit = min(physical == 0 ? .max : physical, controlGroup ?? .max)
        return min(limit / 4 * 3, largestDefault)
    }

    /// As many workers as cores, but never so many that one has less than 40 MiB for its job.
    package static func defaultWorkers(cap: UInt64, processors: Int) -> Int {
        let room = cap > supervisor ? (cap - supervisor) / (warmWorker + (40 << 20)) : 0
        return max(1, min(processors, Int(room)))
    }

    /// Bytes that the running jobs may reserve together.
    package var budget: UInt64 {
        let fixed = Self.supervisor + UInt64(workers) * Self.warmWorker
        return total > fixed ? total - fixed : 0
    }

    /// A decoded copy of a picture up to this size is held in memory; a larger one goes to a file in staging.
    package var copyLimit: UInt64 { min(64 << 20, budget / 3) }

    /// The cap that a job of this estimate needs, rounded up to whole MiB.
    package func needed(for estimate: UInt64) -> UInt64 {
        let fixed = Self.supervisor + UInt64(workers) * Self.warmWorker
        return (saturated(saturated(fixed, estimate), (1 << 20) - 1) >> 20) << 20
    }
}

/// `61 MiB`, `1.5 GiB`.
package func mebibytes(_ bytes: UInt64) -> String {
    // In two parts: a hostile header's estimate times ten does not fit.
    let tenths = (bytes >> 20) * 10 + (((bytes & 0xFFFFF) * 10 + (1 << 19)) >> 20)
    if tenths >= 10240 {
        let gibi = (tenths + 512) / 1024
        return "\(gibi / 10).\(gibi % 10) GiB"
    }
    return tenths >= 100 ? "\((tenths + 5) / 10) MiB" : "\(tenths / 10).\(tenths % 10) MiB"
}
