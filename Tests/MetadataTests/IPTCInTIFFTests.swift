import Testing

@testable import Metadata

@Suite("IPTC in TIFF")
struct IPTCInTIFFTests {
    private static let caption = "People leave the old town by boat after the river rose by four metres in one night."
    private static let iptc: [UInt8] = [0x1C, 2, 120, 0, UInt8(caption.utf8.count)] + Array(caption.utf8)

    /// One directory of one entry.
    private static func tiff(_ order: ByteOrder, type: Int, count: Int, _ value: [UInt8]) -> [UInt8] {
        Array((order == .little ? "II" : "MM").utf8) + order.bytes(42, width: 2) + order.bytes(8, width: 4)
            + order.bytes(1, width: 2) + order.bytes(33723, width: 2) + order.bytes(type, width: 2)
            + order.bytes(count, width: 4) + order.bytes(26, width: 4) + [0, 0, 0, 0] + value
    }

    @Test("all of it is read, as bytes and as numbers of four", arguments: [ByteOrder.little, .big])
    func read(order: ByteOrder) throws {
        for type in [1, 7] {
            let file = Self.tiff(order, type: type, count: Self.iptc.count, Self.iptc)
            #expect(try iptcInTIFF(PictureBytes(file)) == Self.iptc)
        }
        let padded = Self.iptc + [UInt8](repeating: 0, count: (4 - Self.iptc.count % 4) % 4)
        let words = Self.tiff(order, type: 4, count: padded.count / 4, padded)
        #expect(try iptcInTIFF(PictureBytes(words)) == padded)
        let reversed = stride(from: 0, to: padded.count, by: 4).flatMap { padded[$0..<$0 + 4].reversed() }
        let turned = Self.tiff(order, type: 4, count: padded.count / 4, reversed)
        #expect(try iptcInTIFF(PictureBytes(turned)) == padded)
    }

    @Test("what lies outside the file is none")
    func outside() throws {
        let file = Self.tiff(.little, type: 7, count: Self.iptc.count + 1, Self.iptc)
        #expect(try iptcInTIFF(PictureBytes(file)) == nil)
        for end in 0..<file.count { _ = try iptcInTIFF(PictureBytes(Array(file[..<end]))) }
        #expect(try iptcInTIFF(PictureBytes(Self.tiff(.little, type: 7, count: 1 << 30, Self.iptc))) == nil)
    }
}
