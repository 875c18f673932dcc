import ByteReading
import Jobs
import Testing

@testable import ImageHeader

@Suite("Pages of a document")
struct DocumentPagesTests {
    @Test("smaller versions and masks are no pages; numbers are the decoder's", arguments: TIFFSample.Variant.allCases)
    func pictures(_ variant: TIFFSample.Variant) throws {
        func page(_ width: UInt32, kind: UInt32?) -> [TIFFSample.Field] {
            (kind.map { [(254, 4, $0)] } ?? []) + TIFFSample.page(width: width)
        }
        let bytes = TIFFSample.file(
            [page(900, kind: 2), page(90, kind: 1), page(800, kind: nil), page(800, kind: 4), page(700, kind: 0)],
            variant)
        let header = try readHeader(MemoryBytes(bytes))
        #expect(header.pages == 5 && header.width == 900)
        #expect(header.pictures.map(\.number) == [0, 2, 4])
        let document = try readDocument(MemoryBytes(bytes))
        let widths = try document.pictures.map { try readPage($0, of: document, MemoryBytes(bytes)).width }
        #expect(widths == [900, 800, 700])
        #expect((document.furtherPages.map(\.width).max() ?? 0) >= 900)
    }

    @Test("what further pages take is at least what each takes")
    func furtherPages() throws {
        let sizes: [(UInt32, UInt32)] = [(100, 100), (4000, 50), (50, 4000), (3000, 3000), (101, 99)]
        let bytes = TIFFSample.file(sizes.map { TIFFSample.page(width: $0.0, height: $0.1) })
        let document = try readDocument(MemoryBytes(bytes))
        for (width, height) in sizes {
            #expect(document.furtherPages.contains { $0.width >= Int(width) && $0.height >= Int(height) })
        }
        // Those that are alike are one.
        #expect(document.furtherPages.count == 3)
    }

    @Test("a page without a size is left to the decoder; one picture has no further pages")
    func damaged() throws {
        let bytes = TIFFSample.file([TIFFSample.page(), [(258, 3, 8)], TIFFSample.page(width: 20)])
        let document = try readDocument(MemoryBytes(bytes))
        #expect(document.pictures.count == 3)
        #expect(throws: HeaderError.malformed(.tiff, "no width or height")) {
            try readPage(document.pictures[1], of: document, MemoryBytes(bytes))
        }
        #expect(try readDocument(MemoryBytes(TIFFSample.file([TIFFSample.page()]))).furtherPages.isEmpty)
    }

    @Test("as many pages as a document may have are looked at")
    func thousand() throws {
        let bytes = TIFFSample.file((1...1000).map { TIFFSample.page(width: UInt32($0)) })
        let document = try readDocument(MemoryBytes(bytes))
        #expect(document.pages == 1000 && document.pictures.count == 1000)
        #expect(document.furtherPages.count <= 16 && document.furtherPages.contains { $0.width == 1000 })
    }

    @Test("pictures of a HEIF come in the order of their numbers")
    func heif() throws {
        var sample = HEIFSample()
        sample.primary = 7
        sample.properties += [HEIFSample.size(300, 200)]
        sample.items = [
            .init(number: 7, type: "hvc1", properties: [1, 2]), .init(number: 3, type: "hvc1", properties: [3, 2]),
        ]
        let document = try readDocument(MemoryBytes(sample.bytes))
        #expect(document.width == 1280)
        #expect(document.pictures == [PagePlace(number: 0, place: 3), PagePlace(number: 1, place: 7)])
        #expect(try readPage(document.pictures[0], of: document, MemoryBytes(sample.bytes)).width == 300)
    }

    @Test("a sequence beside the still picture is counted", arguments: ["avis", "msf1", "hevc"])
    func sequence(brand: String) throws {
        func box(_ type: String, _ content: [UInt8]) -> [UInt8] { HEIFSample.box(type, content) }
        func track(_ handler: String, _ count: UInt32) -> [UInt8] {
            let table = box("stbl", HEIFSample.full("stsz", big(0) + big(count)))
            return box("trak", box("mdia", HEIFSample.full("hdlr", big(0) + ascii(handler)) + box("minf", table)))
        }
        var sample = HEIFSample()
        sample.compatible = ["mif1", brand]
        let movie = box("moov", track("pict", 12) + track("auxv", 99))
        #expect(try readHeader(MemoryBytes(sample.bytes + movie)).sequenceLength == 12)
        #expect(try readHeader(MemoryBytes(sample.bytes)).sequenceLength == nil)
        // Cut off, or a video of another kind of file behind a still picture.
        #expect(try readHeader(MemoryBytes(sample.bytes + movie.dropLast(200))).width == 1280)
        sample.compatible = ["mif1"]
        #expect(try readHeader(MemoryBytes(sample.bytes + movie)).sequenceLength == nil)
    }
}
