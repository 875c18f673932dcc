/// Writes rows of MCUs as one sequential, interleaved scan (T.81, F.1.2), into a small buffer of its own.
final class BaselineEncoder {
    /// The bytes that 10 blocks can take: a DC and 63 AC coefficients of at most 31 bits each, every byte stuffed.
    private static let largestMCU = 10 * 64 * 4 * 2 + 16
    private static let capacity = 32 << 10

    private let frame: JPEGFrame
    private let codes: UnsafeMutablePointer<HuffmanCodes>
    private let buffer: UnsafeMutablePointer<UInt8>
    private var predictors: [Int]
    private var writer: BitWriter
    /// The MCU of the row that is next.
    private var mcu = 0

    /// Codes of the components, by symbol.
    private struct HuffmanCodes {
        let dc: UnsafeMutablePointer<UInt64>
        let ac: UnsafeMutablePointer<UInt64>
    }

    init(_ frame: JPEGFrame) {
        self.frame = frame
        buffer = .allocate(capacity: Self.capacity)
        writer = BitWriter(buffer)
        predictors = frame.components.map { _ in 0 }
        codes = .allocate(capacity: frame.components.count)
        for index in frame.components.indices {
            let tables = JPEGHeaderWriter.tables(ofComponent: index)
            (codes + index).initialize(to: HuffmanCodes(dc: Self.packed(tables.dc), ac: Self.packed(tables.ac)))
        }
    }

    deinit {
        for index in frame.components.indices {
            codes[index].dc.deallocate()
            codes[index].ac.deallocate()
        }
        codes.deallocate()
        buffer.deallocate()
    }

    /// By symbol: the code above 8 bits of its length.
    private static func packed(_ table: BaselineTable) -> UnsafeMutablePointer<UInt64> {
        let packed = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
        for (symbol, entry) in table.codes().enumerated() {
            (packed + symbol).initialize(to: UInt64(entry.code) << 8 | UInt64(entry.length))
        }
        return packed
    }

    /// Writes MCUs of `row` until the buffer is full or the row is done.
    ///
    /// - Returns: whether the row is done.
    func encode(_ row: CoefficientRow) -> Bool {
        var writer = writer
        defer { self.writer = writer }
        while mcu < frame.mcusWide {
            if writer.written(since: buffer) > Self.capacity - Self.largestMCU { return false }
            for index in frame.components.indices {
                let plane = row.planes[index]
                let across = frame.components[index].across
                for down in 0..<plane.rows {
                    encode(
                        plane.run(row: down, from: mcu &* across, count: across), codes[index], &predictors[index],
                        &writer)
                }
            }
            mcu += 1
        }
        mcu = 0
        return true
    }

    /// The last bits, padded with ones.
    func finish() { writer.pad() }

    /// What was written since the last call; valid until the next `encode` or `finish`.
    func takeBytes() -> UnsafeRawBufferPointer {
        let count = writer.written(since: buffer)
        writer.rewind(to: buffer)
        return UnsafeRawBufferPointer(start: buffer, count: count)
    }

    @inline(__always)
    private func encode(
        _ run: BlockRun, _ codes: HuffmanCodes, _ predictor: inout Int, _ writer: inout BitWriter
    ) {
        for block in 0..<run.count {
            let coefficients = run.coefficients + block &* 64
            let dc = Int(coefficients[0])
            put(dc &- predictor, above: 0, codes.dc, &writer)
            predictor = dc
            var present = run.present[block]
            var last = 0
            while present != 0 {
                let index = present.trailingZeroBitCount
                present &= present &- 1
                var zeros = index &- last &- 1
                last = index
                while zeros > 15 {
                    writer.put(codes.ac[0xF0] &>> 8, codes.ac[0xF0] & 255)
                    zeros &-= 16
                }
                put(Int(coefficients[index]), above: zeros &<< 4, codes.ac, &writer)
            }
            if last < 63 { writer.put(codes.ac[0] &>> 8, codes.ac[0] & 255) }
        }
    }

    /// A number's code and its bits, 31 at most: decoding let nothing in that has more than 15.
    @inline(__always)
    private func put(
        _ value: Int, above symbol: Int, _ codes: UnsafeMutablePointer<UInt64>, _ writer: inout BitWriter
    ) {
        let sign = value &>> 63
        let size = 64 &- ((value ^ sign) &- sign).leadingZeroBitCount
        let entry = codes[(symbol | size) & 255]
        let bits = UInt64(truncatingIfNeeded: value &+ sign) & (1 &<< UInt64(truncatingIfNeeded: size) &- 1)
        writer.put(
            (entry &>> 8) &<< UInt64(truncatingIfNeeded: size) | bits,
            entry & 255 &+ UInt64(truncatingIfNeeded: size))
    }
}
