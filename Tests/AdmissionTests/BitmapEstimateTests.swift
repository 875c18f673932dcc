import BitmapHeader
import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of BMP and PNM")
struct BitmapEstimateTests {
    @Test("they stream as a PNG does, however high they are", arguments: [PictureFormat.bmp, .pnm])
    func streams(format: PictureFormat) {
        for height in [1, 1000, 100_000] {
            let estimate = Estimate(header: header(format, 3000, height), pipeline: pipeline())
            #expect(estimate == Estimate(header: header(.png, 3000, height), pipeline: pipeline()))
        }
    }

    @Test("a BMP in runs keeps some lines more")
    func runs() throws {
        var runs = header(.bmp, 3000, 2000)
        runs.bitmap = BitmapLayout(.runs(bits: 8), width: 3000, height: 2000, bands: 3)
        let term = try #require(
            Estimate(header: runs, pipeline: pipeline()).terms.first { $0.name == "16 lines of a BMP in runs" })
        #expect(term.bytes == 48_000 && term.kind == .lines)
    }
}
