import ByteReading

/// What a TIFF's first page says of its colours in tags of TIFF 6.0, section 20.
package struct TIFFColour: Sendable, Equatable {
    /// Where a table lies in the file.
    package struct Table: Sendable, Equatable {
        package var offset: UInt64
        /// Numbers of 16 bits.
        package var count: UInt64
        package var isBigEndian: Bool
    }
    /// TransferFunction, tag 301: 2^bits numbers for all samples, or for each of three.
    package var transfer: Table?
    /// WhitePoint, tag 318: x and y.
    package var white: [Double]?
    /// PrimaryChromaticities, tag 319: x and y of red, green and blue.
    package var primaries: [Double]?

    /// White and primaries; nil where one of them is missing.
    package var chromaticities: Chromaticities? {
        guard let white, let primaries else { return nil }
        return Chromaticities(white + primaries)
    }

    mutating func take(_ entry: TIFFFile.Entry, _ reader: inout ByteReader) throws(ParseFailure) {
        switch entry.tag {
        case 301 where entry.type == 3 && entry.count > 2:
            transfer = Table(
                offset: try entry.start(&reader), count: entry.count, isBigEndian: entry.order == .big)
        case 318: white = try entry.fractions(&reader, count: 2)
        case 319: primaries = try entry.fractions(&reader, count: 6)
        default: break
        }
    }
}
