import CVips
import Imaging
import Jobs
import Testing

@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Stages")
    struct StageTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        @Test("trim cuts the border and keeps the margin")
        func trim() throws {
            let image = try solid(100, 80, white)
            try draw(on: image, blue, left: 30, top: 20, width: 40, height: 10)
            #expect(try bench.apply([.trim(Trim())], to: image).size == PixelSize(width: 40, height: 10))
            var trim = Trim()
            trim.margin = 25
            #expect(try bench.apply([.trim(trim)], to: image).size == PixelSize(width: 90, height: 55))
        }

        @Test("trim finds a transparent border, whatever colour it hides")
        func trimTransparent() throws {
            let image = try solid(100, 80, [0, 0, 0, 0])
            try draw(on: image, [0, 0, 0, 255], left: 30, top: 20, width: 40, height: 10)
            #expect(try bench.apply([.trim(Trim())], to: image).size == PixelSize(width: 40, height: 10))
        }

        @Test("trim leaves a blank picture whole, with a warning")
        func trimBlank() throws {
            let output = try bench.run(
                try bench.source(try solid(100, 80, white)), stages: [.trim(Trim())], renditions: [.png()])
            #expect(output.warnings.count == 1)
            #expect(output.renditions.map(\.width) == [100])
        }

        @Test("trim leaves what is too narrow to have a border", arguments: [(1, 1), (1, 90), (90, 2)])
        func trimNarrow(width: Int, height: Int) throws {
            let image = try solid(width, height, white)
            #expect(try bench.apply([.trim(Trim())], to: image).size == PixelSize(width: width, height: height))
        }

        @Test("crop cuts at an offset, and down to the picture")
        func crop() throws {
            var crop = Crop(width: 1000, height: 20)
            crop.left = 60
            crop.top = 50
            let image = try bench.apply([.crop(crop)], to: try quadrants(100, 80))
            #expect(image.size == PixelSize(width: 40, height: 20))
            #expect(try image.pixel(x: 5, y: 5) == white)
        }

        @Test("crop outside the picture fails, and names the stage")
        func cropOutside() throws {
            var crop = Crop(width: 10, height: 10)
            crop.left = 100
            let error = bench.failure(try bench.source(try quadrants(100, 80)), stages: [.crop(crop)])
            #expect(error?.code == .stageFailed)
            #expect(error?.stage == "crop")
            #expect(bench.outputNames.isEmpty)
        }

        @Test("a smart crop keeps what draws the eye", arguments: [Position.attention, .entropy])
        func smart(position: Position) throws {
            let image = try solid(300, 100, [128, 128, 128])
            let busy = try texture(60, 60)
            let composed = try image.composited(with: busy, left: 220, top: 20)
                .extractedBands(first: 0, count: 3).cast(to: VIPS_FORMAT_UCHAR)
            let cut = try bench.apply([.resize(100, 100, .cover, position: position)], to: composed)
            #expect(cut.size == PixelSize(width: 100, height: 100))
            // The grey to the left of the texture is one colour.
            let left = try cut.extracted(PixelRectangle(left: 60, top: 40, width: 20, height: 20))
            #expect(Set(try samples(left)).count > 10, "the texture was cut away")
        }

        @Test("contain pads to the box at its position, in the colour asked for")
        func contain() throws {
            var resize = Resize(width: 100, height: 100, fit: .contain)
            resize.background = RGBA(0, 255, 0)
            resize.position = .top
            let image = try bench.apply([.resize(resize)], to: try solid(200, 100, red))
            #expect(image.size == PixelSize(width: 100, height: 100))
            #expect(isClose(try image.pixel(x: 50, y: 25), red))
            #expect(try image.pixel(x: 50, y: 75) == green)
            resize.background = nil
            #expect(try bench.apply([.resize(resize)], to: try solid(200, 100, red)).pixel(x: 50, y: 75) == white)
            let clear = try bench.apply([.resize(resize)], to: try solid(200, 100, red + [255]))
            #expect(try clear.pixel(x: 50, y: 75)[3] == 0)
            // Grey has room for grey only: a colour makes it colour.
            resize.background = RGBA(0, 255, 0)
            let colour = try bench.apply([.resize(resize)], to: try solid(200, 100, [50]))
            #expect(try colour.pixel(x: 50, y: 75) == green)
            #expect(isClose(try colour.pixel(x: 50, y: 25), [50, 50, 50]))
        }

        @Test("rotate turns clockwise")
        func rotate() throws {
            let image = try quadrants(100, 60)
            let right = try bench.apply([.rotate(Rotate(angle: 90))], to: image)
            #expect(right.size == PixelSize(width: 60, height: 100))
            #expect(try corners(right) == [blue, red, white, green])
            #expect(try corners(bench.apply([.rotate(Rotate(angle: -90))], to: image)) == [green, white, red, blue])
            #expect(try corners(bench.apply([.rotate(Rotate(angle: 180))], to: image)) == [white, blue, green, red])
        }

        @Test("rotate by any angle enlarges the canvas, filled")
        func rotateAny() throws {
            var rotate = Rotate(angle: 30)
            rotate.background = RGBA(0, 0, 255)
            let bar = try solid(100, 100, white)
            try draw(on: bar, red, left: 0, top: 0, width: 100, height: 20)
            let image = try bench.apply([.rotate(rotate)], to: bar)
            #expect(abs(image.width - 137) <= 1 && abs(image.height - 137) <= 1)
            #expect(try image.pixel(x: 1, y: 1) == blue)
            // Clockwise: the top edge's bar has moved to the right.
            #expect(isClose(try image.pixel(x: 90, y: 35), red, within: 40))
        }

        @Test("flip mirrors")
        func flip() throws {
            let image = try quadrants(100, 60)
            let across = try bench.apply([.flip(Flip(direction: .horizontal))], to: image)
            #expect(try corners(across) == [green, red, white, blue])
            let over = try bench.apply([.flip(Flip(direction: .vertical))], to: image)
            #expect(try corners(over) == [blue, white, red, green])
        }

        @Test("flatten lays the picture on its colour, for good")
        func flatten() throws {
            var flatten = Flatten()
            flatten.background = RGBA(255, 0, 0)
            let image = try bench.apply([.flatten(flatten)], to: try solid(20, 20, [0, 0, 255, 0]))
            #expect(image.bands == 3)
            #expect(try image.pixel(x: 1, y: 1) == red)
        }

        @Test("grayscale takes the colours and leaves the transparency")
        func grayscale() throws {
            let image = try bench.apply([.grayscale], to: try solid(20, 20, [0, 255, 0, 128]))
            #expect(image.bands == 2)
            #expect(try image.pixel(x: 1, y: 1)[1] == 128)
        }

        @Test("sharpen raises edges, blur lowers them, both keep format and size")
        func filters() throws {
            let edge = try solid(60, 40, [100, 100, 100])
            try draw(on: edge, [150, 150, 150], left: 30, top: 0, width: 30, height: 40)
            let sharp = try bench.apply([.sharpen(Sharpen())], to: try bench.apply([.blur(Blur(sigma: 1))], to: edge))
            let soft = try bench.apply([.blur(Blur(sigma: 3))], to: edge)
            func contrast(_ image: Image) throws -> Double {
                try image.pixel(x: 31, y: 20)[0] - image.pixel(x: 28, y: 20)[0]
            }
            #expect(try contrast(sharp) > contrast(soft))
            #expect(try contrast(soft) < contrast(edge))
            #expect(sharp.size == edge.size && sharp.bands == 3 && !sharp.is16Bit)
        }

        @Test(
            "watermark goes where it is told, as strong as it is told",
            arguments: [
                (Position.bottomRight, 85, 45), (.topLeft, 15, 15), (.centre, 50, 30),
            ])
        func watermark(position: Position, x: Int, y: Int) throws {
            let mark = try bench.source(try solid(20, 20, [0, 0, 0]))
            var watermark = Watermark(picture: mark)
            watermark.position = position
            watermark.margin = 5
            let image = try bench.apply([.watermark(watermark)], to: try solid(100, 60, white))
            #expect(image.bands == 3)
            #expect(isClose(try image.pixel(x: x, y: y), [128, 128, 128], within: 2))
            #expect(try image.pixel(x: x > 50 ? 5 : 95, y: 5) == white)
        }

        @Test("watermark scales, tiles, and keeps what the picture is")
        func watermarkKinds() throws {
            let mark = try bench.source(try solid(20, 20, [255, 0, 0, 255]))
            var watermark = Watermark(picture: mark)
            watermark.opacity = 1
            watermark.scale = 0.5
            watermark.margin = 0
            let scaled = try bench.apply([.watermark(watermark)], to: try solid(100, 60, white))
            #expect(try scaled.pixel(x: 55, y: 15) == red)
            #expect(try scaled.pixel(x: 45, y: 15) == white)

            watermark.scale = nil
            watermark.tile = true
            let tiled = try bench.apply([.watermark(watermark)], to: try solid(100, 60, white + [255]))
            #expect(tiled.bands == 4)
            #expect(try tiled.pixel(x: 1, y: 1) == red + [255])

            let grey = try bench.source(try solid(20, 20, [0, 255]))
            watermark.picture = grey
            #expect(try bench.apply([.watermark(watermark)], to: try solid(100, 60, [200])).bands == 1)

            let deep = try solid(100, 60, white).converted(to: VIPS_INTERPRETATION_RGB16)
            #expect(try bench.apply([.watermark(watermark)], to: deep).is16Bit)
        }

        @Test("a missing watermark fails its stage by name")
        func noWatermark() throws {
            let error = bench.failure(
                try bench.source(try solid(20, 20, white)), stages: [.watermark(Watermark(picture: "/no/such.png"))])
            #expect(error?.code == .stageFailed)
            #expect(error?.message.contains("/no/such.png") == true)
        }

        @Test("that look at neighbours get them from a picture that is read once", arguments: [0.5, 9, 40])
        func neighbours(sigma: Double) throws {
            let image = try texture(160, 1600)
            let source = try bench.source(image, as: .jpeg(JPEG()))
            let stages: [Stage] = [.resize(80, nil), .blur(Blur(sigma: sigma))]
            try bench.run(source, stages: stages, renditions: [.png("once")])
            // With two renditions the picture is held, and may be read in any order.
            try bench.run(source, stages: stages, renditions: [.png("held"), .png("other")])
            #expect(try bench.bytes("out.once") == bench.bytes("out.held"))
        }
    }
}
