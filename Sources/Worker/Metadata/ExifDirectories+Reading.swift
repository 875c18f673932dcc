extension ExifDirectories {
    /// Values larger than this many bytes are left out; those of interest are far smaller.
    private static let valueLimit = 65_536
    /// Entries read of one directory; a sound one has under 100.
    private static let entryLimit = 1_000

    /// Reads a TIFF structure, classic or BigTIFF: a TIFF file, or an EXIF block without its signature.
    /// - Returns: nil when it does not begin as a TIFF structure does. What is damaged further on is left out.
    init?(in source: PictureBytes) throws {
        guard let (order, layout, first) = try Self.begin(source) else { return nil }
        self.init(order: order)
        // Three directories at fixed depth, so that pointers in circles lead nowhere.
        let all = try entries(at: first, in: source, layout: layout)
        primary = all.filter { ExifTagNumber.belongsToPrimary($0.tag) && $0.type <= 13 }
        if let offset = pointer(ExifTagNumber.exifDirectory, in: all) {
            exif = Self.belongingToExif(try entries(at: offset, in: source, layout: layout))
        }
        if let offset = pointer(ExifTagNumber.gpsDirectory, in: all) {
            gps = Self.belongingToGPS(try entries(at: offset, in: source, layout: layout))
        }
    }

    /// Which directory a structure of one alone holds.
    enum Lone {
        case exif, gps
    }

    /// Reads a TIFF structure whose first directory is EXIF's own or that of GPS.
    init?(first kind: Lone, in source: PictureBytes) throws {
        guard let (order, layout, first) = try Self.begin(source) else { return nil }
        self.init(order: order)
        let all = try entries(at: first, in: source, layout: layout)
        switch kind {
        case .exif: exif = Self.belongingToExif(all)
        case .gps: gps = Self.belongingToGPS(all)
        }
    }

    private static func belongingToExif(_ entries: [Entry]) -> [Entry] {
        entries.filter { ExifTagNumber.belongsToExif($0.tag) && $0.type <= 13 }
    }

    private static func belongingToGPS(_ entries: [Entry]) -> [Entry] {
        entries.filter { ExifTagNumber.belongsToGPS($0.tag) && $0.type <= 13 }
    }

    /// The byte order, and where the first directory lies.
    private static func begin(_ source: PictureBytes) throws -> (order: ByteOrder, Layout, first: UInt64)? {
        guard let header = try source.bytes(at: 0, count: 8) else { return nil }
        let order: ByteOrder
        switch (header[0], header[1]) {
        case (0x49, 0x49): order = .little
        case (0x4D, 0x4D): order = .big
        default: return nil
        }
        if order.uint16(header, at: 2) == 43 {
            let first = try source.bytes(at: 8, count: 8).flatMap { order.unsigned($0, at: 0, width: 8) }
            return first.map { (order, .big, $0) }
        }
        return order.uint32(header, at: 4).map { (order, .classic, UInt64($0)) }
    }

    /// The widths, in bytes, in which classic TIFF and BigTIFF differ.
    private struct Layout {
        var entryCount: Int
        var word: Int
        static let classic = Layout(entryCount: 2, word: 4)
        static let big = Layout(entryCount: 8, word: 8)
    }

    private func pointer(_ tag: UInt16, in entries: [Entry]) -> UInt64? {
        guard let entry = entries.first(where: { $0.tag == tag }), entry.count == 1 else { return nil }
        return order.unsigned(entry.value, at: 0, width: entry.value.count)
    }

    /// The entries of one directory whose values lie within the file; of a tag that comes twice, the first.
    private mutating func entries(at offset: UInt64, in source: PictureBytes, layout: Layout) throws -> [Entry] {
        guard let head = try source.bytes(at: offset, count: layout.entryCount),
            let stated = order.unsigned(head, at: 0, width: layout.entryCount)
        else {
            damageCount += 1
            return []
        }
        let count = Int(min(stated, UInt64(Self.entryLimit)))
        let width = 4 + 2 * layout.word
        // A directory cut short by the end of the file still gives the entries before it.
        let table = try source.prefix(at: offset + UInt64(layout.entryCount), count: count * width)
        if UInt64(table.count / width) < stated { damageCount += 1 }
        var entries: [Entry] = []
        var seen: Set<UInt16> = []
        for index in 0..<(table.count / width) {
            let start = index * width
            guard let tag = order.uint16(table, at: start).map({ UInt16($0) }), !seen.contains(tag),
                let type = order.uint16(table, at: start + 2).map({ UInt16($0) }),
                let components = order.unsigned(table, at: start + 4, width: layout.word)
            else { continue }
            guard let unit = Self.unitSize(ofType: type) else {
                damageCount += 1
                continue
            }
            guard components > 0, components <= UInt64(Self.valueLimit / unit) else { continue }
            let size = Int(components) * unit
            let field = start + 4 + layout.word
            var value: [UInt8]?
            if size <= layout.word {
                value = Array(table[field..<field + size])
            } else if let position = order.unsigned(table, at: field, width: layout.word), position <= source.size {
                value = try source.bytes(at: position, count: size)
            }
            guard let value else {
                damageCount += 1
                continue
            }
            seen.insert(tag)
            entries.append(Entry(tag: tag, type: type, count: Int(components), value: value))
        }
        return entries
    }

    /// Bytes of one component of TIFF's type codes; nil for unknown ones.
    static func unitSize(ofType type: UInt16) -> Int? {
        switch type {
        case 1, 2, 6, 7: 1
        case 3, 8: 2
        case 4, 9, 11, 13: 4
        case 5, 10, 12, 16, 17, 18: 8
        default: nil
        }
    }
}
