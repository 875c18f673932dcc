import Jobs
import Testing

@testable import Metadata

@Suite("Finding EXIF in files")
struct ExifBlockTests {
    /// A raw profile of a block with orientation 6, and the same deflated by zlib with dynamic codes' predecessor.
    private static let profile =
        "\nexif\n      38\n4578696600004d4d002a0000000800010112000300000001000\n6000000000000\n"
    private static let deflated: [UInt8] = [
        0x78, 0xDA, 0xE3, 0x4A, 0xAD, 0xC8, 0x4C, 0xE3, 0x52, 0x00, 0x03, 0x13, 0x0B, 0x2E, 0x13, 0x53, 0x73, 0x0B,
        0x33, 0x4B, 0x33, 0x33, 0x03, 0x20, 0x30, 0x49, 0x31, 0x49, 0x31, 0x30, 0x30, 0x4A, 0x34, 0x80, 0x00, 0x0B,
        0x20, 0x36, 0x34, 0x30, 0x34, 0x34, 0x02, 0xD2, 0xC6, 0x50, 0x31, 0x43, 0x20, 0x36, 0x33, 0x40, 0x02, 0x5C,
        0x00, 0x9D, 0x04, 0x0F, 0xEE,
    ]

    static let structure = ExifBuilder.photograph().structure()
    static let files: [(PictureFormat, [UInt8])] = [
        (.jpeg, Container.jpeg(structure)), (.png, Container.png(Container.pngChunk("eXIf", structure))),
        (.webp, Container.webp(structure)), (.avif, Container.heif(structure)), (.tiff, structure),
    ]

    @Test("The block is found in every container", arguments: files.indices)
    func containers(index: Int) throws {
        let (format, file) = Self.files[index]
        let reading = try readExif(in: PictureBytes(file), format: format)
        #expect(reading.record == readExif(Self.structure).record)
        #expect(reading.record.orientation == 6)
    }

    @Test("PNG's text chunks hold raw profiles, plain and deflated")
    func rawProfiles() throws {
        let keyword = Array("Raw profile type APP1".utf8) + [0]
        let plain = Container.png(Container.pngChunk("tEXt", keyword + Array(Self.profile.utf8)))
        #expect(try readExif(in: PictureBytes(plain), format: .png).record.orientation == 6)
        let deflated = Container.png(Container.pngChunk("zTXt", keyword + [0] + Self.deflated))
        #expect(try readExif(in: PictureBytes(deflated), format: .png).record.orientation == 6)
        let international = Container.png(Container.pngChunk("iTXt", keyword + [1, 0, 0x65, 0, 0] + Self.deflated))
        #expect(try readExif(in: PictureBytes(international), format: .png).record.orientation == 6)
    }

    @Test("A deflated text beyond the limit is refused")
    func inflateLimit() {
        #expect(inflate(zlib: Self.deflated, limit: 80)?.count == 80)
        #expect(inflate(zlib: Self.deflated, limit: 79) == nil)
    }

    @Test("A big maker note before GPS does not hide it")
    func bigMakerNote() throws {
        var block = ExifBuilder.photograph()
        block.exif.append(block.bytes(0x9286, [UInt8](repeating: 65, count: 60_000)))
        block.exif.append(block.bytes(0x9999, [UInt8](repeating: 65, count: 70_000)))
        let file = Container.png(Container.pngChunk("eXIf", block.structure()))
        #expect(try readExif(in: PictureBytes(file), format: .png).record.gps?.latitude == -33.5)
    }

    @Test("Damaged files are searched without a crash, and edited or refused", arguments: files.indices)
    func mutations(index: Int) throws {
        let (format, original) = Self.files[index]
        var generator = SeededGenerator(state: UInt64(index))
        let file = try TemporaryFile()
        for round in 0..<2_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            _ = try readExif(in: PictureBytes(bytes), format: format)
            if round % 4 == 0 {
                try file.write(bytes)
                let exif = Bool.random(using: &generator) ? Self.structure : nil
                do { try replaceExif(in: file.descriptor, format: format, with: exif) } catch is MetadataError {}
            }
        }
    }
}
