import Grading
import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of stages for tones and colours")
struct GradingEstimateTests {
    private func shared(_ stages: [Stage]) -> UInt64 {
        let renditions = ["a", "b"].map { Rendition(name: $0, encoder: .jpeg(JPEG())) }
        let estimate = Estimate(
            header: header(.tiff, 4000, 3000, bands: 1), pipeline: pipeline(stages, renditions: renditions))
        return estimate.terms.first { $0.name == "the picture the renditions are made from" }?.bytes ?? 0
    }

    @Test("a grey picture that comes out in colours is held in colours")
    func colours() {
        #expect(shared([.adjust(Adjust())]) == 12_000_000)
        #expect(shared([.sepia(Sepia())]) == 36_000_000)
        #expect(shared([.watermark(Watermark(picture: "/mark.png"))]) == 36_000_000)
        var rotate = Rotate(angle: 180)
        rotate.background = .black
        #expect(shared([.rotate(rotate)]) == 12_000_000)
        rotate.background = RGBA(200, 0, 0, 100)
        #expect(shared([.rotate(rotate)]) == 48_000_000)
        #expect(shared([.rounded(Rounded(radius: .pixels(9)))]) == 24_000_000)
        #expect(shared([.sepia(Sepia()), .rounded(Rounded(radius: .pixels(9)))]) == 48_000_000)
        // A bound is a pixel or two more.
        let square = shared([.pad(Pad(ratio: 1))])
        #expect((16_000_000...16_010_000).contains(square))
    }

    @Test("a lookup table is counted as a worker has it, each file once")
    func lookupTables() {
        var lut = Lut(file: "/film.cube")
        (lut.bytes, lut.entries) = (900_000, 35937)
        var other = lut
        other.file = "/other.cube"
        func bytes(_ stages: [Stage]) -> UInt64 {
            let estimate = Estimate(header: header(.jpeg, 400, 300), pipeline: pipeline(stages))
            return estimate.terms.first { $0.name == "lookup tables" }?.bytes ?? 0
        }
        #expect(bytes([.lut(lut)]) == 900_000 + 35937 * 28)
        #expect(bytes([.lut(lut), .lut(lut)]) == 900_000 + 35937 * 44)
        #expect(bytes([.lut(lut), .lut(other)]) == 900_000 + 35937 * 56)
        #expect(shared([.lut(lut)]) == 36_000_000)
    }

    @Test("tables and lines are counted, once a stage")
    func tables() {
        func terms(_ count: Int) -> [String: UInt64] {
            let stages = [Stage](repeating: .adjust(Adjust()), count: count)
            let estimate = Estimate(header: header(.jpeg, 4000, 3000), pipeline: pipeline(stages))
            return Dictionary(estimate.terms.map { ($0.name, $0.bytes) }) { $0 + $1 }
        }
        #expect(terms(0)["tables for tones and colours"] == nil)
        #expect(terms(1)["tables for tones and colours"] == EstimateFigures.gradingTables)
        #expect(terms(3)["tables for tones and colours"] == 3 * EstimateFigures.gradingTables)
        #expect(terms(2)["lines for tones and colours"] == 2 * 32 * 4001 * 3)
    }
}
