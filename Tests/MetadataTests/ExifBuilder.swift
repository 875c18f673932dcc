/// Lays out EXIF blocks for the tests, sound or broken on purpose, independently of the code under test.
struct ExifBuilder {
    struct Entry {
        var tag: UInt16
        var type: UInt16
        var count: UInt32
        var value: [UInt8]
        /// Written in place of where the value really lies.
        var falseOffset: UInt32?
    }
    var isLittle = true
    var primary: [Entry] = []
    var exif: [Entry] = []
    var gps: [Entry] = []
    /// Behind IFD0: a thumbnail directory's offset, say.
    var next: UInt32 = 0

    func integer(_ value: UInt32, width: Int) -> [UInt8] {
        let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
        return isLittle ? little : little.reversed()
    }

    func text(_ tag: UInt16, _ text: String) -> Entry {
        Entry(tag: tag, type: 2, count: UInt32(text.utf8.count + 1), value: Array(text.utf8) + [0])
    }

    func short(_ tag: UInt16, _ value: UInt32) -> Entry {
        Entry(tag: tag, type: 3, count: 1, value: integer(value, width: 2))
    }

    func rationals(_ tag: UInt16, _ values: [(UInt32, UInt32)], type: UInt16 = 5) -> Entry {
        Entry(
            tag: tag, type: type, count: UInt32(values.count),
            value: values.flatMap { integer($0.0, width: 4) + integer($0.1, width: 4) })
    }

    func bytes(_ tag: UInt16, _ value: [UInt8], type: UInt16 = 7) -> Entry {
        Entry(tag: tag, type: type, count: UInt32(value.count), value: value)
    }

    /// The TIFF structure.
    func structure() -> [UInt8] {
        var primary = primary
        if !exif.isEmpty { primary.append(Entry(tag: 0x8769, type: 4, count: 1, value: [0, 0, 0, 0])) }
        if !gps.isEmpty { primary.append(Entry(tag: 0x8825, type: 4, count: 1, value: [0, 0, 0, 0])) }
        func size(_ entries: [Entry]) -> Int {
            2 + entries.count * 12 + 4 + entries.reduce(0) { $0 + ($1.value.count > 4 ? $1.value.count : 0) }
        }
        let exifOffset = 8 + size(primary)
        let gpsOffset = exifOffset + (exif.isEmpty ? 0 : size(exif))
        for index in primary.indices {
            if primary[index].tag == 0x8769 { primary[index].value = integer(UInt32(exifOffset), width: 4) }
            if primary[index].tag == 0x8825 { primary[index].value = integer(UInt32(gpsOffset), width: 4) }
        }
        var block: [UInt8] = isLittle ? [0x49, 0x49, 42, 0] : [0x4D, 0x4D, 0, 42]
        block += integer(8, width: 4)
        for (entries, next) in [(primary, next), (exif, 0), (gps, 0)] where !entries.isEmpty {
            let valuesStart = block.count + 2 + entries.count * 12 + 4
            var values: [UInt8] = []
            block += integer(UInt32(entries.count), width: 2)
            for entry in entries {
                block += integer(UInt32(entry.tag), width: 2) + integer(UInt32(entry.type), width: 2)
                block += integer(entry.count, width: 4)
                if let offset = entry.falseOffset {
                    block += integer(offset, width: 4)
                } else if entry.value.count <= 4 {
                    block += entry.value + [UInt8](repeating: 0, count: 4 - entry.value.count)
                } else {
                    block += integer(UInt32(valuesStart + values.count), width: 4)
                }
                if entry.value.count > 4 { values += entry.value }
            }
            block += integer(next, width: 4) + values
        }
        return block
    }

    /// A photograph's block with everything that Sluice reads, and what it should not let through.
    static func photograph(isLittle: Bool = true) -> ExifBuilder {
        var block = ExifBuilder(isLittle: isLittle)
        block.primary = [
            block.text(0x010F, "Maker   "), block.text(0x0110, "Model 1"), block.short(0x0112, 6),
            block.text(0x0132, "2020:01:01 00:00:00"), block.text(0x013B, "Jane Doe"),
            block.bytes(0x02BC, Array("<x GPSLatitude/>".utf8)), block.text(0x8298, "(c) Jane"),
        ]
        block.exif = [
            block.rationals(0x829A, [(1, 250)]), block.rationals(0x829D, [(28, 10)]), block.short(0x8827, 400),
            block.text(0x9003, "2021:07:08 09:10:11"), block.text(0x9011, "+02:00"),
            block.rationals(0x920A, [(50, 1)]), block.bytes(0x927C, Array("maker note with gps".utf8)),
            block.short(0xA002, 4000), block.short(0xA003, 3000), block.text(0xA434, "Lens 50mm"),
        ]
        block.gps = [
            block.text(0x0001, "S"), block.rationals(0x0002, [(33, 1), (30, 1), (0, 1)]),
            block.text(0x0003, "W"), block.rationals(0x0004, [(70, 1), (15, 1), (36, 1)]),
            block.bytes(0x0005, [1], type: 1), block.rationals(0x0006, [(25, 2)]),
        ]
        return block
    }
}

/// Pictures of a few bytes: laid out as their formats say, with pixels that nobody decodes.
enum Container {
    private static func big(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    private static func little(_ value: Int, _ width: Int) -> [UInt8] { big(value, width).reversed() }

    static let pixels: [UInt8] = (0..<200).map { UInt8($0) }

    static func jpeg(_ exif: [UInt8]?) -> [UInt8] {
        var file: [UInt8] = [0xFF, 0xD8]
        if let exif {
            let payload = Array("Exif\0\0".utf8) + exif
            file += [0xFF, 0xE1] + big(payload.count + 2, 2) + payload
        }
        return file + [0xFF, 0xDB, 0, 4, 1, 2, 0xFF, 0xDA, 0, 4, 1, 2] + pixels + [0xFF, 0xD9]
    }

    static func pngChunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
        big(body.count, 4) + Array(kind.utf8) + body + [0, 0, 0, 0]
    }

    static func png(_ chunks: [UInt8]) -> [UInt8] {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + pngChunk("IHDR", [UInt8](repeating: 1, count: 13)) + chunks
            + pngChunk("IDAT", pixels) + pngChunk("IEND", [])
    }

    static func webp(_ exif: [UInt8]?) -> [UInt8] {
        func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
            Array(kind.utf8) + little(body.count, 4) + body + (body.count % 2 == 1 ? [0] : [])
        }
        var body = Array("WEBP".utf8) + chunk("VP8X", [exif == nil ? 0x04 : 0x0C, 0, 0, 0, 9, 0, 0, 9, 0, 0])
        body += chunk("VP8 ", pixels)
        if let exif { body += chunk("EXIF", exif) }
        body += chunk("XMP ", Array("<xmp/>".utf8))
        return Array("RIFF".utf8) + little(body.count, 4) + body
    }

    /// A picture item, an EXIF item in the middle of the data, and an XMP item behind it.
    static func heif(_ exif: [UInt8]) -> [UInt8] {
        func box(_ kind: String, _ body: [UInt8]) -> [UInt8] { big(body.count + 8, 4) + Array(kind.utf8) + body }
        func infe(_ item: Int, _ kind: String) -> [UInt8] {
            box("infe", [2, 0, 0, 0] + big(item, 2) + [0, 0] + Array(kind.utf8) + [0])
        }
        let payload = [0, 0, 0, 6] + Array("Exif\0\0".utf8) + exif
        let xmp = Array("<xmp/>".utf8)
        func file(_ start: Int) -> (head: [UInt8], data: [UInt8]) {
            var locations: [UInt8] = [0, 0, 0, 0, 0x44, 0x40] + big(3, 2)
            var offset = start
            for (item, length) in [(1, pixels.count), (2, payload.count), (3, xmp.count)] {
                locations += big(item, 2) + [0, 0] + big(offset, 4) + big(1, 2) + big(0, 4) + big(length, 4)
                offset += length
            }
            let items: [UInt8] = [0, 0, 0, 0] + big(3, 2) + infe(1, "av01") + infe(2, "Exif") + infe(3, "mime")
            let references = [0, 0, 0, 0] + box("cdsc", [0, 2, 0, 1, 0, 1]) + box("cdsc", [0, 3, 0, 1, 0, 1])
            let meta = box(
                "meta", [0, 0, 0, 0] + box("iloc", locations) + box("iinf", items) + box("iref", references))
            return (box("ftyp", Array("avif\0\0\0\0mif1".utf8)) + meta, box("mdat", pixels + payload + xmp))
        }
        let start = file(0).head.count + 8
        return file(start).head + file(start).data
    }
}

/// The same numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
