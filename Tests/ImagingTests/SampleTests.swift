import CVips
import Glibc
import Imaging
import Jobs
import Testing

@testable import Pipeline
@testable import Vips

extension ImagingTests {
    /// Samples are shown as the format says what they are.
    @Suite("Samples of TIFF")
    struct SampleTests {
        let bench: Bench
        let drawing: Image
        let values: [UInt8]
        private let maker = TIFFMaker(width: 90, height: 60)

        init() throws {
            bench = try Bench()
            drawing = try texture(90, 60)
            values = try samples(drawing)
        }

        private func shown(_ file: [UInt8], _ name: String = "shown") throws -> (image: Image, warnings: [String]) {
            let output = try bench.run(
                try bench.source(bytes: file), stages: [.colour(Colour())], renditions: [.png("shown")], prefix: name)
            return (try bench.read("\(name).shown"), output.warnings)
        }

        private func floats(_ numbers: [Double]) -> [UInt8] {
            numbers.flatMap { ColourMaker.little(Int(Float($0).bitPattern), 4) }
        }

        private func doubles(_ numbers: [Double]) -> [UInt8] {
            numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> UInt64(8 * $0)) } }
        }

        private var pixels: [[UInt8]] { stride(from: 0, to: values.count, by: 3).map { Array(values[$0..<$0 + 3]) } }
        private var grey: [UInt8] { pixels.map { $0[1] } }
        private var greyDrawing: Image { get throws { try drawing.extractedBands(first: 1, count: 1) } }

        @Test("A third kind of sample is no alpha", arguments: [[0], [0, 0], [0, 2], [1, 0]])
        func extraSamples(kinds: [Int]) throws {
            var maker = maker
            maker.samples = 3 + kinds.count
            maker.more[338] = .shorts(kinds)
            let bytes = pixels.flatMap { pixel in pixel + kinds.map { $0 == 0 ? 7 : 255 } }
            let (image, warnings) = try shown(maker.make(bytes))
            let hasAlpha = kinds.contains { $0 != 0 }
            #expect(image.bands == (hasAlpha ? 4 : 3))
            #expect(try psnr(try image.extractedBands(first: 0, count: 3), drawing) == .infinity)
            if hasAlpha { #expect(try image.extractedBands(first: 3, count: 1).pixel(x: 9, y: 9) == [255]) }
            #expect(warnings.contains { $0.hasPrefix("bands-ignored") })
        }

        @Test("Grey with a second sample that is none")
        func greyExtra() throws {
            var maker = maker
            (maker.samples, maker.photometric) = (2, 1)
            maker.more[338] = .shorts([0])
            let (image, _) = try shown(maker.make(grey.flatMap { [$0, 3] }))
            #expect(image.bands == 1)
            #expect(try psnr(image, try greyDrawing) == .infinity)
        }

        @Test("Associated alpha is taken out of the colours")
        func associated() throws {
            var maker = maker
            maker.samples = 4
            maker.more[338] = .shorts([1])
            let (image, _) = try shown(maker.make(pixels.flatMap { pixel in pixel.map { $0 / 2 } + [127] }))
            #expect(try psnr(try image.extractedBands(first: 0, count: 3), drawing) > 45)
        }

        @Test("YCbCr that lies as it is becomes RGB")
        func yCbCr() throws {
            var maker = maker
            maker.photometric = 6
            maker.more[530] = .shorts([1, 1])
            let converted = pixels.map { pixel -> [UInt8] in
                let (r, g, b) = (Double(pixel[0]), Double(pixel[1]), Double(pixel[2]))
                let y = 0.299 * r + 0.587 * g + 0.114 * b
                return [y, (b - y) / 1.772 + 128, (r - y) / 1.402 + 128].map { UInt8(min(max($0.rounded(), 0), 255)) }
            }
            #expect(try psnr(try shown(maker.make(converted.flatMap { $0 })).image, drawing) > 40)
        }

        @Test("Floats up to 255 are values, grey or not", arguments: [1, 3])
        func floats255(count: Int) throws {
            var maker = maker
            (maker.bits, maker.samples, maker.photometric) = (32, count, count == 1 ? 1 : 2)
            maker.more[339] = .shorts(Array(repeating: 3, count: count))
            let numbers = (count == 1 ? grey : values).map(Double.init)
            let (image, warnings) = try shown(maker.make(floats(numbers)))
            #expect(try psnr(try image.as8Bit(), count == 1 ? try greyDrawing : drawing) > 50)
            #expect(warnings.contains { $0.hasPrefix("samples: floating point") && $0.contains("white at 255") })
        }

        @Test("Floats up to 1 are light, grey or not", arguments: [1, 3])
        func light(count: Int) throws {
            var maker = maker
            (maker.bits, maker.samples, maker.photometric) = (32, count, count == 1 ? 1 : 2)
            maker.more[339] = .shorts(Array(repeating: 3, count: count))
            let numbers = (count == 1 ? grey : values).map { lightOfSRGB(Double($0) / 255) }
            let (image, warnings) = try shown(maker.make(floats(numbers)))
            #expect(try psnr(try image.as8Bit(), count == 1 ? try greyDrawing : drawing) > 50)
            #expect(warnings.contains { $0.contains("treated as linear light") })
        }

        @Test("Signed samples reach from the lowest to the largest number", arguments: [8, 16])
        func signed(bits: Int) throws {
            var maker = maker
            maker.bits = bits
            maker.more[339] = .shorts([2, 2, 2])
            let bytes = values.flatMap { value in
                bits == 8 ? [value ^ 0x80] : ColourMaker.little((Int(value) * 257) ^ 0x8000, 2)
            }
            let (image, warnings) = try shown(maker.make(bytes))
            #expect(try psnr(try image.as8Bit(), drawing) > 50)
            #expect(warnings.contains { $0.hasPrefix("samples: signed") })
        }

        @Test("Where min is white, and in palettes, values come out as meant", arguments: [0, 3])
        func indirect(photometric: Int) throws {
            var maker = maker
            (maker.samples, maker.photometric) = (1, photometric)
            if photometric == 3 { maker.more[320] = .shorts((0..<3).flatMap { _ in (0...255).map { $0 * 257 } }) }
            let bytes = photometric == 0 ? grey.map { 255 - $0 } : grey
            let image = try shown(maker.make(bytes)).image
            #expect(try psnr(try image.extractedBands(first: 0, count: 1), try greyDrawing) == .infinity)
        }

        @Test("TransferFunction and PrimaryChromaticities say what the colours are")
        func transferFunction() throws {
            var maker = maker
            maker.bits = 16
            maker.more[301] = .shorts((0..<65_536).map { $0 })
            maker.more[318] = .fractions([0.3127, 0.3290])
            maker.more[319] = .fractions([0.64, 0.33, 0.30, 0.60, 0.15, 0.06])
            let bytes = values.flatMap {
                ColourMaker.little(Int((lightOfSRGB(Double($0) / 255) * 65_535).rounded()), 2)
            }
            #expect(try psnr(try shown(maker.make(bytes)).image.as8Bit(), drawing) > 50)
        }

        @Test("What is not read is unsupported, and is named", arguments: ["half", "12 bits", "subsampled", "planar"])
        func unsupported(kind: String) throws {
            var maker = maker
            switch kind {
            case "half":
                maker.bits = 16
                maker.more[339] = .shorts([3, 3, 3])
            case "12 bits": maker.bits = 12
            case "planar":
                maker.photometric = 6
                maker.more[284] = .shorts([2])
                maker.more[530] = .shorts([1, 1])
            default:
                maker.photometric = 6
                maker.more[530] = .shorts([2, 2])
            }
            let bytes = [UInt8](repeating: 99, count: 90 * 60 * 3 * maker.bits / 8)
            let error = bench.failure(try bench.source(bytes: maker.make(bytes)))
            #expect(error?.code == .unsupportedFormat, "\(String(describing: error))")
            let words = ["half": "16 bits floating point", "12 bits": "12 bits"][kind, default: "YCbCr"]
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
    }
}
