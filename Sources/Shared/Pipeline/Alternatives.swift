package import Conditions

extension Pipeline {
    /// Different conditions that a pipeline may have: an estimate looks at what comes of each way that they can go.
    package static let mostConditions = 8

    /// Its different conditions, in the order they stand.
    package var conditions: [Condition] {
        let stages = self.stages + renditions.flatMap(\.stages)
        let all = stages.compactMap { if case .conditional(let conditional) = $0 { conditional.when } else { nil } }
        return (all + renditions.compactMap(\.when)).reduce(into: []) { known, condition in
            if !known.contains(condition) { known.append(condition) }
        }
    }

    /// All that it may come to: with both ways that each condition can go which is not known yet. None of them has a
    /// condition left but those of stages that are skipped; renditions that are not made are not there.
    package func alternatives(_ facts: ConditionFacts) -> [Pipeline] {
        guard hasConditions else { return [self] }
        let resolved = resolving(facts)
        var known = resolved.pipeline
        known.renditions.removeAll { resolved.skippedRenditions.contains($0.name) }
        let open = resolved.openConditions.prefix(Self.mostConditions)
        return (0..<(1 << open.count)).map { ways in
            known.assuming(Set(open.indices.filter { ways >> $0 & 1 == 1 }.map { open[$0].text }))
        }
    }

    /// - Parameter holding: the conditions that hold, as texts; no other does.
    private func assuming(_ holding: Set<String>) -> Pipeline {
        func settled(_ stage: Stage) -> Stage {
            guard case .conditional(var conditional) = stage, !conditional.isSkipped else { return stage }
            if holding.contains(conditional.when.text) { return conditional.stage }
            conditional.isSkipped = true
            return .conditional(conditional)
        }
        var pipeline = self
        pipeline.stages = stages.map(settled)
        pipeline.renditions = renditions.compactMap { rendition in
            guard rendition.when.map({ holding.contains($0.text) }) ?? true else { return nil }
            var made = rendition
            made.when = nil
            made.stages = rendition.stages.map(settled)
            return made
        }
        return pipeline
    }
}
