import Imaging
import Testing

@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Orientation")
    struct OrientationTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        /// The picture as a camera would store it under an orientation (EXIF 2.3, tag 0x0112).
        func stored(_ upright: Image, _ orientation: Int) throws -> Image {
            switch orientation {
            case 2: try upright.flipped(vertically: false)
            case 3: try upright.rotated(quarterTurns: 2)
            case 4: try upright.flipped(vertically: true)
            // Row 0 of the file is the picture's left side, column 0 its top.
            case 5: try upright.rotated(quarterTurns: 1).flipped(vertically: false)
            // Row 0 is the right side, column 0 the top.
            case 6: try upright.rotated(quarterTurns: 3)
            case 7: try upright.rotated(quarterTurns: 3).flipped(vertically: false)
            case 8: try upright.rotated(quarterTurns: 1)
            default: upright
            }
        }

        func camera(_ orientation: Int, _ width: Int = 160, _ height: Int = 96) throws -> String {
            var jpeg = JPEG()
            jpeg.quality = 95
            let image = try stored(try quadrants(width, height), orientation)
            return try bench.source(try withOrientation(image, orientation), as: .jpeg(jpeg))
        }

        func expectUpright(_ image: Image, _ size: PixelSize) throws {
            #expect(image.size == size)
            for (found, wanted) in zip(try corners(image), [red, green, blue, white]) {
                #expect(isClose(found, wanted), "\(found) is not \(wanted)")
            }
            #expect((image.integer("orientation") ?? 1) == 1)
        }

        @Test("comes out upright, at full size", arguments: 1...8)
        func upright(orientation: Int) throws {
            let output = try bench.run(try camera(orientation), stages: [.autorotate], renditions: [.png()])
            try expectUpright(try bench.read("out.png"), PixelSize(width: 160, height: 96))
            #expect((output.source.orientation ?? 1) == orientation)
            // As stored.
            #expect(output.source.width == (orientation >= 5 ? 96 : 160))
        }

        @Test("comes out upright after a resize, and from a picture that is held", arguments: 1...8)
        func resized(orientation: Int) throws {
            let source = try camera(orientation, 800, 480)
            try bench.run(
                source, stages: [.autorotate, .resize(80, nil)], renditions: [.png("a")])
            try expectUpright(try bench.read("out.a"), PixelSize(width: 80, height: 48))
            try bench.run(
                source, stages: [.autorotate], renditions: [.jpeg("b"), .png("c", [.resize(nil, 48)])])
            try expectUpright(try bench.read("out.b"), PixelSize(width: 800, height: 480))
            try expectUpright(try bench.read("out.c"), PixelSize(width: 80, height: 48))
            #expect(bench.outputNames == ["out.a", "out.b", "out.c"])
        }

        @Test("crops on the upright picture", arguments: 1...8)
        func cropped(orientation: Int) throws {
            var crop = Crop(width: 40, height: 20)
            crop.position = .topRight
            try bench.run(try camera(orientation), stages: [.autorotate, .crop(crop)], renditions: [.png()])
            let image = try bench.read("out.png")
            #expect(image.size == PixelSize(width: 40, height: 20))
            #expect(isClose(try image.pixel(x: 20, y: 10), green))
        }

        @Test("stays as stored without autorotate")
        func untouched() throws {
            try bench.run(try camera(6), renditions: [.png()])
            #expect(try bench.read("out.png").size == PixelSize(width: 96, height: 160))
        }
    }
}
