import CVips
import Grading
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("Lookup tables")
    struct LutTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private func lut(_ text: String, amount: Double = 1) throws -> Stage {
            var lut = Lut(file: try bench.source(bytes: Array(text.utf8)))
            lut.amount = amount
            return .lut(lut)
        }

        /// What a function makes of red, green and blue.
        private func cube(
            _ size: Int, domain: ClosedRange<Double>? = nil, _ colour: (Double, Double, Double) -> [Double]
        ) -> String {
            var text = "LUT_3D_SIZE \(size)\n"
            let (low, high) = (domain?.lowerBound ?? 0, domain?.upperBound ?? 1)
            if domain != nil { text += "DOMAIN_MIN \(low) \(low) \(low)\nDOMAIN_MAX \(high) \(high) \(high)\n" }
            let steps = (0..<size).map { low + (high - low) * Double($0) / Double(size - 1) }
            for blue in steps {
                for green in steps {
                    for red in steps {
                        text += colour(red, green, blue).map { "\($0)" }.joined(separator: " ") + "\n"
                    }
                }
            }
            return text
        }

        @Test("a table that changes nothing changes nothing", arguments: [2, 3, 33, 65], [false, true])
        func identity(size: Int, is16Bit: Bool) throws {
            var image = try texture(190, 120)
            if is16Bit { image = try image.converted(to: VIPS_INTERPRETATION_RGB16) }
            let made = try bench.apply([try lut(cube(size) { [$0, $1, $2] })], to: image)
            let most = zip(try sampleValues(made), try sampleValues(image)).map { abs($0 - $1) }.max() ?? 9
            #expect(most <= (is16Bit ? 1 : 0))
        }

        @Test("what is linear is exact between the entries: channels that change places, a negative, half of it")
        func linear() throws {
            let image = try solid(20, 20, [40, 90, 200])
            let turned = try bench.apply([try lut(cube(4) { [$2, $0, $1] })], to: image)
            #expect(try turned.pixel(x: 3, y: 3) == [200, 40, 90])
            let negative = try bench.apply([try lut(cube(2) { [1 - $0, 1 - $1, 1 - $2] })], to: image)
            #expect(try negative.pixel(x: 3, y: 3) == [215, 165, 55])
            let half = try bench.apply([try lut(cube(2) { [1 - $0, 1 - $1, 1 - $2] }, amount: 0.5)], to: image)
            #expect(isClose(try half.pixel(x: 3, y: 3), [127.5, 127.5, 127.5], within: 0.6))
        }

        @Test("the colours of the domain are looked up; beyond it the nearest of them are")
        func domain() throws {
            let stage = try lut(cube(5, domain: 0.25...0.75) { [$0, $1, $2] })
            let made = try bench.apply([stage], to: try solid(20, 20, [10, 128, 250])).pixel(x: 3, y: 3)
            #expect(isClose(made, [63.75, 128, 191.25], within: 0.6))
        }

        @Test("entries beyond white are cut off once they are mixed")
        func beyond() throws {
            let made = try bench.apply(
                [try lut(cube(2) { [2 * $0, 2 * $1 - 0.5, $2] })], to: try solid(9, 9, [100, 100, 200]))
            #expect(isClose(try made.pixel(x: 3, y: 3), [200, 72.5, 200], within: 0.6))
            let bright = try bench.apply([try lut(cube(2) { [2 * $0, $1, $2] })], to: try solid(9, 9, [200, 9, 9]))
            #expect(try bright.pixel(x: 3, y: 3) == [255, 9, 9])
        }

        @Test("a table of one dimension is a curve for each channel")
        func curves() throws {
            let text = "LUT_1D_SIZE 3\n0 1 0\n0.25 0.5 0.5\n1 0 1\n"
            let made = try bench.apply([try lut(text)], to: try solid(9, 9, [64, 64, 191])).pixel(x: 3, y: 3)
            #expect(isClose(made, [32, 191, 191], within: 0.6))
        }

        @Test("grey pictures become colours, alpha stays")
        func grey() throws {
            let made = try bench.apply([try lut(cube(2) { [$0, $1 * 0.5, $2] })], to: try solid(9, 9, [100, 77]))
            #expect(made.bands == 4)
            #expect(try made.pixel(x: 3, y: 3) == [100, 50, 100, 77])
        }

        @Test("the sidecar tells which it was, and what is wrong with one that is none")
        func told() throws {
            let source = try bench.source(try solid(9, 9, red))
            let text = "TITLE \"Look\"\n" + cube(3) { [$0, $1, $2] }
            let output = try bench.run(source, stages: [try lut(text)], renditions: [.png()])
            #expect(output.stages.first?.details == ["size": "3x3x3", "title": "Look"])
            let error = bench.failure(source, stages: [try lut("LUT_3D_SIZE 2\n0 0\n")])
            #expect(error?.code == .stageFailed && error?.stage == "lut")
            #expect(error?.message.contains("line 2: an entry has to be three numbers") == true)
        }
    }
}
