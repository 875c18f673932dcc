import CColour
import CVips
import Glibc
import ImageHeader
import Imaging
import Testing

@testable import Pipeline
@testable import Vips

extension ImagingTests {
    /// Colours are what the file says, in whatever way it does.
    @Suite("Colours of a source")
    struct ColourSignalTests {
        let bench: Bench
        let drawing: Image

        init() throws {
            bench = try Bench()
            drawing = try texture(300, 200)
        }

        @Test("a profile that is made says no time of its making: the same picture gives the same bytes")
        func date() throws {
            let meaning = ColourMeaning.curve(.power(1.8), .standard, name: "gAMA 1.8")
            let profile = try #require(meaning.profile(isGrey: false))
            #expect(Array(profile[24..<36]) == [0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
        }

        /// A PNG without a profile, with these chunks; as it comes out of a pipeline that wants sRGB.
        private func shown(_ image: Image, _ chunks: [(String, [UInt8])]) throws -> Image {
            let plain = try bench.source(image)
            let bytes = ColourMaker.png(try bench.bytes(String(plain.dropFirst(bench.path.count + 1))), chunks: chunks)
            return try shown(bytes)
        }

        private func shown(_ bytes: [UInt8]) throws -> Image {
            let source = try bench.source(bytes: bytes)
            try bench.run(source, stages: [.colour(Colour())], renditions: [.png("shown")], prefix: source.name)
            return try bench.read("\(source.name).shown").as8Bit()
        }

        private var linear: Image { get throws { try recoded(drawing) { $0 } } }

        @Test("gAMA says how values become light", arguments: [1, 1.8, 2.6])
        func gamma(exponent: Double) throws {
            let coded = try recoded(drawing) { $0.map { pow($0, 1 / exponent) } }
            #expect(try psnr(try shown(coded, [("gAMA", ColourMaker.gamma(exponent))]), drawing) > 50)
        }

        @Test("a gAMA of 45455 is what writers of sRGB put there")
        func usualGamma() throws {
            #expect(try psnr(try shown(drawing, [("gAMA", ColourMaker.big(45455))]), drawing) == .infinity)
        }

        @Test("cHRM says which red, green and blue")
        func chromaticities() throws {
            let p3 = try drawing.transformed(to: "p3", fallback: "srgb", intent: VIPS_INTENT_RELATIVE)
                .removingFields(["icc-profile-data"])
            let points: [UInt32] = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000]
            let chunks = [("gAMA", ColourMaker.big(45455)), ("cHRM", points.flatMap { ColourMaker.big($0) })]
            #expect(try psnr(try shown(p3, chunks), drawing) > 42)
        }

        @Test("sRGB goes before gAMA, a profile before both, cICP before all")
        func precedence() throws {
            let linearGamma = ("gAMA", ColourMaker.gamma(1))
            #expect(try psnr(try shown(drawing, [linearGamma, ("sRGB", [0])]), drawing) == .infinity)
            let meaning = ColourMeaning.curve(.power(1), .standard, name: "sRGB, but linear")
            let profile = try #require(meaning.profile(isGrey: false))
            let profiled = try linear.editingFields {
                vips_image_set_blob_copy($0, "icc-profile-data", profile, profile.count)
            }
            #expect(try psnr(try shown(profiled, [("sRGB", [0])]), drawing) > 50)
            let coded = try drawing.editingFields {
                vips_image_set_blob_copy($0, "icc-profile-data", profile, profile.count)
            }
            #expect(try psnr(try shown(coded, [("cICP", [1, 13, 0, 1]), linearGamma]), drawing) == .infinity)
        }

        @Test("cICP: P3 and linear", arguments: [(UInt8(12), UInt8(13)), (1, 8)])
        func coded(primaries: UInt8, transfer: UInt8) throws {
            let p3 = try drawing.transformed(to: "p3", fallback: "srgb", intent: VIPS_INTENT_RELATIVE)
            let image = primaries == 12 ? try p3.removingFields(["icc-profile-data"]) : try linear
            #expect(try psnr(try shown(image, [("cICP", [primaries, transfer, 0, 1])]), drawing) > 42)
        }

        @Test("codes that mean nothing are told of")
        func unknownCodes() throws {
            let plain = try bench.source(drawing)
            let bytes = ColourMaker.png(
                try bench.bytes(String(plain.dropFirst(bench.path.count + 1))), chunks: [("cICP", [77, 13, 0, 1])])
            let output = try bench.run(try bench.source(bytes: bytes), renditions: [.png()])
            #expect(output.warnings.contains { $0.hasPrefix("colour:") && $0.contains("77") })
        }

        @Test("a profile's curve and primaries count, not its name")
        func names() throws {
            let linear = ColourMeaning.curve(.power(1), .standard, name: "sRGB IEC61966-2.1")
            let standard = ColourMeaning.curve(.standard, .standard, name: "Anything")
            let wide = ColourMeaning.curve(.standard, .displayP3, name: "sRGB")
            func isStandard(_ meaning: ColourMeaning) throws -> Bool {
                ColourProfile(bytes: try #require(meaning.profile(isGrey: false))).isStandardRGB
            }
            #expect(try !isStandard(linear) && !isStandard(wide) && isStandard(standard))
            #expect(!ColourProfile(bytes: [UInt8](repeating: 0x20, count: 400)).isStandardRGB)
        }

        @Test("grey has curves too")
        func grey() throws {
            let grey = try drawing.converted(to: VIPS_INTERPRETATION_B_W).copiedToMemory()
            let light = try samples(grey).map { lightOfSRGB(Double($0) / 255) }
            let numbers = light.map { UInt16(($0 * 65535).rounded()) }
            let memory = numbers.withUnsafeBytes {
                vips_image_new_from_memory_copy($0.baseAddress, $0.count, 300, 200, 1, VIPS_FORMAT_USHORT)
            }
            let image = try Image(taking: try #require(memory)).interpreted(as: VIPS_INTERPRETATION_GREY16)
            let found = try shown(image, [("gAMA", ColourMaker.gamma(1))])
            #expect(try psnr(found, grey) > 45)
        }

        @Test("what TIFF's tags and EXIF say of light is not said of CMYK")
        func ink() throws {
            let ink = try solid(60, 40, [60, 40, 80, 20]).interpreted(as: VIPS_INTERPRETATION_CMYK).copiedToMemory()
            var maker = TIFFMaker(width: 60, height: 40)
            (maker.photometric, maker.samples) = (5, 4)
            let pixels = try samples(ink)
            let plainTIFF = maker.make(pixels)
            maker.more[301] = .shorts((0..<256).map { $0 * $0 })
            let plainJPEG = try bench.bytes(try bench.source(ink, as: .jpeg(JPEG())).name)
            let pairs = [
                (plainTIFF, maker.make(pixels)),
                (plainJPEG, ColourMaker.jpeg(plainJPEG, exif: ColourMaker.exif(colourSpace: 2))),
            ]
            for (plain, tagged) in pairs {
                let source = try bench.source(bytes: tagged)
                let output = try bench.run(source, renditions: [.png("a")], prefix: source.name)
                #expect(output.warnings.isEmpty)
                let image = try bench.read("\(source.name).a")
                #expect(try psnr(image, try shown(plain)) == .infinity)
            }
        }

        @Test("a JPEG without profile is Adobe RGB where EXIF says so")
        func adobeRGB() throws {
            let meaning = ColourMeaning.curve(.power(563.0 / 256), .adobeRGB, name: "Adobe RGB (1998)")
            let profile = try #require(meaning.profile(isGrey: false))
            let path = "\(bench.path)/source-adobe.icc"
            let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
            try #require(write(descriptor, profile, profile.count) == profile.count)
            close(descriptor)
            let coded = try drawing.transformed(to: path, fallback: "srgb", intent: VIPS_INTENT_RELATIVE)
                .removingFields(["icc-profile-data"])
            var jpeg = JPEG()
            jpeg.quality = 100
            let plain = try bench.bytes(try bench.source(coded, as: .jpeg(jpeg)).name)
            for (block, isAdobe) in [
                (ColourMaker.exif(colourSpace: 0xFFFF, index: "R03"), true), (ColourMaker.exif(colourSpace: 2), true),
                (ColourMaker.exif(colourSpace: 1, index: "R98"), false), (ColourMaker.exif(colourSpace: 0xFFFF), false),
            ] {
                let quality = try psnr(try shown(ColourMaker.jpeg(plain, exif: block)), drawing)
                #expect(isAdobe == (quality > 40), "\(quality) dB")
            }
        }
    }
}

extension String {
    /// Behind the last slash.
    var name: String { String(self[(lastIndex(of: "/").map(index(after:)) ?? startIndex)...]) }
}

extension Image {
    /// In memory.
    func as8Bit() throws -> Image {
        guard is16Bit else { return self }
        return try converted(to: isGrey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB).copiedToMemory()
    }
}
