import CResample
import CVips
import Glibc
import Testing

@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Resampling")
    struct ResamplingTests {
        init() throws { try VipsRuntime.start() }

        struct Case: CustomTestStringConvertible, Sendable {
            var from: (Int, Int)
            var to: (Int, Int)
            var bands = 3
            var isDeep = false

            var testDescription: String {
                "\(from.0)x\(from.1) to \(to.0)x\(to.1), \(bands) bands\(isDeep ? " of 16 bits" : "")"
            }
        }

        @Test(
            "is a Lanczos kernel over all pixels",
            arguments: [
                Case(from: (100, 80), to: (50, 40)), Case(from: (101, 83), to: (37, 29)),
                Case(from: (400, 300), to: (13, 11)), Case(from: (64, 64), to: (63, 64)),
                Case(from: (90, 70), to: (90, 35)), Case(from: (5, 200), to: (2, 70)), Case(from: (1, 9), to: (1, 4)),
                Case(from: (300, 2), to: (100, 1)), Case(from: (7, 7), to: (1, 1)), Case(from: (40, 40), to: (40, 40)),
                Case(from: (201, 99), to: (80, 40), bands: 1), Case(from: (201, 99), to: (80, 40), bands: 2),
                Case(from: (201, 99), to: (80, 40), bands: 4), Case(from: (201, 99), to: (80, 40), isDeep: true),
                Case(from: (33, 47), to: (17, 10), bands: 1, isDeep: true),
            ])
        func kernel(_ test: Case) throws {
            let image = try noise(test.from.0, test.from.1, bands: test.bands, isDeep: test.isDeep)
            let result = try resample(image, to: test.to)
            let expected = lanczos(
                try numbers(image), from: test.from, to: test.to, bands: test.bands, most: image.fullScale)
            let difference = zip(try numbers(result), expected).map { abs($0 - $1) }.max() ?? .infinity
            // Rounded to whole numbers; of 16 bits, single precision is good for a unit or two.
            #expect(difference <= (test.isDeep ? 2 : 0.51), "\(difference)")
        }

        @Test("counts colours by their alpha")
        func alpha() throws {
            // Transparent green beside opaque red: nothing of the green may show.
            let colours = try solid(40, 40, [0, 255, 0, 0])
            try draw(on: colours, [255, 0, 0, 255], left: 0, top: 0, width: 21, height: 40)
            let values = try numbers(try resample(colours, to: (9, 9), hasAlpha: true))
            for pixel in stride(from: 0, to: values.count, by: 4) where values[pixel + 3] > 0 {
                #expect(values[pixel] == 255 && values[pixel + 1] == 0, "\(values[pixel..<pixel + 4])")
            }
            #expect(values.indices.contains { $0 % 4 == 3 && values[$0] > 0 && values[$0] < 255 })
        }

        @Test("is the same whatever is asked for first")
        func anyOrder() throws {
            let image = try noise(310, 520, bands: 3)
            let whole = try numbers(try resample(image, to: (101, 170)))
            // A result of its own for each order, so that nothing is kept from another.
            let orders: [[Int]] = [
                Array(stride(from: 160, through: 0, by: -10)), [80, 0, 160, 80, 10], [165, 3], [0, 169, 1, 168],
            ]
            for order in orders {
                let result = try resample(image, to: (101, 170), keptLines: 4)
                for top in order {
                    let height = min(10, 170 - top)
                    let part = try result.extracted(PixelRectangle(left: 7, top: top, width: 50, height: height))
                    var expected: [Double] = []
                    for line in top..<top + height {
                        let start = (line * 101 + 7) * 3
                        expected += whole[start..<start + 150]
                    }
                    #expect(try numbers(part) == expected, "from line \(top) of \(order)")
                }
            }
        }

        @Test("of what can be read once lets lines be read again that are kept, and no others")
        func sequential() throws {
            let bench = try Bench()
            let file = try bench.source(try noise(200, 2000, bands: 3), as: .jpeg(JPEG()))
            let descriptor = open(file, O_RDONLY | O_CLOEXEC)
            defer { close(descriptor) }
            let loaded = try Loader(descriptor: descriptor, format: .jpeg, damage: .warning).open()
            let how = Resampling(
                size: PixelSize(width: 100, height: 1000), horizontal: 0.5, vertical: 0.5, keptLines: 40)
            let result = try loaded.resampled(how)
            func line(_ top: Int) throws -> [Double] {
                try numbers(try result.extracted(PixelRectangle(left: 0, top: top, width: 100, height: 1)))
            }
            let first = try line(500)
            #expect(try line(470).count == 300)
            #expect(try line(500) == first)
            #expect(throws: JobError.self) {
                try result.extracted(.init(left: 0, top: 400, width: 9, height: 9)).copiedToMemory()
            }
        }

        @Test("of what can be read once lets filters have the lines around theirs", arguments: [1.0, 30, 120])
        func filters(_ sigma: Double) throws {
            let bench = try Bench()
            let file = try bench.source(try noise(100, 1600, bands: 3), as: .jpeg(JPEG()))
            for format in [PictureFormat.jpeg, .png] {
                let file = format == .jpeg ? file : try bench.source(try noise(100, 1600, bands: 3), as: .png(PNG()))
                let descriptor = open(file, O_RDONLY | O_CLOEXEC)
                defer { close(descriptor) }
                let loader = Loader(descriptor: descriptor, format: format, damage: .warning)
                let how = Resampling(size: PixelSize(width: 50, height: 800), horizontal: 0.5, vertical: 0.5)
                let whole = try loader.open().resampled(how).copiedToMemory()
                let result = try loader.open().resampled(how).blurred(sigma: sigma)
                #expect(try numbers(result) == numbers(try whole.blurred(sigma: sigma)), "\(format)")
            }
        }

        @Test("refuses what it cannot do")
        func refusals() throws {
            let floats = try noise(9, 9, bands: 3).cast(to: VIPS_FORMAT_FLOAT)
            #expect(!sluice_can_resample(floats.pointer))
            #expect(throws: JobError.self) { try resample(floats, to: (3, 3)) }
            #expect(throws: JobError.self) { try resample(try noise(9, 9, bands: 3), to: (3, 30)) }
            #expect(throws: JobError.self) { try resample(try noise(9, 9, bands: 3), to: (0, 3)) }
        }

        private func resample(
            _ image: Image, to size: (Int, Int), hasAlpha: Bool = false, keptLines: Int = 64
        ) throws -> Image {
            try Image.make {
                sluice_resample(
                    image.pointer, &$0,
                    sluice_resampling(
                        width: Int32(size.0), height: Int32(size.1), horizontal: Double(image.width) / Double(size.0),
                        vertical: Double(image.height) / Double(size.1), kept_lines: Int32(keptLines),
                        reads_ahead: false, in_light: false), hasAlpha)
            }
        }
    }
}

/// Random samples.
func noise(_ width: Int, _ height: Int, bands: Int, isDeep: Bool = false) throws -> Image {
    var random = Seeded(width * 31 + height + bands)
    var image: Image?
    for _ in 0..<bands {
        let plane = try Image.make {
            sluice_gaussnoise(
                &$0, Int32(width), Int32(height), isDeep ? 30000 : 120, isDeep ? 15000 : 60,
                Int32(truncatingIfNeeded: random.next() % 10000))
        }
        image = try image?.joined(with: plane) ?? plane
    }
    let joined = try #require(image)
    let space = bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB
    return try joined.cast(to: isDeep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR).interpreted(as: space).copiedToMemory()
}

/// Samples of 8 or 16 bits, in order.
func numbers(_ image: Image) throws -> [Double] {
    let bytes = try samples(image)
    guard image.is16Bit else { return bytes.map(Double.init) }
    return stride(from: 0, to: bytes.count, by: 2).map { Double(UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8) }
}

/// The definition: first across, then down, in double precision.
private func lanczos(_ values: [Double], from: (Int, Int), to: (Int, Int), bands: Int, most: Double) -> [Double] {
    let across = (0..<to.0).map { weights($0, from.0, to.0) }
    let down = (0..<to.1).map { weights($0, from.1, to.1) }
    var narrow = [Double](repeating: 0, count: to.0 * from.1 * bands)
    for y in 0..<from.1 {
        for x in 0..<to.0 {
            for band in 0..<bands {
                narrow[(y * to.0 + x) * bands + band] =
                    across[x].reduce(0) { $0 + $1.weight * values[(y * from.0 + $1.pixel) * bands + band] }
            }
        }
    }
    var result = [Double](repeating: 0, count: to.0 * to.1 * bands)
    for y in 0..<to.1 {
        for sample in 0..<to.0 * bands {
            let value = down[y].reduce(0) { $0 + $1.weight * narrow[$1.pixel * to.0 * bands + sample] }
            result[y * to.0 * bands + sample] = min(max(value, 0), most)
        }
    }
    return result
}

private func weights(_ position: Int, _ size: Int, _ output: Int) -> [(pixel: Int, weight: Double)] {
    let shrink = Double(size) / Double(output)
    let centre = (Double(position) + 0.5) * shrink - 0.5
    func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
    let pixels = Int((centre - 3 * shrink).rounded(.up))...Int((centre + 3 * shrink).rounded(.down))
    let raw = pixels.map { pixel -> (pixel: Int, weight: Double) in
        let x = (Double(pixel) - centre) / shrink
        return (min(max(pixel, 0), size - 1), abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0)
    }
    let sum = raw.reduce(0) { $0 + $1.weight }
    return raw.map { ($0.pixel, $0.weight / sum) }
}
