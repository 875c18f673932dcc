import Conditions
import Jobs
import Metadata
import Pictures
import Pipeline

// Conditions and routes, as far as the header and what comes with it tell.

extension Source {
    /// What is known before a pixel is decoded.
    func conditionFacts(name: String, readExif: ([UInt8]) -> ExifRecord?) -> ConditionFacts {
        var facts = ConditionFacts()
        facts.take(self.facts, hasAlpha: hasAlpha)
        facts.bytes = fileSize
        facts.path = name
        facts.name = name.split(separator: "/").last.map(String.init) ?? name
        facts.exif = .found(metadata.record(readExif))
        return facts
    }
}

extension ResolvedPipeline {
    /// With what is settled in place, and without the renditions that are not made.
    var known: Pipeline {
        var known = pipeline
        known.renditions.removeAll { skippedRenditions.contains($0.name) }
        return known
    }

    /// What has to be found out before the job can go on, for people.
    var wanted: String {
        let conditions = openConditions.map { "'\($0.text)'" }.joined(separator: ", ")
        return "not yet known whether \(conditions) \(openConditions.count == 1 ? "holds" : "hold")"
    }
}

extension Pipeline {
    /// For `sluice explain`: every condition, and what is known of it.
    func conditionWords(_ facts: ConditionFacts) -> [String] {
        func words(_ what: String, _ when: Condition) -> String {
            let outcome =
                switch when.holds(facts) {
                case true?: "true"
                case false?: "false, so it is skipped"
                case nil: "known once the picture is analysed"
                }
            return "\(what) when \(when.text): \(outcome)"
        }
        func words(_ stages: [Stage], of rendition: String?) -> [String] {
            stages.compactMap { stage in
                guard case .conditional(let conditional) = stage else { return nil }
                return words(rendition.map { "\(stage.name) of \($0)" } ?? stage.name, conditional.when)
            }
        }
        var lines = words(stages, of: nil)
        for rendition in renditions {
            if let when = rendition.when { lines.append(words("rendition \(rendition.name)", when)) }
            lines += words(rendition.stages, of: rendition.name)
        }
        if let route = output.route {
            lines.append("route \(output.folder(facts) ?? "\(route), known once the picture is analysed")")
        }
        return lines
    }
}
