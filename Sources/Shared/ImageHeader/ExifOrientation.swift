import ByteReading

/// The orientation in the EXIF block of a JPEG: the one entry of it that decides what a decoder's picture is made to be.
enum ExifOrientation {
    /// - Parameters:
    ///   - offset: of an APP1 segment's length field.
    ///   - length: what that says.
    /// - Returns: 1…8; nil where the segment is no EXIF, has none, or makes no sense.
    static func read(_ reader: inout ByteReader, at offset: UInt64, length: UInt64) throws(ParseFailure) -> Int? {
        let end = offset + length
        let start = offset + 8
        guard start + 8 <= end, try reader.bytes(at: offset + 2, count: 6).elementsEqual("Exif\0\0".utf8) else {
            return nil
        }
        let order: ByteOrder
        switch try reader.uint16(at: start) {
        case 0x4949: order = .little
        case 0x4D4D: order = .big
        default: return nil
        }
        let directory = start + UInt64(try reader.uint32(at: start + 4, order))
        guard directory + 2 <= end else { return nil }
        let entries = UInt64(try reader.uint16(at: directory, order))
        // Entries are sorted, and this is one of the first; a writer that does not sort them has no more than these.
        for index in 0..<min(entries, 64) {
            let entry = directory + 2 + index * 12
            guard entry + 12 <= end else { return nil }
            try reader.step()
            guard try reader.uint16(at: entry, order) == 0x0112 else { continue }
            let value = Int(try reader.uint16(at: entry + 8, order))
            return (1...8).contains(value) ? value : nil
        }
        return nil
    }
}
