import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("TIFF headers")
struct TIFFHeaderTests {
    @Test("size, samples and strips are read in every byte order", arguments: TIFFSample.Variant.allCases)
    func variants(_ variant: TIFFSample.Variant) throws {
        let bytes = TIFFSample.file([TIFFSample.page([(278, 4, 16), (259, 3, 5), (284, 3, 2)])], variant)
        let header = try readHeader(MemoryBytes(bytes))
        #expect(header.format == .tiff)
        #expect(header.width == 400 && header.height == 300)
        #expect(header.bands == 3 && header.depth == 8)
        #expect(header.pages == 1)
        let layout = try #require(header.tiff)
        #expect(layout.rowsPerStrip == 16)
        #expect(layout.tileWidth == nil)
        #expect(layout.compression == 5)
        #expect(layout.isPlanar)
        #expect(layout.isBigTIFF == (variant == .littleBigTIFF))
    }

    struct Case: Sendable {
        var name: String
        var fields: [[UInt32]]
        var bands: Int
        var depth: Int
    }

    static let cases = [
        Case(name: "no fields but the size: TIFF's defaults", fields: [], bands: 1, depth: 1),
        Case(name: "palette", fields: [[258, 8], [262, 3], [277, 1]], bands: 3, depth: 8),
        Case(name: "CMYK, 16 bits", fields: [[258, 16], [262, 5], [277, 4]], bands: 4, depth: 16),
        Case(name: "RGBA", fields: [[258, 8], [262, 2], [277, 4], [338, 2]], bands: 4, depth: 8),
    ]

    @Test("bands are those that the decoder hands out", arguments: cases)
    func bands(_ sample: Case) throws {
        let fields = sample.fields.map { (tag: $0[0], type: UInt32(3), value: $0[1]) }
        let bytes = TIFFSample.file([[(256, 3, 40), (257, 3, 30)] + fields], .bigClassic)
        let header = try readHeader(MemoryBytes(bytes))
        #expect(header.width == 40 && header.height == 30)
        #expect(header.bands == sample.bands)
        #expect(header.depth == sample.depth)
        #expect(header.hasAlpha == (sample.name == "RGBA"))
        #expect(header.tiff?.rowsPerStrip == 30, "one strip, when the file says nothing")
    }

    @Test("tiles are told")
    func tiles() throws {
        let fields: [TIFFSample.Field] = [(322, 3, 256), (323, 3, 128)]
        let layout = try #require(try readHeader(MemoryBytes(TIFFSample.file([TIFFSample.page(fields)]))).tiff)
        #expect(layout.tileWidth == 256 && layout.tileHeight == 128)
        #expect(layout.rowsPerStrip == nil)
    }

    @Test("pages are counted along the chain of directories")
    func pages() throws {
        let pages = [[TIFFSample.Field]](repeating: TIFFSample.page(), count: 7)
        #expect(try readHeader(MemoryBytes(TIFFSample.file(pages))).pages == 7)
        #expect(try readHeader(MemoryBytes(TIFFSample.file(pages, .littleBigTIFF))).pages == 7)
        #expect(
            try readHeader(MemoryBytes(TIFFSample.file(pages, loop: true))).pages == 7, "a chain that bites its tail")
        #expect(try readHeader(MemoryBytes(TIFFSample.file(pages).dropLast(100).map { $0 })).pages == 5)
    }

    @Test("more pages than the limits grant are not counted to the end")
    func manyPages() throws {
        let pages = [[TIFFSample.Field]](repeating: TIFFSample.page(), count: 300)
        let header = try readHeader(MemoryBytes(TIFFSample.file(pages)), limits: HeaderLimits(steps: 120))
        #expect(header.pages == nil)
        // Some of the limit goes into the search for a sensor's values.
        #expect(header.minimumPages == 76)
    }

    @Test("of two fields with one tag the first counts, as in libtiff")
    func doubled() throws {
        let bytes = TIFFSample.file([TIFFSample.page([(256, 4, 9999)])])
        #expect(try readHeader(MemoryBytes(bytes)).width == 400)
    }

    @Test("a directory without a size, or none, is refused")
    func damage() {
        #expect(throws: HeaderError.malformed(.tiff, "no width or height")) {
            try readHeader(MemoryBytes(TIFFSample.file([[(258, 3, 8)]])))
        }
        #expect(throws: HeaderError.malformed(.tiff, "no directory")) {
            try readHeader(MemoryBytes(Bytes.join(ascii("II*\0"), little(0))))
        }
        #expect(throws: HeaderError.truncated(.tiff)) {
            try readHeader(MemoryBytes(Bytes.join(ascii("II*\0"), little(4000))))
        }
    }
}
