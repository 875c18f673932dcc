import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of JPEG XL")
struct JXLEstimateTests {
    private func written(_ change: (inout JXL) -> Void) -> UInt64 {
        var jxl = JXL()
        change(&jxl)
        let pipeline = pipeline(renditions: [Rendition(name: "x", encoder: .jxl(jxl))])
        return Estimate(header: header(.png, 4000, 3000), pipeline: pipeline).total
    }

    @Test("the encoder takes most from effort 7 on, and more without loss below that")
    func encoder() {
        #expect(written { $0.effort = 3 } == written { $0.effort = 6 })
        #expect(written { $0.effort = 6 } < written { ($0.effort, $0.lossless) = (6, true) })
        #expect(written { ($0.effort, $0.lossless) = (6, true) } < written { $0.effort = 7 })
        #expect(written { $0.effort = 7 } == written { ($0.effort, $0.lossless) = (7, true) })
        // 82 and 3 bytes a pixel.
        #expect(written { $0.effort = 7 } > 12_000_000 * 85)
    }

    @Test("the decoder holds the picture, and what it is made of")
    func decoder() throws {
        let estimate = Estimate(header: header(.jxl, 4000, 3000), pipeline: pipeline())
        let whole = try #require(estimate.terms.first { $0.name == "a JPEG XL picture, whole" })
        #expect(whole.bytes == 78_000_000 && whole.kind == .spillable)
    }

    @Test("an animation counts as one of fifty frames, or of as many as are taken")
    func animation() {
        var played = header(.jxl, 400, 300)
        (played.isAnimated, played.pages) = (true, nil)
        func frames(_ most: Int?) -> UInt64? {
            var pipeline = pipeline(renditions: [Rendition(name: "w", encoder: .webp(WebP()))])
            pipeline.limits.frames = most
            return Estimate(header: played, pipeline: pipeline).terms.first { $0.name.contains("frames of animated") }?
                .bytes
        }
        #expect(frames(nil) == 400 * 300 * 4 * 50)
        #expect(frames(3) == 400 * 300 * 4 * 3)
    }
}
