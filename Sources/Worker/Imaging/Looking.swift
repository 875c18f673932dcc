import CDenoise
import CNoise
import Conditions
import Jobs
import Pictures
import Pipeline
import Vips

// Conditions that only the picture tells: what has to be found out first, and how.

/// A pass over the source that makes nothing: it finds out what the next condition asks for.
struct LookingPass {
    /// The stages before that condition, and no renditions.
    let pipeline: Pipeline
    /// Whether the noise is measured, after these stages.
    let measuresNoise: Bool
}

extension ResolvedPipeline {
    /// - Parameters:
    ///   - facts: what is known by now.
    ///   - isAnimation: whether frames are gone through once, so that nothing can be decided among them.
    func lookingPass(_ facts: ConditionFacts, isAnimation: Bool) -> LookingPass? {
        if let blurring = pipeline.stages.firstIndex(where: { $0.awaitsBoxes(facts) }),
            !pipeline.stages[..<blurring].contains(where: \.isOpen)
        {
            return pass(Array(pipeline.stages[..<blurring]), nil)
        }
        guard !isSettled, isAnimation || !canDecideLate else {
            for rendition in pipeline.renditions where !skippedRenditions.contains(rendition.name) {
                if let blurring = rendition.stages.firstIndex(where: { $0.awaitsBoxes(facts) }) {
                    return pass(pipeline.stages + rendition.stages[..<blurring], nil)
                }
            }
            return nil
        }
        let renditions = pipeline.renditions.filter { !skippedRenditions.contains($0.name) }
        if let open = pipeline.stages.firstIndex(where: \.isOpen) {
            return pass(Array(pipeline.stages[..<open]), pipeline.stages[open].condition)
        }
        for rendition in renditions {
            if let when = rendition.when { return pass(pipeline.stages, when) }
            guard let open = rendition.stages.firstIndex(where: \.isOpen) else { continue }
            return pass(pipeline.stages + rendition.stages[..<open], rendition.stages[open].condition)
        }
        return nil
    }

    /// Whether all that is open is which renditions are made, by what models say of the picture that they share: that is
    /// known before the first of them.
    private var canDecideLate: Bool {
        let made = pipeline.renditions.filter { !skippedRenditions.contains($0.name) }
        let before = Set(pipeline.stages.compactMap { $0.classify?.name })
        return made.count > 1 && !(pipeline.stages + made.flatMap(\.stages)).contains(where: \.isOpen)
            && openNeeds.allSatisfy { if case .classification(let name) = $0 { before.contains(name) } else { false } }
    }

    private func pass(_ stages: [Stage], _ condition: Condition?) -> LookingPass {
        var looking = pipeline
        looking.stages = stages
        looking.renditions = []
        return LookingPass(pipeline: looking, measuresNoise: condition?.needs.contains(.sigma) ?? false)
    }
}

extension Stage {
    /// Whether it blurs boxes that have not been detected yet.
    fileprivate func awaitsBoxes(_ facts: ConditionFacts) -> Bool {
        guard case .blur(let blur) = self, let name = blur.boxes else { return false }
        return facts.classifications[name] == nil
    }

    /// Whether it is not yet known if it applies.
    fileprivate var isOpen: Bool {
        if case .conditional(let conditional) = self { !conditional.isSkipped } else { false }
    }

    fileprivate var condition: Condition? {
        if case .conditional(let conditional) = self { conditional.when } else { nil }
    }
}

extension Job {
    /// Reads the picture through the stages for what models say of it, and for its noise.
    func look(measuringNoise: Bool) throws(JobError) {
        var plan = plan
        // Means of pixels have less noise.
        if measuringNoise { (plan.loadShrink, plan.loadSize) = (1, nil) }
        var picture = try source.open(shrink: plan.loadShrink, size: plan.loadSize, context)
        try applyBase(to: &picture)
        if measuringNoise { context.sigma = try picture.measuredSigma(context) }
        try context.collectFindings()
    }
}

extension Picture {
    /// Of the noise in the pixels as they lie, in steps of 8 bits; reads them all.
    fileprivate func measuredSigma(_ context: JobContext) throws(JobError) -> Double {
        var colours = self
        try colours.requireRGB(context)
        guard sluice_can_denoise(colours.image.pointer) else {
            throw JobError(.stageFailed, "the noise of pixels of this kind cannot be measured")
        }
        var found = sluice_noise()
        guard sluice_measure_noise(colours.image.pointer, colours.image.hasAlpha, &found) == 0 else {
            throw takeVipsError(or: .damaged)
        }
        return found.is_clean ? 0 : Double(found.sigma)
    }
}
