/// The boxes of a HEIF file (ISO/IEC 14496-12, 23008-12) as far as they say where the EXIF item lies.
struct HEIFBox {
    var kind: String
    /// Of the whole box in what it was read from; bytes.
    var offset: Int
    var size: Int
    var headerSize: Int

    var end: Int { offset + size }
    var body: Range<Int> { offset + headerSize..<end }

    /// The boxes that lie one after the other in `range`, up to the first that is damaged.
    static func list(in bytes: [UInt8], range: Range<Int>) -> [HEIFBox] {
        var boxes: [HEIFBox] = []
        var offset = range.lowerBound
        while offset + 8 <= range.upperBound, boxes.count < 10_000,
            let box = HEIFBox(
                header: bytes[offset..<min(offset + 16, range.upperBound)], offset: offset,
                available: range.upperBound - offset)
        {
            boxes.append(box)
            offset = box.end
        }
        return boxes
    }

    /// - Returns: nil when the box does not fit into what is `available` from its start.
    init?(header: ArraySlice<UInt8>, offset: Int, available: Int) {
        guard let stated = ByteOrder.big.uint32(header, at: 0), header.count >= 8 else { return nil }
        kind = String(decoding: header.dropFirst(4).prefix(4), as: UTF8.self)
        self.offset = offset
        headerSize = 8
        size = stated
        if stated == 0 {
            size = available
        } else if stated == 1 {
            guard let wide = ByteOrder.big.unsigned(header, at: 8, width: 8), wide <= UInt64(available) else {
                return nil
            }
            headerSize = 16
            size = Int(wide)
        }
        guard size >= headerSize, size <= available else { return nil }
    }
}

/// One line of the item location box. `extents` are absolute for construction method 0, relative to `idat` for 1.
struct HEIFItemLocation {
    struct Extent {
        var offset: UInt64
        var length: UInt64
        /// Where offset and length stand in the meta box, and how wide they are; bytes.
        var offsetField: Range<Int>
        var lengthField: Range<Int>
    }
    var item: Int
    var method: Int
    var base: UInt64
    var baseField: Range<Int>
    var extents: [Extent]
    /// Where the line stands in the meta box.
    var range: Range<Int>
}

/// The meta box, held whole: some KiB, with a colour profile some MiB.
struct HEIFMeta {
    static let sizeLimit = 16 << 20
    /// Of all items together; a picture of a thousand tiles has as many.
    static let mostExtents: UInt64 = 65_536

    /// Of the box in the file.
    var fileOffset: UInt64
    var bytes: [UInt8]
    var children: [HEIFBox]

    /// - Returns: nil when the file has no meta box, or an oversized one.
    init?(in source: PictureBytes) throws {
        var offset: UInt64 = 0
        for _ in 0..<1_000 {
            let header = try source.prefix(at: offset, count: 16)
            let available = Int(clamping: source.size - min(source.size, offset))
            guard header.count >= 8, let box = HEIFBox(header: header[...], offset: 0, available: available) else {
                return nil
            }
            if box.kind == "meta" {
                guard box.size <= Self.sizeLimit, box.headerSize == 8, box.size >= 12,
                    let bytes = try source.bytes(at: offset, count: box.size)
                else { return nil }
                fileOffset = offset
                self.bytes = bytes
                // A full box: version and flags come before the children.
                children = HEIFBox.list(in: bytes, range: 12..<bytes.count)
                return
            }
            offset += UInt64(box.size)
        }
        return nil
    }

    func child(_ kind: String) -> HEIFBox? { children.first { $0.kind == kind } }

    /// The item information entries: their boxes and the items' numbers and types.
    func items() -> [(box: HEIFBox, item: Int, kind: String)] {
        guard let box = child("iinf"), box.body.count >= 6 else { return [] }
        let start = box.body.lowerBound + (bytes[box.body.lowerBound] == 0 ? 6 : 8)
        guard start <= box.end else { return [] }
        return HEIFBox.list(in: bytes, range: start..<box.end).compactMap { entry in
            let body = bytes[entry.body]
            guard entry.kind == "infe", let version = body.first, version == 2 || version == 3 else { return nil }
            let width = version == 2 ? 2 : 4
            guard let item = ByteOrder.big.unsigned(body, at: 4, width: width), body.count >= 10 + width else {
                return nil
            }
            let kind = String(decoding: body.dropFirst(6 + width).prefix(4), as: UTF8.self)
            return (entry, Int(item), kind)
        }
    }

    /// The item location box, line by line, up to the first that is damaged.
    func locations() -> [HEIFItemLocation] {
        guard let box = child("iloc"), box.body.count >= 8 else { return [] }
        let version = Int(bytes[box.body.lowerBound])
        guard version <= 2 else { return [] }
        var cursor = Cursor(bytes: bytes[box.body], position: 4)
        guard let widths = cursor.take(2) else { return [] }
        let offsetWidth = Int(widths >> 12 & 15)
        let lengthWidth = Int(widths >> 8 & 15)
        let baseWidth = Int(widths >> 4 & 15)
        let indexWidth = version == 0 ? 0 : Int(widths & 15)
        guard max(offsetWidth, lengthWidth, baseWidth, indexWidth) <= 8, let count = cursor.take(version < 2 ? 2 : 4)
        else { return [] }
        var locations: [HEIFItemLocation] = []
        // Extents whose fields have no width take no bytes: few bytes could announce thousands of millions.
        var left = Self.mostExtents
        for _ in 0..<min(count, 65_536) {
            let start = cursor.absolute
            guard let item = cursor.take(version < 2 ? 2 : 4), let method = version == 0 ? 0 : cursor.take(2),
                cursor.take(2) != nil
            else { break }
            let baseField = cursor.field(baseWidth)
            guard let base = cursor.take(baseWidth), let extentCount = cursor.take(2), extentCount <= left
            else { break }
            left -= extentCount
            var extents: [HEIFItemLocation.Extent] = []
            for _ in 0..<extentCount {
                guard cursor.take(indexWidth) != nil else { return locations }
                let offsetField = cursor.field(offsetWidth)
                guard let offset = cursor.take(offsetWidth) else { return locations }
                let lengthField = cursor.field(lengthWidth)
                guard let length = cursor.take(lengthWidth) else { return locations }
                extents.append(
                    .init(
                        offset: base.addingReportingOverflow(offset).partialValue, length: length,
                        offsetField: offsetField, lengthField: lengthField))
            }
            locations.append(
                HEIFItemLocation(
                    item: Int(item), method: Int(method & 15), base: base, baseField: baseField, extents: extents,
                    range: start..<cursor.absolute))
        }
        return locations
    }

    private struct Cursor {
        let bytes: ArraySlice<UInt8>
        var position: Int
        var absolute: Int { bytes.startIndex + position }

        func field(_ width: Int) -> Range<Int> { absolute..<absolute + width }

        mutating func take(_ width: Int) -> UInt64? {
            guard let value = ByteOrder.big.unsigned(bytes, at: position, width: width) else { return nil }
            position += width
            return value
        }
    }
}

/// The EXIF item of a HEIF or AVIF file.
func exifInHEIF(_ source: PictureBytes) throws -> [UInt8]? {
    guard let meta = try HEIFMeta(in: source), let item = meta.items().first(where: { $0.kind == "Exif" })?.item,
        let location = meta.locations().first(where: { $0.item == item })
    else { return nil }
    var payload: [UInt8] = []
    for extent in location.extents.prefix(1_000) where payload.count < exifPayloadLimit {
        let length = Int(min(extent.length, UInt64(exifPayloadLimit - payload.count)))
        if location.method == 0 {
            payload += try source.prefix(at: extent.offset, count: length)
        } else if location.method == 1, let data = meta.child("idat"), extent.offset < UInt64(data.body.count) {
            let start = data.body.lowerBound + Int(extent.offset)
            payload += meta.bytes[start..<min(data.end, start + length)]
        }
    }
    return exifStructure(payload)
}

/// What an EXIF payload of ISO/IEC 23008-12 holds: it says first how many bytes come before the TIFF structure.
func exifStructure(_ payload: [UInt8]) -> [UInt8]? {
    guard let skipped = ByteOrder.big.uint32(payload, at: 0), skipped <= payload.count - 4 else { return nil }
    let structure = Array(payload.dropFirst(4 + skipped))
    return structure.count > 8 ? structure : nil
}
