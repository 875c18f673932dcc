import CVips
import Imaging
import Testing

@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Renditions")
    struct RenditionTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        @Test("from one decode look as if each was made from the source")
        func cascade() throws {
            let source = try bench.source(try texture(1501, 997), as: .png(PNG()))
            let widths = [700, 333, 160, 64]
            try bench.run(source, renditions: widths.map { .png("\($0)", [.resize($0, $0)]) })
            for width in widths {
                try bench.run(
                    source, stages: [.resize(width, width)], renditions: [.png("\(width)")], prefix: "direct")
                let quality = try psnr(try bench.read("out.\(width)"), try bench.read("direct.\(width)"))
                // 44 dB for the smallest, which went through two filters instead of one.
                #expect(quality > 43, "\(width): \(quality) dB")
            }
        }

        @Test("are as near to libvips' own resize as its rounding lets them be")
        func likeLibvips() throws {
            let image = try texture(600, 400)
            try bench.run(try bench.source(image), renditions: [.png("a", [.resize(231, 154)])])
            let expected = try Image.make { sluice_resize(image.pointer, &$0, 231.0 / 600, 154.0 / 400) }
            #expect(try psnr(try bench.read("out.a"), expected.cast(to: VIPS_FORMAT_UCHAR)) > 50)
        }

        @Test("made by a resumed job equal those of a whole one")
        func resumed() throws {
            let source = try bench.source(try texture(900, 700), as: .jpeg(JPEG()))
            let all: [Rendition] = [.png("a", [.resize(200, nil)]), .png("b", [.resize(60, nil)])]
            try bench.run(source, renditions: all, prefix: "whole")
            let output = try bench.run(source, renditions: all, only: ["b"], prefix: "resumed")
            #expect(output.renditions.map(\.name) == ["b"])
            #expect(try bench.bytes("whole.b") == bench.bytes("resumed.b"))
        }

        @Test(
            "of a JPEG thinner than the shrink on load are made", arguments: [(400, 1), (400, 3), (1, 400), (7, 4000)])
        func thin(width: Int, height: Int) throws {
            let source = try bench.source(try solid(width, height, red), as: .jpeg(JPEG()))
            try bench.run(source, renditions: [.png("r", [.resize(20, 20)])])
            #expect(max(try bench.read("out.r").width, try bench.read("out.r").height) == 20)
        }

        @Test("of a JPEG that is shrunk on load have the sizes that were planned")
        func planned() throws {
            let source = try bench.source(try texture(1203, 901), as: .jpeg(JPEG()))
            let renditions: [Rendition] = [
                .png("a", [.resize(300, 300)]), .jpeg("b", [.resize(100, 120, .cover)]), .png("c", [.resize(nil, 33)]),
                .png("d", [.resize(50, 50, .contain)]), .png("e", [.resize(40, 90, .fill)]),
                .png("g", [.sharpen(Sharpen()), .resize(299, 299)]),
                .png("h", [.blur(Blur(sigma: 1)), .resize(301, nil)]),
                .png("f", [.crop(Crop(width: 2000, height: 30)), .rotate(Rotate(angle: 90))]),
            ]
            let planned = try bench.inspect(source, renditions: renditions)
            let output = try bench.run(source, renditions: renditions)
            for (plan, made) in zip(planned.renditions, output.renditions) {
                let read = try bench.read("out.\(plan.name)").size
                #expect(read == PixelSize(width: plan.width, height: plan.height), "\(plan.name)")
                #expect(read == PixelSize(width: made.width, height: made.height), "\(plan.name)")
            }
            #expect(planned.plan == ["keep the picture in memory for its renditions"])
        }

        @Test("of a WebP that is scaled on load have the sizes that were planned")
        func webp() throws {
            let source = try bench.source(try texture(803, 601), as: .webp(WebP()))
            let output = try bench.run(
                source, stages: [.resize(200, nil)], renditions: [.png(), .jpeg("small", [.resize(77, nil)])])
            #expect(output.renditions.map(\.width) == [200, 77])
            #expect(output.renditions.map(\.height) == [150, 58])
            #expect(output.source.width == 803)
        }

        @Test("are written by every encoder with its options")
        func encoders() throws {
            var jpeg = JPEG()
            jpeg.progressive = true
            jpeg.optimize = true
            jpeg.chroma = .off
            var png = PNG()
            png.palette = true
            png.progressive = true
            var pyramid = TIFF()
            pyramid.pyramid = true
            pyramid.compression = .zstd
            var inside = TIFF()
            inside.compression = .jpeg
            var avif = AVIF()
            avif.lossless = true
            avif.effort = 0
            let encoders: [Rendition.Encoder] = [
                .jpeg(jpeg), .png(png), .tiff(pyramid), .tiff(inside), .avif(avif), .gif(GIF()), .webp(WebP()),
            ]
            let source = try bench.source(try texture(300, 200).addingAlpha())
            let output = try bench.run(
                source, renditions: encoders.enumerated().map { Rendition(name: "\($0.offset)", encoder: $0.element) })
            #expect(output.renditions.map(\.format) == encoders.map(\.formatName))
            for rendition in output.renditions {
                let read = try bench.read(rendition.path)
                #expect(read.size == PixelSize(width: 300, height: 200))
                #expect(rendition.bytes == fileSize("\(bench.path)/\(rendition.path)"))
            }
            #expect(try bench.read("out.0").integer("jpeg-multiscan") == 1)
            #expect(try bench.read("out.1").integer("interlaced") == 1)
            #expect(try (bench.read("out.2").integer("n-pages") ?? 1) > 1)
        }

        @Test("carry no comment whose name is not UTF-8")
        func foreignNames() throws {
            // Written by hand: an image of one pixel, and a tEXt chunk with a Latin-1 keyword.
            _ = try bench.source(try solid(1, 1, [9]))
            let whole = try bench.bytes("source1")
            let chunk: [UInt8] =
                [0, 0, 0, 8] + Array("tEXt".utf8) + [0xE9, 0x74, 0xE9, 0] + Array("home".utf8) + [0, 0, 0, 0]
            let commented = try bench.source(bytes: Array(whole.prefix(33)) + chunk.withChecksum + whole.dropFirst(33))
            #expect(try decode(commented).fieldNames.contains { $0.hasPrefix("png-comment") })
            try bench.run(commented, renditions: [.png()])
            #expect(try !bench.read("out.png").fieldNames.contains { $0.hasPrefix("png-comment") })
        }

        @Test("carry no metadata but the profile")
        func metadata() throws {
            let image = try withOrientation(try solid(40, 40, red), 6).editingFields { pointer in
                vips_image_set_string(pointer, "png-comment-0-Secret", "where I live")
                vips_image_set_blob_copy(pointer, "xmp-data", "<x:xmpmeta/>", 12)
            }
            let source = try bench.source(image)
            try bench.run(source, renditions: [.png(), Rendition(name: "tiff", encoder: .tiff(TIFF()))])
            let names = try bench.read("out.png").fieldNames
            #expect(!names.contains { $0.hasPrefix("png-comment") || $0.hasPrefix("xmp") || $0.hasPrefix("exif") })
            #expect(try !bench.read("out.tiff").hasField("xmp-data"))
        }
    }
}

extension [UInt8] {
    /// A PNG chunk with its last four bytes set to the CRC-32 of kind and data.
    var withChecksum: [UInt8] {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in self[4..<count - 4] {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        crc = ~crc
        return dropLast(4) + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: crc >> $0) }
    }
}
