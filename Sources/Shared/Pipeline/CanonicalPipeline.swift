import Foundation
import Jobs
import Models

extension Pipeline {
    /// What determines the results, as JSON of which equal pipelines have equal bytes: no name, description,
    /// `after`, `others` and `pairs`, keys and sets sorted, watermarks and models by content instead of path. Hash it for the pipeline's digest.
    package var canonicalJSON: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(CanonicalPipeline(self)))
        }
    }
}

private struct CanonicalPipeline: Encodable {
    var accept: [String]
    var limits: Limits
    var stages: [Stage]
    var renditions: [Rendition]
    var keep: [String]
    var drop: [String]
    var output: OutputRules

    init(_ pipeline: Pipeline) {
        // Sets encode in an order that changes from run to run.
        accept = pipeline.accept.map(\.rawValue).sorted()
        limits = pipeline.limits
        stages = pipeline.stages.map(Self.canonical)
        renditions = pipeline.renditions.map { rendition in
            var rendition = rendition
            rendition.stages = rendition.stages.map(Self.canonical)
            return rendition
        }
        keep = pipeline.metadata.keep.map(\.rawValue).sorted()
        drop = pipeline.metadata.drop.map(\.rawValue).sorted()
        output = pipeline.output
    }

    private static func canonical(_ stage: Stage) -> Stage {
        if case .conditional(var conditional) = stage {
            conditional.stage = canonical(conditional.stage)
            return .conditional(conditional)
        }
        if let model = stage.model { return stage.with(model.withoutPath) }
        guard case .watermark(var watermark) = stage, !watermark.digest.isEmpty else { return stage }
        watermark.picture = ""
        return .watermark(watermark)
    }
}
