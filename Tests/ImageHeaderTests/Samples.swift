import ImageHeader

/// Bytes put together by hand: the smallest files that say what a test needs.
enum Bytes {
    static func join(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }
}

func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

func big(_ value: UInt32, bytes: Int = 4) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * (bytes - 1 - $0))) }
}

func little(_ value: UInt32, bytes: Int = 4) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
}

enum JPEGSample {
    static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
        Bytes.join([0xFF, marker], big(UInt32(content.count + 2), bytes: 2), content)
    }

    /// `sampling` holds a component's factors as two hexadecimal digits each: 0x22, 0x11, 0x11 is 4:2:0.
    static func file(
        frame: UInt8 = 0xC0, width: UInt32 = 640, height: UInt32 = 480, sampling: [UInt8] = [0x22, 0x11, 0x11],
        scanComponents: Int? = nil, before: [UInt8] = []
    ) -> [UInt8] {
        let components = sampling.indices.flatMap { (index) -> [UInt8] in [UInt8(index + 1), sampling[index], 0] }
        let inScan = scanComponents ?? sampling.count
        return Bytes.join(
            [0xFF, 0xD8], before,
            segment(
                frame, Bytes.join([8], big(height, bytes: 2), big(width, bytes: 2), [UInt8(sampling.count)], components)
            ),
            segment(0xC4, [0]),
            segment(
                0xDA,
                Bytes.join(
                    [UInt8(inScan)], (0..<inScan).flatMap { (index) -> [UInt8] in [UInt8(index + 1), 0] }, [0, 63, 0])),
            [0x12, 0x34, 0xFF, 0xD9])
    }
}

enum PNGSample {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        Bytes.join(big(UInt32(content.count)), ascii(type), content, [0, 0, 0, 0])
    }

    static func file(
        width: UInt32 = 300, height: UInt32 = 200, depth: UInt8 = 8, colour: UInt8 = 2, interlaced: Bool = false,
        chunks: [[UInt8]] = []
    ) -> [UInt8] {
        Bytes.join(
            signature, chunk("IHDR", Bytes.join(big(width), big(height), [depth, colour, 0, 0, interlaced ? 1 : 0])),
            chunks.flatMap { $0 }, chunk("IDAT", [1, 2, 3]), chunk("IEND", []))
    }
}

enum GIFSample {
    static func frame(x: UInt32 = 0, y: UInt32 = 0, width: UInt32, height: UInt32, colours: Bool = false) -> [UInt8] {
        Bytes.join(
            [0x2C], little(x, bytes: 2), little(y, bytes: 2), little(width, bytes: 2), little(height, bytes: 2),
            [colours ? 0x81 : 0], colours ? [UInt8](repeating: 7, count: 12) : [], [2, 2, 0x44, 1, 0])
    }

    static func control(transparent: Bool) -> [UInt8] { [0x21, 0xF9, 4, transparent ? 1 : 0, 0, 0, 0, 0] }

    static func file(width: UInt32 = 30, height: UInt32 = 20, blocks: [[UInt8]], trailer: Bool = true) -> [UInt8] {
        Bytes.join(
            ascii("GIF89a"), little(width, bytes: 2), little(height, bytes: 2), [0x80, 0, 0, 0, 0, 0, 255, 255, 255],
            blocks.flatMap { $0 }, trailer ? [0x3B] : [])
    }
}

enum WebPSample {
    static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        Bytes.join(ascii(type), little(UInt32(content.count)), content, content.count % 2 == 1 ? [0] : [])
    }

    static func riff(_ chunks: [UInt8]...) -> [UInt8] {
        let content = chunks.flatMap { $0 }
        return Bytes.join(ascii("RIFF"), little(UInt32(content.count + 4)), ascii("WEBP"), content)
    }

    static func lossy(width: UInt32, height: UInt32) -> [UInt8] {
        chunk(
            "VP8 ",
            Bytes.join([0x10, 0, 0, 0x9D, 0x01, 0x2A], little(width, bytes: 2), little(height, bytes: 2), [0, 0]))
    }

    static func lossless(width: UInt32, height: UInt32, alpha: Bool) -> [UInt8] {
        chunk("VP8L", Bytes.join([0x2F], little((width - 1) | (height - 1) << 14 | (alpha ? 1 << 28 : 0)), [0]))
    }

    static func extended(width: UInt32, height: UInt32, flags: UInt8) -> [UInt8] {
        chunk("VP8X", Bytes.join([flags, 0, 0, 0], little(width - 1, bytes: 3), little(height - 1, bytes: 3)))
    }

    static func frame(_ picture: [UInt8]) -> [UInt8] {
        chunk("ANMF", Bytes.join([UInt8](repeating: 0, count: 16), picture))
    }
}

enum TIFFSample {
    enum Variant: CaseIterable { case littleClassic, bigClassic, littleBigTIFF }

    typealias Field = (tag: UInt32, type: UInt32, value: UInt32)

    /// One directory per list of fields, one after the other. SHORT is type 3, LONG type 4.
    static func file(_ directories: [[Field]], _ variant: Variant = .littleClassic, loop: Bool = false) -> [UInt8] {
        let isBigEndian = variant == .bigClassic
        let isBigTIFF = variant == .littleBigTIFF
        func number(_ value: UInt32, _ size: Int) -> [UInt8] {
            let padding = [UInt8](repeating: 0, count: max(0, size - 4))
            return isBigEndian
                ? padding + big(value, bytes: min(4, size)) : little(value, bytes: min(4, size)) + padding
        }
        let word = isBigTIFF ? 8 : 4
        var file = isBigEndian ? ascii("MM") : ascii("II")
        file += isBigTIFF ? Bytes.join(number(43, 2), number(8, 2), number(0, 2)) : number(42, 2)
        let first = file.count + word
        file += number(UInt32(first), word)
        for (index, fields) in directories.enumerated() {
            file += number(UInt32(fields.count), isBigTIFF ? 8 : 2)
            for field in fields {
                let size = field.type == 3 ? 2 : 4
                file += number(field.tag, 2) + number(field.type, 2) + number(1, word)
                file += number(field.value, size) + [UInt8](repeating: 0, count: word - size)
            }
            let next = index == directories.count - 1 ? (loop ? first : 0) : file.count + word
            file += number(UInt32(next), word)
        }
        return file
    }

    static func page(width: UInt32 = 400, height: UInt32 = 300, _ more: [Field] = []) -> [Field] {
        [(256, 4, width), (257, 4, height), (258, 3, 8), (262, 3, 2), (277, 3, 3)] + more
    }
}
