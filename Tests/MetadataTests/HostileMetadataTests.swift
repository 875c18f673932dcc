import Jobs
import Testing

@testable import Metadata

/// Few bytes that announce very much, or that cannot be.
@Suite("Hostile metadata")
struct HostileMetadataTests {
    private static func big(_ value: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func box(_ kind: String, _ body: [UInt8]) -> [UInt8] {
        big(UInt64(body.count) + 8, 4) + Array(kind.utf8) + body
    }

    private static func heif(locations: [UInt8], behind: [UInt8] = []) -> [UInt8] {
        let entry = box("infe", [2, 0, 0, 0, 0, 1, 0, 0] + Array("Exif".utf8) + [0])
        let meta = box("meta", [0, 0, 0, 0] + box("iloc", locations) + box("iinf", [0, 0, 0, 0, 0, 1] + entry))
        return box("ftyp", Array("avif\0\0\0\0mif1".utf8)) + meta + behind
    }

    @Test("Extents without a width are not counted out", .timeLimit(.minutes(1)))
    func extentsOfNoBytes() throws {
        // 5,000 items of 65,535 extents each, in 30 KB.
        let lines = (1...5_000).flatMap { (item: UInt64) -> [UInt8] in Self.big(item, 2) + [0, 0, 0xFF, 0xFF] }
        let file = Self.heif(locations: [0, 0, 0, 0, 0, 0] + Self.big(5_000, 2) + lines)
        let meta = try #require(try HEIFMeta(in: PictureBytes(file)))
        let count = meta.locations().reduce(0) { $0 + $1.extents.count }
        #expect(count <= 65_536)
        #expect(try exifBlock(in: PictureBytes(file), format: .avif) == nil)
    }

    @Test("Items that lie nowhere are not moved", arguments: [UInt64.max, UInt64.max / 2, UInt64(Int.max), 1])
    func farItems(offset: UInt64) throws {
        // An EXIF item of 100 bytes in the data, and another whose offset has eight bytes.
        let data = Self.box("mdat", [UInt8](repeating: 0, count: 100))
        func file(_ start: UInt64) -> [UInt8] {
            let line = { (item: UInt64, offset: UInt64, length: UInt64) in
                Self.big(item, 2) + [0, 0] + Self.big(1, 2) + Self.big(offset, 8) + Self.big(length, 4)
            }
            // The second begins within the first where its offset is 1.
            let lines = line(1, start, 100) + line(2, offset == 1 ? start + 1 : offset, 4)
            return Self.heif(locations: [0, 0, 0, 0, 0x84, 0] + Self.big(2, 2) + lines, behind: data)
        }
        let start = UInt64(file(0).count - 100)
        let target = try TemporaryFile()
        for exif in [nil, Array("MM\0*\0\0\0\u{8}".utf8)] as [[UInt8]?] {
            try target.write(file(start))
            // It throws or does not: it comes back.
            try? replaceExif(in: target.descriptor, format: .avif, with: exif)
        }
    }

    @Test("A text of EXIF that fills the block is told in part")
    func longText() {
        var builder = ExifBuilder()
        builder.primary = [builder.bytes(0x8298, [UInt8](repeating: 1, count: 60_000) + [0], type: 2)]
        let copyright = readExif(builder.structure()).record.copyright
        #expect(copyright == String(repeating: "\u{1}", count: 3_400) + "…")
        builder.primary = [builder.bytes(0x8298, [UInt8](repeating: 0xE9, count: 4_097), type: 2)]
        #expect(readExif(builder.structure()).record.copyright == String(repeating: "é", count: 1_700) + "…")
    }

    @Test("Names in XMP are told in part, and only some of them")
    func longNames() {
        func packet(_ semantics: [String]) -> [UInt8] {
            let items = semantics.map { "<rdf:li><c:Item i:Semantic=\"\($0)\"/></rdf:li>" }.joined()
            let text =
                "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
                + "xmlns:c=\"http://ns.google.com/photos/1.0/container/\" "
                + "xmlns:i=\"http://ns.google.com/photos/1.0/container/item/\"><rdf:Description><c:Directory>"
                + "<rdf:Seq>\(items)</rdf:Seq></c:Directory></rdf:Description></rdf:RDF>"
            return Array(text.utf8)
        }
        #expect(partsDescribed(by: [packet((0..<10_000).map { "Part\($0)" })]).count <= 20)
        // One character for Swift: a letter with a million accents.
        let parts = partsDescribed(by: [packet(["e" + String(repeating: "\u{301}", count: 1_000_000)])])
        #expect(parts.allSatisfy { $0.utf8.count <= 43 })
    }
}
