import ByteReading
import ImageHeader
import Jobs
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

    /// An EXIF block of two entries, the second of which is the orientation, in a segment.
    private func exif(_ order: String, orientation: UInt8, entries: UInt8 = 2, tag: UInt8 = 0x12) -> [UInt8] {
        let isLittle = order == "II"
        func number(_ bytes: [UInt8]) -> [UInt8] { isLittle ? bytes.reversed() : bytes }
        let make = number([0x01, 0x0F]) + number([0, 2]) + number([0, 0, 0, 2]) + [65, 0, 0, 0]
        let turn = number([0x01, tag]) + number([0, 3]) + number([0, 0, 0, 1]) + number([0, orientation]) + [0, 0]
        return JPEGSample.segment(
            0xE1,
            Array("Exif\0\0\(order)".utf8) + number([0, 42]) + number([0, 0, 0, 8]) + number([0, entries]) + make + turn
        )
    }

    @Test(
        "the orientation is read out of EXIF, in both byte orders; what makes no sense is none",
        arguments: ["II", "MM"])
    func orientation(order: String) throws {
        func read(_ segment: [UInt8]) throws -> Int? {
            let header = try readHeader(MemoryBytes(JPEGSample.file(before: segment)))
            #expect(header.width == 640)
            return header.orientation
        }
        for orientation in UInt8(1)...8 { #expect(try read(exif(order, orientation: orientation)) == Int(orientation)) }
        #expect(try read(exif(order, orientation: 9)) == nil && read(exif(order, orientation: 0)) == nil)
        #expect(try read(exif(order, orientation: 6, tag: 0x13)) == nil)
        #expect(try read(exif(order, orientation: 6, entries: 1)) == nil)
        #expect(try read(exif(order, orientation: 6, entries: 255)) == 6)
        #expect(try read(exif("XX", orientation: 6)) == nil && read([]) == nil)
        // XMP comes in a segment of the same kind.
        let xmp = JPEGSample.segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0<x/>".utf8))
        #expect(try read(xmp + exif(order, orientation: 8)) == 8)
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
