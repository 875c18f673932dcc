import Foundation
import Grading
import Jobs
import Models

extension Pipeline {
    /// What determines the results, as JSON of which equal pipelines have equal bytes: no name, description,
    /// `after`, `others` and `pairs`, keys and sets sorted, watermarks, lookup tables and models by content instead of path. Hash it for the pipeline's digest.
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
    // Without these keys a pipeline has the digest that it had before there were any.
    var raw: RAWRule?
    var pages: PageRule?
    var motion: MotionRule?
    var originals: [Original]?
    var sidecar: SidecarRules?
    var dates: DatesRule?

    init(_ pipeline: Pipeline) {
        // Sets encode in an order that changes from run to run.
        accept = pipeline.accept.intersection(Self.formatsAtFirst).map(\.rawValue).sorted()
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
        raw = pipeline.raw == .auto ? nil : pipeline.raw
        pages = pipeline.pages == .first ? nil : pipeline.pages
        motion = pipeline.motion == .leave ? nil : pipeline.motion
        originals = pipeline.originals.isEmpty ? nil : pipeline.originals
        dates = pipeline.dates == .now ? nil : pipeline.dates
        sidecar = pipeline.sidecar == SidecarRules() ? nil : pipeline.sidecar
    }

    /// Formats that are read since are left out: what is accepted besides changes no result that there is, and all of them
    /// would be made again.
    private static let formatsAtFirst: AcceptedFormats = [.avif, .gif, .heif, .jpeg, .png, .tiff, .webp]

    private static func canonical(_ stage: Stage) -> Stage {
        if case .conditional(var conditional) = stage {
            conditional.stage = canonical(conditional.stage)
            return .conditional(conditional)
        }
        if let model = stage.model { return stage.with(model.withoutPath) }
        if case .lut(var lut) = stage, !lut.digest.isEmpty {
            lut.file = ""
            return .lut(lut)
        }
        guard case .watermark(var watermark) = stage, !watermark.digest.isEmpty else { return stage }
        watermark.picture = ""
        return .watermark(watermark)
    }
}
