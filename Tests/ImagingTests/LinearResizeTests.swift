import CVips
import Glibc
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Resizing in linear light")
    struct LinearResizeTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private func resize(_ width: Int, linear: Bool = true) -> Stage {
            var resize = Resize(width: width)
            resize.linear = linear
            return .resize(resize)
        }

        /// Black and white in turns, pixel by pixel.
        private func checks(_ width: Int, _ height: Int, alpha: Bool = false) throws -> Image {
            let bands = alpha ? 4 : 3
            var bytes: [UInt8] = []
            for y in 0..<height {
                for x in 0..<width {
                    let value: UInt8 = (x + y) % 2 == 0 ? 255 : 0
                    bytes += [value, value, value] + (alpha ? [255] : [])
                }
            }
            let memory = bytes.withUnsafeBytes {
                vips_image_new_from_memory_copy(
                    $0.baseAddress, $0.count, Int32(width), Int32(height), Int32(bands), VIPS_FORMAT_UCHAR)
            }
            return try Image(taking: try #require(memory)).interpreted(as: VIPS_INTERPRETATION_sRGB)
        }

        @Test("half of the light is 188, half of the values 128", arguments: [false, true])
        func checks(alpha: Bool) throws {
            let source = try bench.source(try checks(128, 128, alpha: alpha))
            for (linear, expected) in [(true, 188.0), (false, 128)] {
                let renditions = [("a", 32), ("b", 16)].map { Rendition.png($0.0, [resize($0.1, linear: linear)]) }
                try bench.run(source, renditions: renditions, prefix: "\(linear)")
                for name in ["a", "b"] {
                    let pixel = try bench.read("\(linear).\(name)").pixel(x: 8, y: 8)
                    #expect(isClose(Array(pixel.prefix(3)), [expected, expected, expected], within: 3), "\(pixel)")
                    if alpha { #expect(pixel[3] == 255) }
                }
            }
        }

        @Test("is as near to libvips' resize of light as its rounding lets it be", arguments: [true, false])
        func reference(isPNG: Bool) throws {
            let drawing = try texture(640, 480)
            var jpeg = JPEG()
            jpeg.quality = 100
            let source = try bench.source(drawing, as: isPNG ? .png(PNG()) : .jpeg(jpeg))
            try bench.run(source, renditions: [.png("made", [resize(256)])])
            let light = try decode(source).converted(to: VIPS_INTERPRETATION_scRGB)
            let small = try Image.make { sluice_resize(light.pointer, &$0, 0.4, 0.4) }
            let expected = try small.converted(to: VIPS_INTERPRETATION_sRGB).copiedToMemory()
            #expect(try psnr(try bench.read("out.made"), expected) > 50)
        }

        @Test("nothing is shrunk while it is decoded, nor made from a smaller rendition")
        func plan() throws {
            let facts = SourceFacts(format: .jpeg, width: 6400, height: 4800, bands: 3, depth: 8)
            let renditions: [Rendition] = [.png("a", [resize(1600)]), .png("b", [resize(200)])]
            let plan = Plan(for: facts, pipeline: Pipeline(name: "test", renditions: renditions))
            #expect(plan.loadShrink == 1 && plan.baseSize == nil && plan.parents == [nil, nil])
        }
    }
}
