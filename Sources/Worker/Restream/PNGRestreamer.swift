/// An interlaced PNG (Adam7) as one that is not.
///
/// The seven passes follow each other in one zlib stream. A first run unpacks it as far as the last pass and keeps a
/// copy of zlib's state at each pass's first byte; from then on the passes are unpacked side by side, as many rows of
/// each as a line of the picture needs. Pixels go out as they are, not compressed: their reader is in this process.
package final class PNGRestreamer: Restreamer {
    private let file: SourceFile
    private let survey: PNGSurvey
    /// Those that have pixels, as far as the file goes.
    private let passes: [PassRows]
    /// Whether the file may end early: pixels that are missing are then taken from their left, or from the line above.
    private let isTolerant: Bool
    private var missingPixels = 0
    private let writer = PNGWriter()
    /// A line of the picture, behind the number of its filter, which is 0.
    private let line: UnsafeMutableBufferPointer<UInt8>
    /// How much of it was handed to the writer.
    private var lineIndex: Int

    private enum State {
        case header
        /// A range of the file is next, from here on; then what follows it.
        case head(UInt64)
        case lines(Int)
        case tail(UInt64)
        case failed(RestreamError)
    }
    private var state = State.header
    /// Bytes that wait to be handed out.
    private var pending = UnsafeRawBufferPointer(start: nil, count: 0)
    private let start: [UInt8]
    private var startIndex = 0

    /// Unpacks the image data up to the last pass.
    ///
    /// - Parameters:
    ///   - descriptor: seekable; stays the caller's, open for as long as this object is used. Its offset is neither used
    ///     nor moved.
    ///   - isTolerant: whether what is missing at the end is made up for.
    package init(descriptor: Int32, isTolerant: Bool = false) throws(RestreamError) {
        self.isTolerant = isTolerant
        file = SourceFile(descriptor: descriptor)
        survey = try PNGSurvey(file)
        start = PNGWriter.signature + PNGWriter.chunk("IHDR", survey.header.dropLast() + [0])
        // Parts of bytes are not taken from elsewhere.
        guard !isTolerant || survey.frame.pixelBits >= 8 else { throw .unsuitable("pixels of less than a byte") }
        passes = try Self.startPasses(of: survey, in: file, isTolerant: isTolerant)
        let size = 1 + survey.frame.rowBytes(survey.frame.width)
        line = .allocate(capacity: size)
        line.initialize(repeating: 0)
        lineIndex = size
    }

    deinit { line.deallocate() }

    private static func startPasses(
        of survey: PNGSurvey, in file: SourceFile, isTolerant: Bool
    ) throws(RestreamError) -> [PassRows] {
        let frame = survey.frame
        let inflater = try Inflater(ImageData(file, at: survey.kept.upperBound))
        let present = Adam7Pass.all.filter { $0.width(of: frame) > 0 && $0.height(of: frame) > 0 }
        let discarded = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
        defer { discarded.deallocate() }
        var rows: [PassRows] = []
        for pass in present.dropLast() {
            rows.append(PassRows(pass, of: frame, try inflater.fork()))
            var left = pass.height(of: frame) * (1 + frame.rowBytes(pass.width(of: frame)))
            while left > 0 {
                let count = min(left, discarded.count)
                do throws(RestreamError) {
                    try inflater.read(into: UnsafeMutableRawBufferPointer(rebasing: discarded[..<count]))
                } catch {
                    // The file ends within this pass.
                    if isTolerant { return rows }
                    throw error
                }
                left -= count
            }
        }
        if let last = present.last { rows.append(PassRows(last, of: frame, inflater)) }
        return rows
    }

    /// Whether the file is of the kind, as far as can be told without decoding.
    package static func isSuitable(descriptor: Int32) -> Bool {
        (try? PNGSurvey(SourceFile(descriptor: descriptor))) != nil
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(RestreamError) -> Int {
        guard buffer.count > 0 else { return 0 }
        do throws(RestreamError) {
            while true {
                if pending.count > 0 {
                    let count = min(buffer.count, pending.count)
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: pending[..<count]))
                    pending = UnsafeRawBufferPointer(rebasing: pending[count...])
                    return count
                }
                switch state {
                case .header:
                    let count = min(buffer.count, start.count - startIndex)
                    buffer.copyBytes(from: start[startIndex..<startIndex + count])
                    startIndex += count
                    if startIndex == start.count { state = .head(survey.kept.lowerBound) }
                    return count
                case .head(let offset) where offset == survey.kept.upperBound:
                    state = .lines(0)
                case .head(let offset):
                    let count = Int(min(UInt64(buffer.count), survey.kept.upperBound - offset))
                    let got = try file.read(
                        at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
                    guard got > 0 else { throw .damaged("the file has become shorter") }
                    state = .head(offset + UInt64(got))
                    return got
                case .lines(let next):
                    try advance(line: next)
                case .tail(let offset):
                    let got = try file.read(at: offset, into: buffer)
                    state = .tail(offset + UInt64(got))
                    return got
                case .failed(let error):
                    throw error
                }
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Goes on until a chunk is full or the last line is done.
    private func advance(line next: Int) throws(RestreamError) {
        var next = next
        while true {
            if lineIndex == line.count {
                if next == survey.frame.height {
                    state = .tail(try finish())
                    pending = writer.takeChunk(isLast: true)
                    return
                }
                try compose(line: next)
                next += 1
                lineIndex = 0
            }
            let taken = writer.add(UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: line[lineIndex...])))
            lineIndex += taken
            if taken == 0 {
                pending = writer.takeChunk(isLast: false)
                state = .lines(next)
                return
            }
        }
    }

    /// - Returns: where the chunks behind the image data are.
    private func finish() throws(RestreamError) -> UInt64 {
        // Behind the end of the file.
        if isTolerant { return 1 << 62 }
        guard let last = passes.last else { throw .damaged("no pixels") }
        return try last.finish()
    }

    private func compose(line index: Int) throws(RestreamError) {
        guard let start = line.baseAddress else { return }
        let bits = survey.frame.pixelBits
        if bits < 8 { line.update(repeating: 0) }
        if isTolerant { return composeTolerantly(line: index, start + 1) }
        for rows in passes where rows.pass.hasLine(index) { try spread(rows, over: start + 1) }
    }

    private func spread(_ rows: PassRows, over start: UnsafeMutablePointer<UInt8>) throws(RestreamError) {
        PixelSpreading.spread(
            try rows.next(), count: rows.width, over: start, first: rows.pass.left, step: rows.pass.across,
            pixelBits: survey.frame.pixelBits)
    }

    /// What no pass has any more is left as the line above has it, where the line begins with it, or is what is left of it.
    private func composeTolerantly(line index: Int, _ start: UnsafeMutablePointer<UInt8>) {
        let bytes = survey.frame.pixelBits / 8
        for pass in Adam7Pass.all where pass.hasLine(index) {
            let rows = passes.first { $0.pass.left == pass.left && $0.pass.top == pass.top }
            if let rows, !rows.isOver, (try? spread(rows, over: start)) != nil { continue }
            rows?.isOver = true
            missingPixels += pass.width(of: survey.frame)
            guard pass.left > 0 else { continue }
            for pixel in stride(from: pass.left, to: survey.frame.width, by: pass.across) {
                (start + pixel * bytes).update(from: start + (pixel - pass.left) * bytes, count: bytes)
            }
        }
    }

    package var missing: String? {
        let pixels = survey.frame.width * survey.frame.height
        guard missingPixels > 0 else { return nil }
        let percent = max(1, Int((Double(missingPixels) * 100 / Double(pixels)).rounded()))
        return "the file is damaged or ends early: \(percent) % of the pixels are copied from their neighbours"
    }
}
