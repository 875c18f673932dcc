import CVips
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Animated PNG")
    struct APNGTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private let webp: Rendition = {
            var webp = WebP()
            (webp.lossless, webp.effort) = (true, 1)
            return Rendition(name: "w", encoder: .webp(webp))
        }()

        private func png(_ image: Image) throws -> [UInt8] {
            let path = try bench.source(image)
            return try bench.bytes(String(path.dropFirst(bench.path.count + 1)))
        }

        private func flat(_ width: Int, _ height: Int, _ colour: [Double]) throws -> [UInt8] {
            try png(try solid(width, height, colour))
        }

        /// The colours of a frame of 40 × 30: at its left, and at its right.
        private func sides(_ strip: Image, _ frame: Int) throws -> [[Double]] {
            try [5, 35].map { try strip.pixel(x: $0, y: frame * 30 + 15) }
        }

        /// Red; its right half green for a while; blue, half of it transparent; what was before, at last.
        private func maker() throws -> APNGMaker {
            APNGMaker(
                frames: [
                    .init(delay: (1, 4), picture: try flat(40, 30, red + [255])),
                    .init(left: 20, disposal: 2, delay: (3, 0), picture: try flat(20, 30, green + [255])),
                    .init(disposal: 0, blend: 1, picture: try flat(20, 30, blue + [128])),
                    .init(left: 20, disposal: 1, blend: 0, picture: try flat(20, 30, white + [255])),
                    .init(blend: 1, picture: try flat(1, 1, [0, 0, 0, 0])),
                ], plays: 7)
        }

        @Test("plays on as its frames are drawn, laid over each other and taken back")
        func composed() throws {
            let output = try bench.run(
                try bench.source(bytes: try maker().make()),
                renditions: [webp, Rendition(name: "g", encoder: .gif(GIF())), .png("p")])
            #expect(output.source.pages == 5 && output.renditions.map(\.pages) == [5, 5, 1])
            #expect(output.warnings == ["pages-ignored: 5 frames, png gets the first"])
            let strip = try bench.read("out.w", allFrames: true)
            #expect(strip.size == PixelSize(width: 40, height: 150))
            #expect(strip.integers("delay") == [250, 30, 100, 100, 100] && strip.integer("loop") == 7)
            let (opaqueRed, mixed) = (red + [255], [127, 0, 128, 255.0])
            let expected: [[[Double]]] = [
                [opaqueRed, opaqueRed], [opaqueRed, green + [255]], [mixed, opaqueRed], [mixed, white + [255]],
                [mixed, [0, 0, 0, 0]],
            ]
            for (index, colours) in expected.enumerated() {
                for (found, wanted) in zip(try sides(strip, index), colours) {
                    let isNothing = wanted[3] == 0
                    #expect(
                        isNothing ? found[3] == 0 : isClose(found, wanted, within: 1), "frame \(index): \(found)")
                }
            }
            #expect(try bench.read("out.g", allFrames: true).height == 150)
            #expect(isClose(try bench.read("out.p").pixel(x: 5, y: 5), opaqueRed, within: 0))
        }

        @Test("plays as many frames as limits.frames lets")
        func limited() throws {
            var limits = Limits()
            limits.frames = 2
            let output = try bench.run(
                try bench.source(bytes: try maker().make()), renditions: [webp], limits: limits)
            #expect(output.renditions.map(\.pages) == [2])
            #expect(output.warnings.contains { $0.hasPrefix("frames-left-out: 5 frames") })
            limits.frames = nil
            limits.pages = 4
            let source = try bench.source(bytes: try maker().make())
            #expect(bench.failure(source, renditions: [webp], limits: limits)?.code == .tooManyPages)
        }

        @Test("a picture that is none of its frames is shown where it does not play")
        func still() throws {
            var maker = try maker()
            maker.frames = Array(maker.frames.prefix(2))
            maker.still = try flat(40, 30, white + [255])
            let source = try bench.source(bytes: maker.make())
            let stills = try bench.run(source, renditions: [.png("p"), .jpeg("j")])
            #expect(isClose(Array(try bench.read("out.p").pixel(x: 5, y: 5).prefix(3)), white))
            #expect(stills.warnings.contains("pages-ignored: 2 frames, png gets the first"))
            let moving = try bench.run(source, renditions: [webp], prefix: "m")
            #expect(moving.renditions.map(\.pages) == [2] && moving.warnings.isEmpty)
            #expect(isClose(try sides(try bench.read("m.w", allFrames: true), 0)[0], red + [255], within: 0))
        }

        @Test(
            "of every kind is what its frames are, sample for sample",
            arguments: [(1, false), (2, false), (3, false), (4, false), (1, true), (3, true), (4, true)])
        func kinds(bands: Int, isDeep: Bool) throws {
            func picture(_ seed: Int) throws -> Image {
                var image = try texture(60, 50, seed: seed)
                if bands < 3 { image = try image.extractedBands(first: 0, count: 1) }
                if bands % 2 == 0 {
                    image = try image.joined(with: try texture(60, 50).extractedBands(first: 0, count: 1))
                }
                guard isDeep else {
                    return try image.interpreted(as: bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB)
                }
                return try image.linear(factor: 257).cast(to: VIPS_FORMAT_USHORT).interpreted(
                    as: bands < 3 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16)
            }
            let pictures = try [picture(1), picture(20), picture(40)]
            let maker = APNGMaker(frames: try pictures.map { .init(picture: try png($0)) }, largestChunk: 1000)
            let output = try bench.run(try bench.source(bytes: maker.make()), renditions: [webp, .jpeg("j")])
            #expect([output.source.bands, output.source.depth] == [bands, isDeep ? 16 : 8])
            // Opaque frames stay so.
            #expect(output.warnings.contains { $0.hasPrefix("alpha-flattened") } == (bands % 2 == 0))
            let strip = try bench.read("out.w", allFrames: true)
            for (index, image) in pictures.enumerated() {
                let wanted = try png(image)
                let shown = try bench.decoded(wanted).image
                for (x, y) in [(0, 0), (59, 49), (31, 7)] {
                    let found = try strip.pixel(x: x, y: index * 50 + y)
                    var pixel = try shown.pixel(x: x, y: y).map { isDeep ? ($0 / 257).rounded() : $0 }
                    if bands < 3 { pixel = [pixel[0], pixel[0], pixel[0]] + pixel.dropFirst() }
                    if pixel.count == 3 { pixel.append(255) }
                    #expect(isClose(found, pixel, within: 1), "\(found) \(pixel)")
                }
            }
        }

        @Test("whose frames are not in order is shown as a still picture, and says why")
        func unsound() throws {
            var gap = try maker()
            gap.gapAt = 3
            var outside = try maker()
            outside.frames[1].left = 21
            var unknown = try maker()
            unknown.frames[2].disposal = 3
            for (maker, reason) in [(gap, "out of order"), (outside, "outside the picture"), (unknown, "unknown kind")]
            {
                let output = try bench.run(
                    try bench.source(bytes: maker.make()), renditions: [webp], prefix: reason)
                #expect(output.renditions.map(\.pages) == [1] && output.source.pages == 1)
                #expect(output.warnings.count == 1, "\(output.warnings)")
                #expect(
                    output.warnings.allSatisfy {
                        $0.hasPrefix("pages-ignored: an animated PNG that cannot be played") && $0.contains(reason)
                    }, "\(output.warnings)")
            }
        }

        @Test("that ends early is refused where it is to play; else what is whole is taken, with a warning")
        func truncated() throws {
            let whole = try maker().make()
            let source = try bench.source(bytes: Array(whole.prefix(whole.count - 100)))
            #expect(bench.failure(source, renditions: [webp])?.code == .truncated)
            var limits = Limits()
            limits.damage = .none
            let output = try bench.run(source, renditions: [webp], limits: limits)
            let kept = output.renditions[0].pages
            #expect((2...4).contains(kept))
            #expect(output.warnings.contains("incomplete: the file ends early: \(kept) of 5 frames are whole"))
            let still = try bench.run(source, renditions: [.jpeg("j")], prefix: "still")
            #expect(still.warnings.contains { $0.hasPrefix("incomplete: ") })
        }

        @Test("a frame with damaged data fails as that")
        func damaged() throws {
            var bytes = try maker().make()
            let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("fdAT".utf8)) })
            for index in place + 12..<place + 20 { bytes[index] ^= 0x5A }
            let error = bench.failure(try bench.source(bytes: bytes), renditions: [webp])
            #expect([.damaged, .truncated].contains(error?.code), "\(String(describing: error))")
        }
    }
}
