/// A progressive JPEG, or one of several scans, as a baseline JPEG of the same coefficients.
///
/// Its scans are bit streams of their own at different places of the file, and a scan that adds to coefficients needs
/// nothing but these. So all scans are decoded side by side, a row of MCUs at a time, and each row is written as it
/// is: no more than one is ever held, where a decoder that reads scan after scan holds the picture.
package final class JPEGRestreamer: Restreamer {
    /// Bytes of the file held for all scans together; they share it, within bounds.
    static let readBytes = 1 << 20

    private let file: SourceFile
    private let survey: JPEGSurvey
    private let row: CoefficientRow
    private let scans: [ScanDecoder]
    private let encoder: BaselineEncoder

    private enum State {
        /// A kept range of the file is next, from an offset within it on.
        case kept(Int, at: UInt64)
        case header
        /// A row of MCUs is to be decoded, or goes on being written.
        case row(Int, isDecoded: Bool)
        case end
        case done
        case failed(RestreamError)
    }
    private var state: State
    /// Bytes that wait to be handed out.
    private var pending: UnsafeRawBufferPointer
    /// Holds headers while they wait.
    private var text: [UInt8] = []
    private var textIndex = 0

    /// Walks over the file's markers; decodes nothing yet.
    ///
    /// - Parameter descriptor: seekable; stays the caller's, open for as long as this object is used. Its offset is
    ///   neither used nor moved.
    package convenience init(descriptor: Int32) throws(RestreamError) {
        try self.init(descriptor: descriptor, mayLackEnd: false)
    }

    private init(descriptor: Int32, mayLackEnd: Bool) throws(RestreamError) {
        file = SourceFile(descriptor: descriptor)
        survey = try JPEGSurvey(file, mayLackEnd: mayLackEnd)
        row = CoefficientRow(survey.frame)
        let (file, frame) = (file, survey.frame)
        let share = min(64 << 10, max(8 << 10, Self.readBytes / survey.scans.count))
        scans = survey.scans.map { ScanDecoder($0, frame, file, bufferSize: share) }
        encoder = BaselineEncoder(frame)
        pending = UnsafeRawBufferPointer(start: nil, count: 0)
        text = JPEGHeaderWriter.start
        state = .kept(0, at: survey.kept.first?.lowerBound ?? 0)
    }

    /// Whether the file is of the kind, as far as can be told without decoding.
    package static func isSuitable(descriptor: Int32) -> Bool {
        (try? JPEGSurvey(SourceFile(descriptor: descriptor))) != nil
    }

    /// Whether a file without its end marker has all of the picture: every scan of it, to its last block. Decodes it.
    package static func isWholeWithoutEnd(descriptor: Int32) -> Bool {
        guard let restreamer = try? JPEGRestreamer(descriptor: descriptor, mayLackEnd: true) else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
            do throws(RestreamError) {
                while try restreamer.read(into: buffer) > 0 {}
                return true
            } catch {
                return false
            }
        }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(RestreamError) -> Int {
        guard buffer.count > 0 else { return 0 }
        do throws(RestreamError) {
            while true {
                if textIndex < text.count {
                    let count = min(buffer.count, text.count - textIndex)
                    buffer.copyBytes(from: text[textIndex..<textIndex + count])
                    textIndex += count
                    return count
                }
                if pending.count > 0 {
                    let count = min(buffer.count, pending.count)
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: pending[..<count]))
                    pending = UnsafeRawBufferPointer(rebasing: pending[count...])
                    return count
                }
                switch state {
                case .kept(let index, let offset):
                    if let count = try copyKept(index, from: offset, into: buffer) { return count }
                case .header:
                    say(JPEGHeaderWriter.header(of: survey))
                    state = .row(0, isDecoded: false)
                case .row(let index, let isDecoded):
                    try advance(row: index, isDecoded: isDecoded)
                case .end:
                    say(JPEGHeaderWriter.end)
                    state = .done
                case .done:
                    return 0
                case .failed(let error):
                    throw error
                }
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private func say(_ bytes: [UInt8]) {
        text = bytes
        textIndex = 0
    }

    /// - Returns: nil when the range is done and the next state is set.
    private func copyKept(
        _ index: Int, from offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(RestreamError) -> Int? {
        guard index < survey.kept.count else {
            state = .header
            return nil
        }
        let range = survey.kept[index]
        guard offset < range.upperBound else {
            let next = index + 1
            state = .kept(next, at: next < survey.kept.count ? survey.kept[next].lowerBound : 0)
            return nil
        }
        let count = Int(min(UInt64(buffer.count), range.upperBound - offset))
        let got = try file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
        guard got > 0 else { throw .damaged("the file has become shorter") }
        state = .kept(index, at: offset + UInt64(got))
        return got
    }

    private func advance(row index: Int, isDecoded: Bool) throws(RestreamError) {
        if !isDecoded {
            if index == survey.frame.mcusHigh {
                for scan in scans { try scan.finish() }
                encoder.finish()
                pending = encoder.takeBytes()
                state = .end
                return
            }
            row.clear()
            for scan in scans { try scan.decode(row: index, into: row) }
        }
        let isDone = encoder.encode(row)
        pending = encoder.takeBytes()
        state = isDone ? .row(index + 1, isDecoded: false) : .row(index, isDecoded: true)
    }
}
