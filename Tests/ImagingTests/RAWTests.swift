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
    @Suite("Cameras' RAW files")
    struct RAWTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private static let developed = RAWReading.developed(atHalfSize: false, orPreview: nil)

        /// Soft colours, and a hundredth and more of pure white.
        private static func light(_ x: Int, _ y: Int) -> [Double] {
            if x < 40 && y < 40 { return [1, 1, 1] }
            let (across, down) = (Double(x) / 400, Double(y) / 300)
            return [0.1 + 0.6 * across, 0.15 + 0.5 * down, 0.7 - 0.3 * across * down]
        }

        /// BT.709's curve: dcraw's.
        private static func tone(_ light: Double) -> Double {
            light < 0.018 ? 4.5 * light : 1.099 * pow(light, 0.45) - 0.099
        }

        private func dng(_ change: (inout DNGMaker) -> Void = { _ in }) throws -> String {
            var maker = DNGMaker(width: 400, height: 300)
            change(&maker)
            return try bench.source(bytes: maker.make(Self.light))
        }

        private func embedded(_ width: Int, _ height: Int) throws -> [UInt8] {
            // Without an EXIF block of its own.
            try bench.run(
                try bench.source(try texture(width, height)), renditions: [.jpeg("jpg")],
                metadata: MetadataPolicy(keep: []), prefix: "source-embedded")
            return try bench.bytes("source-embedded.jpg")
        }

        /// Mean and largest distance to what the light should come to, of the middle of the picture, in 8 bits.
        private func distance(_ image: Image, each step: Double) throws -> Double {
            let values = try samples(image)
            var sum = 0.0
            var count = 0.0
            values.withUnsafeBytes { buffer in
                let pixels = buffer.bindMemory(to: UInt16.self)
                for y in stride(from: 45, to: image.height - 8, by: 7) {
                    for x in stride(from: 45, to: image.width - 8, by: 7) {
                        let light = Self.light(Int((Double(x) + 0.5) * step), Int((Double(y) + 0.5) * step))
                        for band in 0..<3 {
                            let value = Double(pixels[(y * image.width + x) * 3 + band]) / 65535
                            sum += pow(255 * (value - Self.tone(light[band])), 2)
                            count += 1
                        }
                    }
                }
            }
            return (sum / count).squareRoot()
        }

        @Test("developed it has the colours that the sensor saw, in 16 bits", .enabled(if: canDevelopRAW))
        func developed() throws {
            let output = try bench.run(try dng(), renditions: [.png()], raw: Self.developed)
            #expect(output.source.format == .raw && output.source.raw == Self.developed)
            #expect([output.source.width, output.source.height, output.source.depth] == [400, 300, 16])
            #expect(output.warnings.isEmpty)
            let image = try bench.read("out.png")
            #expect(image.format == VIPS_FORMAT_USHORT)
            #expect(try distance(image, each: 1) < 1.5)
            let exif = try #require(output.exif.map { readExif($0).record })
            #expect(exif.taken == "2024-05-06T07:08:09" && exif.lens == "35mm F1.8" && exif.make == "Sluice")
        }

        @Test("its colours are sRGB's, whatever the camera was set to; those of a preview are as EXIF says")
        func colours() throws {
            let jpeg = try embedded(200, 150)
            for space in [1, 2] {
                let raw = try dng { ($0.preview, $0.colourSpace) = ((jpeg, 200, 150), space) }
                try bench.run(
                    raw, renditions: [.png()], prefix: "shown\(space)", raw: .preview(width: 200, height: 150))
                let shown = try bench.read("shown\(space).png")
                #expect((shown.blob("icc-profile-data") != nil) == (space == 2))
                guard canDevelopRAW else { continue }
                try bench.run(raw, renditions: [.png()], prefix: "made\(space)", raw: Self.developed)
                #expect(try bench.read("made\(space).png").blob("icc-profile-data") == nil)
            }
        }

        @Test("coloured light is taken out as the camera says", .enabled(if: canDevelopRAW))
        func whiteBalance() throws {
            let raw = try dng { $0.neutral = [5, 10, 8] }
            let output = try bench.run(raw, renditions: [.png()], raw: Self.developed)
            #expect(output.warnings.isEmpty)
            #expect(try distance(try bench.read("out.png"), each: 1) < 1.5)
        }

        @Test("at half the size too", .enabled(if: canDevelopRAW))
        func half() throws {
            let output = try bench.run(
                try dng(), renditions: [.png()], raw: .developed(atHalfSize: true, orPreview: nil))
            #expect([output.source.width, output.source.height] == [200, 150])
            #expect(try distance(try bench.read("out.png"), each: 2) < 2)
        }

        @Test("the embedded picture comes out as it does on its own", arguments: [nil, 300, 100, 40])
        func preview(width: Int?) throws {
            let jpeg = try embedded(400, 300)
            let raw = try dng { $0.preview = (jpeg, 400, 300) }
            let alone = try bench.source(bytes: jpeg)
            let stages = width.map { [Stage.resize($0, nil)] } ?? []
            let output = try bench.run(
                raw, stages: [.autorotate] + stages, renditions: [.png()], prefix: "raw",
                raw: .preview(width: 400, height: 300))
            try bench.run(alone, stages: [.autorotate] + stages, renditions: [.png()], prefix: "alone")
            #expect(output.source.format == .raw && output.source.decoded == .jpeg)
            #expect(try samples(try bench.read("raw.png")) == samples(try bench.read("alone.png")))
        }

        @Test("it is turned as the file says, and not as the picture in it does", .enabled(if: canDevelopRAW))
        func turn() throws {
            let jpeg = try embedded(200, 150)
            let raw = try dng { ($0.preview, $0.orientation) = ((jpeg, 200, 150), 6) }
            for (reading, size) in [(RAWReading.preview(width: 200, height: 150), 150), (Self.developed, 300)] {
                let output = try bench.run(
                    raw, stages: [.autorotate], renditions: [.png()], prefix: "turn\(size)", raw: reading)
                #expect(output.source.orientation == 6)
                #expect(try bench.read("turn\(size).png").width == size)
            }
        }

        @Test("EXIF of the file is kept in what is made of a preview")
        func exif() throws {
            let jpeg = try embedded(200, 150)
            let raw = try dng { $0.preview = (jpeg, 200, 150) }
            try bench.run(
                raw, renditions: [.jpeg()], metadata: MetadataPolicy(keep: [.exif]),
                raw: .preview(width: 200, height: 150))
            let again = try bench.run("\(bench.path)/out.jpeg", renditions: [.png()], prefix: "again")
            let exif = try #require(again.exif.map { readExif($0).record })
            #expect(exif.lens == "35mm F1.8" && exif.model == "Maker" && exif.exposure == 0.004)
        }

        @Test(
            "values that end early are a fault, a warning, or a reason to take the preview", .enabled(if: canDevelopRAW)
        )
        func incomplete() throws {
            let jpeg = try embedded(200, 150)
            let raw = try dng { ($0.preview, $0.missing) = ((jpeg, 200, 150), 50_000) }
            #expect(throws: JobError.self) { try bench.run(raw, renditions: [.png()], raw: Self.developed) }
            #expect(bench.outputNames.isEmpty)
            let beyond = #expect(throws: JobError.self) {
                try bench.run(raw, renditions: [.png()], limits: .tolerant, raw: Self.developed)
            }
            #expect(beyond?.code == .beyondRepair)
            let substitute = RAWReading.developed(atHalfSize: false, orPreview: .init(width: 200, height: 150))
            let output = try bench.run(raw, renditions: [.png()], prefix: "other", raw: substitute)
            #expect(output.source.raw == .preview(width: 200, height: 150))
            #expect(output.warnings.contains { $0.hasPrefix("raw: not developed, preview 200×150 is used: ") })
            #expect(try bench.read("other.png").width == 200)
        }

        @Test("of several renditions each is made of one development", .enabled(if: canDevelopRAW))
        func several() throws {
            let raw = try dng()
            let renditions = [Rendition.png("a"), .png("b", [.resize(100, nil)])]
            try bench.run(raw, renditions: renditions, raw: Self.developed)
            try bench.run(raw, renditions: renditions, only: ["b"], prefix: "again", raw: Self.developed)
            #expect(try samples(try bench.read("out.b")) == samples(try bench.read("again.b")))
            #expect(try bench.read("out.a").width == 400)
        }
    }
}
