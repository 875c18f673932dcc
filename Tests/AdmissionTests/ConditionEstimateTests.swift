import Conditions
import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of pipelines with conditions")
struct ConditionEstimateTests {
    private func when(_ text: String, _ stage: Stage) throws -> Stage {
        .conditional(ConditionalStage(when: try Condition(text: text), stage: stage))
    }

    private func rendition(_ name: String, _ stages: [Stage], when text: String? = nil) throws -> Rendition {
        var rendition = Rendition(name: name, stages: stages, encoder: .webp(WebP()))
        rendition.when = try text.map { try Condition(text: $0) }
        return rendition
    }

    @Test(
        "it is as much as the way that takes most",
        arguments: [PictureFormat.jpeg, .png, .webp, .tiff, .gif, .heif, .avif, .jxl, .raw, .bmp, .pnm])
    func bound(format: PictureFormat) throws {
        let steps: [Stage] = [
            .resize(Resize(width: 400)), .denoise(Denoise()), .rotate(Rotate(angle: 12)),
            .crop(Crop(width: 500, height: 500)),
        ]
        for sides in [(6000, 4000), (300, 9000)] {
            let header = header(format, sides.0, sides.1)
            for stage in steps {
                let open = Pipeline(
                    name: "test", stages: [try when("kind.label == 'scan'", stage)],
                    renditions: [
                        try rendition("a", [.resize(Resize(width: 1000))], when: "kind.label == 'scan'"),
                        try rendition("b", [.resize(Resize(width: 100))]),
                        try rendition("c", [], when: "sigma > 3"),
                    ])
                let estimate = Estimate(header: header, pipeline: open)
                var largest: UInt64 = 0
                for isScan in [false, true] {
                    for isNoisy in [false, true] {
                        let settled = Pipeline(
                            name: "test", stages: isScan ? [stage] : [],
                            renditions: (isScan ? [try rendition("a", [.resize(Resize(width: 1000))])] : [])
                                + [try rendition("b", [.resize(Resize(width: 100))])]
                                + (isNoisy ? [try rendition("c", [])] : []))
                        let way = Estimate(header: header, pipeline: settled)
                        #expect(estimate.total >= way.total && estimate.overlapped >= way.overlapped)
                        #expect(estimate.least >= way.least && estimate.unspillable >= way.unspillable)
                        #expect(estimate.spillable >= way.spillable && estimate.mostSpillable >= way.mostSpillable)
                        #expect(estimate.untouched >= way.untouched)
                        largest = max(largest, way.total)
                    }
                }
                // Beside that, a condition may have the noise measured.
                let meter = EstimateFigures.noiseMeter
                #expect(estimate.total - largest == UInt64(Double(meter) * (1 + EstimateFigures.margin)))
            }
        }
    }

    @Test("what the header tells is not paid for twice")
    func known() throws {
        let pipeline = Pipeline(
            name: "test", stages: [try when("width > 5000", .resize(Resize(width: 1000)))],
            renditions: [try rendition("a", []), try rendition("b", [], when: "format == 'gif'")])
        let small = Pipeline(
            name: "test", stages: [.resize(Resize(width: 1000))], renditions: [try rendition("a", [])])
        #expect(
            Estimate(header: header(.jpeg, 6000, 100), pipeline: pipeline).total
                == Estimate(header: header(.jpeg, 6000, 100), pipeline: small).total)
        var turned = header(.jpeg, 100, 6000)
        turned.orientation = 6
        #expect(pipeline.alternatives(ConditionFacts(turned)).count == 1)
        // Its orientation lies behind the picture.
        #expect(pipeline.alternatives(ConditionFacts(header(.png, 6000, 100))).count == 2)
    }

    @Test("a pipeline may have eight different conditions, and its estimate looks at 256 ways")
    func limit() throws {
        let stages = try (0..<8).map { try when("sigma > \($0)", .blur(Blur(sigma: 2))) }
        let pipeline = Pipeline(name: "test", stages: stages, renditions: [try rendition("a", [])])
        #expect(pipeline.conditions.count == Pipeline.mostConditions)
        #expect(pipeline.alternatives(ConditionFacts()).count == 256)
        let blurred = Pipeline(name: "test", stages: stages.map(\.unconditional), renditions: pipeline.renditions)
        let header = header(.jpeg, 6000, 4000)
        // Beside the way that takes most, the conditions have the noise measured.
        let meter = UInt64(Double(EstimateFigures.noiseMeter) * (1 + EstimateFigures.margin))
        #expect(
            Estimate(header: header, pipeline: pipeline).total
                == Estimate(header: header, pipeline: blurred).total + meter)
    }
}
