import Glibc

/// The rows of one pass, unpacked and unfiltered, one after another.
final class PassRows {
    let pass: Adam7Pass
    /// Whether the file has no more of them: for decoding that continues without them.
    var isOver = false
    /// Pixels.
    let width: Int
    private let inflater: Inflater
    private let rowBytes: Int
    /// Bytes that a filter looks back.
    private let pixelBytes: Int
    /// Two rows, each behind `pixelBytes` zeros, which the filters read to the left of a row, and one byte before
    /// these, which is the place of the filter's number.
    private let memory: UnsafeMutablePointer<UInt8>
    private var current: UnsafeMutablePointer<UInt8>
    private var previous: UnsafeMutablePointer<UInt8>

    init(_ pass: Adam7Pass, of frame: PNGFrame, _ inflater: Inflater) {
        self.pass = pass
        self.inflater = inflater
        width = pass.width(of: frame)
        rowBytes = frame.rowBytes(width)
        pixelBytes = max(1, frame.pixelBits / 8)
        let margin = pixelBytes
        memory = .allocate(capacity: 2 * (margin + rowBytes))
        memory.initialize(repeating: 0, count: 2 * (margin + rowBytes))
        current = memory + margin
        previous = memory + margin + rowBytes + margin
    }

    deinit { memory.deallocate() }

    /// The next row; valid until the next call.
    func next() throws(RestreamError) -> UnsafePointer<UInt8> {
        swap(&current, &previous)
        // The number is read into the margin, which then becomes zero again.
        try inflater.read(into: UnsafeMutableRawBufferPointer(start: current - 1, count: rowBytes + 1))
        let filter = current[-1]
        current[-1] = 0
        guard RowFilter.undo(filter, current, above: previous, count: rowBytes, pixelBytes: pixelBytes) else {
            throw .damaged("filter \(filter)")
        }
        return UnsafePointer(current)
    }

    /// Behind the last row of the last pass: see `Inflater.finish`.
    func finish() throws(RestreamError) -> UInt64 { try inflater.finish() }
}
