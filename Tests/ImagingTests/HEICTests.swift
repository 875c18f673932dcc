import CVips
import Glibc
import Metadata
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("HEIC")
    struct HEICTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private func heic(_ name: String = "x", _ change: (inout HEIF) -> Void = { _ in }) -> Rendition {
            var heif = HEIF()
            (heif.quality, heif.effort) = (80, 0)
            change(&heif)
            return Rendition(name: name, encoder: .heif(heif))
        }

        private func read(_ name: String) throws -> (facts: SourceFacts, image: Image) {
            let output = try bench.run("\(bench.path)/\(name)", renditions: [.png("p")], prefix: "again-\(name)")
            #expect(output.warnings.isEmpty, "\(output.warnings)")
            return (output.source, try bench.read("again-\(name).p"))
        }

        private func colours(_ image: Image) throws -> Image { try image.extractedBands(first: 0, count: 3) }

        @Test(
            "of any size is written and read again, with or without alpha",
            arguments: [(1, 1), (2, 3), (15, 17), (64, 64), (63, 200), (801, 466)], [3, 4])
        func sizes(size: (Int, Int), bands: Int) throws {
            let whole = try texture(801, 466).extracted(
                PixelRectangle(left: 0, top: 0, width: size.0, height: size.1))
            let image = bands == 4 ? try whole.addingAlpha() : whole
            let output = try bench.run(try bench.source(image), renditions: [heic()])
            #expect(output.renditions.map(\.format) == ["heif"] && output.warnings.isEmpty)
            let (facts, back) = try read("out.x")
            #expect([facts.width, facts.height, facts.bands] == [size.0, size.1, bands] && facts.format == .heif)
            #expect(back.bands == bands)
            // A few pixels of noise have colours that half of them cannot show.
            if size.0 > 60 { #expect(try psnr(try colours(back), try colours(image)) > 30) }
        }

        @Test(
            "shows flat colours as they are",
            arguments: [red, green, blue, [255, 255, 255], [0, 0, 0], [128, 128, 128]])
        func colours(colour: [Double]) throws {
            try bench.run(try bench.source(try solid(50, 31, colour)), renditions: [heic { $0.quality = 100 }])
            let back = try read("out.x").image
            for (x, y) in [(0, 0), (49, 30), (25, 15)] {
                let pixel = try back.pixel(x: x, y: y)
                #expect(isClose(pixel, colour, within: 3), "\(pixel)")
            }
        }

        @Test("becomes of grey, of 16 bits and of CMYK what it holds")
        func others() throws {
            let grey = try texture(90, 70).extractedBands(first: 0, count: 1).interpreted(as: VIPS_INTERPRETATION_B_W)
            let deep = try texture(90, 70).linear(factor: 257, offset: 0).cast(to: VIPS_FORMAT_USHORT).interpreted(
                as: VIPS_INTERPRETATION_RGB16)
            for (index, image) in [grey, deep].enumerated() {
                try bench.run(try bench.source(image), renditions: [heic(), .png("p")], prefix: "\(index)")
                let back = try read("\(index).x")
                #expect([back.facts.bands, back.facts.depth] == [3, 8])
                let source = try texture(90, 70)
                if index == 1 { #expect(try psnr(back.image, source) > 30) }
            }
        }

        @Test("of less quality has fewer bytes; of more chroma sharper colours")
        func quality() throws {
            let image = try texture(400, 300)
            let output = try bench.run(
                try bench.source(image),
                renditions: [30, 60, 90].map { quality in heic("q\(quality)") { $0.quality = quality } })
            let sizes = output.renditions.map(\.bytes)
            #expect(sizes == sizes.sorted() && Set(sizes).count == 3, "\(sizes)")
            #expect(try psnr(try bench.read("out.q90"), image) > 30)

            let stripes = try solid(200, 200, red)
            try draw(on: stripes, blue, left: 101, top: 0, width: 1, height: 200)
            try bench.run(
                try bench.source(stripes),
                renditions: [
                    heic("half") { $0.quality = 95 }, heic("all") { ($0.quality, $0.chroma) = (95, .off) },
                    heic("auto") { ($0.quality, $0.chroma) = (95, .auto) },
                ], prefix: "c")
            #expect(isClose(try read("c.all").image.pixel(x: 101, y: 100), blue, within: 12))
            #expect(isClose(try read("c.auto").image.pixel(x: 101, y: 100), blue, within: 12))
            #expect(!isClose(try read("c.half").image.pixel(x: 101, y: 100), blue, within: 12))
        }

        @Test("carries profile, EXIF and XMP where they are kept, and nothing of them where they are not")
        func metadata() throws {
            let profile = try #require(ColourMeaning.curve(.power(1.8), .adobeRGB, name: "a").profile(isGrey: false))
            let packet = Array(
                ("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
                    + "<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:subject><rdf:Bag><rdf:li>seaside"
                    + "</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>").utf8)
            let image = try withOrientation(try quadrants(161, 97), 6).editingFields {
                vips_image_set_blob_copy($0, "xmp-data", packet, packet.count)
                vips_image_set_blob_copy($0, "icc-profile-data", profile, profile.count)
            }
            let source = try bench.source(image, as: .jpeg(JPEG()))
            let kept = try bench.run(
                source, renditions: [heic { $0.quality = 90 }], metadata: MetadataPolicy(keep: [.all]))
            #expect(kept.warnings.isEmpty)
            let again = try bench.run(
                "\(bench.path)/out.x", renditions: [.png("p")], metadata: MetadataPolicy(keep: [.all]), prefix: "again")
            // Readers mind no orientation in its EXIF: the pixels are turned, and that says so.
            #expect([again.source.width, again.source.height] == [97, 161])
            #expect(readExif(try #require(again.exif)).record.orientation == 1)
            #expect(again.xmp?.contains(Array("seaside".utf8)) == true)
            #expect(try bench.read("again.p").blob("icc-profile-data") == profile)

            try bench.run(source, renditions: [heic()], metadata: MetadataPolicy(keep: []), prefix: "bare")
            let bare = try bench.run("\(bench.path)/bare.x", renditions: [.png("p")], prefix: "read")
            #expect(bare.exif == nil && bare.xmp == nil && bare.source.icc == nil)
            let file = try bench.bytes("bare.x")
            for word in ["seaside", "Exif", "mime", "prof"] { #expect(!file.contains(Array(word.utf8)), "\(word)") }
        }

        @Test("on a full disk fails as that, and leaves nothing")
        func full() throws {
            let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
            defer { close(full) }
            let target = try #require(vips_target_new_to_descriptor(full))
            defer { g_object_unref(target) }
            #expect(HEIF().save(try solid(64, 64, red), to: target) != 0)
            let error = takeVipsError(or: .encodeFailed)
            #expect(error.code == .encodeFailed && error.stage == stagingFault, "\(error)")
        }
    }
}
