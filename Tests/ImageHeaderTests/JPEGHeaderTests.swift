import ImageHeader
import Testing

@Suite("JPEG headers")
struct JPEGHeaderTests {
    struct Case: Sendable {
        var name: String
        var bytes: [UInt8]
        var bands = 3
        var isProgressive = false
        var coefficients = 1.5
    }

    static let cases = [
        Case(name: "baseline 4:2:0", bytes: JPEGSample.file()),
        Case(name: "baseline 4:2:2", bytes: JPEGSample.file(sampling: [0x21, 0x11, 0x11]), coefficients: 2),
        Case(name: "baseline 4:4:4", bytes: JPEGSample.file(sampling: [0x11, 0x11, 0x11]), coefficients: 3),
        Case(name: "grey", bytes: JPEGSample.file(sampling: [0x11]), bands: 1, coefficients: 1),
        Case(name: "CMYK", bytes: JPEGSample.file(sampling: [0x11, 0x11, 0x11, 0x11]), bands: 4, coefficients: 4),
        Case(name: "progressive", bytes: JPEGSample.file(frame: 0xC2), isProgressive: true),
        Case(name: "progressive, arithmetic", bytes: JPEGSample.file(frame: 0xCA), isProgressive: true),
        Case(name: "baseline in several scans", bytes: JPEGSample.file(scanComponents: 1), isProgressive: true),
        Case(
            name: "with a large profile before the frame",
            bytes: JPEGSample.file(before: JPEGSample.segment(0xE2, [UInt8](repeating: 0xFF, count: 65000)))),
        Case(
            name: "with rubbish and fill bytes between segments",
            bytes: JPEGSample.file(before: [7, 0, 0xFF, 0, 0xFF, 0xFF])),
    ]

    @Test("size, components, scans and subsampling are read", arguments: cases)
    func reads(_ sample: Case) throws {
        let header = try readHeader(MemoryBytes(sample.bytes))
        #expect(header.format == .jpeg)
        #expect(header.width == 640 && header.height == 480)
        #expect(header.bands == sample.bands)
        #expect(header.depth == 8)
        #expect(header.pages == 1)
        #expect(header.isProgressive == sample.isProgressive)
        #expect(header.coefficientsPerPixel == sample.coefficients)
    }

    @Test("a file that ends behind the frame still has its size")
    func cutBehindFrame() throws {
        let whole = JPEGSample.file()
        let header = try readHeader(MemoryBytes(Array(whole.prefix(2 + 2 + 17))))
        #expect(header.width == 640 && header.height == 480)
    }

    @Test("damage before the frame is told apart from an early end")
    func damage() {
        #expect(throws: HeaderError.truncated(.jpeg)) { try readHeader(MemoryBytes([0xFF, 0xD8, 0xFF, 0xE0])) }
        #expect(throws: HeaderError.malformed(.jpeg, "a segment shorter than its length field")) {
            try readHeader(MemoryBytes([0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 0, 0]))
        }
        #expect(throws: HeaderError.malformed(.jpeg, "a width or height of 0")) {
            try readHeader(MemoryBytes(JPEGSample.file(height: 0)))
        }
    }
}
