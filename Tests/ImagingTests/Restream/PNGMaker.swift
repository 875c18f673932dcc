import CZlib

/// Makes interlaced PNG files of random pixels, of every colour type and depth.
struct PNGMaker {
    var width: Int
    var height: Int
    var depth: Int
    var colourType: UInt8
    var hasTransparency = false
    /// Chunks put before and behind the image data, whole.
    var before: [UInt8] = []
    var behind: [UInt8] = []
    /// Bytes that an IDAT chunk holds at most.
    var largestChunk = 8192
    var seed = 1
    /// 4 is the last one that there is.
    var largestFilter: UInt8 = 4
    /// Bytes that the image data has too many, or too few.
    var surplus = 0
    /// Bytes behind the compressed data, within the IDAT chunks.
    var trailing: [UInt8] = []

    static let kinds: [(type: UInt8, depth: Int)] = [
        (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16),
        (6, 8),
        (6, 16),
    ]

    private var pixelBits: Int { depth * [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][Int(colourType), default: 1] }

    func make() -> [UInt8] {
        var random = Seeded(seed)
        var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let header = number(width) + number(height) + [UInt8(depth), colourType, 0, 0, 1]
        bytes += chunk("IHDR", header) + before
        if colourType == 3 {
            bytes += chunk("PLTE", (0..<3 << depth).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        if hasTransparency {
            let sizes: [UInt8: Int] = [0: 2, 2: 6, 3: 1 << depth]
            let mask = depth == 16 ? 255 : UInt8((1 << min(depth, 8)) - 1)
            var values = (0..<sizes[colourType, default: 0]).map { _ in UInt8.random(in: 0...255, using: &random) }
            if colourType != 3 {
                for place in values.indices { values[place] = depth < 16 && place % 2 == 0 ? 0 : values[place] & mask }
            }
            bytes += chunk("tRNS", values)
        }
        var raw = rows(&random)
        raw = surplus < 0 ? raw.dropLast(-surplus) : raw + [UInt8](repeating: 0, count: surplus)
        var rest = (compressed(raw) + trailing)[...]
        while !rest.isEmpty {
            bytes += chunk("IDAT", Array(rest.prefix(largestChunk)))
            rest = rest.dropFirst(largestChunk)
        }
        return bytes + behind + chunk("IEND", [])
    }

    /// The passes' rows, each with a filter of its own. As pixels are random, a row is taken for filtered already.
    private func rows(_ random: inout Seeded) -> [UInt8] {
        let passes = [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)]
        var bytes: [UInt8] = []
        for (left, across, top, down) in passes {
            let columns = stride(from: left, to: width, by: across).reduce(0) { count, _ in count + 1 }
            guard columns > 0 else { continue }
            for _ in stride(from: top, to: height, by: down) {
                bytes.append(UInt8.random(in: 0...largestFilter, using: &random))
                for _ in 0..<(columns * pixelBits + 7) / 8 { bytes.append(UInt8.random(in: 0...255, using: &random)) }
            }
        }
        return bytes
    }

    private func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var size = compressBound(UInt(bytes.count))
        var packed = [UInt8](repeating: 0, count: Int(size))
        compress2(&packed, &size, bytes, UInt(bytes.count), 6)
        return Array(packed.prefix(Int(size)))
    }

    private func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }

    func chunk(_ type: String, _ payload: [UInt8]) -> [UInt8] {
        let summed = Array(type.utf8) + payload
        return number(payload.count) + summed + number(Int(crc32(0, summed, UInt32(summed.count))))
    }
}
