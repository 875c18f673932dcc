import CVips
import Glibc
import Testing

@testable import Jobs
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    /// What a loader attaches to an image has to live as long as the last copy of that image: freed blocks are filled
    /// with a marker here, and looked for in what is published.
    @Suite("Blobs of a source")
    struct OwnershipTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        /// Large enough that no other block of the job takes its place by chance.
        private static let xmp: [UInt8] = Array(
            """
            <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">\
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
            <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:source>\
            \(String(repeating: "what was attached ", count: 200))</dc:source></rdf:Description></rdf:RDF></x:xmpmeta>\
            <?xpacket end="w"?>
            """.utf8)

        private static let encoders: [Rendition.Encoder] = [
            .jpeg(JPEG()), .png(PNG()), .webp(WebP()), .tiff(TIFF()), .avif(AVIF()),
        ]

        private func drawing() throws -> Image {
            let image = try texture(320, 240)
            let inP3 = try image.transformed(to: "p3", fallback: "srgb", intent: VIPS_INTENT_RELATIVE).copiedToMemory()
            return try inP3.editingFields {
                vips_image_set_blob_copy($0, "xmp-data", Self.xmp, Self.xmp.count)
            }
        }

        @Test("reach every rendition whole, without a common colour stage", arguments: encoders)
        func blobs(encoder: Rendition.Encoder) throws {
            let drawing = try drawing()
            let profile = try #require(drawing.blob("icc-profile-data"))
            try check(try bench.source(drawing, as: encoder), profile: profile, xmp: Self.xmp)
        }

        @Test("reach every rendition of HEIC whole")
        func heic() throws {
            let path = "\(bench.path)/source-heic"
            let drawing = try drawing()
            guard sluice_heicsave(drawing.pointer, path) == 0 else {
                print("no HEVC encoder here: HEIC is not tried (\(takeVipsError(or: .encodeFailed).message))")
                return
            }
            try check(path, profile: try #require(drawing.blob("icc-profile-data")), xmp: Self.xmp)
        }

        private func check(_ source: String, profile: [UInt8], xmp: [UInt8]) throws {
            var renditions: [Rendition] = []
            for (index, encoder) in Self.encoders.enumerated() {
                renditions.append(Rendition(name: "r\(index)", stages: [.resize(100 + index, nil)], encoder: encoder))
            }
            let opened = try decode(source)
            try #require(opened.blob("icc-profile-data") == profile)
            // libvips 8.14.1 writes no XMP into HEIF and AVIF.
            let hasXMP = opened.blob("xmp-data") == xmp
            let marker: UInt8 = 0xA7
            mallopt(M_PERTURB, Int32(marker))
            defer { mallopt(M_PERTURB, 0) }
            for overlaps in [false, true] {
                try bench.run(
                    source, renditions: renditions, metadata: MetadataPolicy(keep: [.icc, .xmp]),
                    prefix: "out\(overlaps)", overlaps: overlaps)
                for rendition in renditions {
                    let name = "out\(overlaps).\(rendition.name)"
                    let published = try bench.read(name)
                    #expect(published.blob("icc-profile-data") == profile, "\(name): another profile")
                    if hasXMP, case .jpeg = rendition.encoder {
                        let words = String(decoding: published.blob("xmp-data") ?? [], as: UTF8.self)
                        #expect(words.contains("what was attached what was attached"), "\(name): other XMP")
                    }
                    #expect(!hasRun(of: marker, in: try bench.bytes(name)), "\(name): freed memory")
                    unlinkat(bench.directory, name, 0)
                }
            }
        }

        /// Of 24 bytes, which no picture that was drawn here has.
        private func hasRun(of marker: UInt8, in bytes: [UInt8]) -> Bool {
            var run = 0
            for byte in bytes {
                run = byte == marker ? run + 1 : 0
                if run == 24 { return true }
            }
            return false
        }
    }
}
