import Jobs
import Pipeline
import Testing

@testable import Metadata

@Suite("EXIF on output")
struct ExifRewritingTests {
    static let photograph = ExifBuilder.photograph().structure()

    @Test("Without EXIF and copyright nothing is kept")
    func nothing() {
        #expect(rewriteExif(Self.photograph, policy: MetadataPolicy(keep: [.icc])) == nil)
        #expect(rewriteExif(Self.photograph, policy: MetadataPolicy(keep: [.all], drop: [.all])) == nil)
        #expect(rewriteExif(Self.photograph, policy: MetadataPolicy(keep: [.exif, .copyright], drop: [.all])) == nil)
    }

    @Test("Copyright alone is Copyright and Artist, and no other tag")
    func copyright() throws {
        let block = try #require(rewriteExif(Self.photograph, policy: MetadataPolicy(), width: 10, height: 10))
        var expected = ExifRecord()
        expected.copyright = "(c) Jane"
        expected.artist = "Jane Doe"
        #expect(readExif(block).record == expected)
        let directories = try #require(try ExifDirectories(in: PictureBytes(block)))
        #expect(directories.primary.map(\.tag) == [0x013B, 0x8298])
        #expect(directories.exif.isEmpty && directories.gps.isEmpty)
    }

    @Test("A picture that names nobody carries no block")
    func noCopyright() {
        var block = ExifBuilder()
        block.primary = [block.short(0x0112, 6)]
        #expect(rewriteExif(block.structure(), policy: MetadataPolicy()) == nil)
    }

    @Test("Kept whole, it is upright, of the rendition's size, and without private tags", arguments: [true, false])
    func whole(isLittle: Bool) throws {
        let source = ExifBuilder.photograph(isLittle: isLittle).structure()
        let block = try #require(rewriteExif(source, policy: MetadataPolicy(keep: [.all]), width: 640, height: 480))
        var expected = readExif(source).record
        expected.orientation = 1
        #expect(readExif(block).record == expected)
        let directories = try #require(try ExifDirectories(in: PictureBytes(block)))
        let dimensions = directories.exif.filter { [0xA002, 0xA003].contains($0.tag) }
            .map { directories.order.uint32($0.value, at: 0) }
        #expect(dimensions == [640, 480])
        #expect(!directories.primary.contains { $0.tag == 0x02BC })
        #expect(directories.exif.contains { $0.tag == 0x927C })
    }

    @Test("Without GPS, no byte of it stays, nor the maker note")
    func withoutGPS() throws {
        let policy = MetadataPolicy(keep: [.all], drop: [.gps])
        let block = try #require(rewriteExif(Self.photograph, policy: policy, width: 640, height: 480))
        var expected = readExif(Self.photograph).record
        expected.orientation = 1
        expected.gps = nil
        #expect(readExif(block).record == expected)
        #expect(!contains(lowercased(block), Array("gps".utf8)))
        #expect(try #require(try ExifDirectories(in: PictureBytes(block))).exif.allSatisfy { $0.tag != 0x927C })
    }

    @Test("Copyright can be dropped out of a block that stays")
    func withoutCopyright() throws {
        let policy = MetadataPolicy(keep: [.all], drop: [.copyright])
        let record = readExif(try #require(rewriteExif(Self.photograph, policy: policy))).record
        #expect(record.copyright == nil && record.artist == nil)
        #expect(record.model == "Model 1")
    }

    @Test(
        "A finished file carries exactly the block it is given; its pixels and other blocks stay",
        arguments: ExifBlockTests.files.indices)
    func embedding(index: Int) throws {
        let (format, original) = ExifBlockTests.files[index]
        let policies = [MetadataPolicy(keep: [.icc]), MetadataPolicy(), MetadataPolicy(keep: [.all])]
        // From each policy to each other, so that blocks grow, shrink, come and go.
        let file = try TemporaryFile()
        for first in policies {
            for second in policies where format != .avif || first.keepsCopyright {
                try file.write(original)
                for policy in [first, second, second] {
                    let block = rewriteExif(Self.photograph, policy: policy, width: 640, height: 480)
                    try replaceExif(in: file.descriptor, format: format, with: block)
                    try check(file, format: format, block: block, original: original)
                }
            }
        }
    }

    private func check(_ file: TemporaryFile, format: PictureFormat, block: [UInt8]?, original: [UInt8]) throws {
        let source = try PictureBytes(descriptor: file.descriptor)
        var record = try readExif(in: source, format: format).record
        var expected = block.map { readExif($0).record } ?? ExifRecord()
        let bytes = try file.bytes()
        if format == .tiff {
            // The encoder's own first directory stands; the test's happens to hold all this.
            let own = readExif(original).record
            (record.make, record.model, record.orientation) = (nil, nil, nil)
            (record.copyright, record.artist) = (nil, nil)
            (expected.make, expected.model, expected.orientation) = (nil, nil, nil)
            (expected.copyright, expected.artist) = (nil, nil)
            if expected.taken == nil {
                let found = readExif(bytes).record
                (expected.taken, expected.takenFrom) = (found.taken, found.takenFrom)
            }
            #expect(own.orientation == 6)
        } else {
            #expect(contains(bytes, Container.pixels))
        }
        #expect(record == expected)
        switch format {
        case .webp:
            #expect(ByteOrder.little.uint32(bytes, at: 4) == bytes.count - 8)
            #expect(bytes[20] == (block == nil ? 0x04 : 0x0C))
            #expect(bytes.suffix(14).starts(with: Array("XMP ".utf8)))
        case .avif:
            let meta = try #require(try HEIFMeta(in: source))
            let last = try #require(meta.locations().last?.extents.first)
            #expect(try source.bytes(at: last.offset, count: Int(last.length)) == Array("<xmp/>".utf8))
            let picture = try #require(meta.locations().first?.extents.first)
            #expect(try source.bytes(at: picture.offset, count: Int(picture.length)) == Container.pixels)
            #expect(meta.items().map(\.kind) == (block == nil ? ["av01", "mime"] : ["av01", "Exif", "mime"]))
            #expect(HEIFBox.list(in: bytes, range: bytes.indices).last?.end == bytes.count)
        case .jpeg where block == nil:
            #expect(bytes.starts(with: [0xFF, 0xD8, 0xFF, 0xE0, 0, 16]))
        default: break
        }
    }

    @Test("A TIFF's other directories and entries stay where they are")
    func tiffPages() throws {
        var tiff = ExifBuilder(isLittle: false)
        tiff.primary = [tiff.short(0x0100, 10), tiff.short(0x0112, 1), tiff.short(0x0115, 3)]
        tiff.next = 0x1234
        let file = try TemporaryFile()
        try file.write(tiff.structure())
        let block = rewriteExif(Self.photograph, policy: MetadataPolicy(keep: [.all]), width: 10, height: 10)
        try replaceExif(in: file.descriptor, format: .tiff, with: block)
        var expected = readExif(Self.photograph).record
        expected.orientation = 1
        let bytes = try file.bytes()
        #expect(readExif(bytes).record == expected)
        let directory = try #require(ByteOrder.big.uint32(bytes, at: 4))
        let count = try #require(ByteOrder.big.uint16(bytes, at: directory))
        let tags = (0..<count).compactMap { ByteOrder.big.uint16(bytes, at: directory + 2 + $0 * 12) }
        #expect(tags == [0x0100, 0x010F, 0x0110, 0x0112, 0x0115, 0x0132, 0x013B, 0x8298, 0x8769, 0x8825])
        #expect(ByteOrder.big.uint32(bytes, at: directory + 2 + count * 12) == 0x1234)
        try replaceExif(in: file.descriptor, format: .tiff, with: nil)
        #expect(readExif(try file.bytes()).record.gps == nil)
    }
}
