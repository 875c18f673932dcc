import Jobs

/// How the memory cap is divided. All in bytes of anonymous memory, except spill space.
package struct MemoryCap: Sendable, Equatable {
    /// What supervisor and workers may take together.
    package let total: UInt64
    package let workers: Int
    /// Bytes that all jobs together may have in files in staging instead of memory; 0: none.
    package let spill: UInt64
    /// Bytes that each worker may hold between jobs for models, the engine that runs them included; 0: no pipeline names
    /// any.
    package private(set) var models: UInt64 = 0

    /// The supervisor's own share: 3.1 MiB idle, 7.6 MiB while 5,000 files land at once (`make bench`), with a little room.
    package static let supervisor: UInt64 = 10 << 20
    /// What a warm worker holds between jobs: 7.2 MiB after a few of JPEG, WebP and PNG, 7.7 MiB after AVIF; 9 MiB after
    /// hundreds of mixed ones.
    package static let warmWorker: UInt64 = 9 << 20
    /// What ONNX Runtime itself takes of a worker that runs models: 4.6 MiB (1.20) to 7.5 MiB (1.32), most of it the
    /// descriptions of all operators.
    package static let engine: UInt64 = 7 << 20
    /// Below this there is no room for jobs beside supervisor and worker.
    package static let smallest = MemoryGrant.smallestCap
    package static let largestDefault: UInt64 = 512 << 20
    package static let largestDefaultSpill: UInt64 = 64 << 30

    package init(total: UInt64, workers: Int, spill: UInt64 = 0) {
        self.total = total
        self.workers = max(1, workers)
        self.spill = spill
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

    /// Half of what is free in staging's file system, at most 64 GiB.
    package static func defaultSpill(free: UInt64) -> UInt64 { min(free / 2, largestDefaultSpill) }

    /// Bytes that the running jobs may reserve together, above what their workers hold when idle.
    package var budget: UInt64 {
        total > fixed ? total - fixed : 0
    }

    private var fixed: UInt64 {
        saturated(Self.supervisor, product(UInt64(workers), saturated(Self.warmWorker, models)))
    }

    /// The same where workers run models that take so many bytes between jobs. They are kept where that leaves jobs half of
    /// what there was; else each job opens its own.
    package func running(models bytes: UInt64) -> MemoryCap {
        var cap = self
        cap.models = saturated(bytes, Self.engine)
        if cap.budget < budget / 2 { cap.models = Self.engine }
        return cap
    }

    /// Of `models`, what the models themselves may take.
    var keptModels: UInt64 { models - min(models, Self.engine) }

    /// The cap under which a job could have this reservation, rounded up to whole MiB.
    package func needed(for reservation: UInt64) -> UInt64 {
        return (saturated(saturated(fixed, reservation), (1 << 20) - 1) >> 20) << 20
    }
}
