/// Puts other bytes into the EXIF item that libheif made, or takes the item out. The boxes before the picture keep
/// their size (what is taken out becomes a `free` box), so that only what lies behind the item moves.
func replaceInHEIF(_ editor: FileEditor, _ exif: [UInt8]?) throws {
    let source = try editor.source()
    guard var meta = try HEIFMeta(in: source) else { throw MetadataError.unexpectedLayout("a HEIF without meta box") }
    guard let item = meta.items().first(where: { $0.kind == "Exif" })?.item else {
        if exif == nil { return }
        throw MetadataError.unexpectedLayout("a HEIF without an EXIF item to replace")
    }
    let locations = meta.locations()
    guard let location = locations.first(where: { $0.item == item }), location.method == 0,
        location.extents.count == 1, let extent = location.extents.first,
        let box = try dataBox(holding: extent, in: source)
    else { throw MetadataError.unexpectedLayout("a HEIF whose EXIF item is not in one piece") }

    // Bytes before the TIFF structure, then libheif's way of it: the signature of JPEG.
    let payload = exif.map { [0, 0, 0, 6] + exifSignature + $0 } ?? []
    try editor.replace(at: extent.offset, count: extent.length, with: payload)
    let growth = payload.count - Int(extent.length)
    try editor.write(ByteOrder.big.bytes(box.size + growth, width: 4), at: box.fileOffset)

    meta.set(UInt64(payload.count), in: extent.lengthField)
    for other in locations where other.method == 0 {
        guard let first = other.extents.map(\.offset).min(), first > extent.offset else { continue }
        try meta.move(other, by: growth)
    }
    if exif == nil { try meta.remove(item: item) }
    try editor.write(meta.bytes, at: meta.fileOffset)
}

/// The media data box around an extent: where it starts and its size.
private func dataBox(holding extent: HEIFItemLocation.Extent, in source: PictureBytes) throws -> (
    fileOffset: UInt64, size: Int
)? {
    var offset: UInt64 = 0
    for _ in 0..<1_000 {
        let header = try source.prefix(at: offset, count: 16)
        let available = Int(clamping: source.size - min(source.size, offset))
        guard let box = HEIFBox(header: header[...], offset: 0, available: available) else { return nil }
        let end = offset + UInt64(box.size)
        if box.kind == "mdat", extent.offset >= offset + 8, extent.length <= end, extent.offset <= end - extent.length {
            return box.headerSize == 8 && box.size < Int(UInt32.max) - 131_072 ? (offset, box.size) : nil
        }
        offset = end
    }
    return nil
}

extension HEIFMeta {
    fileprivate mutating func set(_ value: UInt64, in field: Range<Int>) {
        bytes.replaceSubrange(field, with: ByteOrder.big.bytes(Int(value), width: field.count))
    }

    /// Writes a location's base or offsets anew after its bytes have moved.
    fileprivate mutating func move(_ location: HEIFItemLocation, by growth: Int) throws {
        // libheif writes the place into the base and zero offsets; others the other way round.
        if location.base > 0, !location.baseField.isEmpty {
            set(try moved(location.base, by: growth), in: location.baseField)
            return
        }
        for extent in location.extents {
            guard !extent.offsetField.isEmpty else {
                throw MetadataError.unexpectedLayout("a HEIF whose items have no offsets")
            }
            set(try moved(extent.offset, by: growth), in: extent.offsetField)
        }
    }

    private func moved(_ offset: UInt64, by growth: Int) throws -> UInt64 {
        guard let offset = Int(exactly: offset), case let (sum, overflow) = offset.addingReportingOverflow(growth),
            !overflow, sum >= 0
        else { throw MetadataError.unexpectedLayout("a HEIF whose items lie outside the file") }
        return UInt64(sum)
    }

    /// Takes an item out of the item, location and reference boxes; the box as a whole keeps its size.
    fileprivate mutating func remove(item: Int) throws {
        // Items and locations were read out of both boxes: neither is empty.
        guard let information = child("iinf"), let location = child("iloc"), bytes[information.body.lowerBound] == 0,
            bytes[location.body.lowerBound] < 2, let entry = items().first(where: { $0.item == item })?.box,
            let line = locations().first(where: { $0.item == item })?.range
        else { throw MetadataError.unexpectedLayout("a HEIF whose EXIF item cannot be taken out") }
        var cuts: [(range: Range<Int>, box: HEIFBox, countField: Int?)] = [
            (entry.offset..<entry.end, information, information.body.lowerBound + 4),
            (line, location, location.body.lowerBound + 6),
        ]
        if let references = child("iref"), references.body.count >= 4, bytes[references.body.lowerBound] == 0 {
            let inner = HEIFBox.list(in: bytes, range: references.body.lowerBound + 4..<references.end)
            let own = inner.filter { ByteOrder.big.uint16(bytes[$0.body], at: 0) == item }
            if own.count == inner.count {
                cuts.append((references.offset..<references.end, references, nil))
            } else {
                cuts += own.map { ($0.offset..<$0.end, references, nil) }
            }
        }
        // From behind, so that the offsets before stay right.
        var free = 0
        for cut in cuts.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            if let field = cut.countField, let count = ByteOrder.big.uint16(bytes, at: field) {
                bytes.replaceSubrange(field..<field + 2, with: ByteOrder.big.bytes(count - 1, width: 2))
            }
            if cut.range != cut.box.offset..<cut.box.end,
                let size = ByteOrder.big.uint32(bytes, at: cut.box.offset)
            {
                let left = ByteOrder.big.bytes(size - cut.range.count, width: 4)
                bytes.replaceSubrange(cut.box.offset..<cut.box.offset + 4, with: left)
            }
            bytes.removeSubrange(cut.range)
            free += cut.range.count
        }
        bytes += ByteOrder.big.bytes(free, width: 4) + Array("free".utf8) + [UInt8](repeating: 0, count: free - 8)
    }
}
