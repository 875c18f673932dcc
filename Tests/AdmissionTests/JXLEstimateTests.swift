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

    @Test("an animated PNG counts as what it says, but no more than are played; its pixels as deep as they are")
    func animatedPNG() {
        var played = header(.png, 400, 300)
        (played.isAnimated, played.pages, played.statedFrames) = (true, nil, 12)
        func frames(_ change: (inout PictureHeader, inout Pipeline) -> Void = { _, _ in }) -> UInt64? {
            var pipeline = pipeline(renditions: [Rendition(name: "w", encoder: .webp(WebP()))])
            var header = played
            change(&header, &pipeline)
            return Estimate(header: header, pipeline: pipeline).terms.first { $0.name.contains("frames of animated") }?
                .bytes
        }
        #expect(frames() == 400 * 300 * 4 * 12)
        #expect(frames { $1.limits.frames = 3 } == 400 * 300 * 4 * 3)
        #expect(
            frames {
                $0.statedFrames = 1 << 31; $1.limits.pages = 50
            } == 400 * 300 * 4 * 50)
        #expect(frames { header, _ in header.depth = 16 } == 400 * 300 * 8 * 12)
        // A still picture of it streams as any other, and is not put in another order either.
        played.isInterlaced = true
        #expect(!Estimate.canRestream(played))
        let still = Estimate(
            header: played, pipeline: pipeline(renditions: [Rendition(name: "j", encoder: .jpeg(JPEG()))]))
        #expect(!still.terms.contains { $0.name.contains("canvas") })
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
