import CVips
import Imaging
import Metadata
import Testing

@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Orientation without autorotate")
    struct KeptOrientationTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private func camera(_ orientation: Int) throws -> String {
            let image = try withOrientation(try quadrants(160, 96), orientation)
            return try bench.source(image, as: .tiff(TIFF()))
        }

        private func orientation(_ name: String, _ format: PictureFormat) throws -> Int? {
            try readExif(in: PictureBytes(try bench.bytes(name)), format: format).record.orientation
        }

        @Test("the tag is kept with the EXIF block, as the pixels are", arguments: [3, 6, 8])
        func kept(orientation: Int) throws {
            let output = try bench.run(
                try camera(orientation),
                renditions: [
                    .png("p"), .jpeg("j"), Rendition(name: "w", encoder: .webp(WebP())),
                    Rendition(name: "t", stages: [.resize(80, nil)], encoder: .tiff(TIFF())),
                ], metadata: MetadataPolicy(keep: [.all]))
            #expect(output.warnings.isEmpty)
            #expect(try self.orientation("out.p", .png) == orientation)
            #expect(try self.orientation("out.j", .jpeg) == orientation)
            #expect(try self.orientation("out.w", .webp) == orientation)
            #expect(try self.orientation("out.t", .tiff) == orientation)
            #expect(try bench.read("out.p").size == PixelSize(width: 160, height: 96))
        }

        @Test("a format whose readers mind no tag gets turned pixels")
        func turned() throws {
            let output = try bench.run(
                try camera(6), renditions: [Rendition(name: "g", encoder: .gif(GIF())), .png("p")],
                metadata: MetadataPolicy(keep: [.all]))
            #expect(output.renditions.map(\.width) == [96, 160])
            let image = try bench.read("out.g")
            // What was at the left of the stored picture has come to the top.
            #expect(isClose(try corners(image)[0].prefix(3).map { $0 }, blue, within: 30))
        }

        @Test("after a turn it says upright")
        func upright() throws {
            try bench.run(
                try camera(6), stages: [.autorotate],
                renditions: [.jpeg("j"), Rendition(name: "t", encoder: .tiff(TIFF()))],
                metadata: MetadataPolicy(keep: [.all]))
            #expect(try orientation("out.j", .jpeg) == 1 && orientation("out.t", .tiff) == 1)
        }

        @Test("where neither is done, a warning says so")
        func lost() throws {
            let output = try bench.run(try camera(6), renditions: [.png("p")])
            #expect(output.warnings.contains { $0.hasPrefix("orientation: ") })
            #expect(try bench.run(try camera(1), renditions: [.png("q")]).warnings.isEmpty)
        }
    }
}
