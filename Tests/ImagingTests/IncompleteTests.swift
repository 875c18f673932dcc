import CVips
import Imaging
import Testing

@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Files that end early")
    struct IncompleteTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private func cut(_ image: Image, as encoder: Rendition.Encoder, to part: Double) throws -> String {
            let whole = try bench.source(image, as: encoder)
            let bytes = try bench.bytes(String(whole.dropFirst(bench.path.count + 1)))
            return try bench.source(bytes: Array(bytes.prefix(Int(Double(bytes.count) * part))))
        }

        private func withoutEnd(_ image: Image, progressive: Bool = false) throws -> [UInt8] {
            var jpeg = JPEG()
            jpeg.progressive = progressive
            let whole = try bench.source(image, as: .jpeg(jpeg))
            return try bench.bytes(String(whole.dropFirst(bench.path.count + 1))).dropLast(2).map { $0 }
        }

        @Test(
            "a JPEG without its end marker is published with a warning, whatever damage is refused",
            arguments: [false, true])
        func noEndMarker(progressive: Bool) throws {
            let image = try texture(320, 240)
            let bytes = try withoutEnd(image, progressive: progressive)
            for damage in DamageTolerance.allCases {
                var limits = Limits()
                limits.damage = damage
                let prefix = "\(damage)"
                let output = try bench.run(
                    try bench.source(bytes: bytes), renditions: [.png("a"), .png("b", [.resize(100, nil)])],
                    limits: limits, prefix: prefix)
                #expect(output.warnings.contains { $0.hasPrefix("no-end-marker: ") }, "\(damage)")
                #expect(!output.warnings.contains { $0.hasPrefix("incomplete: ") })
                #expect(try psnr(try bench.read("\(prefix).a"), image) > 25)
            }
        }

        @Test("a progressive JPEG that lacks more than its end marker lacks details", arguments: [2, 8, 1000])
        func lastScan(bytes: Int) throws {
            let cut = try withoutEnd(try texture(320, 240), progressive: true).dropLast(bytes)
            let source = try bench.source(bytes: Array(cut))
            #expect(bench.failure(source)?.code == .truncated)
            let output = try bench.run(source, renditions: [.png("a")], limits: .tolerant)
            #expect(output.warnings.contains { $0.hasPrefix("incomplete: ") }, "\(output.warnings)")
            #expect(!output.warnings.contains { $0.hasPrefix("no-end-marker: ") })
        }

        @Test("stray bytes between a JPEG's segments lack no line")
        func strayBytes() throws {
            var bytes = try withoutEnd(try texture(320, 240))
            let first = 4 + Int(bytes[4]) << 8 + Int(bytes[5])
            bytes.insert(contentsOf: [1, 2], at: first)
            let output = try bench.run(try bench.source(bytes: bytes), renditions: [.png("a")])
            #expect(output.warnings.contains { $0.hasPrefix("no-end-marker: ") })
        }

        @Test("bytes behind the end of a file lack nothing of it", arguments: [0, 1])
        func trailers(zero: Int) throws {
            let image = try texture(320, 240)
            var (jpeg, png) = (JPEG(), PNG())
            (jpeg.progressive, png.progressive) = (true, true)
            let encoders: [Rendition.Encoder] = [
                .jpeg(JPEG()), .jpeg(jpeg), .png(PNG()), .png(png), .gif(GIF()),
            ]
            for (index, encoder) in encoders.enumerated() {
                if zero == 1, case .gif = encoder { continue }
                let whole = try bench.bytes(try bench.source(image, as: encoder).name)
                for count in [1, 100_000] {
                    let source = try bench.source(bytes: whole + [UInt8](repeating: UInt8(zero), count: count))
                    for restreams in [false, true] {
                        let output = try bench.run(
                            source, renditions: [.png("a")], limits: .tolerant, prefix: "\(source.name)\(restreams)",
                            restreams: restreams)
                        #expect(
                            !output.warnings.contains {
                                $0.hasPrefix("incomplete: ") || $0.hasPrefix("no-end-marker: ")
                            }, "\(index): \(output.warnings)")
                    }
                }
            }
        }

        @Test("zeros in the place of the rest of a JPEG are no end", arguments: [false, true])
        func filledUp(isProgressive: Bool) throws {
            var jpeg = JPEG()
            jpeg.progressive = isProgressive
            let whole = try bench.bytes(try bench.source(try texture(320, 240), as: .jpeg(jpeg)).name)
            let half = Array(whole.prefix(whole.count / 2)) + [UInt8](repeating: 0, count: whole.count / 2)
            let output = try bench.run(try bench.source(bytes: half), renditions: [.png("a")], limits: .tolerant)
            #expect(output.warnings.contains { $0.hasPrefix("incomplete: ") })
        }

        @Test("of a cut JPEG what is there is taken, and a warning says how many lines are missing")
        func jpeg() throws {
            let image = try texture(320, 240)
            let source = try cut(image, as: .jpeg(JPEG()), to: 0.5)
            let output = try bench.run(source, renditions: [.png("a")], limits: .tolerant)
            let warning = try #require(output.warnings.first { $0.hasPrefix("incomplete: ") })
            let told = warning.split(separator: " ").compactMap { Int($0) }
            #expect(told.count == 2 && told[1] == 240)
            #expect((60...180).contains(told[0]), "\(warning)")
            // To a row of blocks, what is said to be there is.
            let area = PixelRectangle(left: 0, top: 0, width: 320, height: 240 - told[0])
            #expect(try psnr(try bench.read("out.a").extracted(area), image.extracted(area)) > 25)
            #expect(bench.failure(source)?.code == .truncated)
        }

        @Test("of a cut PNG too")
        func png() throws {
            let image = try texture(320, 240)
            let source = try cut(image, as: .png(PNG()), to: 0.5)
            let output = try bench.run(source, renditions: [.png("a")], limits: .tolerant)
            let warning = try #require(output.warnings.first { $0.hasPrefix("incomplete: ") })
            let told = warning.split(separator: " ").compactMap { Int($0) }
            #expect(told.count == 2 && told[1] == 240)
            let area = PixelRectangle(left: 0, top: 0, width: 320, height: 240 - told[0])
            #expect(try psnr(try bench.read("out.a").extracted(area), image.extracted(area)) == .infinity)
            #expect([.truncated, .damaged].contains(bench.failure(source)?.code))
        }

        @Test("an interlaced PNG gets missing pixels from their neighbours", arguments: [true, false])
        func interlaced(restreams: Bool) throws {
            var png = PNG()
            png.progressive = true
            let image = try texture(320, 240).blurred(sigma: 4).cast(to: VIPS_FORMAT_UCHAR).copiedToMemory()
            let source = try cut(image, as: .png(png), to: 0.6)
            let output = try bench.run(source, renditions: [.png("a")], limits: .tolerant, restreams: restreams)
            #expect(output.warnings.contains { $0.hasPrefix("incomplete: ") && $0.contains("neighbours") })
            #expect(try psnr(try bench.read("out.a"), image) > 20)
            #expect(bench.failure(source) != nil)
        }

        @Test("where nothing can be taken, the advice is not to set what is set")
        func beyondRepair() throws {
            let source = try cut(try texture(64, 48), as: .webp(WebP()), to: 0.2)
            #expect(bench.failure(source, limits: .tolerant)?.code == .beyondRepair)
            #expect(!ErrorCode.beyondRepair.advice.contains("limits.damage"))
        }

        @Test("alpha that a format does not hold, and frames, are told of")
        func leftOut() throws {
            let image = try solid(40, 30, [0, 0, 255, 100])
            let output = try bench.run(try bench.source(image), renditions: [.jpeg("a"), .png("b")])
            #expect(output.warnings.count { $0.hasPrefix("alpha-flattened: ") } == 1)
            #expect(try bench.run(try bench.source(image), renditions: [.png("c")]).warnings.isEmpty)
        }
    }
}
