import CVips
import Glibc
import Metadata
import Testing

@testable import Imaging
@testable import Jobs
@testable import Originals
@testable import Pictures
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("The source's own file as a rendition")
    struct OriginalTests {
        let bench: Bench
        private let everything = MetadataPolicy(keep: [.all])
        private let nothing = MetadataPolicy(keep: [])
        private let secret = Array("secret place".utf8)

        init() throws { bench = try Bench() }

        private static let formats: [Rendition.Encoder] = {
            var jxl = JXL()
            (jxl.effort, jxl.lossless) = (3, true)
            return [.jpeg(JPEG()), .png(PNG()), .webp(WebP()), .gif(GIF()), .jxl(jxl)]
        }()

        /// A picture with XMP and EXIF, turned on its side, and with bytes behind it.
        private func source(_ encoder: Rendition.Encoder, trailer: [UInt8]) throws -> String {
            let packet = Array(
                """
                <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
                <rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="secret place"/>\
                </rdf:RDF></x:xmpmeta>
                """.utf8)
            let image = try texture(160, 96).editingFields {
                if encoder.format != .gif { vips_image_set_blob_copy($0, "xmp-data", packet, packet.count) }
            }
            let plain = try bench.source(image, as: encoder)
            let exif = try #require(
                exifOfCopy(nil, policy: everything, width: 160, height: 96, orientation: 6))
            let name = String(plain.dropFirst(bench.path.count + 1))
            let descriptor = openat(bench.directory, name, O_RDWR)
            defer { close(descriptor) }
            try replaceExif(
                in: descriptor, format: encoder.format, with: exif, xmp: encoder.format == .jxl ? packet : nil)
            return try bench.source(bytes: try bench.bytes(name) + trailer)
        }

        private func run(
            _ source: String, _ metadata: MetadataPolicy, optimize: Bool = false, renditions: [Rendition] = [],
            limits: Limits = Limits(), prefix: String = "out", only: [String]? = nil
        ) throws -> JobOutput {
            var original = Original(name: "o")
            original.optimize = optimize
            return try bench.run(
                source, renditions: renditions, only: only, limits: limits, metadata: metadata, prefix: prefix,
                originals: [original])
        }

        @Test("has the same pixels, and none of the metadata that is not kept", arguments: formats)
        func cleaned(encoder: Rendition.Encoder) throws {
            // libjxl reads boxes to the end.
            let trailer = encoder.format == .jxl ? [] : secret
            let source = try source(encoder, trailer: trailer)
            let output = try run(source, nothing)
            let report = try #require(output.renditions.first)
            #expect(report.original == true && report.format == encoder.formatName && report.name == "o")
            #expect(UInt64(try bench.bytes("out.o").count) == report.bytes)
            let before = try bench.bytes(String(source.dropFirst(bench.path.count + 1)))
            if encoder.format != .gif { #expect(before.contains(secret)) }
            #expect(!(try bench.bytes("out.o").contains(secret)))
            #expect(try samples(try bench.read("out.o")) == samples(try decode(source)))
            let again = try bench.run("\(bench.path)/out.o", renditions: [.png()], prefix: "again")
            #expect(again.warnings.allSatisfy { $0.hasPrefix("orientation: ") }, "\(again.warnings)")
            // Stored turned, it still says so, where there is a place to.
            if [.jpeg, .png, .webp].contains(encoder.format) { #expect(again.source.orientation == 6) }
        }

        @Test("keeps what is to be kept", arguments: [Rendition.Encoder.jpeg(JPEG()), .png(PNG()), .webp(WebP())])
        func kept(encoder: Rendition.Encoder) throws {
            let source = try source(encoder, trailer: [1, 2, 3])
            _ = try run(source, MetadataPolicy(keep: [.xmp]))
            #expect(try bench.bytes("out.o").contains(secret))
            #expect(try samples(try bench.read("out.o")) == samples(try decode(source)))
        }

        @Test("is the same to the last byte where all is kept, in any format")
        func whole() throws {
            for encoder in Self.formats + [.tiff(TIFF()), .avif(AVIF())] {
                let source = try source(encoder, trailer: encoder.format == .jxl ? [] : [7, 7])
                _ = try run(source, everything, prefix: encoder.formatName)
                #expect(
                    try bench.bytes("\(encoder.formatName).o")
                        == bench.bytes(String(source.dropFirst(bench.path.count + 1))))
            }
        }

        @Test("of a format that is not taken apart is refused, with what to do")
        func refused() throws {
            let source = try bench.source(try texture(80, 60), as: .tiff(TIFF()))
            let error = #expect(throws: JobError.self) { try run(source, nothing) }
            #expect(error?.message.hasPrefix("Metadata cannot be taken out of tiff files") == true)
            #expect(bench.outputNames.isEmpty)
        }

        @Test("packed anew is smaller, with the same pixels")
        func optimized() throws {
            var png = PNG()
            png.compression = 1
            for encoder in [Rendition.Encoder.jpeg(JPEG()), .png(png)] {
                let image = try texture(400, 300)
                let source = try bench.source(image, as: encoder)
                _ = try run(source, nothing, prefix: "plain\(encoder.formatName)")
                let output = try run(source, nothing, optimize: true, prefix: encoder.formatName)
                let (plain, packed) = (
                    try bench.bytes("plain\(encoder.formatName).o"), try bench.bytes("\(encoder.formatName).o")
                )
                #expect(packed.count < plain.count)
                #expect(output.renditions.first?.bytes == UInt64(packed.count))
                #expect(try samples(try bench.read("\(encoder.formatName).o")) == samples(try decode(source)))
            }
            #expect(!bench.fileNames.contains { $0.hasSuffix(".packed") })
        }

        @Test("that is damaged is not published, though nothing else is made")
        func damaged() throws {
            for encoder in [Rendition.Encoder.jpeg(JPEG()), .png(PNG()), .webp(WebP())] {
                let whole = try bench.bytes(
                    String(try bench.source(try texture(200, 200), as: encoder).dropFirst(bench.path.count + 1)))
                let source = try bench.source(bytes: Array(whole.prefix(whole.count * 2 / 3)))
                #expect(throws: JobError.self) { try run(source, nothing) }
            }
            #expect(bench.outputNames.isEmpty)
        }

        @Test("stands beside others, and is made alone after a crash")
        func resumed() throws {
            let source = try source(.jpeg(JPEG()), trailer: [])
            let both = try run(source, nothing, renditions: [.png("p")])
            #expect(both.renditions.map(\.name) == ["p", "o"])
            let again = try run(source, nothing, renditions: [.png("p")], prefix: "again", only: ["o"])
            #expect(again.renditions.map(\.name) == ["o"])
            #expect(try bench.bytes("again.o") == bench.bytes("out.o"))
        }

        @Test("a GIF keeps its frames and loses its comments")
        func gif() throws {
            let source = try source(.gif(GIF()), trailer: [])
            var bytes = try bench.bytes(String(source.dropFirst(bench.path.count + 1)))
            bytes.insert(contentsOf: [0x21, 0xFE, UInt8(secret.count)] + secret + [0], at: bytes.count - 1)
            _ = try run(try bench.source(bytes: bytes), nothing, prefix: "g")
            #expect(!(try bench.bytes("g.o").contains(secret)))
            #expect(try samples(try bench.read("g.o")) == samples(try decode(source)))
        }

        // MARK: Never larger

        private func smallest(_ encoder: Rendition.Encoder, _ stages: [Stage] = []) -> Rendition {
            var rendition = Rendition(name: "r", stages: stages, encoder: encoder)
            rendition.neverLarger = true
            return rendition
        }

        @Test("never-larger: the source's own bytes where they are fewer and show the same")
        func neverLarger() throws {
            var poor = JPEG()
            poor.quality = 20
            let source = try bench.source(try texture(300, 200), as: .jpeg(poor))
            let output = try bench.run(
                source, stages: [.autorotate], renditions: [smallest(.jpeg(JPEG()), [.resize(900, 900)])])
            let report = try #require(output.renditions.first)
            #expect(report.original == true && report.bytes <= fileSize(source))
            #expect(try samples(try bench.read("out.r")) == samples(try decode(source)))
            #expect(!bench.fileNames.contains { $0.contains(".original") })
            // Smaller, changed, or of another format: it is what was made.
            let others: [Rendition] = [
                smallest(.jpeg(JPEG()), [.resize(200, 200)]), smallest(.jpeg(JPEG()), [.grayscale]),
                smallest(.png(PNG())),
            ]
            for (index, other) in others.enumerated() {
                let made = try bench.run(source, renditions: [other], prefix: "n\(index)")
                #expect(made.renditions.first?.original == nil, "\(index)")
            }
        }
    }
}
