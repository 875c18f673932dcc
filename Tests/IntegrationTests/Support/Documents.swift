/// TIFF documents of several pages: 8-bit RGB, little-endian, uncompressed, each page in one strip.
struct DocumentPicture {
    var width: Int
    var height: Int
    var seed: UInt8 = 0
    /// NewSubfileType: 1 a smaller version of another page.
    var subfile: Int?
    /// Whether its pixels lie behind the end of the file.
    var isDamaged = false
}

extension Pictures {
    static func document(_ pages: [DocumentPicture]) -> [UInt8] {
        var file = Array("II".utf8) + little(42, 2) + little(8, 4)
        for (index, page) in pages.enumerated() {
            let bytes = page.width * page.height * 3
            let fields: [(tag: Int, type: Int, count: Int, value: Int)] =
                (page.subfile.map { [(254, 4, 1, $0)] } ?? []) + [
                    (256, 4, 1, page.width), (257, 4, 1, page.height), (258, 3, 3, 0), (259, 3, 1, 1), (262, 3, 1, 2),
                    (273, 4, 1, 0), (277, 3, 1, 3), (278, 4, 1, page.height), (279, 4, 1, bytes),
                ]
            // Directory, bits of three samples, pixels.
            let bits = file.count + 2 + fields.count * 12 + 4
            let pixels = bits + 6
            let next = pixels + bytes + (pixels + bytes) % 2
            file += little(fields.count, 2)
            for field in fields {
                let value =
                    switch field.tag {
                    case 258: bits
                    case 273: page.isDamaged ? 100_000_000 : pixels
                    default: field.value
                    }
                file += little(field.tag, 2) + little(field.type, 2) + little(field.count, 4) + little(value, 4)
            }
            file += little(index == pages.count - 1 ? 0 : next, 4)
            file += little(8, 2) + little(8, 2) + little(8, 2)
            for y in 0..<page.height {
                for x in 0..<page.width {
                    file += [
                        UInt8(truncatingIfNeeded: x * 3) &+ page.seed &* 31, UInt8(truncatingIfNeeded: y), page.seed,
                    ]
                }
            }
            if file.count < next { file.append(0) }
        }
        return file
    }

    private static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
