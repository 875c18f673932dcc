import CVips
import Imaging
import Testing

@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Areas of GIFs that are cleared")
    struct GIFCoverageTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        /// A frame of one colour of the global table (0 red, 1 blue), as codes that are never compressed.
        private func frame(_ left: UInt8, _ top: UInt8, _ size: UInt8, colour: UInt8, disposal: UInt8) -> [UInt8] {
            // Codes of three bits: 4 clears the table, after every pixel; 5 ends.
            var codes: [UInt8] = []
            for _ in 0..<Int(size) * Int(size) { codes += [4, colour] }
            codes.append(5)
            var data: [UInt8] = []
            var (bits, count) = (0, 0)
            for code in codes {
                bits |= Int(code) << count
                count += 3
                while count >= 8 {
                    data.append(UInt8(bits & 0xFF))
                    bits >>= 8
                    count -= 8
                }
            }
            if count > 0 { data.append(UInt8(bits & 0xFF)) }
            let blocks = stride(from: 0, to: data.count, by: 255).flatMap { start -> [UInt8] in
                let block = data[start..<min(start + 255, data.count)]
                return [UInt8(block.count)] + block
            }
            return [0x21, 0xF9, 4, disposal << 2, 10, 0, 0, 0, 0x2C, left, 0, top, 0, size, 0, size, 0, 0, 2] + blocks
                + [0]
        }

        private func gif(_ frames: [UInt8]...) -> [UInt8] {
            Array("GIF89a".utf8) + [20, 0, 20, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255] + frames.flatMap { $0 } + [0x3B]
        }

        private func frames(_ source: [UInt8]) throws -> [Image] {
            var webp = WebP()
            webp.lossless = true
            try bench.run(try bench.source(bytes: source), renditions: [Rendition(name: "w", encoder: .webp(webp))])
            let strip = try bench.read("out.w", allFrames: true)
            #expect(strip.hasAlpha)
            return try (0..<strip.height / 20).map { index in
                try strip.extracted(PixelRectangle(left: 0, top: index * 20, width: 20, height: 20)).copiedToMemory()
            }
        }

        private let opaqueRed: [Double] = [255, 0, 0, 255]
        private let opaqueBlue: [Double] = [0, 0, 255, 255]

        @Test("what is disposed of is transparent, what stays is not")
        func cleared() throws {
            let made = try frames(
                gif(
                    frame(0, 0, 20, colour: 0, disposal: 1), frame(2, 2, 4, colour: 1, disposal: 2),
                    frame(10, 10, 4, colour: 1, disposal: 1)))
            try #require(made.count == 3)
            #expect(try made[0].pixel(x: 3, y: 3) == opaqueRed)
            #expect(try made[1].pixel(x: 3, y: 3) == opaqueBlue)
            #expect(try made[2].pixel(x: 3, y: 3)[3] == 0)
            #expect(try made[2].pixel(x: 12, y: 12) == opaqueBlue)
            #expect(try made[2].pixel(x: 18, y: 1) == opaqueRed)
        }

        @Test("what comes back is as it was before")
        func restored() throws {
            let made = try frames(
                gif(
                    frame(0, 0, 4, colour: 0, disposal: 1), frame(10, 10, 4, colour: 1, disposal: 3),
                    frame(0, 15, 4, colour: 1, disposal: 1)))
            try #require(made.count == 3)
            #expect(try made[1].pixel(x: 12, y: 12) == opaqueBlue)
            #expect(try made[2].pixel(x: 12, y: 12)[3] == 0)
            #expect(try made[2].pixel(x: 1, y: 1) == opaqueRed)
        }

        @Test("what was never drawn is transparent, in a still too")
        func neverDrawn() throws {
            let source = try bench.source(bytes: gif(frame(5, 5, 8, colour: 1, disposal: 0)))
            try bench.run(source, renditions: [.png("p")])
            let image = try bench.read("out.p")
            #expect(try image.hasAlpha && image.pixel(x: 1, y: 1)[3] == 0 && image.pixel(x: 8, y: 8) == opaqueBlue)
        }

        @Test("a GIF that is drawn all over stays as it is")
        func full() throws {
            let source = try bench.source(bytes: gif(frame(0, 0, 20, colour: 0, disposal: 2)))
            let output = try bench.run(source, renditions: [.png("p")])
            #expect(try !bench.read("out.p").hasAlpha)
            #expect(output.warnings.isEmpty)
        }

        @Test("what is disposed of, and drawn all over at once, leaves no gap")
        func replaced() throws {
            let source = try bench.source(
                bytes: gif(frame(0, 0, 20, colour: 0, disposal: 2), frame(0, 0, 20, colour: 1, disposal: 3)))
            let output = try bench.run(
                source, renditions: [Rendition(name: "w", encoder: .webp(WebP())), .jpeg("j")])
            #expect(try !bench.read("out.w").hasAlpha)
            #expect(!output.warnings.contains { $0.hasPrefix("alpha-flattened") })
        }

        @Test("what is disposed of later is none of a still")
        func laterDisposal() throws {
            let source = try bench.source(
                bytes: gif(frame(0, 0, 20, colour: 0, disposal: 2), frame(2, 2, 4, colour: 1, disposal: 1)))
            let output = try bench.run(source, renditions: [.jpeg("j"), .png("p")])
            #expect(try !bench.read("out.p").hasAlpha)
            #expect(!output.warnings.contains { $0.hasPrefix("alpha-flattened") })
        }

        @Test("frames that a still rendition leaves out are told of")
        func stills() throws {
            let source = try bench.source(
                bytes: gif(frame(0, 0, 20, colour: 0, disposal: 1), frame(2, 2, 4, colour: 1, disposal: 1)))
            let output = try bench.run(source, renditions: [.png("p")])
            #expect(output.warnings == ["pages-ignored: 2 frames, png gets the first"])
        }
    }
}
