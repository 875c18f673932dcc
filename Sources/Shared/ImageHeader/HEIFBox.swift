import ByteReading

/// A box of an ISO base media file: a type and a stretch of bytes.
struct HEIFBox {
    let type: UInt32
    /// Where the content starts, behind size and type.
    let body: UInt64
    /// Behind the last byte.
    let end: UInt64

    /// The box that starts at `offset`, never longer than what it lies in.
    init(_ reader: inout ByteReader, at offset: UInt64, within limit: UInt64) throws(ParseFailure) {
        try reader.step()
        let size = UInt64(try reader.uint32(at: offset))
        type = try reader.uint32(at: offset + 4)
        let whole: UInt64
        switch size {
        case 0:  // to the end
            body = offset + 8
            whole = limit - offset
        case 1:
            whole = try reader.uint64(at: offset + 8)
            body = offset + 16
        default:
            whole = size
            body = offset + 8
        }
        guard body - offset <= whole else { throw .malformed("a box shorter than its own header") }
        let (last, overflow) = offset.addingReportingOverflow(whole)
        end = overflow ? limit : min(last, limit)
        guard body <= end else { throw .malformed("a box that extends past its parent") }
    }

    /// Hands over each box between two offsets. Damage between boxes is the end of them.
    static func each(
        _ reader: inout ByteReader, from start: UInt64, to end: UInt64,
        _ take: (inout ByteReader, HEIFBox) throws(ParseFailure) -> Void
    ) throws(ParseFailure) {
        var offset = start
        while offset < end, end - offset >= 8 {
            let box = try HEIFBox(&reader, at: offset, within: end)
            try take(&reader, box)
            offset = box.end
        }
    }
}
