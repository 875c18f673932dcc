import CVips
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("BMP")
    struct BMPTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private static let colours = (0..<256).map { (number: Int) -> [UInt8] in
            [UInt8(number), UInt8(255 - number), UInt8(number * 7 % 256)]
        }

        /// Of lines of numbers.
        private func coloured(_ lines: [[Int]], _ colours: [[UInt8]] = BMPTests.colours) -> [UInt8] {
            lines.joined().flatMap { (number: Int) -> [UInt8] in colours[number] }
        }

        @Test(
            "numbers of 1, 2, 4 and 8 bits, from the top and from the bottom", arguments: [1, 2, 4, 8],
            [12, 40, 64, 124])
        func indexed(bits: Int, size: Int) throws {
            for height in [7, -7] where size > 12 || height > 0 {
                let colours = Array(Self.colours.prefix(1 << bits))
                let maker = BMPMaker(size: size, width: 13, height: height, bits: bits, colours: colours, gap: 3)
                let numbers = (0..<7).map { (y: Int) -> [Int] in (0..<13).map { (3 * y + 5 * $0) % colours.count } }
                let found = try bench.decoded(maker.make(lines: numbers.map(maker.packed)))
                #expect(found.samples == coloured(numbers, colours), "\(height)")
                #expect(found.output.source.format == .bmp && found.output.warnings.isEmpty)
            }
        }

        @Test("a table of greys makes a grey picture")
        func grey() throws {
            let maker = BMPMaker(width: 5, height: 1, bits: 1, colours: [[255, 255, 255], [40, 40, 40]])
            let found = try bench.decoded(maker.make(lines: [maker.packed([0, 1, 1, 0, 1])]))
            #expect(found.samples == [255, 40, 40, 255, 40] && found.output.source.bands == 1)
        }

        @Test("numbers without a colour are black")
        func beyond() throws {
            let maker = BMPMaker(width: 3, height: 1, bits: 8, colours: [[1, 2, 3], [4, 5, 6]])
            #expect(try bench.decoded(maker.make(lines: [[1, 2, 255]])).samples == [4, 5, 6, 0, 0, 0, 0, 0, 0])
        }

        @Test("24 and 32 bits", arguments: [24, 32])
        func whole(bits: Int) throws {
            var expected: [UInt8] = []
            var lines: [[UInt8]] = []
            for y in 0..<5 {
                lines.append([])
                for x in 0..<7 {
                    let (red, green, blue) = (UInt8(y * 40), UInt8(x * 30), UInt8(y + x))
                    expected += [red, green, blue]
                    lines[y] += [blue, green, red]
                    if bits == 32 { lines[y].append(0x7F) }
                }
            }
            for height in [5, -5] {
                let found = try bench.decoded(BMPMaker(width: 7, height: height, bits: bits).make(lines: lines))
                #expect(found.samples == expected && found.output.source.bands == 3)
            }
        }

        @Test(
            "16 bits in fields, scaled to the whole range",
            arguments: [
                [], [0x7C00, 0x03E0, 0x001F], [0xF800, 0x07E0, 0x001F], [0x000F, 0x00F0, 0x0F00],
                [0xC000, 0x3800, 0x0001],
            ] as [[UInt32]])
        func fields(masks: [UInt32]) throws {
            let maker = BMPMaker(width: 64, height: 1, bits: 16, compression: masks.isEmpty ? 0 : 3, masks: masks)
            let values = (0..<64).map { UInt32($0 * 1021 + 7) & 0xFFFF }
            let found = try bench.decoded(
                maker.make(lines: [values.flatMap { (value: UInt32) -> [UInt8] in maker.little(Int(value), 2) }]))
            let used: [UInt32] = masks.isEmpty ? [0x7C00, 0x03E0, 0x001F] : masks
            let expected = values.flatMap { (value: UInt32) -> [UInt8] in
                used.map { (mask: UInt32) -> UInt8 in
                    let largest = mask >> UInt32(mask.trailingZeroBitCount)
                    let sample = (value & mask) >> UInt32(mask.trailingZeroBitCount)
                    return UInt8((Double(sample) * 255 / Double(largest)).rounded())
                }
            }
            #expect(found.samples == expected)
        }

        @Test("fields of more than 8 bits make 16")
        func deep() throws {
            let masks: [UInt32] = [0x3FF0_0000, 0x000F_FC00, 0x0000_03FF]
            let maker = BMPMaker(width: 2, height: 1, bits: 32, compression: 3, masks: masks)
            let found = try bench.decoded(
                maker.make(lines: [maker.little(1023 << 20 | 512 << 10 | 1) + maker.little(0)]))
            let values = found.samples.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
            #expect(values == [65535, 32800, 64, 0, 0, 0] && found.output.source.depth == 10)
        }

        @Test("alpha where a mask says so; where all of it is 0 the picture is opaque", arguments: [0, 1, 200])
        func alpha(value: UInt8) throws {
            let masks: [UInt32] = [0x00FF_0000, 0x0000_FF00, 0x0000_00FF, 0xFF00_0000]
            let maker = BMPMaker(size: 56, width: 3, height: 2, bits: 32, compression: 3, masks: masks)
            // The first pixel of the file is the last one that is looked at.
            let lines: [[UInt8]] = [[1, 2, 3, value, 4, 5, 6, 0, 7, 8, 9, 0], [UInt8](repeating: 0, count: 12)]
            let found = try bench.decoded(maker.make(lines: lines))
            let rest = [UInt8](repeating: 0, count: value == 0 ? 9 : 12)
            let expected: [UInt8] =
                value == 0 ? [3, 2, 1, 6, 5, 4, 9, 8, 7] : [3, 2, 1, value, 6, 5, 4, 0, 9, 8, 7, 0]
            #expect(found.samples == expected + rest)
            #expect(found.output.source.bands == (value == 0 ? 3 : 4))
        }

        @Test("a profile in the file counts")
        func profile() throws {
            let bytes = try #require(ColourMeaning.curve(.power(1.8), .adobeRGB, name: "a").profile(isGrey: false))
            let maker = BMPMaker(size: 124, width: 2, height: 1, bits: 24, profile: bytes)
            let source = try bench.source(bytes: maker.make(lines: [[0, 255, 0, 10, 20, 250]]))
            let output = try bench.run(source, renditions: [.png()])
            #expect(output.source.icc == ColourProfile(bytes: bytes).description)
        }

        @Test("pixels a metre are kept")
        func density() throws {
            let maker = BMPMaker(width: 2, height: 1, bits: 24)
            let source = try bench.source(bytes: maker.make(lines: [[1, 2, 3, 4, 5, 6]]))
            try bench.run(source, renditions: [.png()])
            let image = try bench.read("out.png").pointer.pointee
            #expect(abs(image.Xres - 11.811) < 0.01 && abs(image.Yres - 5.906) < 0.01)
        }

        // MARK: Runs

        @Test("runs of 8 bits: repeated, as they are, jumps, early ends")
        func runs8() throws {
            let maker = BMPMaker(width: 6, height: 4, bits: 8, compression: 1, colours: Self.colours)
            let file = maker.make([
                // The last line: two of 9, three as they are, one of 4; more than there is room for.
                2, 9, 0, 3, 1, 2, 3, 0, 5, 4, 0, 0,
                // One of 7, then three to the right and one up; two of 8 there.
                1, 7, 0, 2, 3, 1, 2, 8, 0, 0,
                // And nothing of the first line.
                0, 1,
            ])
            let numbers = [[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 8, 8], [7, 0, 0, 0, 0, 0], [9, 9, 1, 2, 3, 4]]
            let found = try bench.decoded(file)
            #expect(found.samples == coloured(numbers) && found.output.warnings.isEmpty)
        }

        @Test("runs of 4 bits alternate")
        func runs4() throws {
            let maker = BMPMaker(width: 7, height: 2, bits: 4, compression: 2, colours: Array(Self.colours[..<16]))
            let file = maker.make([5, 0x3A, 2, 0x12, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 9, 0x66, 0, 1])
            let numbers = [[1, 2, 3, 4, 5, 6, 6], [3, 10, 3, 10, 3, 1, 2]]
            #expect(try bench.decoded(file).samples == coloured(numbers))
        }

        @Test("a long picture in runs is the same as one without")
        func longRuns() throws {
            let (width, height) = (33, 9000)
            let numbers = (0..<height).map { (y: Int) -> [Int] in (0..<width).map { (y * 31 + $0 / 4 * 7) % 256 } }
            var coded: [UInt8] = []
            for line in numbers.reversed() {
                for start in stride(from: 0, to: width, by: 4) {
                    coded += [UInt8(min(4, width - start)), UInt8(line[start])]
                }
                coded += [0, 0]
            }
            let runs = BMPMaker(width: width, height: height, bits: 8, compression: 1, colours: Self.colours)
            let found = try bench.decoded(runs.make(coded + [0, 1]))
            #expect(found.samples == coloured(numbers))
        }

        // MARK: Damage

        @Test("a file that ends early lacks its first lines, as it begins with the last", arguments: [24, 8])
        func cut(bits: Int) throws {
            let isInRuns = bits == 8
            let maker = BMPMaker(
                width: 4, height: 10, bits: bits, compression: isInRuns ? 1 : 0, colours: isInRuns ? Self.colours : [])
            let line: [UInt8] = isInRuns ? [4, 77, 0, 0] : [UInt8](repeating: 77, count: 12)
            let file = Array(maker.make(Array([[UInt8]](repeating: line, count: 10).joined())).dropLast(line.count * 3))
            let source = try bench.source(bytes: file)
            #expect(bench.failure(source)?.code == .truncated)
            let found = try bench.decoded(file, limits: .tolerant)
            #expect(
                found.output.warnings == ["incomplete: the file ends early: missing the first 3 of 10 lines (30 %)"])
            #expect(found.samples.count == 120 && found.samples[..<36].allSatisfy { $0 == 0 })
            let pixel = isInRuns ? Self.colours[77] : [77, 77, 77]
            #expect(stride(from: 36, to: 120, by: 3).allSatisfy { Array(found.samples[$0..<($0 + 3)]) == pixel })
        }

        @Test("what is missing behind the last pixel is not missed")
        func padding() throws {
            let maker = BMPMaker(width: 3, height: -2, bits: 24)
            let file = maker.make(lines: [[UInt8]](repeating: [1, 2, 3, 4, 5, 6, 7, 8, 9], count: 2)).dropLast(3)
            #expect(try bench.decoded(Array(file)).output.warnings.isEmpty)
        }

        @Test("hostile sizes and places are refused")
        func hostile() throws {
            let failures: [(BMPMaker, ErrorCode)] = [
                (BMPMaker(width: 1 << 30, height: 1, bits: 24), .unsupportedFormat),
                (BMPMaker(width: 9_000_000, height: 9_000_000, bits: 32), .truncated),
                (BMPMaker(width: 0, height: 1, bits: 24), .damaged),
                (BMPMaker(width: 9, height: 1, bits: 24, gap: 5000), .truncated),
                (BMPMaker(width: 9, height: 1, bits: 7), .damaged),
                (BMPMaker(width: 9, height: 1, bits: 0, compression: 4), .unsupportedFormat),
            ]
            for (maker, code) in failures {
                let source = try bench.source(bytes: Array(maker.make([1, 2, 3]).prefix(4000)))
                #expect(bench.failure(source)?.code == code, "\(maker)")
            }
        }
    }
}
