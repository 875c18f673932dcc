import CVips
import Glibc
import Grading
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

/// Every value of a channel, once, beside each other.
private func ramp(_ colour: (Int) -> [Int], is16Bit: Bool = false, count: Int = 256) throws -> Image {
    let pixels = (0..<count).map(colour)
    let bands = pixels[0].count
    let bytes = pixels.flatMap { $0 }.flatMap { value -> [UInt8] in
        is16Bit
            ? [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
            : [UInt8(truncatingIfNeeded: value)]
    }
    let memory = bytes.withUnsafeBytes {
        vips_image_new_from_memory_copy(
            $0.baseAddress, $0.count, Int32(count), 1, Int32(bands),
            is16Bit ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR)
    }
    let space =
        bands < 3
        ? is16Bit ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W
        : is16Bit ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB
    return try Image(taking: try #require(memory)).interpreted(as: space)
}

/// Samples of 8 or 16 bits, in order.
func sampleValues(_ image: Image) throws -> [Int] {
    let bytes = try samples(image)
    guard image.is16Bit else { return bytes.map(Int.init) }
    return stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
}

private func valueOfSRGB(_ light: Double) -> Double {
    light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
}

private func adjust(_ change: (inout Adjust) -> Void) -> Stage {
    var adjust = Adjust()
    change(&adjust)
    return .adjust(adjust)
}

extension ImagingTests {
    @Suite("Tones and colours")
    struct GradeTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        @Test("a stop doubles the light", arguments: [1.0, -1, 0.5, 5, -5], [false, true])
        func exposure(stops: Double, is16Bit: Bool) throws {
            let most = is16Bit ? 65535 : 255
            let image = try ramp({ [$0, $0, $0].map { $0 * most / 255 } }, is16Bit: is16Bit)
            let made = try sampleValues(try bench.apply([adjust { $0.exposure = stops }], to: image))
            for index in 0..<256 {
                let light = lightOfSRGB(Double(index) / 255) * exp2(stops)
                let expected = Double(most) * valueOfSRGB(min(light, 1))
                #expect(abs(Double(made[index * 3 + 1]) - expected) <= 1, "\(index)")
            }
        }

        @Test("light is that of the picture's own profile", arguments: [1, 3])
        func profile(bands: Int) throws {
            // Adobe RGB's curve, whatever the primaries.
            let profile = try #require(
                ColourMeaning.curve(.power(2.2), .adobeRGB, name: "test").profile(isGrey: bands == 1))
            let plain = try ramp { [Int](repeating: $0, count: bands) }
            let image = try plain.editingFields {
                vips_image_set_blob_copy($0, "icc-profile-data", profile, profile.count)
            }
            let made = try bench.apply([adjust { $0.exposure = 1 }], to: image)
            #expect(made.hasField("icc-profile-data"))
            for index in 0..<128 {
                let value = try made.pixel(x: index, y: 0)
                #expect(abs(value[0] - Double(index) * exp2(1 / 2.2)) <= 1, "\(index): \(value)")
            }
        }

        @Test("contrast leaves black, white and the middle, and its opposite undoes it")
        func contrast() throws {
            let image = try ramp({ [$0, $0, $0].map { $0 * 257 } }, is16Bit: true)
            let more = try bench.apply([adjust { $0.contrast = 60 }], to: image)
            let made = try sampleValues(more)
            #expect(made[0] == 0 && made[255 * 3] == 65535)
            #expect(made[64 * 3] < 64 * 257 && made[192 * 3] > 192 * 257)
            let rise = made[131 * 3] - made[124 * 3]
            let slope = Double(rise) / (7.0 * 257.0)
            #expect(abs(slope - exp2(0.6)) < 0.02)
            let back = try sampleValues(try bench.apply([adjust { $0.contrast = -60 }], to: more))
            for (one, other) in zip(back, try sampleValues(image)) { #expect(abs(one - other) <= 4) }
        }

        @Test("without saturation all channels are the luma, with it greys stay")
        func saturation() throws {
            let image = try ramp { [$0, 255 - $0, 128] }
            let none = try sampleValues(try bench.apply([adjust { $0.saturation = -100 }], to: image))
            for index in 0..<256 {
                let (red, green, blue) = (Double(index), Double(255 - index), 128.0)
                let luma: Double = 0.2126 * red + 0.7152 * green + 0.0722 * blue
                for band in 0..<3 { #expect(abs(Double(none[index * 3 + band]) - luma) <= 1) }
            }
            let greys = try ramp { [$0, $0, $0] }
            let more = try bench.apply([adjust { $0.saturation = 80 }], to: greys)
            #expect(try samples(more) == (try samples(greys)))
        }

        @Test("gamma brightens the middle and leaves the ends")
        func gamma() throws {
            let image = try ramp { [$0, $0, $0] }
            let made = try sampleValues(try bench.apply([adjust { $0.gamma = 2 }], to: image))
            for index in 0..<256 {
                #expect(abs(Double(made[index * 3]) - 255 * (Double(index) / 255).squareRoot()) <= 1)
            }
        }

        @Test("warmer is redder, cooler bluer, magenta less green, each as bright as before")
        func light() throws {
            let image = try solid(8, 8, [128, 128, 128])
            func pixel(_ change: (inout Adjust) -> Void) throws -> [Double] {
                try bench.apply([adjust(change)], to: image).pixel(x: 3, y: 3)
            }
            let warm = try pixel { $0.temperature = 50 }
            #expect(warm[0] > warm[1] + 8 && warm[1] > warm[2] + 8)
            let cool = try pixel { $0.temperature = -50 }
            #expect(cool[2] > cool[1] + 8 && cool[1] > cool[0] + 8)
            let magenta = try pixel { $0.tint = 50 }
            #expect(magenta[1] < magenta[0] - 8 && magenta[1] < magenta[2] - 8)
            let green = try pixel { $0.tint = -50 }
            #expect(green[1] > green[0] + 8 && green[1] > green[2] + 8)
            for colour in [warm, cool, magenta, green] {
                let parts = colour.map { lightOfSRGB($0 / 255) }
                let light: Double = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
                #expect(abs(valueOfSRGB(light) * 255 - 128) < 1.5, "\(colour)")
            }
            // CIE's daylight of 5003 K (D50) is 46 mired from D65.
            var toD50 = Adjust()
            toD50.temperature = 46
            let expected = [1.1763, 0.9756, 0.7220]
            #expect(zip(toD50.gains, expected).allSatisfy { abs($0 - $1) < 0.01 }, "\(toD50.gains)")
            #expect(Adjust().gains == [1, 1, 1])
        }

        @Test("grey stays grey, and what it ignores is told")
        func grey() throws {
            let stage = adjust { ($0.exposure, $0.temperature, $0.saturation) = (1, 30, 20) }
            let source = try bench.source(try ramp { [$0, 77] })
            let output = try bench.run(source, stages: [stage], renditions: [.png()])
            #expect(output.stages.first?.details == ["ignored": "temperature, saturation: grey picture"])
            let made = try bench.read("out.png")
            #expect(made.bands == 2)
            let values = try sampleValues(made)
            #expect(values[100] > 60)
            for index in 0..<256 { #expect(values[2 * index + 1] == 77) }
        }

        @Test("alpha is left alone, in every kind of picture", arguments: [2, 4], [false, true])
        func alpha(bands: Int, is16Bit: Bool) throws {
            let most = is16Bit ? 65535 : 255
            let image = try ramp(
                { index -> [Int] in
                    let grey = index * most / 255
                    return [Int](repeating: grey, count: bands - 1) + [(index * 7) % (most + 1)]
                }, is16Bit: is16Bit)
            let stage = adjust { ($0.exposure, $0.contrast, $0.saturation) = (0.7, 20, 30) }
            let made = try bench.apply([stage, .sepia(Sepia())], to: image)
            #expect(made.bands == 4 && made.is16Bit == is16Bit)
            let values = try sampleValues(made)
            for index in 0..<256 {
                let alpha = (index * 7) % (most + 1)
                #expect(values[4 * index + 3] == alpha)
            }
        }

        @Test("sepia is brown, grey pictures too, and as much as is asked for")
        func sepia() throws {
            let made = try bench.apply([.sepia(Sepia())], to: try solid(8, 8, [100])).pixel(x: 1, y: 1)
            #expect(isClose(made, [135, 120, 94], within: 1))
            var half = Sepia()
            half.amount = 0.5
            let mixed = try bench.apply([.sepia(half)], to: try solid(8, 8, [200, 100, 50])).pixel(x: 1, y: 1)
            // Half of it, and half of what CSS's matrix makes of it.
            let expected: [Double] = [(200 + 164.95) / 2, (100 + 146.8) / 2, (50 + 114.35) / 2]
            #expect(isClose(mixed, expected, within: 1))
        }

        @Test("CMYK becomes sRGB")
        func cmyk() throws {
            let ink = try solid(60, 40, [60, 40, 80, 20]).interpreted(as: VIPS_INTERPRETATION_CMYK)
            var tiff = TIFF()
            tiff.compression = .none
            let source = try bench.source(ink, as: .tiff(tiff))
            try bench.run(
                source, stages: [adjust { $0.exposure = 0.5 }], renditions: [Rendition(name: "a", encoder: .tiff(tiff))]
            )
            let made = try bench.read("out.a")
            #expect(!made.isCMYK && made.bands == 3)
        }

        @Test("stages in a row are as one after the other, but for their rounding")
        func row() throws {
            let image = try texture(320, 200)
            let stages: [Stage] = [
                adjust { ($0.exposure, $0.saturation, $0.temperature) = (0.4, 30, -20) }, .sepia(Sepia()),
                adjust { ($0.gamma, $0.contrast) = (1.2, 15) },
            ]
            let once = try bench.apply(stages, to: image)
            var apart = image
            for stage in stages { apart = try bench.apply([stage], to: apart) }
            var (most, sum, count) = (0, 0, 0)
            for (one, other) in zip(try samples(once), try samples(apart)) {
                let distance = abs(Int(one) - Int(other))
                (most, sum, count) = (max(most, distance), sum + distance, count + 1)
            }
            #expect(most <= 3 && sum < count)
        }

        @Test("the same whatever is read of it, and however it is turned")
        func parts() throws {
            let stages = [adjust { ($0.exposure, $0.saturation, $0.contrast) = (0.6, 40, 25) }, .sepia(Sepia())]
            let image = try texture(777, 150)
            let whole = try bench.apply(stages, to: image)
            let area = PixelRectangle(left: 100, top: 31, width: 613, height: 77)
            let part = try bench.apply(stages, to: try image.extracted(area))
            #expect(try samples(part) == (try samples(try whole.extracted(area))))
            let source = try bench.source(try withOrientation(image, 6), as: .tiff(TIFF()))
            try bench.run(source, stages: [.autorotate] + stages, renditions: [.png("turned")])
            let turned = try whole.rotated(quarterTurns: 1)
            #expect(try samples(try bench.read("out.turned")) == (try samples(turned)))
            try bench.run(
                try bench.source(image), stages: stages, renditions: [.png("a"), .png("b")], overlaps: true)
            #expect(try samples(try bench.read("out.b")) == (try samples(whole)))
        }
    }
}
