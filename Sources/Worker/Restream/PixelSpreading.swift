/// Puts the pixels of a pass to their places in a line.
enum PixelSpreading {
    /// - Parameters:
    ///   - source: `count` pixels, packed.
    ///   - line: for pixels under 8 bits, those at the places are zero yet.
    ///   - first: the place in the line of the first pixel, and `step` how far on the next one is. The caller has seen to
    ///     it that the last one is in the line.
    static func spread(
        _ source: UnsafePointer<UInt8>, count: Int, over line: UnsafeMutablePointer<UInt8>, first: Int, step: Int,
        pixelBits: Int
    ) {
        switch pixelBits {
        case 8: move(source, count, line, first, step, UInt8.self)
        case 16: move(source, count, line, first, step, UInt16.self)
        case 24: moveThree(source, count, line, first, step, UInt8.self)
        case 32: move(source, count, line, first, step, UInt32.self)
        case 48: moveThree(source, count, line, first, step, UInt16.self)
        case 64: move(source, count, line, first, step, UInt64.self)
        default: spreadBits(source, count, line, first, step, pixelBits)
        }
    }

    @inline(__always)
    private static func move<Pixel: FixedWidthInteger>(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ line: UnsafeMutablePointer<UInt8>, _ first: Int, _ step: Int,
        _ pixel: Pixel.Type
    ) {
        let size = MemoryLayout<Pixel>.size
        var from = UnsafeRawPointer(source)
        var to = UnsafeMutableRawPointer(line) + first &* size
        for _ in 0..<count {
            to.storeBytes(of: from.loadUnaligned(as: Pixel.self), as: Pixel.self)
            from += size
            to += step &* size
        }
    }

    @inline(__always)
    private static func moveThree<Sample: FixedWidthInteger>(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ line: UnsafeMutablePointer<UInt8>, _ first: Int, _ step: Int,
        _ sample: Sample.Type
    ) {
        let size = MemoryLayout<Sample>.size
        var from = UnsafeRawPointer(source)
        var to = UnsafeMutableRawPointer(line) + 3 &* first &* size
        for _ in 0..<count {
            for place in 0..<3 {
                let value = from.loadUnaligned(fromByteOffset: place &* size, as: Sample.self)
                to.storeBytes(of: value, toByteOffset: place &* size, as: Sample.self)
            }
            from += 3 &* size
            to += 3 &* step &* size
        }
    }

    /// Pixels of 1, 2 or 4 bits: the first one of a byte is in its upper bits.
    private static func spreadBits(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ line: UnsafeMutablePointer<UInt8>, _ first: Int, _ step: Int,
        _ bits: Int
    ) {
        let perByte = 8 / bits
        let mask = UInt8(1 << bits - 1)
        for index in 0..<count {
            let value = source[index / perByte] >> UInt8(8 - bits * (index % perByte + 1)) & mask
            let place = first + index * step
            line[place / perByte] |= value << UInt8(8 - bits * (place % perByte + 1))
        }
    }
}
