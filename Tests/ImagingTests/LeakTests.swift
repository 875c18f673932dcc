import Testing

@testable import Imaging
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("What a job leaves in the process")
    struct LeakTests {
        @Test("is nothing, after 200 pictures, broken ones among them")
        func twoHundred() throws {
            let bench = try Bench()
            let jpeg = try bench.source(try withOrientation(try texture(200, 150), 6), as: .jpeg(JPEG()))
            let png = try bench.source(try solid(90, 70, [10, 20, 30, 40]))
            let whole = try bench.bytes("source1")
            let broken = try bench.source(bytes: Array(whole.prefix(whole.count / 2)))
            let mark = try bench.source(try solid(10, 10, red))
            let frames = try Loop(of: try solid(4, 4, red)).join([try solid(40, 40, red), try solid(40, 40, blue)])
            let gif = try bench.source(frames, as: .gif(GIF()))
            let stages: [Stage] = [
                .autorotate, denoise(), .resize(80, 60, .cover, position: .attention),
                .watermark(Watermark(picture: mark)),
                .trim(Trim()), denoise { $0.sigma = 9 }, .sharpen(Sharpen()), .colour(Colour()),
            ]
            func round(_ index: Int) {
                for source in [jpeg, png, broken, gif] {
                    _ = try? bench.run(
                        source, stages: stages,
                        renditions: [.jpeg("\(index)"), Rendition(name: "\(index)w", encoder: .webp(WebP()))],
                        prefix: "\(source.last ?? "x")")
                }
            }
            round(0)
            round(1)
            let allocations = VipsRuntime.trackedAllocations
            let bytes = VipsRuntime.trackedBytes
            let files = VipsRuntime.trackedFiles
            for index in 2..<50 { round(index) }
            #expect(VipsRuntime.trackedAllocations == allocations)
            #expect(VipsRuntime.trackedBytes == bytes)
            #expect(VipsRuntime.trackedFiles == files)
            #expect(!bench.fileNames.contains { $0.hasSuffix(".v") }, "a spilled picture is left")
        }
    }
}
