import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("PNG headers")
struct PNGHeaderTests {
    struct Case: Sendable {
        var name: String
        var bytes: [UInt8]
        var bands: Int
        var depth = 8
        var hasAlpha = false
        var isInterlaced = false
        var isAnimated = false
    }

    static let transparency = PNGSample.chunk("tRNS", [0, 1])
    static let cases = [
        Case(name: "grey, 1 bit", bytes: PNGSample.file(depth: 1, colour: 0), bands: 1, depth: 1),
        Case(
            name: "grey with a transparent value", bytes: PNGSample.file(colour: 0, chunks: [transparency]), bands: 2,
            hasAlpha: true),
        Case(name: "RGB, 16 bits", bytes: PNGSample.file(depth: 16), bands: 3, depth: 16),
        Case(name: "palette", bytes: PNGSample.file(depth: 4, colour: 3), bands: 3, depth: 4),
        Case(
            name: "palette with transparency",
            bytes: PNGSample.file(colour: 3, chunks: [PNGSample.chunk("PLTE", [1, 2, 3]), transparency]), bands: 4,
            hasAlpha: true),
        Case(name: "grey and alpha", bytes: PNGSample.file(colour: 4), bands: 2, hasAlpha: true),
        Case(
            name: "RGBA with a transparency chunk that is not allowed",
            bytes: PNGSample.file(colour: 6, chunks: [transparency]), bands: 4, hasAlpha: true),
        Case(name: "interlaced", bytes: PNGSample.file(interlaced: true), bands: 3, isInterlaced: true),
        Case(
            name: "animated", bytes: PNGSample.file(chunks: [PNGSample.chunk("acTL", big(12) + big(0))]), bands: 3,
            isAnimated: true),
    ]

    @Test("size, bands, depth and interlace are read", arguments: cases)
    func reads(_ sample: Case) throws {
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.format == .png)
        #expect(header.width == 300 && header.height == 200)
        #expect(header.bands == sample.bands)
        #expect(header.depth == sample.depth)
        #expect(header.hasAlpha == sample.hasAlpha)
        #expect(header.isInterlaced == sample.isInterlaced)
        #expect(header.isAnimated == sample.isAnimated)
        // How many frames there are is known where they are looked for.
        #expect(header.pages == (sample.isAnimated ? nil : 1))
        #expect(header.statedFrames == (sample.isAnimated ? 12 : nil))
    }

    @Test("a chunk of the largest length there is ends the walk, not the process")
    func endlessChunk() throws {
        let bytes = PNGSample.file(chunks: [Bytes.join(big(.max), ascii("iCCP"))])
        #expect(try readHeader(MemoryBytes(bytes)).width == 300)
    }

    @Test("a damaged IHDR is refused")
    func damage() {
        #expect(throws: HeaderError.truncated(.png)) { try readHeader(MemoryBytes(PNGSample.signature)) }
        #expect(throws: HeaderError.malformed(.png, "colour type 1")) {
            try readHeader(MemoryBytes(PNGSample.file(colour: 1)))
        }
        #expect(throws: HeaderError.malformed(.png, "a width or height of 0")) {
            try readHeader(MemoryBytes(PNGSample.file(width: 0)))
        }
    }
}
