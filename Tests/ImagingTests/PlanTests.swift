import Grading
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("The plan of a job")
    struct PlanTests {
        func facts(
            _ format: PictureFormat = .jpeg, _ width: Int = 4000, _ height: Int = 3000, pages: Int = 1,
            orientation: Int? = nil
        ) -> SourceFacts {
            SourceFacts(
                format: format, width: width, height: height, bands: 3, depth: 8, pages: pages,
                orientation: orientation)
        }

        func plan(_ facts: SourceFacts, _ stages: [Stage], _ renditions: [[Stage]] = [[]]) -> Plan {
            let renditions = renditions.enumerated().map { Rendition.png("r\($0.offset)", $0.element) }
            return Plan(for: facts, pipeline: Pipeline(name: "test", stages: stages, renditions: renditions))
        }

        @Test(
            "shrinks a JPEG while loading as vips_thumbnail does",
            arguments: [
                (1001, 1), (1000, 2), (501, 2), (500, 4), (251, 4), (250, 8), (10, 8),
            ])
        func loadShrink(width: Int, shrink: Int) {
            #expect(plan(facts(), [.resize(width, nil)]).loadShrink == shrink)
            #expect(plan(facts(), [], [[.resize(width, nil)]]).loadShrink == shrink)
            #expect(plan(facts(.png), [.resize(width, nil)]).loadShrink == 1)
        }

        @Test("loads a WebP at the size that is needed")
        func webp() {
            #expect(plan(facts(.webp), [.resize(1000, nil)]).loadSize == PixelSize(width: 1000, height: 750))
            #expect(plan(facts(.webp, pages: 3), [.resize(1000, nil)]).loadSize == nil)
        }

        @Test(
            "leaves the whole picture to stages that mind",
            arguments: [
                Stage.sharpen(Sharpen()), .blur(Blur(sigma: 2)), .trim(Trim()), .crop(Crop(width: 10, height: 10)),
                .rotate(Rotate(angle: 10)), .watermark(Watermark(picture: "/nowhere")),
                .adjust(Adjust()), .levels(Levels(black: 5)), .sepia(Sepia()),
                .lut(Lut(file: "/nowhere")), .pad(Pad(ratio: 1)), .border(Border(width: .pixels(3))),
                .rounded(Rounded(radius: .pixels(3))),
            ])
        func wholePicture(stage: Stage) {
            #expect(plan(facts(), [stage, .resize(100, nil)]).loadShrink == 1)
            #expect(plan(facts(), [], [[stage, .resize(100, nil)]]).loadShrink == 1)
            // After the resize it does not matter.
            #expect(plan(facts(), [.resize(100, nil), stage]).loadShrink == 8)
        }

        @Test(
            "shrinks through stages that do not mind",
            arguments: [
                Stage.autorotate, .grayscale, .flip(Flip(direction: .vertical)), .flatten(Flatten()), .colour(Colour()),
                .rotate(Rotate(angle: 90)),
            ])
        func commuting(stage: Stage) {
            #expect(plan(facts(), [stage, .resize(100, 100)]).loadShrink == 8)
        }

        @Test("shrinks once for the largest of several renditions")
        func base() {
            let sizes: [[Stage]] = [[.resize(320, 320)], [.resize(640, 640, .cover)], [.resize(nil, 100)]]
            let three = plan(facts(), [.autorotate], sizes)
            #expect(three.baseSize == PixelSize(width: 853, height: 640))
            #expect(three.loadShrink == 2)
            #expect(three.holdsPicture)
            #expect(three.outputs.map(\.words) == ["320x240", "640x640", "133x100"])

            // One reader streams.
            #expect(plan(facts(), [], [[.resize(320, 320)]]).baseSize == nil)
            #expect(plan(facts(), [], [[.resize(320, 320)]]).holdsPicture == false)
            // One that wants it all leaves all.
            #expect(plan(facts(), [], [[.resize(320, 320)], []]).baseSize == nil)
            #expect(plan(facts(), [], [[.resize(320, 320)], [.trim(Trim())]]).loadShrink == 1)
        }

        @Test("stretches no picture for a rendition that is stretched")
        func fill() {
            let two = plan(facts(), [], [[.resize(1000, 100, .fill)], [.resize(100, 100)]])
            #expect(two.baseSize == PixelSize(width: 1000, height: 750))
        }

        @Test("sees sizes upright where the picture will be turned")
        func turned() {
            let upright = plan(facts(orientation: 6), [.autorotate], [[.resize(300, 400)], [.resize(150, nil)]])
            #expect(upright.outputs.map(\.words) == ["300x400", "150x200"])
            #expect(upright.baseSize == PixelSize(width: 400, height: 300))
            #expect(plan(facts(orientation: 6), [], [[.resize(300, 400)]]).outputs.map(\.words) == ["300x225"])
        }

        @Test("animates only where source and rendition can")
        func animation() {
            let gif = Rendition(name: "gif", encoder: .gif(GIF()))
            let pipeline = Pipeline(name: "test", renditions: [gif])
            #expect(Plan(for: facts(.gif, pages: 3), pipeline: pipeline).animates)
            #expect(!Plan(for: facts(.gif, pages: 1), pipeline: pipeline).animates)
            #expect(!Plan(for: facts(.tiff, pages: 3), pipeline: pipeline).animates)
            #expect(!plan(facts(.gif, pages: 3), []).animates)
        }

        @Test("is told in words")
        func words() {
            let plan = plan(facts(), [], [[.resize(320, 320)], [.resize(640, 640)]])
            #expect(
                plan.words == [
                    "shrink on load 2", "shrink once to 640x480", "keep the picture in memory for its renditions",
                ])
        }
    }
}
