import CVips
import Glibc
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("Failures")
    struct FailureTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        @Test("an empty file, text, and SVG under any name are refused")
        func foreign() throws {
            #expect(bench.failure(try bench.source(bytes: []))?.code == .emptyFile)
            for text in ["1 2\n3 4\n5 6", "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.4", "PF 1 1 -1 abc"] {
                #expect(bench.failure(try bench.source(bytes: Array(text.utf8)))?.code == .unsupportedFormat)
            }
        }

        @Test("too many pixels are refused before decoding, with both numbers")
        func pixels() throws {
            var limits = Limits()
            limits.pixels = 9_999
            let error = bench.failure(try bench.source(try solid(100, 100, red)), limits: limits)
            #expect(error?.code == .tooManyPixels)
            #expect(error?.message == "100x100: 10000 pixels (limit: 9999)")
            limits.pixels = 10_000
            #expect(bench.failure(try bench.source(try solid(100, 100, red)), limits: limits) == nil)
        }

        @Test("too many bytes are refused")
        func bytes() throws {
            var limits = Limits()
            limits.bytes = 10
            #expect(bench.failure(try bench.source(try solid(10, 10, red)), limits: limits)?.code == .tooManyBytes)
        }

        @Test("a format that the pipeline does not accept is refused; heif accepts avif")
        func accept() throws {
            let png = try bench.source(try solid(10, 10, red))
            #expect(bench.failure(png, accept: [.jpeg])?.code == .formatNotAccepted)
            let avif = try bench.source(try solid(64, 64, red), as: .avif(AVIF()))
            #expect(bench.failure(avif, accept: [.heif]) == nil)
        }

        @Test(
            "a file cut in half is refused as truncated or damaged, and taken when damage is tolerated",
            arguments: [
                Rendition.Encoder.jpeg(JPEG()), .png(PNG()), .tiff(TIFF()), .gif(GIF()), .webp(WebP()),
            ])
        func truncated(encoder: Rendition.Encoder) throws {
            _ = try bench.source(try texture(400, 300), as: encoder)
            let whole = try bench.bytes("source1")
            let cut = try bench.source(bytes: Array(whole.prefix(whole.count / 2)))
            let error = try #require(bench.failure(cut, stages: [.resize(50, nil)]))
            #expect([.truncated, .damaged].contains(error.code), "\(error)")
            #expect(!error.message.contains("\n"))
            #expect(bench.outputNames.isEmpty, "a partial file is left")
            if case .png = encoder { #expect(error.code == .truncated) }
            if case .jpeg = encoder {
                #expect(error.code == .truncated)
                #expect(bench.failure(cut, limits: .tolerant) == nil)
            }
        }

        @Test("a PNG that is whole but for a bad byte is damaged, not truncated")
        func badByte() throws {
            _ = try bench.source(try texture(200, 150))
            var bytes = try bench.bytes("source1")
            bytes[bytes.count / 2] ^= 0xFF
            #expect(bench.failure(try bench.source(bytes: bytes))?.code == .damaged)
        }

        @Test(
            "noise after the magic bytes is damage",
            arguments: [
                [0xFF, 0xD8, 0xFF, 0xE0], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
                Array("RIFF\u{20}\u{1}\u{0}\u{0}WEBPVP8 ".utf8), Array("II*\u{0}".utf8), Array("GIF89a".utf8),
                [0, 0, 0, 24] + Array("ftypheic".utf8), [0, 0, 0, 24] + Array("ftypavif".utf8),
            ] as [[UInt8]])
        func noise(magic: [UInt8]) throws {
            let junk = magic + (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ 13) }
            let error = try #require(bench.failure(try bench.source(bytes: junk)))
            #expect([.truncated, .damaged, .tooManyPixels].contains(error.code), "\(error)")
            #expect(bench.outputNames.isEmpty)
        }

        @Test("a picture larger than the format holds is refused by rendition")
        func tooWide() throws {
            let source = try bench.source(try solid(16400, 2, red))
            let formats: [(Rendition.Encoder, Int)] = [
                (.webp(WebP()), 16383), (.avif(AVIF()), 16384), (.heif(HEIF()), 16384),
            ]
            for (encoder, most) in formats {
                let error = bench.failure(source, renditions: [Rendition(name: "wide", encoder: encoder)])
                #expect(error?.code == .encodeFailed)
                #expect(error?.stage == "wide")
                #expect(error?.message.contains("16400x2") == true)
                #expect(error?.message.contains("\(most)") == true)
            }
            #expect(bench.outputNames.isEmpty)
        }

        @Test("a name that is taken in staging is neither overwritten nor removed")
        func taken() throws {
            let source = try bench.source(try solid(10, 10, red))
            try bench.run(source, renditions: [.png()])
            let before = try bench.bytes("out.png")
            let error = bench.failure(source, stages: [.resize(5, nil)])
            #expect(error?.stage == stagingFault)
            #expect(try bench.bytes("out.png") == before)
        }

        @Test("a digest that cannot be made leaves no file")
        func digest() throws {
            let source = try bench.source(try solid(10, 10, red))
            let descriptor = open(source, O_RDONLY)
            defer { close(descriptor) }
            let input = JobInput(
                descriptor: descriptor, fileSize: fileSize(source),
                pipeline: Pipeline(name: "test", renditions: [.png()]), stagingDirectory: bench.directory,
                stagedName: { $0 }, sourceName: "x",
                digest: { _, _ throws(JobError) in throw JobError(.unreadable, "no") })
            #expect(throws: JobError.self) { try Imaging.run(input) }
            #expect(bench.outputNames.isEmpty)
        }

        @Test("renditions finished before a failure are told")
        func progress() throws {
            let source = try bench.source(try solid(16400, 2, red))
            let descriptor = open(source, O_RDONLY)
            defer { close(descriptor) }
            let pipeline = Pipeline(
                name: "test", renditions: [.png("first"), Rendition(name: "second", encoder: .webp(WebP()))])
            let input = JobInput(
                descriptor: descriptor, fileSize: fileSize(source), pipeline: pipeline,
                stagingDirectory: bench.directory, stagedName: { $0 }, sourceName: "x")
            var staged: [String] = []
            #expect(throws: JobError.self) {
                try Imaging.run(input) { if case .staged(let report, _) = $0 { staged.append(report.name) } }
            }
            #expect(staged == ["first"])
            #expect(bench.outputNames == ["first"])
        }

        @Test(
            "libvips' words become a code and one line",
            arguments: [
                ("VipsJpeg: Premature end of input file\nVipsJpeg: out of order read at line 3", ErrorCode.truncated),
                ("vipspng: libpng read error", .damaged), ("VipsJpeg: Bogus Huffman table", .damaged),
                ("webpsave: unable to encode", .encodeFailed),
                ("vips_tracked: out of memory --- size == 9MB", .memoryLimit),
                ("VipsJpeg: Insufficient memory (case 4)", .memoryLimit),
                ("extract_area: bad extract area", .stageFailed), ("", .stageFailed),
                (
                    "VipsJpeg: Corrupt JPEG data: 3 bytes\nVipsJpeg: Unsupported JPEG process: SOF type 0xc3",
                    .unsupportedFormat
                ),
                ("tiff2vips: unsupported tiff image type", .unsupportedFormat),
                ("VipsJpeg: Unsupported marker type 0x55", .damaged),
                ("rawload: LibRaw 0.20 does not know this camera: the file cannot be developed", .unsupportedFormat),
                ("rawload: the camera's data are damaged", .damaged),
            ])
        func words(text: String, code: ErrorCode) {
            let error = jobError(fromVips: text, or: .stageFailed)
            #expect(error.code == code)
            #expect(!error.message.contains("\n") && !error.message.isEmpty)
        }

        @Test("the line that says why is passed on, not a warning before it")
        func reasons() {
            func message(_ text: String) -> String { jobError(fromVips: text, or: .damaged).message }
            let warned = "VipsJpeg: Warning: unknown JFIF revision number 1.9\nVipsJpeg: Bogus DQT index 15"
            #expect(message(warned).hasSuffix("Bogus DQT index 15"))
            let sought = "source: bad seek to 3412\nheif: Unsupported feature: Unsupported codec (4.3000)"
            #expect(message(sought).hasSuffix("Unsupported codec (4.3000)"))
            #expect(jobError(fromVips: "source: bad seek to 3412", or: .damaged).code == .damaged)
            let cut = "VipsJpeg: Corrupt JPEG data: bad code\nVipsJpeg: Premature end of input file"
            #expect(message(cut).hasSuffix("Premature end of input file"))
            let unsupported = "VipsJpeg: Corrupt JPEG data: 3 bytes\nVipsJpeg: Unsupported JPEG process: SOF type 0xc3"
            #expect(message(unsupported).hasSuffix("SOF type 0xc3"))
        }

        @Test("a PNG with a broken header chunk is refused with libpng's reason")
        func warnedOnly() throws {
            var bytes = try bench.bytes(try bench.source(try solid(20, 20, red)).name)
            bytes[29] ^= 0xFF
            let error = bench.failure(try bench.source(bytes: bytes))
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("CRC") == true, "\(String(describing: error))")
        }
    }
}
