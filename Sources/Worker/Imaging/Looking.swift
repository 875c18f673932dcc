import CDenoise
import CNoise
import Conditions
import Jobs
import Pictures
import Pipeline
import Planning
import Vips

// Conditions that only the picture tells: what has to be found out first, and how.

/// A pass over the source that makes nothing: it finds out what the next condition asks for.
struct LookingPass {
    /// The stages before that condition, and no renditions.
    let pipeline: Pipeline
    /// The rendition that the last of them are of, and how many the pipeline has itself; nil where all are the pipeline's.
    let rendition: String?
    let shared: Int
    /// Whether the noise is measured, after these stages.
    let measuresNoise: Bool
}

extension ResolvedPipeline {
    /// - Parameters:
    ///   - facts: what is known by now.
    ///   - isAnimation: whether frames are gone through once, so that nothing can be decided among them.
    func lookingPass(_ facts: ConditionFacts, isAnimation: Bool) -> LookingPass? {
        let shared = pipeline.stages
        let made = pipeline.renditions.filter { !skippedRenditions.contains($0.name) }
        // Boxes of what is not done are not waited for.
        let skipped = (shared + made.flatMap(\.stages)).filter(\.isSkipped).compactMap { $0.classify?.name }
        let known = Set(skipped).union(facts.classifications.keys)
        if let first = shared.firstIndex(where: { $0.isOpen || $0.awaitsBoxes(besides: known) }) {
            return pass(shared[first].condition, before: first)
        }
        // What models say of the picture that several renditions share is known before the first of them.
        let isHeld = !isAnimation && made.count > 1
        let knownLate = isHeld ? known.union(shared.compactMap { $0.classify?.name }) : known
        let decidesLate = isHeld && canDecideLate
        for rendition in made {
            if let when = rendition.when, !decidesLate { return pass(when) }
            let stages = rendition.stages
            // What is read to be looked at is cut as it will be.
            let known = stages.contains(where: \.isOpen) ? known : knownLate
            guard let first = stages.firstIndex(where: { $0.isOpen || $0.awaitsBoxes(besides: known) }) else {
                continue
            }
            return pass(stages[first].condition, after: stages[..<first], of: rendition.name)
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

    /// - Parameters:
    ///   - count: of the pipeline's own stages; nil for all.
    ///   - stages: the first ones of a rendition.
    private func pass(
        _ condition: Condition?, before count: Int? = nil, after stages: ArraySlice<Stage> = [],
        of rendition: String? = nil
    ) -> LookingPass {
        var looking = pipeline
        looking.stages = Array(pipeline.stages.prefix(count ?? .max) + stages)
        looking.renditions = []
        return LookingPass(
            pipeline: looking, rendition: rendition, shared: pipeline.stages.count,
            measuresNoise: condition?.needs.contains(.sigma) ?? false)
    }
}

extension LookingPass {
    /// For each stage of a rendition: its place in this pass, and its own.
    var places: [(passed: String, own: String)] {
        guard let rendition else { return [] }
        return pipeline.stages.indices.dropFirst(shared).map {
            (stagePlace(nil, $0), stagePlace(rendition, $0 - shared))
        }
    }
}

extension Stage {
    /// Whether it needs the boxes of a classify stage that is none of these.
    fileprivate func awaitsBoxes(besides known: Set<String>) -> Bool {
        guard !isSkipped, let boxes else { return false }
        return !known.contains(boxes)
    }

    /// Whether it is not yet known if it applies.
    fileprivate var isOpen: Bool {
        if case .conditional(let conditional) = self { !conditional.isSkipped } else { false }
    }

    fileprivate var condition: Condition? {
        if case .conditional(let conditional) = self { conditional.when } else { nil }
    }
}

extension Pipeline {
    /// For `sluice explain`: what becomes of boxes that are found.
    var boxesWords: [String] {
        func words(_ stages: [Stage], of rendition: String?) -> [String] {
            stages.compactMap { stage in
                guard !stage.isSkipped, let boxes = stage.boxes else { return nil }
                let name = rendition.map { "\(stage.name) of \($0)" } ?? stage.name
                return switch stage.unconditional {
                case .crop(let crop):
                    "\(name) keeps the boxes of \(boxes) in view; without any: \(crop.position.rawValue)"
                case .resize(let resize):
                    "\(name) keeps the boxes of \(boxes) in view; without any: \(resize.position.rawValue)"
                default: "\(name) makes the boxes of \(boxes) unrecognisable"
                }
            }
        }
        return words(stages, of: nil) + renditions.flatMap { words($0.stages, of: $0.name) }
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
