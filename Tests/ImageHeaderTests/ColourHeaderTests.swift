import ByteReading
import ImageHeader
import Testing

@Suite("Colours in headers")
struct ColourHeaderTests {
    private func avif(_ properties: [[UInt8]]) throws -> PictureHeader {
        var sample = HEIFSample(brand: "mif1", compatible: ["miaf", "avif"])
        sample.properties = [HEIFSample.size(1280, 854)] + properties
        sample.items = [
            HEIFSample.Item(number: 1, type: "av01", properties: sample.properties.indices.map { UInt8($0 + 1) })
        ]
        return try readHeader(MemoryBytes(sample.bytes))
    }

    private static let nclx = HEIFSample.box("colr", ascii("nclx") + [0, 9, 0, 16, 0, 9, 0x80])
    /// A monochrome picture of 8 bits in limited range.
    private static let sequence: [UInt8] = [
        0x81, 0x45, 0x1C, 0, 0x0A, 0x0A, 0x59, 0x6A, 0x65, 0x9E, 0x3F, 0xC3, 0x01, 0x0D, 0x09, 0x20,
    ]

    @Test("nclx names them, whatever profile is beside it")
    func nclx() throws {
        let profile = HEIFSample.box("colr", ascii("prof") + [UInt8](repeating: 0, count: 128))
        let header = try avif([HEIFSample.av1(flags: 0x4C), profile, Self.nclx])
        #expect(header.colour == .coded(CodedColour(primaries: 9, transfer: 16, matrix: 9, isFullRange: true)))
        #expect(!header.outranksProfile)
    }

    @Test("the brightest pixel counts more than the display")
    func brightest() throws {
        let display = [UInt8](repeating: 0, count: 16) + big(40_000_000) + big(50)
        let header = try avif([
            HEIFSample.av1(flags: 0x4C), Self.nclx, HEIFSample.box("mdcv", display),
            HEIFSample.box("clli", [0x03, 0xE8, 0, 100]),
        ])
        #expect(header.brightest == 1000)
    }

    @Test("without nclx AV1's sequence header tells them")
    func sequenceHeader() throws {
        let header = try avif([HEIFSample.box("av1C", Self.sequence)])
        guard case .coded(let colour)? = header.colour else {
            Issue.record("nothing was found")
            return
        }
        #expect(!colour.isFullRange)
        #expect(header.heif?.chroma == .monochrome)
    }

    @Test("and HEVC's sequence parameter set")
    func parameterSet() throws {
        let unit: [UInt8] = [
            0x42, 0x01, 0x01, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00, 0x9D, 0xB8, 0x00, 0x00, 0x03, 0x00, 0x00, 0x3F, 0xA0,
            0x04, 0xB2, 0x01, 0x91, 0x36, 0x5B, 0xA9, 0x24, 0xA6, 0xB9, 0xA8, 0x48, 0x80, 0x48, 0x20, 0x00, 0x00, 0x03,
            0x00, 0x20, 0x00, 0x00, 0x03, 0x00, 0x21,
        ]
        var box = Array(HEIFSample.hevc(chroma: 1, depth: 10).dropFirst(8))
        box[22] = 1
        box += [0xA1, 0, 1, 0, UInt8(unit.count)] + unit
        var sample = HEIFSample()
        sample.properties[1] = HEIFSample.box("hvcC", box)
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.colour == .coded(CodedColour(primaries: 9, transfer: 16, matrix: 9, isFullRange: false)))
        // Cut anywhere it says nothing, and the picture is read all the same.
        for length in 0..<unit.count - 8 {
            var cut = Array(box[..<(28 + length)])
            cut[27] = UInt8(length)
            sample.properties[1] = HEIFSample.box("hvcC", cut)
            let header = try readHeader(MemoryBytes(sample.bytes))
            #expect(header.width == 1280)
        }
    }

    @Test("PNG's chunks in their order of precedence")
    func png() throws {
        let gamma = PNGSample.chunk("gAMA", big(100_000))
        let standard = PNGSample.chunk("sRGB", [0])
        let coded = PNGSample.chunk("cICP", [12, 13, 0, 1])
        func colour(_ chunks: [[UInt8]]) throws -> ColourSignal? {
            try readHeader(MemoryBytes(PNGSample.file(chunks: chunks))).colour
        }
        #expect(try colour([]) == nil)
        #expect(try colour([gamma]) == .measured(MeasuredColour(gamma: 1)))
        #expect(try colour([gamma, standard]) == .standard)
        let expected = CodedColour(primaries: 12, transfer: 13, matrix: 0, isFullRange: true)
        #expect(try colour([gamma, coded, standard]) == .coded(expected))
        #expect(try colour([PNGSample.chunk("gAMA", big(0))]) == nil)
    }

    @Test("two floats lie in a BigTIFF's entry itself")
    func floatsInBigTIFF() throws {
        func little(_ number: UInt64, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
        }
        func entry(_ tag: UInt64, _ type: UInt64, _ count: UInt64, _ value: UInt64) -> [UInt8] {
            little(tag, 2) + little(type, 2) + little(count, 8) + little(value, 8)
        }
        let white = UInt64(Float(0.25).bitPattern) | UInt64(Float(0.5).bitPattern) << 32
        let entries = [
            entry(256, 4, 1, 40), entry(257, 4, 1, 30), entry(258, 3, 1, 8), entry(262, 3, 1, 2), entry(277, 3, 1, 3),
            entry(318, 11, 2, white),
        ]
        let file =
            Array("II".utf8) + little(43, 2) + little(8, 2) + little(0, 2) + little(16, 8)
            + little(UInt64(entries.count), 8) + entries.flatMap { $0 } + little(0, 8)
        #expect(try readHeader(MemoryBytes(file)).tiff?.colour.white == [0.25, 0.5])
    }
}
