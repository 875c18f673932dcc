import CVips
import Glibc
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("PNM and PAM")
    struct PNMTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private func text(_ text: String, _ bytes: [UInt8] = []) -> [UInt8] { Array(text.utf8) + bytes }

        @Test("bits, packed and as digits: 1 is black")
        func bits() throws {
            let expected: [UInt8] = [0, 255, 0, 255, 255, 255, 255, 255, 0, 255, 0, 255, 255, 255, 255, 255, 255, 255]
            let packed = try bench.decoded(text("P4\n9 2\n", [0b1010_0000, 0b1111_1111, 0b0100_0000, 0]))
            #expect(packed.samples == expected && packed.output.source.format == .pnm)
            let digits = try bench.decoded(text("P1 # bits\n9 2\n101000001\n0 1 0 # no 1\n000000"))
            #expect(digits.samples == expected && digits.output.warnings.isEmpty)
        }

        @Test("whatever is white becomes white, and all between is rounded", arguments: [1, 2, 7, 100, 254, 255])
        func scaled(white: Int) throws {
            let values = (0..<200).map { (place: Int) -> Int in place * 7 % (white + 1) }
            let expected = values.map { (value: Int) -> UInt8 in
                UInt8((Double(value) * 255 / Double(white)).rounded())
            }
            let raw = try bench.decoded(text("P5 20 10 \(white)\n", values.map { UInt8($0) }))
            #expect(raw.samples == expected)
            let plain = try bench.decoded(text("P2 20 10 \(white) " + values.map(String.init).joined(separator: "\n")))
            #expect(plain.samples == expected)
        }

        @Test("of more than 255 to 16 bits", arguments: [256, 1023, 40_000, 65535])
        func deep(white: Int) throws {
            let values = (0..<60).map { (place: Int) -> Int in place * 1021 % (white + 1) }
            let expected = values.map { (value: Int) -> UInt16 in
                UInt16((Double(value) * 65535 / Double(white)).rounded())
            }
            let files = [
                text(
                    "P6 5 4 \(white)\n",
                    values.flatMap { (value: Int) -> [UInt8] in [UInt8(value >> 8), UInt8(value & 255)] }),
                text("P3\n5 4 \(white)\n" + values.map(String.init).joined(separator: " ") + "\n"),
            ]
            for file in files {
                let found = try bench.decoded(file)
                #expect(found.image.format == VIPS_FORMAT_USHORT)
                #expect(found.samples.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) } == expected)
                #expect(found.output.source.depth == Int.bitWidth - white.leadingZeroBitCount)
            }
        }

        @Test("what is lighter than white is white")
        func lighter() throws {
            #expect(try bench.decoded(text("P5 2 1 100\n", [99, 201])).samples == [252, 255])
            #expect(try bench.decoded(text("P2 2 1 100 99 99999999999999999999")).samples == [252, 255])
        }

        @Test(
            "PAM with and without alpha",
            arguments: [
                (1, 1, "BLACKANDWHITE"), (2, 1, "BLACKANDWHITE_ALPHA"), (1, 255, "GRAYSCALE"),
                (2, 255, "GRAYSCALE_ALPHA"),
                (3, 255, "RGB"), (4, 255, "RGB_ALPHA"),
            ])
        func pam(bands: Int, white: Int, kind: String) throws {
            let header =
                "P7\n# a comment\nWIDTH 3\nHEIGHT 2\nDEPTH \(bands)\nMAXVAL \(white)\nTUPLTYPE \(kind)\nENDHDR\n"
            let values = (0..<(6 * bands)).map { (place: Int) -> UInt8 in UInt8(place * 11 % (white + 1)) }
            let found = try bench.decoded(text(header, values))
            #expect(found.samples == values.map { white == 1 ? $0 * 255 : $0 })
            #expect(found.output.source.bands == bands)
        }

        @Test("a hundred lines in digits, asked for in any order")
        func turned() throws {
            let lines = (0..<100).map { (y: Int) -> [UInt8] in [UInt8(y * 2), UInt8(y * 2 + 1), UInt8(y)] }
            let file = text("P2 3 100 255\n" + lines.joined().map { "\($0)" }.joined(separator: " "))
            let source = try bench.source(bytes: file)
            let descriptor = open(source, O_RDONLY | O_CLOEXEC)
            defer { close(descriptor) }
            let image = try Loader(descriptor: descriptor, format: .pnm, damage: .truncated).open()
            let upsideDown = try Image.make { sluice_flip(image.pointer, &$0, 1) }
            #expect(try samples(upsideDown) == Array(lines.reversed().joined()))
        }

        @Test("of several pictures the first is used, with a warning")
        func several() throws {
            let one = text("P5 1 1 255\n", [7])
            let found = try bench.decoded(one + text("P6 1 1 255\n", [1, 2, 3]) + one)
            #expect(found.samples == [7])
            #expect(found.output.warnings == ["pages-ignored: 3 pictures, the first is used"])
        }

        @Test("a file that ends early lacks its last lines", arguments: ["P5", "P2"])
        func cut(kind: String) throws {
            let file =
                kind == "P5"
                ? text("P5 4 10 255\n", [UInt8](repeating: 65, count: 26))
                : text("P2 4 10 255\n" + [String](repeating: "65", count: 26).joined(separator: " "))
            #expect(bench.failure(try bench.source(bytes: file))?.code == .truncated)
            let found = try bench.decoded(file, limits: .tolerant)
            #expect(found.output.warnings == ["incomplete: the file ends early: missing the last 4 of 10 lines (40 %)"])
            #expect(found.samples[..<24].allSatisfy { $0 == 65 } && found.samples[28...].allSatisfy { $0 == 0 })
        }

        @Test("what is no number is damage")
        func damaged() throws {
            let file = text("P2 1 4 255\n1 2 x 3")
            let failure = try #require(bench.failure(try bench.source(bytes: file)))
            #expect(failure.code == .damaged && failure.message.contains("line 3 of 4"))
            let found = try bench.decoded(file, limits: .tolerant)
            #expect(found.samples == [1, 2, 0, 0])
            #expect(found.output.warnings.count == 1 && found.output.warnings[0].hasPrefix("incomplete: something"))
        }

        @Test("hostile sizes are refused")
        func hostile() throws {
            let failures: [(String, ErrorCode)] = [
                ("P5 2000000000 1 255\n", .unsupportedFormat), ("P5 9999999 9999999 255\n", .truncated),
                ("P2 9999999 9999999 255\n", .tooManyPixels), ("P6 0 1 255\n", .damaged), ("P5 1 1 70000\n", .damaged),
                ("P5 3 ", .truncated),
            ]
            for (header, code) in failures {
                #expect(bench.failure(try bench.source(bytes: text(header)))?.code == code, "\(header)")
            }
        }
    }
}
