import CVips
import Imaging
import Metadata
import Testing

@testable import Jobs
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("Metadata that a format has no place for")
    struct MetadataPlaceTests {
        let bench: Bench
        private let everything = MetadataPolicy(keep: [.all])

        init() throws { bench = try Bench() }

        /// A JPEG with a caption of IPTC.
        private func captioned() throws -> String {
            let caption: [UInt8] = [0x1C, 2, 120, 0, 6] + Array("Sunset".utf8)
            let block = try #require(rewriteIPTC(caption, policy: everything, for: .jpeg))
            let image = try quadrants(160, 96).editingFields {
                vips_image_set_blob_copy($0, "iptc-data", block, block.count)
            }
            return try bench.source(image, as: .jpeg(JPEG()))
        }

        @Test("IPTC goes where there is a place for it; else a warning says that it is left out")
        func iptc() throws {
            let source = try captioned()
            let kept = try bench.run(
                source, renditions: [.jpeg("j"), Rendition(name: "t", encoder: .tiff(TIFF()))], metadata: everything)
            #expect(kept.warnings.isEmpty)
            #expect(try bench.bytes("out.j").contains(Array("Sunset".utf8)))
            #expect(try bench.bytes("out.t").contains(Array("Sunset".utf8)))
            let lost = try bench.run(
                source, renditions: [.png("p"), Rendition(name: "w", encoder: .webp(WebP()))], metadata: everything,
                prefix: "lost")
            #expect(
                lost.warnings == [
                    "iptc: dropped, as png files cannot hold it",
                    "iptc: dropped, as webp files cannot hold it",
                ])
        }

        @Test("what was not to be kept is no loss")
        func notKept() throws {
            let output = try bench.run(
                try captioned(), renditions: [.png("p")], metadata: MetadataPolicy(keep: [.all], drop: [.iptc]))
            #expect(output.warnings.isEmpty)
        }

        @Test("a GIF holds none of it")
        func gif() throws {
            let source = try bench.source(try withOrientation(try quadrants(160, 96), 1), as: .tiff(TIFF()))
            let output = try bench.run(
                source, renditions: [Rendition(name: "g", encoder: .gif(GIF()))], metadata: everything)
            #expect(output.warnings == ["exif: dropped, as gif files cannot hold it"])
        }
    }
}
