extension ExifDirectories {
    /// The whole as a classic TIFF structure: header, IFD0, EXIF and GPS directories, each followed by its values.
    /// Nil when nothing is left, or when it would not fit into JPEG's APP1 segment.
    func serialised() -> [UInt8]? {
        guard !isEmpty else { return nil }
        var bytes: [UInt8] = order == .little ? [0x49, 0x49, 42, 0] : [0x4D, 0x4D, 0, 42]
        bytes += order.bytes(8, width: 4)
        appendDirectories(to: &bytes, primary: primary, base: 0)
        return bytes.count <= 65_533 - exifSignature.count ? bytes : nil
    }

    /// Appends `primary` with pointers to the EXIF and GPS directories, then these. Offsets count from `base` before
    /// the start of `bytes`.
    func appendDirectories(to bytes: inout [UInt8], primary: [Entry], base: Int) {
        var primary = primary
        let exifPointer = exif.isEmpty ? nil : primary.count
        if exifPointer != nil { primary.append(pointer(ExifTagNumber.exifDirectory)) }
        if !gps.isEmpty { primary.append(pointer(ExifTagNumber.gpsDirectory)) }
        primary.sort { $0.tag < $1.tag }
        let start = bytes.count
        append(primary, to: &bytes, base: base)
        for (tag, entries) in [(ExifTagNumber.exifDirectory, exif), (ExifTagNumber.gpsDirectory, gps)] {
            guard !entries.isEmpty, let index = primary.firstIndex(where: { $0.tag == tag }) else { continue }
            let field = start + 2 + index * 12 + 8
            bytes.replaceSubrange(field..<field + 4, with: order.bytes(base + bytes.count, width: 4))
            append(entries.sorted { $0.tag < $1.tag }, to: &bytes, base: base)
        }
    }

    private func pointer(_ tag: UInt16) -> Entry { Entry(tag: tag, type: 4, count: 1, value: [0, 0, 0, 0]) }

    private func append(_ entries: [Entry], to bytes: inout [UInt8], base: Int) {
        bytes += order.bytes(entries.count, width: 2)
        var values: [UInt8] = []
        let valuesStart = base + bytes.count + entries.count * 12 + 4
        for entry in entries {
            bytes += order.bytes(Int(entry.tag), width: 2) + order.bytes(Int(entry.type), width: 2)
            bytes += order.bytes(entry.count, width: 4)
            if entry.value.count <= 4 {
                bytes += entry.value + [UInt8](repeating: 0, count: 4 - entry.value.count)
            } else {
                bytes += order.bytes(valuesStart + values.count, width: 4)
                values += entry.value
                // TIFF wants values on even offsets.
                if values.count % 2 == 1 { values.append(0) }
            }
        }
        bytes += [0, 0, 0, 0] + values
    }
}
