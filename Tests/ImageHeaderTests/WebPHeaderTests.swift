import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("WebP headers")
struct WebPHeaderTests {
    struct Case: Sendable {
        var name: String
        var bytes: [UInt8]
        var bands = 3
        var isLossless = false
        var pages = 1
    }

    static let lossy = WebPSample.lossy(width: 550, height: 368)
    static let lossless = WebPSample.lossless(width: 550, height: 368, alpha: false)
    static let cases = [
        Case(name: "lossy", bytes: WebPSample.riff(lossy)),
        Case(
            name: "lossy, with hints on scaling",
            bytes: WebPSample.riff(WebPSample.lossy(width: 0x8226, height: 0x4170))),
        Case(name: "lossless", bytes: WebPSample.riff(lossless), isLossless: true),
        Case(
            name: "lossless with alpha",
            bytes: WebPSample.riff(WebPSample.lossless(width: 550, height: 368, alpha: true)),
            bands: 4, isLossless: true),
        Case(
            name: "extended, lossy with a profile and alpha",
            bytes: WebPSample.riff(
                WebPSample.extended(width: 550, height: 368, flags: 0x30), WebPSample.chunk("ICCP", [1, 2, 3]),
                WebPSample.chunk("ALPH", [0]), lossy), bands: 4),
        Case(
            name: "extended, lossless",
            bytes: WebPSample.riff(WebPSample.extended(width: 550, height: 368, flags: 0), lossless), isLossless: true),
        Case(
            name: "animated, the second frame lossless",
            bytes: WebPSample.riff(
                WebPSample.extended(width: 550, height: 368, flags: 0x12),
                WebPSample.chunk("ANIM", [0, 0, 0, 0, 0, 0]),
                WebPSample.frame(lossy), WebPSample.frame(lossless), WebPSample.frame(lossy)),
            bands: 4, isLossless: true, pages: 3),
    ]

    @Test("size, alpha, coding and frames are read", arguments: cases)
    func reads(_ sample: Case) throws {
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.format == .webp)
        #expect(header.width == 550 && header.height == 368)
        #expect(header.bands == sample.bands)
        #expect(header.hasAlpha == (sample.bands == 4))
        #expect(header.isLossless == sample.isLossless)
        #expect(header.pages == sample.pages)
        #expect(header.isAnimated == (sample.pages > 1))
    }

    @Test("a damaged first chunk is refused")
    func damage() {
        #expect(throws: HeaderError.truncated(.webp)) { try readHeader(MemoryBytes(WebPSample.riff())) }
        #expect(throws: HeaderError.malformed(.webp, "no VP8 chunk at the start")) {
            try readHeader(MemoryBytes(WebPSample.riff(WebPSample.chunk("EXIF", [0, 0]))))
        }
        #expect(throws: HeaderError.malformed(.webp, "no VP8 key frame")) {
            try readHeader(MemoryBytes(WebPSample.riff(WebPSample.chunk("VP8 ", [UInt8](repeating: 0, count: 20)))))
        }
    }
}
