import CVips
import Glibc
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Stages
@testable import Vips

extension ImagingTests {
    @Suite("What is put around a picture")
    struct FrameTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        @Test(
            "pad brings a picture to a ratio, or to a size, and cuts nothing",
            arguments: [
                (Pad(ratio: 1), 100, 100), (Pad(ratio: 2), 120, 60), (Pad(ratio: 0.8), 100, 125),
                (Pad(width: 150, height: 90), 150, 90), (Pad(width: 40, height: 80), 100, 80),
                (Pad(height: 61), 100, 61),
                (Pad(ratio: 100.0 / 60), 100, 60),
            ])
        func pad(pad: Pad, width: Int, height: Int) throws {
            var pad = pad
            if pad.ratio == 2 { pad.position = .left }
            pad.background = RGBA(0, 255, 0)
            let made = try bench.apply([.pad(pad)], to: try solid(100, 60, red))
            #expect(made.size == PixelSize(width: width, height: height))
            let inside = try samples(made)
            var count = 0
            for start in stride(from: 0, to: inside.count, by: 3) where inside[start] == 255 { count += 1 }
            #expect(count == 6000)
            // The plan knows it, for `explain` and for what comes after.
            var planned = PlannedPicture(SourceFacts(format: .png, width: 100, height: 60, bands: 3, depth: 8))
            pad.plan(&planned)
            #expect(planned.size == made.size)
            if pad.ratio == 2 {
                #expect(try made.pixel(x: 119, y: 30) == green)
                #expect(try made.pixel(x: 0, y: 30) == red)
            }
        }

        @Test("pad turns a picture before, and is transparent where that can be")
        func padded() throws {
            var pad = Pad(ratio: 1)
            pad.position = .bottom
            let source = try bench.source(try withOrientation(try solid(60, 100, red), 6), as: .tiff(TIFF()))
            try bench.run(source, stages: [.autorotate, .pad(pad)], renditions: [.png()])
            let made = try bench.read("out.png")
            #expect(made.size == PixelSize(width: 100, height: 100))
            #expect(try made.pixel(x: 50, y: 10) == white)
            #expect(try made.pixel(x: 50, y: 90) == red)
            let clear = try bench.apply([.pad(pad)], to: try solid(100, 60, red + [255]))
            #expect(try clear.pixel(x: 50, y: 10)[3] == 0)
        }

        @Test(
            "a border is as wide on all sides",
            arguments: [(FrameLength.pixels(7), 7), (.percent(10), 6), (.percent(0.1), 1)])
        func border(width: FrameLength, pixels: Int) throws {
            var border = Border(width: width)
            border.colour = RGBA(0, 0, 255)
            let made = try bench.apply([.border(border)], to: try solid(100, 60, red))
            #expect(made.size == PixelSize(width: 100 + 2 * pixels, height: 60 + 2 * pixels))
            for (x, y) in [(0, 0), (pixels - 1, 30), (made.width - pixels, 30), (50, made.height - pixels)] {
                #expect(try made.pixel(x: x, y: y) == blue)
            }
            #expect(try made.pixel(x: pixels, y: pixels) == red)
            #expect(try made.pixel(x: made.width - pixels - 1, y: made.height - pixels - 1) == red)
        }

        @Test("a border is put on before a turn that waits, with the same result")
        func turnedBorder() throws {
            let source = try bench.source(try withOrientation(try quadrants(80, 60), 6), as: .tiff(TIFF()))
            let border = Stage.border(Border(width: .pixels(10)))
            let output = try bench.run(source, stages: [.autorotate, border], renditions: [.png()])
            let made = try bench.read("out.png")
            #expect(made.size == PixelSize(width: 80, height: 100))
            #expect(output.stages.last?.details == ["width": "10", "size": "80x100"])
            #expect(try made.pixel(x: 15, y: 15) == blue)
            #expect(try made.pixel(x: 5, y: 50) == [0, 0, 0])
        }

        @Test("corners are round and smooth, and the rest is left alone", arguments: [false, true])
        func rounded(is16Bit: Bool) throws {
            var image = try solid(100, 60, red)
            if is16Bit { image = try image.converted(to: VIPS_INTERPRETATION_RGB16) }
            let made = try bench.apply([.rounded(Rounded(radius: .pixels(20)))], to: image)
            #expect(made.bands == 4 && made.is16Bit == is16Bit)
            var sum = 0.0
            for y in 0..<60 {
                for x in 0..<100 {
                    let alpha = try made.pixel(x: x, y: y)[3] / made.fullScale
                    sum += alpha
                    if (20..<80).contains(x) || (20..<40).contains(y) { #expect(alpha == 1) }
                    // The same at every corner.
                    #expect(try made.pixel(x: 99 - x, y: 59 - y)[3] / made.fullScale == alpha)
                }
            }
            #expect(try made.pixel(x: 0, y: 0)[3] == 0)
            // A square less a circle, at four corners.
            #expect(abs(sum - (6000 - 4 * (400 - Double.pi * 100))) < 3)
        }

        @Test("half of the shorter side makes a circle of a square, and is the most there can be")
        func circle() throws {
            let circle = try bench.apply([.rounded(Rounded(radius: .percent(50)))], to: try solid(81, 81, red))
            #expect(try circle.pixel(x: 40, y: 0)[3] > 200)
            #expect(try circle.pixel(x: 5, y: 5)[3] == 0)
            let more = try bench.apply([.rounded(Rounded(radius: .pixels(5000)))], to: try solid(81, 81, red))
            #expect(try samples(more) == (try samples(circle)))
        }

        @Test("alpha that is there is kept, and made less")
        func alpha() throws {
            let made = try bench.apply([.rounded(Rounded(radius: .pixels(10)))], to: try solid(40, 40, red + [100]))
            #expect(try made.pixel(x: 20, y: 0)[3] == 100)
            #expect(try made.pixel(x: 0, y: 0)[3] == 0)
        }

        @Test("a format without transparency gets the stage's background, or the rendition's, with a warning")
        func flattened() throws {
            var jpeg = JPEG()
            (jpeg.quality, jpeg.background, jpeg.chroma) = (100, RGBA(0, 255, 0), .off)
            let renditions: [Rendition] = [Rendition(name: "jpeg", encoder: .jpeg(jpeg)), .png()]
            var stage = Rounded(radius: .pixels(16))
            let source = try bench.source(try solid(64, 64, red))
            for (background, expected) in [(nil, green), (RGBA(0, 0, 255), blue)] as [(RGBA?, [Double])] {
                stage.background = background
                let prefix = background == nil ? "theirs" : "own"
                let output = try bench.run(source, stages: [.rounded(stage)], renditions: renditions, prefix: prefix)
                #expect(output.warnings.contains { $0.hasPrefix("alpha-flattened: ") })
                #expect(isClose(try bench.read("\(prefix).jpeg").pixel(x: 0, y: 0), expected))
                #expect(try bench.read("\(prefix).png").pixel(x: 0, y: 0)[3] == 0)
            }
        }

        @Test("all of it streams, in strips and with others around it")
        func together() throws {
            let image = try texture(300, 200)
            let stages: [Stage] = [
                .rounded(Rounded(radius: .percent(10))), .border(Border(width: .pixels(12))), .pad(Pad(ratio: 1)),
                .resize(160, nil),
            ]
            let made = try bench.apply(stages, to: image)
            #expect(made.size == PixelSize(width: 160, height: 160))
            // Inside the border the corner shows nothing, and the border is opaque.
            let frame = try bench.apply(Array(stages.prefix(2)), to: image)
            #expect(try frame.pixel(x: 12, y: 12)[3] == 0)
            #expect(try frame.pixel(x: 5, y: 5) == [0, 0, 0, 255])
            try bench.run(try bench.source(image), stages: stages, renditions: [.png("a"), .png("b")], overlaps: true)
            #expect(try samples(try bench.read("out.b")) == (try samples(made)))
        }
    }
}
