/// Lays a TIFF's first directory out anew behind the pictures, with EXIF's tags in it and pointers to EXIF's and GPS'
/// directories behind it, and IPTC's data. The pixels and the other pages stay where they are.
func replaceInTIFF(_ editor: FileEditor, _ exif: [UInt8]?, iptc: [UInt8]?) throws {
    let source = try editor.source()
    guard let header = try source.bytes(at: 0, count: 8) else { throw MetadataError.unexpectedLayout("not a TIFF") }
    let order: ByteOrder = header[0] == 0x49 ? .little : .big
    guard order.uint16(header, at: 2) == 42, source.size < 0xFFF0_0000, let offset = order.uint32(header, at: 4),
        let head = try source.bytes(at: UInt64(offset), count: 2), let count = order.uint16(head, at: 0),
        let table = try source.bytes(at: UInt64(offset) + 2, count: count * 12 + 4)
    else {
        // BigTIFF, which only pictures of over 4 GB are written as, goes without EXIF and IPTC.
        if exif == nil && iptc == nil { return }
        throw MetadataError.unexpectedLayout("a TIFF whose first directory cannot be rewritten")
    }
    let pointers = [Int(ExifTagNumber.exifDirectory), Int(ExifTagNumber.gpsDirectory), Int(iptcTag)]
    let existing = (0..<count).map { Array(table[$0 * 12..<$0 * 12 + 12]) }
    let kept = existing.filter { line in !pointers.contains(order.uint16(line, at: 0) ?? 0) }
    var added =
        try exif.flatMap { try ExifDirectories(in: PictureBytes($0)) }?.converted(to: order)
        ?? ExifDirectories(order: order)
    if let iptc { added.primary.append(.init(tag: iptcTag, type: 7, count: iptc.count, value: iptc)) }
    if added.isEmpty && kept.count == existing.count { return }
    // What the encoder says about the picture stands: resolution and orientation with it.
    let taken = Set(kept.compactMap { order.uint16($0, at: 0) })
    let primary = added.primary.filter { !taken.contains(Int($0.tag)) }
    var start = source.size
    if start % 2 == 1 {
        try editor.write([0], at: start)
        start += 1
    }
    let base = Int(start)
    // First EXIF's own directories and values, laid out by a directory of the added tags alone, which is then copied
    // into the real one: its values and pointers are absolute.
    var appended: [UInt8] = []
    added.appendDirectories(to: &appended, primary: primary, base: base)
    let addedCount = order.uint16(appended, at: 0) ?? 0
    var lines = kept
    lines += (0..<addedCount).map { Array(appended[2 + $0 * 12..<2 + $0 * 12 + 12]) }
    lines.sort { (order.uint16($0, at: 0) ?? 0) < (order.uint16($1, at: 0) ?? 0) }
    let directory = base + appended.count + appended.count % 2
    if appended.count % 2 == 1 { appended.append(0) }
    appended += order.bytes(lines.count, width: 2) + lines.flatMap { $0 } + table.suffix(4)
    try editor.write(appended, at: start)
    try editor.write(order.bytes(directory, width: 4), at: 4)
}

extension ExifDirectories {
    /// The same entries with their values in another byte order.
    fileprivate func converted(to other: ByteOrder) -> ExifDirectories {
        guard other != order else { return self }
        func convert(_ entries: [Entry]) -> [Entry] {
            entries.map { entry in
                var entry = entry
                // Rationals are pairs of 4-byte integers.
                let unit = [5, 10].contains(entry.type) ? 4 : Self.unitSize(ofType: entry.type) ?? 1
                entry.value = stride(from: 0, to: entry.value.count, by: unit).flatMap {
                    entry.value[$0..<min($0 + unit, entry.value.count)].reversed()
                }
                return entry
            }
        }
        var converted = ExifDirectories(order: other)
        converted.primary = convert(primary)
        converted.exif = convert(exif)
        converted.gps = convert(gps)
        return converted
    }
}
