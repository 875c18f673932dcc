import Jobs
import Pipeline
import Testing

@testable import Metadata

@Suite("Reading EXIF")
struct ExifReadingTests {
    @Test("Every field is read, in both byte orders, with and without JPEG's signature", arguments: [true, false])
    func fields(isLittle: Bool) {
        let structure = ExifBuilder.photograph(isLittle: isLittle).structure()
        var expected = ExifRecord()
        expected.make = "Maker"
        expected.model = "Model 1"
        expected.lens = "Lens 50mm"
        (expected.taken, expected.takenFrom) = ("2021-07-08T09:10:11+02:00", .dateTimeOriginal)
        expected.exposure = 0.004
        expected.fNumber = 2.8
        expected.iso = 400
        expected.focalLength = 50
        expected.orientation = 6
        expected.gps = .init(latitude: -33.5, longitude: -70.26, altitude: -12.5)
        expected.artist = "Jane Doe"
        expected.copyright = "(c) Jane"
        #expect(readExif(structure) == ExifReading(record: expected, warnings: []))
        #expect(readExif(exifSignature + structure).record == expected)
    }

    @Test("The time falls back to DateTimeDigitized, then DateTime; blanks and zeros are no time")
    func time() {
        var block = ExifBuilder()
        block.primary = [block.text(0x0132, "2020:01:01 00:00:00")]
        block.exif = [block.text(0x9003, "    :  :     :  :  "), block.text(0x9004, "2019:02:03 04:05:06")]
        #expect(readExif(block.structure()).record.taken == "2019-02-03T04:05:06")
        block.exif = [block.text(0x9004, "0000:00:00 00:00:00"), block.text(0x9010, "-03:30")]
        #expect(readExif(block.structure()).record.taken == "2020-01-01T00:00:00-03:30")
        #expect(readExif(block.structure()).record.takenFrom == .modifyDate)
        block.primary = [block.short(0x0112, 1)]
        #expect(readExif(block.structure()).record.taken == nil)
    }

    @Test("Orientations outside 1…8 are none", arguments: [0, 9, 65_535])
    func orientation(value: UInt32) {
        var block = ExifBuilder()
        block.primary = [block.short(0x0112, value)]
        #expect(readExif(block.structure()).record.orientation == nil)
    }

    @Test("Divisions by zero and positions off the globe are none")
    func senselessNumbers() {
        var block = ExifBuilder()
        block.exif = [block.rationals(0x829A, [(1, 0)]), block.rationals(0x829D, [(0, 0)])]
        block.gps = [
            block.text(1, "N"), block.rationals(2, [(91, 1), (0, 1), (0, 1)]), block.text(3, "E"),
            block.rationals(4, [(10, 1), (0, 1), (0, 1)]),
        ]
        #expect(readExif(block.structure()).record.isEmpty)
    }

    @Test("ISO above 65535 comes from EXIF 2.3's tags")
    func highISO() {
        var block = ExifBuilder()
        block.exif = [
            block.short(0x8827, 65_535),
            .init(tag: 0x8832, type: 4, count: 1, value: block.integer(102_400, width: 4)),
        ]
        #expect(readExif(block.structure()).record.iso == 102_400)
    }

    @Test("Text that is not UTF-8 is taken as Latin-1, and ends at NUL")
    func latin1() {
        var block = ExifBuilder()
        block.primary = [block.bytes(0x013B, [0x4A, 0xF6, 0x72, 0x67, 0x20, 0, 0x58], type: 2)]
        #expect(readExif(block.structure()).record.artist == "Jörg")
    }

    @Test("A wrong magic number and damaged entries leave the rest readable")
    func damage() {
        var block = ExifBuilder()
        block.primary = [block.short(0x0112, 3), block.text(0x010F, "A maker of cameras"), block.text(0x0110, "Model")]
        block.primary[1].falseOffset = 0xFFFF_FFF0
        var structure = block.structure()
        structure[2] = 99
        let reading = readExif(structure)
        #expect(reading.record.orientation == 3)
        #expect(reading.record.make == nil)
        #expect(reading.record.model == "Model")
        #expect(reading.warnings == ["EXIF: 1 damaged entries or directories were skipped."])
    }

    static let hostile: [(String, [UInt8])] = {
        var cyclic = ExifBuilder()
        cyclic.primary = [.init(tag: 0x8769, type: 4, count: 1, value: cyclic.integer(8, width: 4))]
        cyclic.primary.append(.init(tag: 0x8825, type: 4, count: 1, value: cyclic.integer(8, width: 4)))
        cyclic.next = 8
        var huge = ExifBuilder()
        huge.primary = [huge.text(0x010F, "A maker of cameras"), huge.rationals(0x011A, [(1, 1)])]
        huge.primary[0].count = 0xFFFF_FFFF
        huge.primary[1].count = 0x2000_0001
        var beyond = ExifBuilder()
        beyond.primary = [.init(tag: 0x8769, type: 4, count: 1, value: beyond.integer(0xFFFF_FFFE, width: 4))]
        return [
            ("nothing", []), ("a signature alone", exifSignature), ("seven bytes", [0x49, 0x49, 42, 0, 8, 0, 0]),
            ("a first directory past the end", [0x49, 0x49, 42, 0, 255, 255, 255, 255]),
            ("65,535 entries that are not there", [0x49, 0x49, 42, 0, 8, 0, 0, 0, 255, 255]),
            ("BigTIFF with nothing behind", [0x49, 0x49, 43, 0, 8, 0, 0, 0]),
            ("BigTIFF with a huge offset", [0x49, 0x49, 43, 0, 8, 0, 0, 0] + [UInt8](repeating: 255, count: 8)),
            ("directories in a circle", cyclic.structure()), ("huge counts", huge.structure()),
            ("a pointer past the end", beyond.structure()),
        ]
    }()

    @Test("Hostile blocks give an empty record, in every use", arguments: hostile.indices)
    func hostileBlocks(index: Int) {
        let block = Self.hostile[index].1
        #expect(readExif(block).record.isEmpty, "\(Self.hostile[index].0)")
        for policy in [MetadataPolicy(keep: [.all]), MetadataPolicy(), MetadataPolicy(keep: [.all], drop: [.gps])] {
            let rewritten = rewriteExif(block, policy: policy, width: 10, height: 10)
            if let rewritten { #expect(readExif(rewritten).record.isEmpty) }
        }
    }

    @Test("5,000 damaged blocks are read and rewritten without a crash, and never with GPS that was to go")
    func mutations() throws {
        var generator = SeededGenerator(state: 2)
        let original = ExifBuilder.photograph().structure()
        var recordsRead = 0
        for _ in 0..<5_000 {
            var block = original
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let index = Int.random(in: block.indices, using: &generator)
                block[index] =
                    [0, 1, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            if Bool.random(using: &generator) { block.removeLast(Int.random(in: 0..<block.count, using: &generator)) }
            if !readExif(block).record.isEmpty { recordsRead += 1 }
            let policy = MetadataPolicy(keep: [.all], drop: [.gps])
            if let rewritten = rewriteExif(block, policy: policy) {
                #expect(!contains(lowercased(rewritten), Array("gps".utf8)))
                #expect(try #require(try ExifDirectories(in: PictureBytes(rewritten))).gps.isEmpty)
            }
        }
        #expect(recordsRead > 2_000)
    }
}
