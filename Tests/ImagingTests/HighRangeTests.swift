import ByteReading
import CVips
import Glibc
import ImageHeader
import Imaging
import Testing

@testable import Pipeline
@testable import Vips

extension ImagingTests {
    /// PQ and HLG: shown on SDR displays, or handed on as they are.
    @Suite("Light beyond white")
    struct HighRangeTests {
        let bench: Bench
        let drawing: Image

        init() throws {
            bench = try Bench()
            drawing = try texture(300, 200)
        }

        /// SMPTE ST 2084, of cd/m².
        private static func pq(_ light: Double) -> Double {
            let power = pow(max(light, 0) / 10000, 0.1593017578125)
            return pow((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power), 78.84375)
        }

        /// ARIB STD-B67, of light in the scene, where 1 is the brightest.
        private static func hlg(_ light: Double) -> Double {
            light <= 1.0 / 12 ? (3 * light).squareRoot() : 0.17883277 * log(12 * light - 0.28466892) + 0.55991073
        }

        private static func inBT2020(_ light: [Double]) -> [Double] {
            let rows = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
            return rows.map { row in zip(row, light).reduce(0) { $0 + $1.0 * $1.1 } }
        }

        /// The drawing, its white at 203 cd/m².
        private func coded(_ light: HighRange.Light) throws -> Image {
            try recoded(drawing) { rgb in
                let wide = Self.inBT2020(rgb).map { $0 * 203 }
                if light == .pq { return wide.map(Self.pq) }
                // The inverse of BT.2100's OOTF at 1,000 cd/m².
                let luminance = (wide[0] * 0.2627 + wide[1] * 0.6780 + wide[2] * 0.0593) / 1000
                let scale = luminance > 0 ? pow(luminance, 1 / 1.2 - 1) / 1000 : 0
                return wide.map { Self.hlg($0 * scale) }
            }
        }

        private func source(_ light: HighRange.Light, _ chunks: [(String, [UInt8])] = []) throws -> String {
            let plain = try bench.bytes(try bench.source(try coded(light)).name)
            return try bench.source(
                bytes: ColourMaker.png(plain, chunks: [("cICP", [9, UInt8(light.rawValue), 0, 1])] + chunks))
        }

        @Test("is tone-mapped to sRGB, and a warning says so", arguments: [HighRange.Light.pq, .hlg])
        func mapped(light: HighRange.Light) throws {
            let source = try source(light)
            let output = try bench.run(
                source, stages: [.colour(Colour())], renditions: [.png("shown"), .jpeg("second")])
            #expect(output.warnings.contains { $0.hasPrefix("hdr: \(light.name) of up to 1000") })
            let shown = try bench.read("out.shown")
            let ratio = try luminance(try shown.as8Bit()) / luminance(drawing)
            #expect((0.9...1.05).contains(ratio), "\(ratio)")
            #expect(!shown.hasField("icc-profile-data"))
        }

        @Test("hardly changes where the file says that nothing is brighter than white")
        func noBrighter() throws {
            let source = try source(.pq, [("cLLi", ColourMaker.big(2_030_000) + ColourMaker.big(500_000))])
            try bench.run(source, stages: [.colour(Colour())], renditions: [.png("shown")])
            #expect(try psnr(try bench.read("out.shown").as8Bit(), drawing) > 42)
        }

        @Test("goes as it is into a PNG that says so, and mapped into what cannot")
        func kept() throws {
            let source = try source(.hlg)
            var keep = Colour()
            keep.profile = .keep
            let output = try bench.run(source, stages: [.colour(keep)], renditions: [.png("kept"), .jpeg("mapped")])
            #expect(try samples(try bench.read("out.kept")) == samples(try coded(.hlg)))
            let header = try readHeader(InMemory(bytes: try bench.bytes("out.kept")))
            let expected = CodedColour(primaries: 9, transfer: 18, matrix: 0, isFullRange: true)
            #expect(header.colour == .coded(expected) && header.outranksProfile)
            #expect(output.warnings.contains { $0.hasPrefix("hdr:") })
            let ratio = try luminance(try bench.read("out.mapped")) / luminance(drawing)
            #expect((0.9...1.05).contains(ratio), "\(ratio)")
        }

        @Test("is mapped to Display P3 where that is asked for")
        func displayP3() throws {
            var p3 = Colour()
            p3.profile = .p3
            try bench.run(
                try source(.pq, [("cLLi", ColourMaker.big(2_030_000) + ColourMaker.big(500_000))]),
                stages: [.colour(p3)], renditions: [.png("p3")])
            let shown = try bench.read("out.p3")
            #expect(shown.hasField("icc-profile-data"))
            let back = try shown.transformed(to: "srgb", fallback: "srgb", intent: VIPS_INTENT_RELATIVE)
            #expect(try psnr(try back.as8Bit(), drawing) > 40)
        }
    }
}

private struct InMemory: ByteSource {
    let bytes: [UInt8]

    func read(at offset: UInt64, count: Int) throws(HeaderError) -> [UInt8] {
        guard offset < UInt64(bytes.count) else { return [] }
        return Array(bytes[Int(offset)...].prefix(count))
    }
}
