package import ImageHeader
package import Jobs
package import Pipeline

// Chooses a plan from the estimate, the budget and the workers that share it, and the spill space.
extension MemoryPlan {
    /// Room for blocks under `spillsFrom` that are no lines.
    private static let window: UInt64 = 4 << 20
    private static let usualSpilled: UInt64 = 1 << 20
    /// What a job in memory may spill at least when its estimate was wrong.
    private static let emergency: UInt64 = 64 << 20
    /// On files: what lies there is rounded up, and moved when it grows.
    private static let spillMargin = 1.25

    /// The quickest way that fits.
    /// - Throws: `Shortfall` when none does.
    package init(
        header: PictureHeader, pipeline: Pipeline, raw: RAWReading? = nil, cap: MemoryCap
    ) throws(Shortfall) {
        let header = header.read(as: raw) ?? header
        let estimate = Estimate(header: header, pipeline: pipeline)
        let restreamed =
            Estimate.canRestream(header) ? Estimate(header: header, pipeline: pipeline, restreaming: true) : nil
        let lines = ([header] + header.furtherPages).reduce(UInt64(0)) { most, page in
            max(most, product(64, count(page.width), count(page.bands), count(page.bytesPerBand)))
        }
        try self.init(estimate, restreamed: restreamed, lines: lines, cap: cap)
        self.raw = raw
    }

    /// - Parameters:
    ///   - restreamed: the same job with the source put in another order; nil where that cannot be done.
    ///   - lines: bytes of the largest block that is needed all the time; larger ones may be spilled.
    init(_ estimate: Estimate, restreamed: Estimate?, lines: UInt64 = 0, cap: MemoryCap) throws(Shortfall) {
        let share = cap.budget / UInt64(cap.workers)
        // Alone only where nothing else helps: whatever waits for a job that runs alone waits for all of it.
        let inMemory = MemoryPlan(inMemory: estimate, restreams: false, cap: cap)
        let streamed = restreamed.map { MemoryPlan(inMemory: $0, restreams: true, cap: cap) }
        for room in [share, cap.budget] {
            for plan in [inMemory, streamed].compactMap({ $0 }) where plan.reservation <= room {
                self = plan
                return
            }
        }
        // What streams leaves less for the file.
        let candidates = [restreamed, estimate].compactMap { $0 }
        let spilled = candidates.map {
            MemoryPlan(spilled: $0, restreams: restreamed != nil && $0 == restreamed, lines: lines, cap: cap)
        }
        for (plan, candidate) in zip(spilled, candidates)
        where plan.reservation <= cap.budget && candidate.spillable <= cap.spill {
            self = plan
            return
        }
        // Too little even for the lines: alone, with as many of them in memory as there is room for.
        for candidate in candidates
        where saturated(aboveWorker(candidate.least, candidate, cap), Self.window) <= cap.budget
            && candidate.mostSpillable <= cap.spill
        {
            self.init(
                squeezed: candidate, restreams: restreamed != nil && candidate == restreamed, lines: lines, cap: cap)
            return
        }
        throw Self.shortfall(candidates, cap: cap)
    }

    private init(inMemory estimate: Estimate, restreams: Bool, cap: MemoryCap) {
        self.init(
            way: restreams ? .restreamed : .inMemory, restreams: restreams, estimate: estimate.total,
            reservation: aboveWorker(estimate.total, estimate, cap),
            // A share, so that jobs in memory do not wait for each other's allowance.
            spill: min(max(Self.emergency, estimate.total / 2), cap.spill / UInt64(cap.workers) / 2),
            untouched: estimate.untouched)
        models = min(estimate.models, cap.keptModels)
        overlapping = Holding(
            estimate: estimate.overlapped, reservation: aboveWorker(estimate.overlapped, estimate, cap))
    }

    private init(spilled estimate: Estimate, restreams: Bool, lines: UInt64, cap: MemoryCap) {
        let reservation = saturated(aboveWorker(estimate.unspillable, estimate, cap), Self.window)
        self.init(
            way: .spilled, restreams: restreams,
            estimate: min(saturated(estimate.unspillable, Self.window), estimate.total), reservation: reservation,
            spill: min(saturated(scaled(estimate.spillable, Self.spillMargin), Self.emergency), cap.spill),
            // Lines of a wide picture are in blocks of that size: they are what memory is for.
            spillsFrom: max(Self.usualSpilled, min(lines, reservation / 4)))
        models = min(estimate.models, cap.keptModels)
    }

    private init(squeezed estimate: Estimate, restreams: Bool, lines: UInt64, cap: MemoryCap) {
        self.init(
            way: .spilled, restreams: restreams, estimate: saturated(cap.budget, estimate.worker),
            reservation: cap.budget,
            spill: min(saturated(scaled(estimate.mostSpillable, Self.spillMargin), Self.emergency), cap.spill),
            spillsFrom: max(Self.usualSpilled, min(lines, cap.budget / 4)))
        models = min(estimate.models, cap.keptModels)
    }

    /// For a job that ran out of both although it had what it was thought to need: alone, with everything there is.
    package static func lastResort(for plan: MemoryPlan, cap: MemoryCap) -> MemoryPlan {
        var last = MemoryPlan(
            way: cap.spill > 0 ? .spilled : plan.way, restreams: plan.restreams, estimate: plan.estimate,
            reservation: cap.budget, spill: cap.spill, spillsFrom: cap.spill > 0 ? smallestSpilled : nil)
        last.models = plan.models
        last.raw = plan.raw
        return last
    }

    /// Of what could be spilled, that which lacks least.
    private static func shortfall(_ estimates: [Estimate], cap: MemoryCap) -> Shortfall {
        let whole = estimates.map { aboveWorker($0.total, $0, cap) }.min() ?? .max
        guard cap.spill > 0 else { return Shortfall(whole: whole, memory: whole, spill: nil) }
        let lacking = estimates.map { estimate in
            let memory = saturated(aboveWorker(estimate.least, estimate, cap), window)
            let withLines = saturated(aboveWorker(estimate.unspillable, estimate, cap), window)
            let spill = withLines <= cap.budget ? estimate.spillable : estimate.mostSpillable
            return Shortfall(
                whole: whole, memory: memory > cap.budget ? memory : nil, spill: spill > cap.spill ? spill : nil)
        }
        func weight(_ shortfall: Shortfall) -> (Int, UInt64) {
            ((shortfall.memory == nil ? 0 : 1) + (shortfall.spill == nil ? 0 : 1), shortfall.memory ?? 0)
        }
        return lacking.min { weight($0) < weight($1) } ?? Shortfall(whole: whole, memory: whole, spill: nil)
    }
}

/// Of a whole worker's bytes, those that a job reserves: beside the worker itself, and the models that it keeps.
private func aboveWorker(_ bytes: UInt64, _ estimate: Estimate, _ cap: MemoryCap) -> UInt64 {
    bytes - min(bytes, saturated(estimate.worker, min(estimate.models, cap.keptModels)))
}
