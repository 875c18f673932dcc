import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("HEIF and AVIF headers")
struct HEIFHeaderTests {
    typealias Item = HEIFSample.Item

    @Test("a single HEVC picture")
    func single() throws {
        let header = try readHeader(MemoryBytes(HEIFSample().bytes))
        #expect(header.format == .heif)
        #expect(header.width == 1280 && header.height == 854)
        #expect(header.bands == 3 && header.depth == 8 && header.pages == 1)
        #expect(header.heif?.chroma == .subsampled420)
        #expect(header.heif?.tiles == 1 && header.heif?.isGrid == false)
    }

    @Test("EXIF turns what is HEVC, has no turn of its own, and is no file of MIAF")
    func turnedByEXIF() throws {
        func isTurned(_ edit: (inout HEIFSample) -> Void) throws -> Bool? {
            var sample = HEIFSample()
            edit(&sample)
            return try readHeader(MemoryBytes(sample.bytes)).heif?.isTurnedByEXIF
        }
        #expect(try isTurned { _ in } == true)
        #expect(try isTurned { $0.compatible = ["mif1", "miaf"] } == false)
        for own in [HEIFSample.rotation(0), HEIFSample.rotation(1), HEIFSample.box("imir", [0])] {
            let isTurned = try isTurned {
                $0.properties.append(own)
                $0.items[0].properties.append(3)
            }
            #expect(isTurned == false)
        }
        // Of another picture.
        let alien = try isTurned {
            $0.properties.append(HEIFSample.rotation(1))
            $0.items.append(Item(number: 2, type: "hvc1", isHidden: true, properties: [1, 2, 3]))
        }
        #expect(alien == true)
        #expect(
            try isTurned {
                $0.items = [Item(number: 1, type: "av01", properties: [1, 2])]
                $0.properties[1] = HEIFSample.av1(flags: 0x0C)
            } == false)
    }

    struct Coding: Sendable {
        var flags: UInt8
        var depth: Int
        var chroma: HEIFLayout.Chroma
    }

    @Test(
        "depth and subsampling of AV1 come from av1C",
        arguments: [
            Coding(flags: 0x0C, depth: 8, chroma: .subsampled420),
            Coding(flags: 0x48, depth: 10, chroma: .subsampled422),
            Coding(flags: 0x60, depth: 12, chroma: .full444), Coding(flags: 0x1C, depth: 8, chroma: .monochrome),
        ])
    func av1(_ coding: Coding) throws {
        var sample = HEIFSample(brand: "mif1", compatible: ["miaf", "avif"])
        sample.items = [Item(number: 1, type: "av01", properties: [1, 2])]
        sample.properties[1] = HEIFSample.av1(flags: coding.flags)
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.format == .avif)
        #expect(header.depth == coding.depth)
        #expect(header.heif?.chroma == coding.chroma)
    }

    @Test("a grid takes its size from itself and its coding from its tiles")
    func grid() throws {
        var sample = HEIFSample(primary: 9)
        sample.properties = [
            HEIFSample.size(512, 512), HEIFSample.hevc(chroma: 3, depth: 10), HEIFSample.size(4032, 3024),
            HEIFSample.rotation(1), HEIFSample.size(320, 240), HEIFSample.alpha(),
        ]
        sample.items = (1...6).map { Item(number: $0, type: "hvc1", isHidden: true, properties: [1, 2]) }
        sample.items += [
            Item(number: 9, type: "grid", properties: [3, 4]), Item(number: 10, type: "hvc1", properties: [5, 2]),
            Item(number: 11, type: "hvc1", properties: [3, 2, 6]), Item(number: 12, type: "Exif"),
        ]
        sample.references = [("dimg", 9, [1, 2, 3, 4, 5, 6]), ("thmb", 10, [9]), ("auxl", 11, [9]), ("cdsc", 12, [9])]
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.width == 4032 && header.height == 3024)
        #expect(header.decodedWidth == 3024 && header.decodedHeight == 4032)
        #expect(header.depth == 10 && header.bands == 4 && header.hasAlpha)
        #expect(header.pages == 1, "tiles, thumbnails and alpha are no pages")
        #expect(header.heif == HEIFLayout(chroma: .full444, tiles: 6, isGrid: true))
    }

    @Test("gain maps, depth maps and mattes of the picture are told, each once")
    func companions() throws {
        func auxiliary(_ urn: String) -> [UInt8] { HEIFSample.full("auxC", ascii(urn) + [0]) }
        var sample = HEIFSample()
        sample.properties += [
            auxiliary("urn:com:apple:photo:2020:aux:hdrgainmap"), auxiliary("urn:mpeg:hevc:2015:auxid:2"),
            auxiliary("urn:com:apple:photo:2019:aux:semanticskinmatte"),
            auxiliary("urn:com:apple:photo:2019:aux:semantichairmatte"), HEIFSample.alpha(),
        ]
        sample.items += (3...7).map { Item(number: UInt32($0 - 1), type: "hvc1", properties: [1, 2, UInt8($0)]) }
        sample.references = (2...6).map { ("auxl", $0, [1]) }
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.heif?.companions == [.depthMap, .gainMap, .matte])
        #expect(header.hasAlpha && header.pages == 1)
        // As ISO 21496-1 has it.
        sample.items = [
            Item(number: 1, type: "hvc1", properties: [1, 2]), Item(number: 2, type: "tmap", properties: [1]),
        ]
        sample.references = [("dimg", 2, [1])]
        #expect(try readHeader(MemoryBytes(sample.bytes)).heif?.companions == [.gainMap])
    }

    @Test("a burst has as many pages as pictures")
    func burst() throws {
        var sample = HEIFSample()
        sample.items = (1...3).map { Item(number: $0, type: "hvc1", properties: [1, 2]) }
        #expect(try readHeader(MemoryBytes(sample.bytes)).pages == 3)
    }

    @Test("crop comes before rotation in the size that the decoder hands out")
    func crop() throws {
        var sample = HEIFSample()
        sample.properties += [HEIFSample.crop(1000, 500), HEIFSample.rotation(3)]
        sample.items[0].properties = [1, 2, 3, 4]
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.width == 1280 && header.height == 854)
        #expect(header.decodedWidth == 500 && header.decodedHeight == 1000)
    }

    @Test("an item that is associated again and again costs no minutes", .timeLimit(.minutes(1)))
    func associations() throws {
        var sample = HEIFSample()
        sample.properties += [HEIFSample.alpha()]
        let many = [UInt8](repeating: 1, count: 255)
        sample.items += (0..<700).map { _ in Item(number: 2, type: "hvc1", properties: many) }
        sample.references = [("auxl", from: 2, to: [UInt32](repeating: 1, count: 3_000))]
        #expect(try !readHeader(MemoryBytes(sample.bytes)).hasAlpha)
    }

    @Test("a file without a primary picture, its size or a meta box is refused")
    func damage() {
        var sample = HEIFSample()
        sample.items[0].properties = [2]
        let withoutSize = sample.bytes
        #expect(throws: HeaderError.malformed(.heif, "the primary picture has no size")) {
            try readHeader(MemoryBytes(withoutSize))
        }
        let type = HEIFSample.box("ftyp", ascii("heic") + big(0))
        #expect(throws: HeaderError.truncated(.heif)) { try readHeader(MemoryBytes(type)) }
        #expect(throws: HeaderError.malformed(.heif, "no primary picture")) {
            try readHeader(MemoryBytes(type + HEIFSample.full("meta", HEIFSample.full("iinf", [0, 0]))))
        }
    }
}
