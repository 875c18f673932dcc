package import Conditions

/// A pipeline as far as its conditions are known.
package struct ResolvedPipeline: Sendable, Equatable {
    /// All stages and renditions keep their places. A stage whose condition holds stands without it, one whose condition
    /// does not hold is marked as skipped, and the others wait.
    package var pipeline: Pipeline
    /// Renditions whose condition does not hold.
    package var skippedRenditions: Set<String> = []
    /// Of the conditions that wait: what is not known yet.
    package var openNeeds: Set<ConditionNeed> = []
    /// The conditions that wait, each once.
    package var openConditions: [Condition] = []

    /// Whether nothing has to be found out any more.
    package var isSettled: Bool { openConditions.isEmpty }
}

extension Pipeline {
    /// What the conditions come to by what is known.
    package func resolving(_ facts: ConditionFacts) -> ResolvedPipeline {
        var facts = facts
        var resolved = ResolvedPipeline(pipeline: self)
        resolved.pipeline.stages = resolved.settle(stages, &facts)
        for (index, rendition) in renditions.enumerated() {
            switch rendition.when.map({ $0.holds(facts) }) {
            case .some(.some(false)):
                resolved.skippedRenditions.insert(rendition.name)
                continue
            case .some(.some(true)): resolved.pipeline.renditions[index].when = nil
            case .some(.none): if let when = rendition.when { resolved.wait(for: when, facts) }
            case .none: break
            }
            var own = facts
            resolved.pipeline.renditions[index].stages = resolved.settle(rendition.stages, &own)
        }
        return resolved
    }

    /// Whether any stage or rendition has a condition.
    package var hasConditions: Bool {
        renditions.contains { $0.when != nil }
            || (stages + renditions.flatMap(\.stages)).contains { if case .conditional = $0 { true } else { false } }
    }

    /// The names of its classify stages, in order.
    package var classifiers: [String] { (stages + renditions.flatMap(\.stages)).compactMap { $0.classify?.name } }
}

extension ResolvedPipeline {
    /// - Parameter facts: gets what is known by stages that are skipped.
    fileprivate mutating func settle(_ stages: [Stage], _ facts: inout ConditionFacts) -> [Stage] {
        stages.map { stage in
            guard case .conditional(var conditional) = stage else { return stage }
            if !conditional.isSkipped {
                guard let holds = conditional.when.holds(facts) else {
                    wait(for: conditional.when, facts)
                    return stage
                }
                if holds { return conditional.stage }
                conditional.isSkipped = true
            }
            if let name = conditional.stage.classify?.name { facts.classifications[name] = .found(nil) }
            return .conditional(conditional)
        }
    }

    fileprivate mutating func wait(for condition: Condition, _ facts: ConditionFacts) {
        if !openConditions.contains(condition) { openConditions.append(condition) }
        openNeeds.formUnion(condition.needs.filter { !facts.knows($0) })
    }
}

extension ConditionFacts {
    fileprivate func knows(_ need: ConditionNeed) -> Bool {
        switch need {
        case .classification(let stage): classifications[stage].map { $0 != .notYet } ?? false
        case .sigma: sigma != .notYet
        case .exif: exif != .notYet
        case .header: width != nil && height != nil && pages != nil && format != nil && hasAlpha != nil
        case .file: bytes != nil && name != nil && path != nil
        }
    }
}

extension Stage {
    /// Whether its condition is known not to hold: then it does nothing.
    package var isSkipped: Bool {
        if case .conditional(let conditional) = self { conditional.isSkipped } else { false }
    }

    /// Without its condition, if it has one.
    package var unconditional: Stage {
        if case .conditional(let conditional) = self { conditional.stage } else { self }
    }

    /// Of a classify stage, with or without a condition.
    package var classify: Classify? {
        switch self {
        case .classify(let classify): classify
        case .conditional(let conditional): conditional.stage.classify
        default: nil
        }
    }
}
