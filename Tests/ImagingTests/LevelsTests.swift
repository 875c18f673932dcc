import CVips
import Grading
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Levels")
    struct LevelsTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        /// A texture between two values.
        private func dull(_ width: Int, _ height: Int, from black: Double = 60, to white: Double = 180) throws -> Image
        {
            let image = try texture(width, height)
            let factor = (white - black) / 255
            return try image.linear(factor: factor, offset: black).cast(to: VIPS_FORMAT_UCHAR)
                .interpreted(as: VIPS_INTERPRETATION_sRGB).copiedToMemory()
        }

        private func extremes(_ image: Image) throws -> (least: Int, most: Int) {
            let values = try sampleValues(image).sorted()
            // Beyond 3 % of them.
            return (values[values.count * 3 / 100], values[values.count * 97 / 100])
        }

        private var auto: Stage { .levels(.auto) }

        @Test("black and white are where they are said to be", arguments: [false, true])
        func fixed(is16Bit: Bool) throws {
            var image = try solid(90, 4, [60, 60, 60])
            try draw(on: image, [120, 120, 120], left: 30, top: 0, width: 30, height: 4)
            try draw(on: image, [180, 200, 180], left: 60, top: 0, width: 30, height: 4)
            if is16Bit {
                let deep = try image.linear(factor: 257).cast(to: VIPS_FORMAT_USHORT)
                image = try deep.interpreted(as: VIPS_INTERPRETATION_RGB16)
            }
            let made = try bench.apply([.levels(Levels(black: 60, white: 180))], to: image)
            #expect(made.is16Bit == is16Bit)
            let middle = is16Bit ? 32767.5 : 127.5
            #expect(try made.pixel(x: 10, y: 1) == [0, 0, 0])
            #expect(isClose(try made.pixel(x: 40, y: 1), [middle, middle, middle], within: 1))
            #expect(try made.pixel(x: 70, y: 1) == [made.fullScale, made.fullScale, made.fullScale])
        }

        @Test("auto finds them, once for all colours, and tells what it found")
        func found() throws {
            let dull = try dull(900, 600)
            let source = try bench.source(dull)
            let output = try bench.run(source, stages: [auto], renditions: [.png()])
            let details = try #require(output.stages.first?.details)
            let black = try #require(details["black"].flatMap(Double.init))
            let white = try #require(details["white"].flatMap(Double.init))
            #expect((60..<110).contains(black) && (130...180).contains(white))
            let made = try bench.read("out.png")
            let reach = try extremes(made)
            #expect(reach.least < 40 && reach.most > 215)
            let before = try dull.pixel(x: 450, y: 300)
            for (value, made) in zip(before, try made.pixel(x: 450, y: 300)) {
                #expect(abs(min(max((value - black) / (white - black), 0), 1) * 255 - made) <= 1.5)
            }
        }

        @Test("nearly the same, whichever way the picture is looked at")
        func ways() throws {
            let dull = try dull(1600, 1200)
            var jpeg = JPEG()
            jpeg.quality = 95
            let sources = [try bench.source(dull), try bench.source(dull, as: .jpeg(jpeg))]
            var found: [[Double]] = []
            for (index, source) in sources.enumerated() {
                // Read for it alone; after the resize of one; of each of two in what they share; after what makes it whole.
                let ways: [(stages: [Stage], renditions: [Rendition])] = [
                    ([auto], [.png()]), ([.resize(640, nil)], [.png("one", [auto])]),
                    ([], [.png("a", [.resize(640, nil), auto]), .png("b", [.resize(320, nil)])]),
                    ([.crop(Crop(width: 1590, height: 1190)), auto], [.png()]),
                    ([.trim(Trim()), auto], [.png()]),
                ]
                for (number, way) in ways.enumerated() {
                    let output = try bench.run(
                        source, stages: way.stages, renditions: way.renditions, prefix: "\(index)-\(number)")
                    let details = try #require(output.stages.first { $0.name == "levels" }?.details)
                    found.append(["black", "white"].compactMap { details[$0].flatMap(Double.init) })
                }
            }
            let first = try #require(found.first)
            for other in found { #expect(isClose(first, other, within: 6), "\(first) and \(other)") }
        }

        @Test("what is nearly of one tone is left alone, and so is what has all tones")
        func flat() throws {
            let fog = try dull(300, 200, from: 120, to: 128)
            let output = try bench.run(try bench.source(fog), stages: [auto], renditions: [.png()])
            #expect(output.stages.first?.details["skipped"] == "flat")
            #expect(try samples(try bench.read("out.png")) == (try samples(fog)))
            let whole = try solid(300, 200, [0, 0, 0])
            try draw(on: whole, white, left: 0, top: 0, width: 150, height: 200)
            #expect(try samples(try bench.apply([auto], to: whole)) == (try samples(whole)))
        }

        @Test("what is transparent does not count")
        func transparent() throws {
            let opaque = try dull(300, 200)
            let alpha = try solid(300, 200, [255])
            try draw(on: alpha, [0], left: 0, top: 0, width: 120, height: 200)
            let colours = try opaque.copiedToMemory()
            try draw(on: colours, [0, 255, 0], left: 0, top: 0, width: 120, height: 200)
            let image = try colours.joined(with: alpha).interpreted(as: VIPS_INTERPRETATION_sRGB)
            let output = try bench.run(try bench.source(image), stages: [auto], renditions: [.png()])
            let black = try #require(output.stages.first?.details["black"].flatMap(Double.init))
            #expect(black > 55)
        }

        @Test("of an animation the first frame says it for all")
        func animation() throws {
            let frames = try [(60.0, 180.0), (20, 240), (100, 140)].map { try dull(120, 80, from: $0.0, to: $0.1) }
            let strip = try Image.stacked(frames).editingFields {
                vips_image_set_int($0, "page-height", 80)
                vips_image_set_array_int($0, "delay", [40, 40, 40], 3)
            }
            var webp = WebP()
            webp.lossless = true
            let source = try bench.source(strip, as: .webp(webp))
            try bench.run(source, stages: [auto], renditions: [Rendition(name: "a", encoder: .webp(webp))])
            let made = try bench.read("out.a", allFrames: true)
            #expect(made.height == 240)
            let found = try frames[0].tonalRangeOfWhole()
            for (index, frame) in frames.enumerated() {
                let before = try frame.pixel(x: 60, y: 40)[0] / 255
                let after = try made.pixel(x: 60, y: 40 + 80 * index)[0] / 255
                let expected = min(max((before - found.black) / (found.white - found.black), 0), 1)
                #expect(abs(expected - after) < 0.02, "frame \(index)")
            }
        }
    }
}

extension Image {
    fileprivate func tonalRangeOfWhole() throws -> TonalRange {
        var picture = Picture(image: self, nominal: size, orientation: 1, roundsLikeShrinkOnLoad: false)
        picture.isSequential = false
        return try picture.tonalRange(clip: 0.5)
    }
}
