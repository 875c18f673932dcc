/// IPTC's place in a TIFF.
let iptcTag: UInt16 = 33723

/// The IPTC data in a TIFF's first directory; nil where it has none.
///
/// libvips 8.14.1 takes a quarter of it, or what lies behind it in memory: it counts in other units than its library.
/// - Throws: what `source` throws; damage in the file is never an error.
package func iptcInTIFF(_ source: PictureBytes) throws -> [UInt8]? {
    try valueInTIFF(source, of: iptcTag, atMost: mostIPTC).map { isSwapped($0) ? swapped($0) : $0 }
}

/// The XMP packet in a TIFF's first directory; nil where it has none.
/// - Throws: what `source` throws; damage in the file is never an error.
package func xmpInTIFF(_ source: PictureBytes) throws -> [UInt8]? {
    try valueInTIFF(source, of: 700, atMost: mostXMP)
}

/// The bytes of a field's value.
private func valueInTIFF(_ source: PictureBytes, of tag: UInt16, atMost limit: Int) throws -> [UInt8]? {
    guard let header = try source.bytes(at: 0, count: 16) else { return nil }
    let order: ByteOrder = header[0] == 0x49 ? .little : .big
    let isBig = order.uint16(header, at: 2) == 43
    let word = isBig ? 8 : 4
    let countWidth = isBig ? 8 : 2
    guard let directory = order.unsigned(header, at: isBig ? 8 : 4, width: word), directory < source.size,
        let head = try source.bytes(at: directory, count: countWidth),
        let count = order.unsigned(head, at: 0, width: countWidth)
    else { return nil }
    let width = 4 + 2 * word
    let table = try source.prefix(at: directory + UInt64(countWidth), count: Int(min(count, 1_000)) * width)
    for start in stride(from: 0, to: table.count / width * width, by: width) {
        guard order.uint16(table, at: start) == Int(tag),
            let type = order.uint16(table, at: start + 2),
            let unit = ExifDirectories.unitSize(ofType: UInt16(type)),
            let number = order.unsigned(table, at: start + 4, width: word),
            number > 0, number <= UInt64(limit / unit)
        else { continue }
        let bytes = Int(number) * unit
        let field = start + 4 + word
        if bytes <= word { return Array(table[field..<field + bytes]) }
        guard let place = order.unsigned(table, at: field, width: word), place < source.size,
            let value = try source.bytes(at: place, count: bytes)
        else { return nil }
        return value
    }
    return nil
}

/// Bytes that are looked at.
private let mostIPTC = 1 << 20
private let mostXMP = 1 << 20

/// Written as numbers of four bytes in the other order: the first dataset's mark is the fourth byte then.
private func isSwapped(_ value: [UInt8]) -> Bool { value.count > 4 && value[0] != 0x1C && value[3] == 0x1C }

private func swapped(_ value: [UInt8]) -> [UInt8] {
    stride(from: 0, to: value.count, by: 4).flatMap { value[$0..<min($0 + 4, value.count)].reversed() }
}
