import CVips
import Imaging
import Testing

@testable import Jobs
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("Kinds of pixels")
    struct PixelTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        @Test("Transparency is kept where the format can, else laid on the background")
        func transparency() throws {
            // Bright red hides under the transparent half: it must not bleed into the blue half.
            let image = try solid(200, 100, [255, 0, 0, 0])
            try draw(on: image, [0, 0, 255, 255], left: 100, top: 0, width: 100, height: 100)
            var jpeg = JPEG()
            jpeg.quality = 100
            jpeg.background = RGBA(0, 255, 0)
            var webp = WebP()
            webp.lossless = true
            try bench.run(
                try bench.source(image), stages: [.resize(50, nil)],
                renditions: [
                    .png(), Rendition(name: "jpeg", encoder: .jpeg(jpeg)),
                    Rendition(name: "webp", encoder: .webp(webp)),
                    Rendition(name: "tiff", encoder: .tiff(TIFF())), Rendition(name: "avif", encoder: .avif(AVIF())),
                    Rendition(name: "gif", encoder: .gif(GIF())),
                ])
            for name in ["png", "webp", "tiff", "avif", "gif"] {
                let read = try bench.read("out.\(name)")
                #expect(read.bands == 4, "\(name)")
                #expect(try read.pixel(x: 5, y: 12)[3] == 0, "\(name)")
                #expect(isClose(try read.pixel(x: 45, y: 12), [0, 0, 255, 255]), "\(name)")
            }
            // At the border: blue only, however transparent.
            let border = try bench.read("out.png").pixel(x: 24, y: 12)
            #expect(border[0] == 0, "red bled: \(border)")
            let flat = try bench.read("out.jpeg")
            #expect(flat.bands == 3)
            #expect(isClose(try flat.pixel(x: 5, y: 12), green))
        }

        @Test("16 bits stay 16 in PNG and TIFF, and become 8 elsewhere with the same brightness")
        func deep() throws {
            let deep = try solid(60, 40, [200, 100, 50]).converted(to: VIPS_INTERPRETATION_RGB16)
            let output = try bench.run(
                try bench.source(deep), stages: [.resize(30, nil)],
                renditions: [
                    .png(), .jpeg(), Rendition(name: "tiff", encoder: .tiff(TIFF())),
                    Rendition(name: "webp", encoder: .webp(WebP())),
                ])
            #expect(output.source.depth == 16)
            for name in ["png", "tiff"] {
                let read = try bench.read("out.\(name)")
                #expect(read.is16Bit)
                #expect(isClose(try read.pixel(x: 9, y: 9), [200, 100, 50].map { $0 * 257 }, within: 300))
            }
            for name in ["jpeg", "webp"] {
                let read = try bench.read("out.\(name)")
                #expect(!read.is16Bit)
                #expect(isClose(try read.pixel(x: 9, y: 9), [200, 100, 50]))
            }
        }

        @Test("Grey stays grey where the format can")
        func grey() throws {
            try bench.run(
                try bench.source(try solid(60, 40, [77])), stages: [.colour(Colour()), .resize(30, nil)],
                renditions: [.png(), .jpeg(), Rendition(name: "webp", encoder: .webp(WebP()))])
            #expect(try bench.read("out.png").bands == 1)
            #expect(try bench.read("out.jpeg").bands == 1)
            #expect(isClose(try bench.read("out.webp").pixel(x: 3, y: 3), [77, 77, 77]))
        }

        @Test("A palette is as good as its colours")
        func palette() throws {
            var png = PNG()
            png.palette = true
            let source = try bench.source(try quadrants(64, 64), as: .png(png))
            try bench.run(source, stages: [.resize(32, nil)], renditions: [.png(), .jpeg()])
            for name in ["png", "jpeg"] {
                let found = try corners(try bench.read("out.\(name)"))
                #expect(zip(found, [red, green, blue, white]).allSatisfy { isClose($0, $1) })
            }
        }

        @Test("CMYK ends as sRGB, in TIFF only it may stay")
        func cmyk() throws {
            // Full cyan and yellow ink: green. Stored as CMYK, without a profile.
            let image = try solid(60, 40, [255, 0, 255, 0]).interpreted(as: VIPS_INTERPRETATION_CMYK)
            let source = try bench.source(image, as: .tiff(TIFF()))
            try bench.run(
                source, stages: [.resize(30, nil)],
                renditions: [
                    .png(), .jpeg(), Rendition(name: "webp", encoder: .webp(WebP())),
                    Rendition(name: "avif", encoder: .avif(AVIF())), Rendition(name: "gif", encoder: .gif(GIF())),
                    Rendition(name: "tiff", encoder: .tiff(TIFF())),
                ])
            for name in ["png", "jpeg", "webp", "avif", "gif"] {
                let read = try bench.read("out.\(name)")
                let pixel = try read.pixel(x: 9, y: 9)
                #expect(read.interpretation == VIPS_INTERPRETATION_sRGB, "\(name)")
                #expect(pixel[1] > 120 && pixel[0] < 80 && pixel[2] < 120, "\(name) \(pixel)")
            }
            #expect(try bench.read("out.tiff").isCMYK)
        }

        @Test("Floats, many bands and Lab come out as pictures")
        func unusual() throws {
            let float = try solid(40, 40, [128, 128, 128]).linear(factor: 1 / 255.0)
            let lab = try solid(40, 40, red).converted(to: VIPS_INTERPRETATION_LAB)
            let many = try solid(40, 40, [10, 20, 30, 40, 50, 60]).interpreted(as: VIPS_INTERPRETATION_MULTIBAND)
            let cases: [(Image, [Double])] = [
                // Floats in TIFF are linear light, as libvips has it: a half of that is 188.
                (try float.interpreted(as: VIPS_INTERPRETATION_MULTIBAND), [188, 188, 188]), (lab, red),
                // The fourth is alpha, as libvips' saver writes it; 40 of 255 over white.
                (many, [217, 218, 220]),
            ]
            for (index, (image, expected)) in cases.enumerated() {
                let source = try bench.source(image, as: .tiff(TIFF()))
                let output = try bench.run(source, renditions: [.jpeg("\(index)")])
                let found = try bench.read("out.\(index)").pixel(x: 20, y: 20)
                #expect(isClose(found, expected, within: 4), "\(index): \(found)")
                #expect((index == 2) == output.warnings.contains { $0.hasPrefix("bands-ignored") })
            }
        }

        @Test("A profile is kept, converted and dropped as asked")
        func profiles() throws {
            let p3 = try solid(40, 40, red).transformed(to: "p3", fallback: "srgb", intent: VIPS_INTENT_RELATIVE)
            let stored = try p3.pixel(x: 1, y: 1)
            let source = try bench.source(p3)
            let kept = try bench.run(source, renditions: [.png("kept")])
            #expect(kept.source.icc?.contains("P3") == true)
            #expect(try bench.read("out.kept").pixel(x: 1, y: 1) == stored)
            #expect(try bench.read("out.kept").hasField("icc-profile-data"))

            try bench.run(source, stages: [.colour(Colour())], renditions: [.png("srgb")])
            #expect(isClose(try bench.read("out.srgb").pixel(x: 1, y: 1), red, within: 3))
            #expect(try !bench.read("out.srgb").hasField("icc-profile-data"))

            // Without its profile the numbers would mean other colours.
            try bench.run(
                source, renditions: [.png("dropped")], metadata: MetadataPolicy(keep: [], drop: [.icc]))
            #expect(isClose(try bench.read("out.dropped").pixel(x: 1, y: 1), red, within: 3))
            #expect(try !bench.read("out.dropped").hasField("icc-profile-data"))

            var colour = Colour()
            colour.profile = .p3
            try bench.run(
                try bench.source(try solid(40, 40, red)), stages: [.colour(colour)], renditions: [.png("p3")])
            #expect(isClose(try bench.read("out.p3").pixel(x: 1, y: 1), stored, within: 2))
            #expect(try bench.read("out.p3").hasField("icc-profile-data"))
        }

        @Test("A broken profile is a warning")
        func brokenProfile() throws {
            // A sound header, so that savers take it, over tags of nothing.
            let p3 = try solid(4, 4, red).transformed(to: "p3", fallback: "srgb", intent: VIPS_INTENT_RELATIVE)
            var junk = try #require(p3.blob("icc-profile-data"))
            for index in 300..<junk.count { junk[index] = 7 }
            let image = try solid(40, 40, red).editingFields {
                vips_image_set_blob_copy($0, "icc-profile-data", junk, junk.count)
            }
            let output = try bench.run(
                try bench.source(image, as: .jpeg(JPEG())), stages: [.colour(Colour())], renditions: [.png()])
            #expect(output.warnings.contains { $0.hasPrefix("icc:") })
            #expect(isClose(try bench.read("out.png").pixel(x: 1, y: 1), red))
        }
    }
}
