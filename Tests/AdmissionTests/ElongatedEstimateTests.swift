import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of elongated pictures")
struct ElongatedEstimateTests {
    static let sizes = [(1, 600), (600, 1), (1000, 10), (10, 1000), (8000, 200), (1, 20000), (20000, 1), (3, 60000)]

    /// Like the pipeline for networks, which enlarges to cover.
    private var social: Pipeline {
        pipeline(
            [.autorotate],
            renditions: [(1080, 1080), (1080, 1350), (1080, 1920), (1200, 630)].map { width, height in
                var resize = Resize(width: width, height: height, fit: .cover)
                (resize.enlarge, resize.position) = (true, .attention)
                return Rendition(
                    name: "\(width)x\(height)", stages: [.resize(resize), .sharpen(Sharpen())], encoder: .jpeg(JPEG()))
            })
    }

    @Test("what grows to cover a box is held as it was", arguments: sizes)
    func cover(width: Int, height: Int) {
        for format in EstimateTests.formats {
            let estimate = Estimate(header: header(format, width, height, bands: 4), pipeline: social)
            #expect(estimate.total < 60_000_000, "\(format)")
        }
    }

    @Test("what grows serves no other rendition")
    func parents() {
        var wide = Resize(width: 1080, height: 1080, fit: .cover)
        wide.enlarge = true
        let pipeline = pipeline(renditions: [
            Rendition(name: "wide", stages: [.resize(wide)], encoder: .png(PNG())),
            Rendition(name: "small", stages: [.resize(Resize(width: 100))], encoder: .png(PNG())),
        ])
        let estimate = Estimate(header: header(.png, 1, 600), pipeline: pipeline)
        #expect(!estimate.terms.contains { $0.name.contains("others are derived from") })
    }

    @Test("a picture of three lines has no more of them in the making", arguments: [(60000, 3), (3, 60000)])
    func fewLines(width: Int, height: Int) {
        let archive = pipeline(
            [.autorotate],
            renditions: [
                Rendition(name: "master", encoder: .tiff(TIFF())),
                Rendition(
                    name: "preview", stages: [.resize(Resize(width: 1600, height: 1600))], encoder: .jpeg(JPEG())),
            ])
        #expect(Estimate(header: header(.png, width, height), pipeline: archive).total < 40_000_000)
    }
}
