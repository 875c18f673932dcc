import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("RAW that is laid out as TIFF")
struct TIFFRawTests {
    typealias Field = TIFFSample.Field

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var directories: [[Field]]
        var testDescription: String { name }
    }

    private static let reduced: Field = (254, 4, 1)
    private static let sensor: [Field] = [(256, 4, 4000), (257, 4, 3000), (258, 3, 14), (262, 3, 32803), (277, 3, 1)]

    static let raw: [Case] = [
        Case(name: "DNGVersion", directories: [TIFFSample.page([(50706, 1, 1)])]),
        Case(name: "a filter's colours in the first directory (PEF)", directories: [sensor]),
        Case(name: "linear values of DNG", directories: [[(256, 4, 40), (257, 4, 30), (262, 3, 34892)]]),
        Case(name: "a preview before the sensor's values (ARW, SRW)", directories: [TIFFSample.page(), sensor]),
        Case(name: "a preview, which says so, before anything", directories: [TIFFSample.page([reduced]), sensor]),
        Case(name: "Nikon's compression", directories: [TIFFSample.page(), TIFFSample.page([(259, 3, 34713)])]),
        Case(name: "Sony's compression", directories: [TIFFSample.page([(259, 3, 32767)])]),
        Case(name: "Pentax' compression", directories: [TIFFSample.page([(259, 3, 65535)])]),
        Case(name: "Leaf's directory (MOS)", directories: [TIFFSample.page([(34310, 4, 8)])]),
        Case(name: "Kodak's directory (DCR)", directories: [TIFFSample.page([(33424, 4, 8)])]),
    ]

    static let reducedCopies: [Case] = [
        Case(
            name: "a reduced copy before another picture",
            directories: [TIFFSample.page([reduced]), TIFFSample.page(width: 4000, height: 3000)]),
        Case(
            name: "the older tag for it", directories: [TIFFSample.page([(255, 3, 2)]), TIFFSample.page(width: 4000)]),
    ]

    @Test("it is known by what it says, in every byte order", arguments: raw, TIFFSample.Variant.allCases)
    func known(sample: Case, variant: TIFFSample.Variant) throws {
        let header = try readHeader(MemoryBytes(TIFFSample.file(sample.directories, variant)))
        #expect(header.format == .raw)
        #expect(header.raw?.name.hasPrefix("RAW") == true)
    }

    @Test(
        "what starts with a reduced copy, and has nothing of a sensor, is refused", arguments: reducedCopies,
        TIFFSample.Variant.allCases)
    func refused(sample: Case, variant: TIFFSample.Variant) {
        let bytes = TIFFSample.file(sample.directories, variant)
        let error = #expect(throws: HeaderError.self) { try readHeader(MemoryBytes(bytes)) }
        guard case .unsupported(let name)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(name.contains("RAW"))
    }

    @Test("the sensor's values may lie in a directory of their own", arguments: [1, 2] as [UInt32])
    func children(count: UInt32) throws {
        // What has no place in a page of the chain: two offsets, behind the first directory.
        let directory = 8 + 2 + 12 * 6 + 4
        var file = Bytes.join(ascii("II*\0"), little(8), little(6, bytes: 2))
        let fields: [(UInt32, UInt32, UInt32, UInt32)] = [
            (256, 4, 1, 160), (257, 4, 1, 120), (258, 3, 1, 8), (262, 3, 1, 2), (277, 3, 1, 3),
            (330, 4, count, UInt32(count == 1 ? directory + 8 : directory)),
        ]
        for (tag, type, count, value) in fields {
            file += Bytes.join(little(tag, bytes: 2), little(type, bytes: 2), little(count), little(value))
        }
        file += Bytes.join(little(0), little(0xFFFF_0000), little(UInt32(directory + 8)))
        // The first offset leads nowhere where there are two.
        file.replaceSubrange(directory + 4..<directory + 8, with: little(UInt32(directory + 8)))
        file += Bytes.join(
            little(1, bytes: 2), little(262, bytes: 2), little(3, bytes: 2), little(1), little(32803), little(0))
        let header = try readHeader(MemoryBytes(file))
        #expect(header.format == .raw && header.raw?.name == "RAW")
    }

    @Test("makers' marks behind the signature are known")
    func marks() throws {
        let beginnings: [[UInt8]] = [
            ascii("II*\0\u{10}\0\0\0CR\u{2}\0"), ascii("II*\0\u{8}\0\0\0IIIITwaR"), ascii("MM\0*\0\0\0\u{8}MMMMRawT"),
            ascii("II*\0\u{10}\0\0\0") + [0xBA, 0xB0, 0xAC, 0xBB],
        ]
        for start in beginnings {
            let bytes = start + [UInt8](repeating: 0, count: 64)
            #expect(try sniff(MemoryBytes(bytes)) == .picture(.raw))
        }
    }

    @Test("pyramids, tiles of maps and documents are pictures")
    func pictures() throws {
        let small = TIFFSample.page(width: 100, height: 75, [Self.reduced])
        #expect(try readHeader(MemoryBytes(TIFFSample.file([TIFFSample.page(), small]))).width == 400)
        #expect(try readHeader(MemoryBytes(TIFFSample.file([small]))).width == 100)
        #expect(try readHeader(MemoryBytes(TIFFSample.file([TIFFSample.page([(254, 4, 2)]), small]))).pages == 2)
    }
}
