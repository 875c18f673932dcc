import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of files that are tried")
struct TargetEstimateTests {
    private func total(_ encoder: Rendition.Encoder, _ change: (inout Rendition) -> Void = { _ in }) -> UInt64 {
        var rendition = Rendition(name: "x", encoder: encoder)
        change(&rendition)
        return Estimate(header: header(.png, 4000, 3000), pipeline: pipeline(renditions: [rendition])).total
    }

    private func target(_ change: (inout EncodingTarget) -> Void) -> EncodingTarget {
        var target = EncodingTarget()
        change(&target)
        return target
    }

    private let picture: UInt64 = 4000 * 3000 * 3

    @Test("the picture is held where it is encoded again, and twice where it may be made smaller")
    func held() {
        let once = total(.jpeg(JPEG()))
        let again = total(.jpeg(JPEG())) { $0.target = target { $0.maxBytes = 1 } }
        let smaller = total(.jpeg(JPEG())) { $0.target = target { ($0.maxBytes, $0.shrink) = (1, true) } }
        #expect(again >= once + picture)
        #expect(smaller >= again + picture)
        #expect(total(.jpeg(JPEG())) { $0.group = "g" } >= once + picture)
    }

    @Test("a file that is decoded again is held by its decoder, in place of its encoder")
    func decoded() {
        let sizes = total(.webp(WebP())) { $0.target = target { $0.maxBytes = 1 } }
        let similar = total(.webp(WebP())) { $0.target = target { $0.ssim = 0.9 } }
        #expect(similar >= sizes && similar < sizes + picture)
        #expect(
            total(.jpeg(JPEG())) { $0.target = target { $0.ssim = 0.9 } }
                == total(.jpeg(JPEG())) { $0.target = target { $0.maxBytes = 1 } })
    }
}
