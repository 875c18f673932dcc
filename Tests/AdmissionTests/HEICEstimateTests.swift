import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of HEIC")
struct HEICEstimateTests {
    private func written(bands: Int = 3, _ change: (inout HEIF) -> Void = { _ in }) -> Estimate {
        var heif = HEIF()
        change(&heif)
        var header = header(.png, 4000, 3000, bands: bands)
        header.hasAlpha = bands == 4
        return Estimate(header: header, pipeline: pipeline(renditions: [Rendition(name: "x", encoder: .heif(heif))]))
    }

    @Test("the encoder takes more for all of the chroma, alpha and fine quality; effort is time alone")
    func encoder() {
        let usual = written().total
        #expect(written { $0.effort = 0 }.total == usual && written { $0.effort = 9 }.total == usual)
        #expect(usual < written { $0.chroma = .off }.total)
        #expect(usual < written { $0.quality = 61 }.total)
        #expect(usual < written(bands: 4).total)
        // Full chroma from 90 on where it is left to the quality; a HEIC has half of it by default.
        #expect(written { $0.quality = 95 }.total < written { ($0.quality, $0.chroma) = (95, .auto) }.total)
        // 15.5 bytes a pixel, and what streams.
        #expect(usual > 12_000_000 * 31 / 2)
    }

    @Test("all but its tables may be spilled")
    func spills() throws {
        let plan = try MemoryPlan(
            header: header(.png, 10000, 10000),
            pipeline: pipeline(renditions: [Rendition(name: "x", encoder: .heif(HEIF()))]),
            cap: MemoryCap(total: 64 << 20, workers: 1, spill: 8 << 30))
        #expect(plan.way == .spilled && plan.spill > 1_550_000_000)
    }
}
