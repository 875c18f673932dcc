import Conditions
import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("How RAW files are read")
struct RAWChoiceTests {
    /// Of 6048 × 4024 values, with embedded pictures of these widths, in the shape of the sensor.
    private func raw(_ previews: [(Int, Int)], orientation: Int? = 1) -> PictureHeader {
        var header = header(.raw, 6048, 4024, depth: 16)
        var layout = RAWLayout(name: "RAW (Nikon)")
        layout.previews = previews.map {
            RAWPreview(
                bytes: 100..<200, header: PictureHeader(format: .jpeg, width: $0, height: $1, bands: 3, depth: 8))
        }
        header.raw = layout
        header.orientation = orientation
        return header
    }

    private func resize(_ width: Int?, _ height: Int?) -> [Stage] {
        [.autorotate, .resize(Resize(width: width, height: height, fit: .inside))]
    }

    private let all = [(6000, 4000), (1620, 1080), (160, 120)]

    @Test("auto takes the smallest embedded picture that is large enough, else develops")
    func auto() throws {
        #expect(try rawReading(of: raw(all), pipeline()) == .preview(width: 6000, height: 4000))
        #expect(try rawReading(of: raw(all), pipeline(resize(2048, nil))) == .preview(width: 6000, height: 4000))
        #expect(try rawReading(of: raw(all), pipeline(resize(1600, nil))) == .preview(width: 1620, height: 1080))
        // Its shape is not that of the sensor.
        #expect(try rawReading(of: raw(all), pipeline(resize(100, nil))) == .preview(width: 1620, height: 1080))
        let small = Array(all.dropFirst())
        let substitute = RAWReading.PreviewSize(width: 1620, height: 1080)
        #expect(
            try rawReading(of: raw(small), pipeline()) == .developed(atHalfSize: false, orPreview: substitute))
        #expect(
            try rawReading(of: raw(small), pipeline(resize(2900, nil)))
                == .developed(atHalfSize: true, orPreview: substitute))
        // Without its borders half of it may be smaller; and what has no filters is never halved.
        #expect(
            try rawReading(of: raw(small), pipeline(resize(3000, nil)))
                == .developed(atHalfSize: false, orPreview: substitute))
        var colours = raw(small)
        colours.raw?.hasFilters = false
        #expect(
            try rawReading(of: colours, pipeline(resize(2900, nil)))
                == .developed(atHalfSize: false, orPreview: substitute))
        // Larger than the preview by little is larger.
        #expect(try rawReading(of: raw(all), pipeline(resize(1640, nil))) == .preview(width: 6000, height: 4000))
        #expect(
            try rawReading(of: raw([(160, 120)]), pipeline(resize(3100, nil)))
                == .developed(atHalfSize: false, orPreview: nil))
    }

    @Test("upright pictures need more of a low box than lying ones; what is not known needs the most")
    func turned() throws {
        // 800 pixels of the long side, or of the short one.
        let low = pipeline(resize(4000, 800))
        #expect(try rawReading(of: raw(all), low) == .preview(width: 1620, height: 1080))
        #expect(try rawReading(of: raw(all, orientation: 6), low) == .preview(width: 1620, height: 1080))
        let narrow = pipeline(resize(800, 4000))
        #expect(try rawReading(of: raw(all), narrow) == .preview(width: 1620, height: 1080))
        #expect(try rawReading(of: raw(all, orientation: 6), narrow) == .preview(width: 1620, height: 1080))
        let wide = pipeline(resize(nil, 1200))
        #expect(try rawReading(of: raw(all), wide) == .preview(width: 6000, height: 4000))
        #expect(try rawReading(of: raw(all, orientation: 6), wide) == .preview(width: 1620, height: 1080))
        #expect(try rawReading(of: raw(all, orientation: nil), wide) == .preview(width: 6000, height: 4000))
    }

    @Test("of renditions the largest counts")
    func largest() throws {
        let renditions = [
            Rendition(name: "a", stages: resize(800, nil), encoder: .jpeg(JPEG())),
            Rendition(name: "b", stages: resize(2000, nil), encoder: .jpeg(JPEG())),
        ]
        #expect(try rawReading(of: raw(all), pipeline(renditions: renditions)) == .preview(width: 6000, height: 4000))
        #expect(
            try rawReading(of: raw(all), pipeline(renditions: [renditions[0]])) == .preview(width: 1620, height: 1080))
    }

    @Test("the pipeline may want one or the other, or none")
    func rules() throws {
        var pipeline = pipeline(resize(2900, nil))
        pipeline.raw = .develop
        #expect(try rawReading(of: raw(all), pipeline) == .developed(atHalfSize: true, orPreview: nil))
        pipeline.raw = .preview
        #expect(try rawReading(of: raw([(160, 120)]), pipeline) == .preview(width: 160, height: 120))
        let none = #expect(throws: JobError.self) { try rawReading(of: raw([]), pipeline) }
        #expect(none?.code == .unsupportedFormat && none?.message.contains("raw: preview") == true)
        pipeline.raw = .refuse
        let refused = #expect(throws: JobError.self) { try rawReading(of: raw(all), pipeline) }
        #expect(refused?.code == .formatNotAccepted && refused?.message.contains("RAW (Nikon)") == true)
        #expect(try rawReading(of: header(.jpeg, 400, 300), pipeline) == nil)
    }

    @Test("a preview is estimated as the JPEG that it is; a developed picture is held, or spilled")
    func estimates() throws {
        let pipeline = pipeline(resize(1600, nil))
        let file = raw(all)
        let shown = try #require(file.read(as: try rawReading(of: file, pipeline)))
        let alone = header(.jpeg, 1620, 1080)
        #expect(Estimate(header: shown, pipeline: pipeline).total == Estimate(header: alone, pipeline: pipeline).total)
        func developed(_ half: Bool) throws -> UInt64? {
            let header = try #require(file.read(as: .developed(atHalfSize: half, orPreview: nil)))
            let terms = Estimate(header: header, pipeline: pipeline).terms
            return terms.first { $0.name == "a RAW file, developed" && $0.kind == .spillable }?.bytes
        }
        #expect(try developed(false) == 6048 * 4024 * 12)
        #expect(try developed(true) == 3024 * 2012 * 24)
        var layered = shown
        layered.isProgressive = true
        #expect(!Estimate.canRestream(layered), "the worker decodes it as it is")
    }

    @Test("conditions on the format hold of the file, and nothing is foreseen of a size that is not known")
    func conditions() throws {
        let file = raw(all)
        let shown = try #require(file.read(as: .preview(width: 1620, height: 1080)))
        #expect(ConditionFacts(shown).format == .raw && ConditionFacts(shown).width == 1620)
        #expect(ConditionFacts(file).format == .raw && ConditionFacts(file).width == nil)
        let unknown = try #require(raw(all, orientation: nil).read(as: .preview(width: 1620, height: 1080)))
        #expect(ConditionFacts(unknown).width == nil)
    }
}
