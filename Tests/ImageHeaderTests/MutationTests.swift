import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("Hostile headers")
struct MutationTests {
    /// Counts what a header costs.
    final class CountingBytes: ByteSource {
        private let bytes: MemoryBytes
        private(set) var reads = 0
        private(set) var total = 0

        init(_ bytes: [UInt8]) {
            self.bytes = MemoryBytes(bytes)
        }

        func read(at offset: UInt64, count: Int) throws(HeaderError) -> [UInt8] {
            let result = try bytes.read(at: offset, count: count)
            reads += 1
            total += result.count
            return result
        }
    }

    /// SplitMix64: small, and the same everywhere.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    static let samples: [[UInt8]] = {
        var grid = HEIFSample(primary: 3)
        grid.items = [
            .init(number: 1, type: "hvc1", isHidden: true, properties: [1, 2]),
            .init(number: 2, type: "hvc1", properties: [1, 2, 5]),
            .init(number: 3, type: "grid", properties: [3, 4]),
        ]
        grid.properties += [HEIFSample.crop(20, 30), HEIFSample.rotation(1), HEIFSample.alpha()]
        grid.references = [("dimg", 3, [1, 1, 1]), ("auxl", 2, [3])]
        let frame = GIFSample.frame(width: 30, height: 20, colours: true)
        let pages = [[TIFFSample.Field]](repeating: TIFFSample.page([(278, 4, 8)]), count: 3)
        return [
            JPEGSample.file(before: JPEGSample.segment(0xE1, ascii("Exif"))), JPEGSample.file(frame: 0xC2),
            PNGSample.file(chunks: [PNGSample.chunk("tRNS", [0, 1]), PNGSample.chunk("acTL", big(3) + big(0))]),
            GIFSample.file(blocks: [GIFSample.control(transparent: true), frame, frame]),
            WebPSample.riff(WebPSample.lossy(width: 9, height: 9)),
            WebPSample.riff(
                WebPSample.extended(width: 9, height: 9, flags: 2),
                WebPSample.frame(WebPSample.lossless(width: 9, height: 9, alpha: true))),
            TIFFSample.file(pages, .littleClassic), TIFFSample.file(pages, .bigClassic),
            TIFFSample.file(pages, .littleBigTIFF), HEIFSample().bytes, grid.bytes,
            JXLHeaderTests.cases[12].bytes, JXLHeaderTests.cases[16].bytes,
        ] + RAWHeaderTests.cases.map(\.bytes) + PNMSample.all + BMPSample.hostile.map(\.bytes)
    }()

    @Test("20,000 damaged headers end in a header or an error, at a bounded cost")
    func mutations() throws {
        var random = Generator(state: 20_000)
        var read = 0
        var refused = 0
        for round in 0..<20_000 {
            let source = CountingBytes(Self.damaged(Self.samples[round % Self.samples.count], &random))
            do {
                let header = try readHeader(source)
                #expect(header.width > 0 && header.height > 0 && header.minimumPages > 0)
                // Whoever estimates memory multiplies these.
                _ = header.pixels
                read += 1
            } catch {
                refused += 1
            }
            // Embedded pictures have limits of their own.
            #expect(source.total <= 512 * 1024 + 1024)
            #expect(source.reads <= 2200)
        }
        #expect(read > 2_000 && refused > 2_000, "both ways out are taken: \(read) read, \(refused) refused")
    }

    @Test("files made of nothing but work cost no more than the limits", arguments: PictureFormat.allCases)
    func labour(_ format: PictureFormat) {
        let bytes: [UInt8] =
            switch format {
            case .jpeg: [0xFF, 0xD8] + [UInt8](repeating: 0xFF, count: 1 << 21)
            case .png: PNGSample.file(chunks: [[UInt8]](repeating: PNGSample.chunk("tEXt", []), count: 1 << 17))
            case .webp:
                WebPSample.riff(
                    WebPSample.extended(width: 9, height: 9, flags: 2),
                    Array([[UInt8]](repeating: WebPSample.chunk("ANMF", []), count: 1 << 17).joined()))
            case .tiff:
                TIFFSample.file([[TIFFSample.Field]](repeating: [(256, 4, 9), (257, 4, 9)], count: 1 << 16))
            case .gif:
                GIFSample.file(
                    blocks: [GIFSample.frame(width: 9, height: 9).dropLast() + [UInt8](repeating: 1, count: 1 << 21)])
            case .heif:
                HEIFSample.box("ftyp", ascii("heic") + big(0))
                    + Array([[UInt8]](repeating: HEIFSample.box("free", []), count: 1 << 17).joined())
            case .avif:
                HEIFSample.box("ftyp", ascii("avif") + big(0))
                    + HEIFSample.full(
                        "meta",
                        Array([[UInt8]](repeating: HEIFSample.full("iinf", [0, 0]), count: 1 << 16).joined()))
            case .raw:
                ascii("FUJIFILMCCD-RAW") + [UInt8](repeating: 0, count: 1 << 21)
            case .bmp:
                BMPSample(bits: 8, listed: .max, pixels: [UInt8](repeating: 1, count: 1 << 21)).bytes
            case .pnm:
                ascii("P6\n") + Array([[UInt8]](repeating: ascii("#\n"), count: 1 << 20).joined())
            case .jxl:
                JXLSample.container(
                    Array([[UInt8]](repeating: HEIFSample.box("jxlp", big(0)), count: 1 << 17).joined()))
            }
        let source = CountingBytes(bytes)
        _ = try? readHeader(source)
        #expect(source.total <= 256 * 1024 + 1024)
        #expect(source.reads <= 1100)
    }

    /// Bytes overwritten, numbers driven to their ends, pieces cut out or doubled, the end cut off.
    private static func damaged(_ sample: [UInt8], _ random: inout Generator) -> [UInt8] {
        var bytes = sample
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let length = Int.random(in: 1...8, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 4, 5:
                let extreme: UInt8 = [0, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
                for index in place..<min(place + length, bytes.count) { bytes[index] = extreme }
            case 6: bytes.removeSubrange(place..<min(place + length, bytes.count))
            default:
                let keep = Bool.random(using: &random)
                if keep { bytes += bytes.suffix(length) } else { bytes.removeLast(min(length * 4, bytes.count)) }
            }
        }
        return bytes
    }
}
