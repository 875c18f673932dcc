import ByteReading
import ImageHeader
import Jobs
import Testing

@Suite("RAW files")
struct RAWHeaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var size: [Int]
        var orientation: Int?
        /// Widths of the embedded pictures.
        var previews: [Int]
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "DNG", bytes: RAWSample.dng(), size: [3008, 2008], orientation: 6, previews: [3000, 1500]),
        Case(
            name: "DNG without a preview", bytes: RAWSample.dng(previews: []), size: [3008, 2008], orientation: 6,
            previews: []),
        Case(name: "CR2", bytes: RAWSample.cr2, size: [3008, 2008], orientation: 8, previews: [3000]),
        Case(name: "ORF", bytes: RAWSample.orf, size: [3040, 2030], orientation: 3, previews: [3000]),
        Case(name: "RW2", bytes: RAWSample.rw2, size: [200, 150], orientation: 1, previews: [3000]),
        Case(name: "IIQ", bytes: RAWSample.iiq, size: [8000, 6000], orientation: nil, previews: []),
        Case(name: "RAF", bytes: RAWSample.raf, size: [3010, 2010], orientation: nil, previews: [3000]),
        Case(name: "MRW", bytes: RAWSample.mrw, size: [3020, 2020], orientation: nil, previews: []),
        Case(name: "CR3", bytes: RAWSample.cr3, size: [3030, 2025], orientation: 6, previews: [3000, 1500]),
    ]

    @Test("size of the sensor, turn, and embedded pictures, the largest first", arguments: cases)
    func layouts(sample: Case) throws {
        let header = try readHeader(MemoryBytes(sample.bytes))
        let raw = try #require(header.raw)
        #expect(header.format == .raw && header.depth == 16 && header.bands == 3)
        #expect([header.width, header.height] == sample.size)
        #expect(header.orientation == sample.orientation)
        #expect(raw.previews.map(\.header.width) == sample.previews)
        #expect(!raw.endsEarly)
        #expect(raw.hasFilters)
        for preview in raw.previews {
            let place = Int(preview.bytes.lowerBound)..<Int(preview.bytes.upperBound)
            let whole = preview.header.width == 3000 ? RAWSample.large : RAWSample.small
            #expect(Array(sample.bytes[place]) == whole)
        }
    }

    @Test("where EXIF is")
    func exif() throws {
        func place(_ bytes: [UInt8]) throws -> RAWLayout.Exif? { try readHeader(MemoryBytes(bytes)).raw?.exif }
        #expect(try place(RAWSample.dng()) == .tiff)
        #expect(try place(RAWSample.rw2) == .tiff)
        #expect(try place(RAWSample.raf) == .jpeg(160))
        guard case .blocks(let blocks)? = try place(RAWSample.cr3) else {
            Issue.record("no blocks")
            return
        }
        #expect(blocks.map { !$0.isEmpty } == [true, true, false])
        #expect(Array(RAWSample.cr3[Int(blocks[0].lowerBound)...].prefix(4)) == ascii("II*\0"))
    }

    @Test("masks, depth maps, gain maps and pictures that end early are not the picture")
    func parts() throws {
        let masks: [(UInt32, UInt32)] = [(0x10004, 52527), (8, 51177), (16, 6), (4, 4), (0, 34892)]
        let header = try readHeader(MemoryBytes(RAWSample.dng(masks: masks.map { (kind: $0.0, photometric: $0.1) })))
        #expect(header.raw?.previews.map(\.header.width) == [3000, 1500])
        let grey = JPEGSample.file(width: 2000, height: 1333, sampling: [0x11])
        #expect(try readHeader(MemoryBytes(RAWSample.dng(previews: [grey]))).raw?.previews.isEmpty == true)
        // The last one ends behind the file.
        let cut = RAWSample.cr3.count - RAWSample.values.count - 8
        #expect(
            try readHeader(MemoryBytes(Array(RAWSample.cr3.prefix(cut)))).raw?.previews.map(\.header.width) == [1500])
    }

    @Test("the sensor's values may be in the tenth of many directories")
    func many() throws {
        let header = try readHeader(MemoryBytes(RAWSample.dng(empty: 12)))
        #expect(header.width == 3008 && header.raw?.previews.count == 2)
    }

    @Test(
        "components of packed values are columns, unless they are colours",
        arguments: [(2, 3008), (4, 6016), (3, 1504)])
    func columns(components: Int, width: Int) throws {
        var file = RAWSample()
        _ = file.put(ascii("CR\u{2}\0\0\0\0\0"))
        let sampling: [UInt8] = components == 3 ? [0x21, 0x11, 0x11] : Array(repeating: 0x11, count: components)
        let packed = JPEGSample.file(frame: 0xC3, width: 1504, height: 1000, sampling: sampling) + RAWSample.values
        let place = file.put(packed)
        let bytes = file.finish([.short(259, 6), .long(273, place), .long(279, UInt32(packed.count))])
        let header = try readHeader(MemoryBytes(bytes))
        #expect(header.width == width && header.raw?.hasFilters == (components != 3))
    }

    @Test("values that are not all there are noticed, a picture is there all the same")
    func incomplete() throws {
        let cut = try readHeader(MemoryBytes(Array(RAWSample.cr3.dropLast())))
        #expect(cut.raw?.endsEarly == true && cut.raw?.previews.count == 2)
        #expect(try readHeader(MemoryBytes(RAWSample.dng(missing: 1 << 20))).raw?.endsEarly == true)
        #expect(try readHeader(MemoryBytes(RAWSample.dng(missing: UInt32.max - 16_000))).raw?.endsEarly == true)
    }

    @Test("of a preview the file's turn counts; a developed picture has the sensor's size, or half of it")
    func reading() throws {
        let header = try readHeader(MemoryBytes(RAWSample.dng()))
        let shown = try #require(header.read(as: .preview(width: 1500, height: 1000)))
        #expect(shown.format == .jpeg && shown.original == .raw && shown.width == 1500 && shown.orientation == 6)
        #expect(header.read(as: .preview(width: 1501, height: 1000)) == nil)
        let half = try #require(header.read(as: .developed(atHalfSize: true, orPreview: nil)))
        #expect(half.format == .raw && half.width == 1504 && half.height == 1004 && half.isHalfSize)
        #expect(header.read(as: .developed(atHalfSize: false, orPreview: nil)) == header)
        // A picture that the camera has turned already.
        let upright = try readHeader(
            MemoryBytes(RAWSample.dng(previews: [JPEGSample.file(width: 1000, height: 1500)])))
        #expect(upright.read(as: .preview(width: 1000, height: 1500))?.orientation == 1)
    }

    @Test("directories that lead in circles, and to nowhere, end")
    func circles() throws {
        var file = RAWSample()
        let place = UInt32(file.bytes.count)
        // Its own child, and the next one.
        // The list of children lies before the directory.
        let bytes = file.finish(
            [
                .long(256, 300), .long(257, 200), .short(262, 32803), .long(330, place + 12, place + 12, 0xFFFF_FFF0),
            ], next: place + 12)
        let header = try readHeader(MemoryBytes(bytes))
        #expect(header.format == .raw && header.width == 300)
    }
}
