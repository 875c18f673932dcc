import ByteReading
import ImageHeader
import Jobs
import Testing

/// Files of JPEG XL, bit by bit.
struct JXLSample {
    private var bits: [Bool] = []

    /// The lowest bit first.
    func then(_ value: Int, _ count: Int) -> JXLSample {
        var sample = self
        sample.bits += (0..<count).map { value >> $0 & 1 == 1 }
        return sample
    }

    /// A number by which of four ranges it is in, and what is added to the least of that.
    func number(_ range: Int, _ value: Int = 0, bits: Int = 0) -> JXLSample { then(range, 2).then(value, bits) }

    /// Behind the signature, with zeros that a decoder takes for whatever follows.
    var codestream: [UInt8] {
        var bytes: [UInt8] = [0xFF, 0x0A]
        for start in stride(from: 0, to: bits.count, by: 8) {
            bytes.append((0..<8).reduce(0) { start + $1 < bits.count && bits[start + $1] ? $0 | 1 << UInt8($1) : $0 })
        }
        return bytes + [UInt8](repeating: 0, count: 8)
    }

    static let signature = HEIFSample.box("JXL ", [0x0D, 0x0A, 0x87, 0x0A])

    static func container(_ boxes: [UInt8]) -> [UInt8] {
        signature + HEIFSample.box("ftyp", ascii("jxl ") + big(0) + ascii("jxl ")) + boxes
    }

    /// Both sides written out, in 9 bits.
    static func size(_ width: Int, _ height: Int) -> JXLSample {
        JXLSample().then(0, 1).number(0, height - 1, bits: 9).then(0, 3).number(0, width - 1, bits: 9)
    }

    /// 500 x 300 pixels, whose metadata is not all as usual.
    static let described = size(500, 300).then(0, 1)
}

@Suite("JPEG XL headers")
struct JXLHeaderTests {
    struct Case: Sendable {
        var name: String
        var bytes: [UInt8]
        var size = [500, 300]
        var decoded: [Int]?
        var bands = 3
        var depth = 8
        var pages: Int? = 1
        var leftOut: [String] = []
    }

    private static let plain = JXLSample.size(500, 300).then(1, 1)
    /// 8 bits, buffers of 16.
    private static let usualDepth = JXLSample.described.then(0, 1).then(0, 1).number(0).then(1, 1)

    private static func ratio(_ ratio: Int) -> [UInt8] {
        JXLSample().then(0, 1).number(0, 299, bits: 9).then(ratio, 3).then(1, 1).codestream
    }

    static let cases = [
        Case(name: "plain", bytes: plain.codestream),
        Case(
            name: "sides of eights",
            bytes: JXLSample().then(1, 1).then(3, 5).then(0, 3).then(31, 5).then(1, 1).codestream,
            size: [256, 32]),
        Case(
            name: "a side of 30 bits",
            bytes: JXLSample().then(0, 1).number(3, 1 << 29, bits: 30).then(0, 3).number(1, 8191, bits: 13).then(1, 1)
                .codestream,
            size: [8192, 1 << 29 + 1]),
        Case(name: "1:1", bytes: ratio(1), size: [300, 300]), Case(name: "12:10", bytes: ratio(2), size: [360, 300]),
        Case(name: "4:3", bytes: ratio(3), size: [400, 300]), Case(name: "3:2", bytes: ratio(4), size: [450, 300]),
        Case(name: "16:9", bytes: ratio(5), size: [533, 300]), Case(name: "5:4", bytes: ratio(6), size: [375, 300]),
        Case(name: "2:1", bytes: ratio(7), size: [600, 300]),
        Case(name: "in one box", bytes: JXLSample.container(HEIFSample.box("jxlc", plain.codestream))),
        Case(
            name: "in parts, behind EXIF",
            bytes: JXLSample.container(
                HEIFSample.box("Exif", [0, 0, 0, 0, 1, 2]) + HEIFSample.box("jxlp", big(0) + plain.codestream.prefix(3))
                    + HEIFSample.box("jxlp", big(0x8000_0001) + plain.codestream.dropFirst(3)))),
        Case(
            name: "turned, with a preview of 96 x 64 and another size meant",
            bytes: JXLSample.described.then(1, 1).then(5, 3)  // orientation 6
                .then(1, 1).then(1, 1).then(3, 5).then(1, 3)
                .then(1, 1).then(1, 1).number(2, 1, bits: 5).then(0, 3).number(2, 2, bits: 5)
                .then(0, 1).then(0, 1).number(0).then(1, 1).number(0).then(1, 1).then(1, 1).codestream,
            decoded: [300, 500]),
        Case(
            name: "animated, 12 bits",
            bytes: JXLSample.described.then(1, 1).then(0, 3).then(0, 1).then(0, 1).then(1, 1)
                .number(2, 24, bits: 10).number(0).number(1, 3, bits: 3).then(0, 1)
                .then(0, 1).number(2).then(1, 1).number(0).then(1, 1).then(1, 1).codestream,
            depth: 12, pages: nil),
        Case(
            name: "grey with alpha",
            bytes: usualDepth.number(1).then(1, 1).then(0, 1).then(0, 1).then(0, 1).number(1)
                .codestream, bands: 2),
        Case(
            name: "floating point",
            bytes: JXLSample.described.then(0, 1).then(1, 1).number(1).then(4, 4).then(0, 1)
                .number(0).then(1, 1).then(1, 1).codestream, depth: 32),
        Case(
            name: "alpha of 16 bits, a spot, and a named depth",
            bytes: usualDepth.number(2, 1, bits: 4)
                .then(0, 1).number(0).then(0, 1).number(3, 15, bits: 6).number(0).number(0).then(0, 1)
                .then(0, 1).number(2, 0, bits: 4).then(0, 1).number(0).number(0).number(0).then(0, 64)
                .then(0, 1).number(1).then(0, 1).number(0).number(0).number(1, 1, bits: 4).then(0x5A, 8)
                .then(0, 1).then(1, 1).codestream,
            bands: 4, depth: 16, leftOut: ["depth"]),
    ]

    @Test("are read as the standard has them", arguments: cases)
    func reads(_ sample: Case) throws {
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.format == .jxl)
        #expect([header.width, header.height] == sample.size)
        #expect([header.decodedWidth, header.decodedHeight] == sample.decoded ?? sample.size)
        #expect([header.bands, header.depth] == [sample.bands, sample.depth])
        #expect(header.hasAlpha == (sample.bands % 2 == 0))
        #expect(header.pages == sample.pages && header.isAnimated == (sample.pages == nil))
        #expect(header.jxl?.leftOut == sample.leftOut)
    }

    @Test("of CMYK are refused by name")
    func cmyk() {
        let bytes = Self.usualDepth.number(1).then(0, 1).number(2, 2, bits: 4).then(0, 1).number(0).number(0).number(0)
        #expect(throws: HeaderError.unsupported("JPEG XL of CMYK")) { try readHeader(MemoryBytes(bytes.codestream)) }
    }

    @Test(
        "that end early say so",
        arguments: [
            [0xFF, 0x0A], [0xFF, 0x0A, 0], JXLSample.signature, JXLSample.container([]),
            JXLSample.container(HEIFSample.box("jxlp", big(0) + [0xFF, 0x0A])),
        ] as [[UInt8]])
    func truncated(_ bytes: [UInt8]) {
        #expect(throws: HeaderError.truncated(.jxl)) { try readHeader(MemoryBytes(bytes)) }
    }

    @Test("without a codestream in their box are damaged")
    func malformed() {
        let bytes = JXLSample.container(HEIFSample.box("jxlc", [1, 2, 3, 4]))
        #expect(throws: HeaderError.malformed(.jxl, "no codestream")) { try readHeader(MemoryBytes(bytes)) }
    }
}
