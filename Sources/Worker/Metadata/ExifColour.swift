/// What an EXIF block says of the colours.
package struct ExifColour: Sendable, Equatable {
    /// Interoperability index R03 (DCF's optional colour space), or the 2 that some cameras write for it.
    package var isAdobeRGB = false
    /// ColorSpace says that it is not sRGB.
    package var isUncalibrated = false
    /// The exponent that makes light of a value.
    package var gamma: Double?
    /// x and y of white, red, green and blue.
    package var chromaticities: [Double]?
}

/// Reads what there is of it; a block that is damaged says nothing.
package func readExifColour(_ block: [UInt8]) -> ExifColour {
    let bytes = withoutExifSignature(block)
    let order: ByteOrder
    switch bytes.prefix(2) {
    case [0x49, 0x49]: order = .little
    case [0x4D, 0x4D]: order = .big
    default: return ExifColour()
    }
    let reader = ColourTags(bytes: bytes, order: order)
    guard let first = order.uint32(bytes, at: 4) else { return ExifColour() }
    let primary = reader.entries(at: first)
    var colour = ExifColour()
    let white = reader.fractions(primary[0x013E], count: 2)
    let primaries = reader.fractions(primary[0x013F], count: 6)
    if let white, let primaries { colour.chromaticities = white + primaries }
    guard let exif = reader.number(primary[0x8769]).map(reader.entries) else { return colour }
    let space = reader.number(exif[0xA001])
    colour.isUncalibrated = space == 0xFFFF
    if let gamma = reader.fractions(exif[0xA500], count: 1)?.first, (0.5...4).contains(gamma) { colour.gamma = gamma }
    let interoperability = reader.number(exif[0xA005]).map(reader.entries) ?? [:]
    let isR03 = interoperability[0x0001].map { Array(bytes[$0 + 8..<$0 + 11]) == Array("R03".utf8) } ?? false
    colour.isAdobeRGB = space == 2 || isR03 && space != 1
    return colour
}

/// Entries by tag, as places of their twelve bytes, which lie within the block.
private struct ColourTags {
    let bytes: [UInt8]
    let order: ByteOrder

    func entries(at offset: Int) -> [Int: Int] {
        guard let count = order.uint16(bytes, at: offset) else { return [:] }
        var places: [Int: Int] = [:]
        for index in 0..<count {
            let place = offset + 2 + index * 12
            guard place + 12 <= bytes.count, let tag = order.uint16(bytes, at: place) else { break }
            if places[tag] == nil { places[tag] = place }
        }
        return places
    }

    /// Of 16 or 32 bits.
    func number(_ place: Int?) -> Int? {
        guard let place, let type = order.uint16(bytes, at: place + 2) else { return nil }
        switch type {
        case 3: return order.uint16(bytes, at: place + 8)
        case 4: return order.uint32(bytes, at: place + 8)
        default: return nil
        }
    }

    func fractions(_ place: Int?, count: Int) -> [Double]? {
        guard let place, order.uint16(bytes, at: place + 2) == 5, order.uint32(bytes, at: place + 4) == count,
            let start = order.uint32(bytes, at: place + 8)
        else { return nil }
        var numbers: [Double] = []
        for index in 0..<count {
            guard let above = order.uint32(bytes, at: start + index * 8),
                let below = order.uint32(bytes, at: start + index * 8 + 4), below > 0
            else { return nil }
            numbers.append(Double(above) / Double(below))
        }
        return numbers
    }
}
