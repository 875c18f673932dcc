import CVips
import Metadata
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("JPEG XL")
    struct JXLTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private let lossless: Rendition.Encoder = {
            var jxl = JXL()
            (jxl.lossless, jxl.effort) = (true, 3)
            return .jxl(jxl)
        }()

        private func bytes(of source: String) throws -> [UInt8] {
            try bench.bytes(String(source.dropFirst(bench.path.count + 1)))
        }

        /// Bytes written as hexadecimal digits, in lines.
        private static func hex(_ text: String) -> [UInt8] {
            let digits = text.compactMap(\.hexDigitValue)
            return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }

        // MARK: Out

        @Test("without loss holds every sample", arguments: [1, 2, 3, 4], [VIPS_FORMAT_UCHAR, VIPS_FORMAT_USHORT])
        func exact(bands: Int, format: VipsBandFormat) throws {
            let isDeep = format == VIPS_FORMAT_USHORT
            var image = try texture(211, 97)
            if bands % 2 == 0 {
                image = try image.joined(with: try texture(211, 97).extractedBands(first: 1, count: 1))
            }
            if bands < 3 {
                let grey = try image.extractedBands(first: 0, count: 1)
                image = bands == 1 ? grey : try grey.joined(with: try image.extractedBands(first: 3, count: 1))
            }
            // All 16 bits count.
            if isDeep { image = try image.linear(factor: 256.5, offset: 3).cast(to: format) }
            let space =
                bands < 3
                ? (isDeep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
                : isDeep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB
            image = try image.interpreted(as: space)
            let first = try bench.run(
                try bench.source(image), renditions: [Rendition(name: "x", encoder: lossless), .png("p")])
            #expect(first.warnings.isEmpty)
            let again = try bench.run("\(bench.path)/out.x", renditions: [.png("q")], prefix: "again")
            #expect(again.source.format == .jxl)
            #expect([again.source.bands, again.source.depth] == [bands, isDeep ? 16 : 8])
            #expect(again.warnings.isEmpty)
            let (sent, back) = (try bench.read("out.p"), try bench.read("again.q"))
            #expect(back.bands == bands && back.format == format)
            #expect(try samples(sent) == samples(back))
        }

        @Test("of less quality has fewer bytes and looks the same")
        func quality() throws {
            let image = try texture(400, 300)
            let qualities = [30, 60, 90]
            let output = try bench.run(
                try bench.source(image),
                renditions: qualities.map { quality in
                    var jxl = JXL()
                    (jxl.quality, jxl.effort) = (quality, 3)
                    return Rendition(name: "q\(quality)", encoder: .jxl(jxl))
                })
            let sizes = output.renditions.map(\.bytes)
            #expect(sizes == sizes.sorted() && Set(sizes).count == 3, "\(sizes)")
            #expect(try psnr(try bench.read("out.q90"), image) > 30)
        }

        @Test("carries EXIF and XMP in boxes where they are kept, and is a bare codestream where they are not")
        func metadata() throws {
            let packet = Array(Self.packet.utf8)
            let image = try withOrientation(try quadrants(160, 96), 6).editingFields {
                vips_image_set_blob_copy($0, "xmp-data", packet, packet.count)
            }
            let source = try bench.source(image, as: .jpeg(JPEG()))
            let rendition = Rendition(name: "x", encoder: lossless)
            let kept = try bench.run(source, renditions: [rendition], metadata: MetadataPolicy(keep: [.all]))
            #expect(kept.warnings.isEmpty)
            let file = try bench.bytes("out.x")
            #expect(file.starts(with: [0, 0, 0, 12] + Array("JXL ".utf8)))
            #expect(file.contains(Array("seaside".utf8)))
            // Readers go by the codestream: the pixels are turned, and both say so.
            let again = try bench.run(
                "\(bench.path)/out.x", renditions: [.png("p")], metadata: MetadataPolicy(keep: [.all]), prefix: "again")
            #expect([again.source.width, again.source.height] == [96, 160] && again.source.orientation == nil)
            #expect(readExif(try #require(again.exif)).record.orientation == 1)
            #expect(again.xmp?.contains(Array("seaside".utf8)) == true)
            let handedOn = try #require(try bench.read("again.p").blob("xmp-data"))
            #expect(handedOn.contains(Array("seaside".utf8)))

            try bench.run(source, renditions: [rendition], metadata: MetadataPolicy(keep: []), prefix: "bare")
            #expect(try bench.bytes("bare.x").starts(with: [0xFF, 0x0A]))
        }

        private static let packet =
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
            + "<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='seaside'/>"
            + "</rdf:RDF></x:xmpmeta>"

        @Test("keeps a profile, byte for byte")
        func profile() throws {
            let profile = try #require(ColourMeaning.curve(.power(1.8), .adobeRGB, name: "a").profile(isGrey: false))
            let image = try texture(100, 60).editingFields {
                vips_image_set_blob_copy($0, "icc-profile-data", profile, profile.count)
            }
            try bench.run(try bench.source(image), renditions: [Rendition(name: "x", encoder: lossless)])
            #expect(try bench.read("out.x").blob("icc-profile-data") == profile)
        }

        // MARK: In. Files of 16 x 8 pixels.

        /// Red, green and blue, for 100, 200 and 300 ms.
        private static let animation = hex(
            """
            ff0ac1050308282e0908029209000088004b12c58205526043c618bc678c1933c69831c63c0065236200f32aee0b4b756c0b1a08
            02220b000060004b12c58205526043c6184ccc18631e80f281a900dc0bef030802b3040000040094004b12c58205526043c618bc
            678c991933668c310f80d89cb28173d2f749c7c88a053ada2b0d
            """)

        @Test("plays on in formats that play; others show the first frame")
        func animated() throws {
            var webp = WebP()
            webp.lossless = true
            let output = try bench.run(
                try bench.source(bytes: Self.animation),
                renditions: [Rendition(name: "w", encoder: .webp(webp)), .png("p")])
            #expect(output.source.pages == 3)
            let strip = try bench.read("out.w", allFrames: true)
            #expect(strip.size == PixelSize(width: 16, height: 24))
            #expect(strip.integers("delay") == [100, 200, 300])
            for (frame, colour) in [red, green, blue].enumerated() {
                #expect(isClose(Array(try strip.pixel(x: 5, y: frame * 8 + 4).prefix(3)), colour))
            }
            #expect(isClose(try bench.read("out.p").pixel(x: 5, y: 4), red))
            #expect(output.warnings.contains { $0.hasPrefix("pages-ignored: ") })
        }

        @Test("of an animation as many frames are played as limits.frames lets")
        func frames() throws {
            var limits = Limits()
            limits.frames = 2
            let output = try bench.run(
                try bench.source(bytes: Self.animation), renditions: [Rendition(name: "g", encoder: .gif(GIF()))],
                limits: limits)
            #expect(output.renditions.map(\.pages) == [2])
            #expect(output.warnings.contains { $0.hasPrefix("frames-left-out: 3 frames") })
        }

        /// Red at the left, blue at the right; stored on its side, as its codestream says.
        private static let turned = hex(
            """
            0000000c4a584c200d0a870a00000014667479706a786c20000000006a786c20000000976a786c63ff0a038005028a4b02080201
            0000024b12c5820552201d861a95993166c698313833e3c58cb912800320040540101000185e240f00e01e16711a584148004143
            06fc681416793f6d4e7d34e863f38b7e76085582ee33b7f5d2133b85df56882fb30e798b95cfc7cb571e30847daaee5c87cf7ebf
            de878931a459866304a7b8ef46bddfadfec0d74d875d8e7009506e
            """)

        @Test("is turned once")
        func orientation() throws {
            let output = try bench.run(
                try bench.source(bytes: Self.turned), stages: [.autorotate], renditions: [.png("p")])
            #expect([output.source.width, output.source.height] == [16, 8] && output.source.orientation == nil)
            let picture = try bench.read("out.p")
            #expect(picture.size == PixelSize(width: 16, height: 8))
            #expect(isClose(try picture.pixel(x: 2, y: 4), red))
            #expect(isClose(try picture.pixel(x: 13, y: 4), blue))
        }

        /// PQ, of BT.2020's primaries.
        private static let wide = hex(
            "ff0ac1051090478f381c00000000020802010084004b12c582055260c3e5650ca6de46000480180800201ab4c334fc2f203f26103315"
        )

        @Test("in PQ is tone-mapped, with a warning")
        func highRange() throws {
            let output = try bench.run(
                try bench.source(bytes: Self.wide), stages: [.colour(Colour())], renditions: [.png("p")])
            #expect(output.warnings.contains { $0.hasPrefix("hdr: ") })
        }

        /// The lossless still of red and blue.
        private static let still = hex(
            "ff0ac1414071210802010084004b12c582055260c3e5650ca6de46000480180800201ab4c334fc2f203f26103315")

        @Test("that says that it is sRGB has no profile, and gives none on")
        func standard() throws {
            let output = try bench.run(try bench.source(bytes: Self.still), renditions: [.png("p")])
            #expect(!(try bench.read("out.p").hasField("icc-profile-data")))
            #expect(output.warnings.isEmpty)
        }

        @Test("has EXIF and XMP read that are packed with Brotli")
        func brotli() throws {
            let exif = Self.hex("1b2300f88fd4518dcbdd884e762f98a68b5da894221b054309ff309255681c5802")
            let xmp = Self.hex(
                """
                1bd9002064745baae0e91a3531d609ed9a14b1b76d6ec798ea1005b7a0d069377ed05aad9ff767b75c64b14272258b45df7f8a8f
                7da9267fe95351eb9373bb2a13f2746856e270816dcb1a741d2ec82e38ed1100a68852d081f3cf97fe403efb1cfb7c23133f50ac
                cf89c3599af53e220f67119e072290a0b97196fd75d83cbd06b766a404aa111541640a
                """)
            func box(_ kind: String, _ content: [UInt8]) -> [UInt8] {
                let count = content.count + 8
                return [0, 0, UInt8(count >> 8), UInt8(count & 255)] + Array(kind.utf8) + content
            }
            let file =
                box("JXL ", [0x0D, 0x0A, 0x87, 0x0A]) + box("ftyp", Array("jxl \0\0\0\0jxl ".utf8))
                + box("brob", Array("Exif".utf8) + exif) + box("brob", Array("xml ".utf8) + xmp)
                + box("jxlc", Self.still)
            let output = try bench.run(try bench.source(bytes: file), renditions: [.png("p")])
            #expect(readExif(try #require(output.exif)).record.make == "Canon")
            #expect(output.xmp == Array(Self.packet.utf8))

            var damaged = file
            damaged.replaceSubrange(52..<60, with: [UInt8](repeating: 0xFF, count: 8))
            let told = try bench.run(try bench.source(bytes: damaged), renditions: [.png("p")], prefix: "damaged")
            #expect(told.exif == nil && told.warnings.contains { $0.hasPrefix("EXIF: not read") })
        }

        // MARK: Damage

        @Test("that ends early is refused; where damage is tolerated, what is there is published with a warning")
        func truncated() throws {
            var jxl = JXL()
            jxl.effort = 3
            let bytes = try bytes(of: try bench.source(try texture(700, 500), as: .jxl(jxl)))
            let source = try bench.source(bytes: Array(bytes.prefix(bytes.count * 3 / 4)))
            #expect(bench.failure(source)?.code == .truncated)
            let output = try bench.run(source, renditions: [.png("p")], limits: .tolerant)
            #expect(
                output.warnings.contains("incomplete: the file ends early: missing detail, or part of the picture"))
            #expect(try bench.read("out.p").size == PixelSize(width: 700, height: 500))
            // Nothing is said of a whole one.
            let whole = try bench.run(
                try bench.source(bytes: bytes), renditions: [.png("p")], limits: .tolerant, prefix: "whole")
            #expect(whole.warnings.isEmpty)
        }

        @Test("whose data is damaged is refused as that", arguments: [20, 30, 45])
        func damaged(place: Int) throws {
            var bytes = Self.still
            for index in place..<min(place + 4, bytes.count) { bytes[index] = 0xFF }
            let code = bench.failure(try bench.source(bytes: bytes))?.code
            #expect(code == nil || [.damaged, .truncated].contains(code))
        }
    }
}
