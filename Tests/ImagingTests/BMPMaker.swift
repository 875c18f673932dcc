/// BMP files, line by line as they are written.
struct BMPMaker {
    var size = 40
    var width: Int
    /// Negative from the top down.
    var height: Int
    var bits: Int
    var compression = 0
    /// Red, green, blue.
    var colours: [[UInt8]] = []
    var masks: [UInt32] = []
    var profile: [UInt8] = []
    /// Bytes between the header and the first line.
    var gap = 0

    /// - Parameter pixels: as they stand in the file.
    func make(_ pixels: [UInt8]) -> [UInt8] {
        var header = little(size)
        if size == 12 {
            header += little(width, 2) + little(height, 2) + little(1, 2) + little(bits, 2)
        } else {
            header += little(width) + little(height) + little(1, 2) + little(bits, 2)
            header += little(compression) + little(0) + little(11811) + little(5906) + little(colours.count) + little(0)
        }
        header = Array(header.prefix(size)) + masks.flatMap { little(Int($0)) }
        header += [UInt8](repeating: 0, count: max(0, size - header.count))
        var table: [UInt8] = []
        for colour in colours {
            table += [colour[2], colour[1], colour[0]]
            if size != 12 { table.append(0) }
        }
        let offset = 14 + header.count + table.count + gap
        if size == 124 && !profile.isEmpty {
            header.replaceSubrange(56..<60, with: Array("DEBM".utf8))
            header.replaceSubrange(112..<116, with: little(offset - 14 + pixels.count))
            header.replaceSubrange(116..<120, with: little(profile.count))
        }
        let start = Array("BM".utf8) + little(0) + little(0) + little(offset)
        return start + header + table + [UInt8](repeating: 0, count: gap) + pixels + profile
    }

    /// Lines of the picture from the first one on, packed and in the order of the file.
    func make(lines: [[UInt8]]) -> [UInt8] {
        var pixels: [UInt8] = []
        for line in height > 0 ? lines.reversed() : lines {
            pixels += line
            while pixels.count % 4 != 0 { pixels.append(0xEE) }
        }
        return make(pixels)
    }

    /// Numbers of so many bits, the highest first.
    func packed(_ numbers: [Int]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (numbers.count * bits + 7) / 8)
        for (index, number) in numbers.enumerated() {
            let each = 8 / bits
            bytes[index / each] |= UInt8(number << (8 - bits - index % each * bits))
        }
        return bytes
    }

    func little(_ value: Int, _ count: Int = 4) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
