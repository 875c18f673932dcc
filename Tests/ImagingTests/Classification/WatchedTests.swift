import CResample
import CVips
import Testing

@testable import Jobs
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Pictures that are watched")
    struct WatchedTests {
        init() throws { try VipsRuntime.start() }

        struct Case: CustomTestStringConvertible, Sendable {
            var size: (Int, Int)
            var part: sluice_part
            var bands = 3
            var isDeep = false

            init(
                _ size: (Int, Int), _ part: (Double, Double, Double, Double), _ columns: Int32, _ rows: Int32,
                bands: Int = 3, isDeep: Bool = false
            ) {
                self.size = size
                self.part = sluice_part(
                    left: part.0, top: part.1, width: part.2, height: part.3, columns: columns, rows: rows)
                (self.bands, self.isDeep) = (bands, isDeep)
            }

            var testDescription: String {
                "\(part.columns)x\(part.rows) of \(size.0)x\(size.1), \(bands) bands\(isDeep ? " of 16 bits" : "")"
            }
        }

        @Test(
            "give the mean of what lies below each small pixel, and are enlarged smoothly, as a plain loop does it",
            arguments: [
                Case((64, 48), (0, 0, 64, 48), 8, 6), Case((61, 47), (0, 0, 61, 47), 8, 8),
                Case((61, 147), (10.25, 3.5, 40.7, 99.9), 7, 13), Case((61, 47), (0, 0, 61, 47), 1, 1),
                Case((300, 200), (100, 50, 3, 2), 3, 2), Case((61, 147), (1, 2, 50, 140), 8, 8, bands: 1),
                Case((61, 147), (1, 2, 50, 140), 8, 8, bands: 2), Case((61, 147), (1, 2, 50, 140), 8, 8, bands: 4),
                Case((61, 147), (1.5, 2.25, 50, 140), 8, 8, bands: 4, isDeep: true),
                Case((61, 147), (0, 0, 61, 147), 5, 9, bands: 3, isDeep: true),
                // Enlarged: whole, along one axis alone, parts, between lines, with opacity, in 16 bits.
                Case((3, 2), (0, 0, 3, 2), 12, 8), Case((5, 7), (0, 0, 5, 7), 8, 8),
                Case((61, 5), (0, 0, 61, 5), 8, 8), Case((5, 61), (0, 0, 5, 61), 8, 8),
                Case((64, 64), (4, 4, 56, 56), 224, 224), Case((30, 20), (3.25, 2.5, 7.5, 6.75), 16, 16),
                Case((30, 20), (22, 12, 8, 8), 9, 31, bands: 4), Case((30, 20), (0, 3, 30, 8), 17, 31, bands: 2),
                Case((9, 6), (0, 0, 9, 6), 16, 16, bands: 4, isDeep: true), Case((8, 8), (0, 0, 8, 8), 8, 16, bands: 1),
                Case((1, 1), (0, 0, 1, 1), 224, 224),
                Case((2, 900), (0, 449, 2, 2), 8, 8), Case((900, 1), (0, 0, 900, 1), 8, 8),
                Case((70, 40), (69.5, 39.5, 0.5, 0.5), 2, 2),
            ])
        func known(_ test: Case) throws {
            let image = try noise(test.size.0, test.size.1, bands: test.bands, isDeep: test.isDeep)
            let small = try means(image, test.part)
            #expect(small.width == Int(test.part.columns) && small.height == Int(test.part.rows))
            #expect(small.format == image.format && small.bands == image.bands)
            let expected = loop(try numbers(image), test, hasAlpha: image.hasAlpha)
            let difference = zip(try numbers(small), expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference <= (test.isDeep ? 0.6 : 0.501), "\(difference)")
        }

        @Test("hand on their pixels as they are, and are read to the end where a reader stops early")
        func reading() throws {
            let image = try noise(90, 200, bands: 3)
            let part = sluice_part(left: 0, top: 0, width: 90, height: 200, columns: 9, rows: 8)
            let expected = try numbers(try means(image, part))
            let all = try numbers(image)
            let inFull = try means(image, part) { watched in
                let passed = try numbers(watched)
                #expect(passed == all)
            }
            #expect(try numbers(inFull) == expected)
            for lines in [1, 16, 17, 150] {
                let some = try means(image, part) { watched in
                    let area = PixelRectangle(left: 5, top: 0, width: 20, height: lines)
                    let (passed, wanted) = try (numbers(watched.extracted(area)), numbers(image.extracted(area)))
                    #expect(passed == wanted)
                }
                #expect(try numbers(some) == expected, "after \(lines) lines")
            }
        }

        @Test("may be watched by several on top of each other, with different parts")
        func several() throws {
            let image = try noise(100, 80, bands: 3)
            var parts = [
                sluice_part(left: 0, top: 0, width: 100, height: 80, columns: 10, rows: 8),
                sluice_part(left: 33.3, top: 20, width: 40, height: 50.5, columns: 7, rows: 7),
            ]
            let first = try Image.make { sluice_watch(image.pointer, &$0, &parts[0], 1, false) }
            let second = try Image.make { sluice_watch(first.pointer, &$0, &parts[1], 1, false) }
            #expect(try numbers(second) == numbers(image))
            for (watched, part) in zip([first, second], parts) {
                let small = try Image.make { sluice_watched_part(watched.pointer, 0, &$0) }
                #expect(try numbers(small) == numbers(means(image, part)))
            }
            // Both at once are the same.
            let both = try Image.make { sluice_watch(image.pointer, &$0, &parts, 2, false) }
            for index in 0..<2 {
                let small = try Image.make { sluice_watched_part(both.pointer, Int32(index), &$0) }
                #expect(try numbers(small) == numbers(means(image, parts[index])))
            }
        }

        @Test("are refused where there is no such part, and unwatched ones have none")
        func refused() throws {
            let image = try noise(20, 10, bands: 3)
            for part in [(-1.0, 0.0, 5.0, 5.0), (0, 0, 20.5, 10), (0, 5, 20, 6), (0, 0, 0, 5), (.nan, 0, 5, 5)] {
                let wanted = sluice_part(
                    left: part.0, top: part.1, width: part.2, height: part.3, columns: 4, rows: 4)
                #expect(throws: JobError.self) { try means(image, wanted) }
            }
            #expect(throws: JobError.self) { try Image.make { sluice_watched_part(image.pointer, 0, &$0) } }
            let floats = try image.cast(to: VIPS_FORMAT_FLOAT)
            #expect(sluice_can_watch(image.pointer) && !sluice_can_watch(floats.pointer))
        }
    }
}

/// In double precision, not rounded.
private func loop(_ values: [Double], _ test: ImagingTests.WatchedTests.Case, hasAlpha: Bool) -> [Double] {
    let (part, bands) = (test.part, test.bands)
    var result: [Double] = []
    for row in 0..<Int(part.rows) {
        let lines = taps(part.top, part.height, Int(part.rows), row, of: test.size.1)
        for column in 0..<Int(part.columns) {
            var (sums, area, opacity) = ([Double](repeating: 0, count: bands), 0.0, 0.0)
            for (y, high) in lines {
                for (x, wide) in taps(part.left, part.width, Int(part.columns), column, of: test.size.0) {
                    let pixel = values[((y * test.size.0 + x) * bands)...].prefix(bands)
                    let alpha = hasAlpha ? pixel[pixel.endIndex - 1] : 1
                    area += wide * high
                    opacity += wide * high * alpha
                    for (band, value) in pixel.enumerated() {
                        let isAlpha = hasAlpha && band == bands - 1
                        sums[band] += wide * high * (isAlpha ? 1 : alpha) * value
                    }
                }
            }
            for band in 0..<bands {
                let isColour = !hasAlpha || band < bands - 1
                result.append(isColour ? (opacity > 0 ? sums[band] / opacity : 0) : sums[band] / area)
            }
        }
    }
    return result
}

/// The pixels along an axis that one of the result is made of, and how much each counts.
private func taps(_ start: Double, _ length: Double, _ count: Int, _ index: Int, of size: Int) -> [(Int, Double)] {
    let step = length / Double(count)
    guard step < 1 else {
        let (from, to) = (start + Double(index) * step, start + Double(index + 1) * step)
        return (Int(from)...min(size - 1, Int(to))).compactMap { pixel in
            let share = min(to, Double(pixel + 1)) - max(from, Double(pixel))
            return share > 0 ? (pixel, share) : nil
        }
    }
    // A triangle about its middle; what lies beyond the part counts as the part's own pixel beside it.
    let middle = start + (Double(index) + 0.5) * step - 0.5
    let part = Int(start)...(Int((start + length).rounded(.up)) - 1)
    let near = Int(middle.rounded(.down))
    return [near, near + 1].map { pixel in
        (min(max(pixel, part.lowerBound), part.upperBound), 1 - abs(middle - Double(pixel)))
    }
}
