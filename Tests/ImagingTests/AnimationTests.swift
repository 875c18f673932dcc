import CVips
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Animations")
    struct AnimationTests {
        let bench: Bench
        let source: String

        /// Three frames of 120 x 80: red, green, blue, each with a white mark in its top left corner.
        init() throws {
            bench = try Bench()
            let frames = try [red, green, blue].map { colour in
                let frame = try solid(120, 80, colour)
                try draw(on: frame, white, left: 0, top: 0, width: 30, height: 20)
                return frame
            }
            var loop = Loop(of: frames[0])
            loop.delays = [100, 250, 70]
            loop.count = 3
            source = try bench.source(try loop.join(frames), as: .gif(GIF()))
        }

        let webp: Rendition = {
            var webp = WebP()
            webp.lossless = true
            return Rendition(name: "webp", encoder: .webp(webp))
        }()

        @Test("stay animated in WebP and GIF, frame for frame, and are stills elsewhere")
        func kept() throws {
            let output = try bench.run(
                source, stages: [.resize(60, nil)],
                renditions: [webp, Rendition(name: "gif", encoder: .gif(GIF())), .jpeg()])
            #expect(output.source.pages == 3)
            #expect(output.renditions.map(\.pages) == [3, 3, 1])
            #expect(output.renditions.map(\.height) == [40, 40, 40])
            for name in ["webp", "gif"] {
                let strip = try bench.read("out.\(name)", allFrames: true)
                #expect(strip.size == PixelSize(width: 60, height: 120))
                #expect(strip.integer("page-height") == 40)
                #expect(strip.integers("delay") == [100, 250, 70])
                #expect(strip.integer("loop") == 3)
                for (frame, colour) in [red, green, blue].enumerated() {
                    #expect(isClose(Array(try strip.pixel(x: 40, y: frame * 40 + 30).prefix(3)), colour))
                }
            }
            #expect(isClose(try bench.read("out.jpeg").pixel(x: 40, y: 30), red))
            // Stages are told once, not per frame.
            #expect(output.stages.map(\.name) == ["resize"])
        }

        @Test("cut each frame alike, as the first one decides")
        func sameBox() throws {
            // Frame 2 alone would be trimmed to another box.
            let first = try solid(60, 40, white)
            try draw(on: first, red, left: 10, top: 10, width: 20, height: 20)
            let second = try solid(60, 40, white)
            try draw(on: second, red, left: 30, top: 5, width: 5, height: 5)
            let moving = try bench.source(try Loop(of: first).join([first, second]), as: .gif(GIF()))
            try bench.run(moving, stages: [.trim(Trim())], renditions: [webp])
            let strip = try bench.read("out.webp", allFrames: true)
            #expect(strip.size == PixelSize(width: 20, height: 40))
        }

        @Test("turn and crop whole frames")
        func stages() throws {
            try bench.run(
                source, stages: [.rotate(Rotate(angle: 90)), .resize(20, 20, .cover, position: .attention)],
                renditions: [webp])
            let strip = try bench.read("out.webp", allFrames: true)
            #expect(strip.size == PixelSize(width: 20, height: 60))
        }

        @Test("are refused over the limit of frames, with both numbers")
        func tooManyFrames() throws {
            var limits = Limits()
            limits.pages = 2
            let error = bench.failure(source, renditions: [webp], limits: limits)
            #expect(error?.code == .tooManyPages)
            #expect(error?.message == "3 frames (limit: 2)")
        }

        @Test("of more frames than are wanted the first are taken, with a warning", arguments: [1, 2, 3])
        func firstFrames(most: Int) throws {
            var limits = Limits()
            limits.frames = most
            // What is left out counts for no limit.
            limits.pages = most
            limits.pixels = UInt64(120 * 80 * most)
            let output = try bench.run(source, renditions: [webp], limits: limits)
            #expect(output.source.pages == 3)
            #expect(output.renditions.map(\.pages) == [most])
            let first = most == 1 ? "the first is" : "the first \(most) are"
            let told = ["frames-left-out: 3 frames, \(first) used (limits.frames)"]
            #expect(output.warnings == (most < 3 ? told : []))
            let strip = try bench.read("out.webp", allFrames: true)
            #expect(strip.size == PixelSize(width: 120, height: 80 * most))
            if most > 1 { #expect(strip.integers("delay") == Array([100, 250, 70].prefix(most))) }
            for (frame, colour) in [red, green, blue].prefix(most).enumerated() {
                #expect(isClose(Array(try strip.pixel(x: 60, y: frame * 80 + 50).prefix(3)), colour))
            }
        }

        @Test("of several pages that are no frames, the first is used, with a warning")
        func pages() throws {
            let frames = try Loop(of: try solid(4, 4, red)).join([try solid(40, 40, red), try solid(40, 40, blue)])
            let output = try bench.run(
                try bench.source(frames, as: .tiff(TIFF())), renditions: [webp])
            #expect(output.warnings == ["pages-ignored: 2 pages, the first is used"])
            #expect(output.renditions.map(\.pages) == [1])
            #expect(output.renditions.map(\.height) == [40])
        }
    }
}
