import ByteReading
import Jobs

/// HEIF and AVIF (ISO/IEC 23008-12): the primary item's properties, found through the `meta` box.
///
/// Width and height are those of the `ispe` property; crop and rotation give what libheif hands out.
enum HEIFHeader {
    static func read(_ reader: inout ByteReader, as format: PictureFormat) throws(ParseFailure) -> PictureHeader {
        let items = try HEIFItems(&reader)
        guard let primary = items.primary else { throw .malformed("no primary picture") }
        let claimsMIAF = try claimsMIAF(&reader)
        var header = try Self.header(of: primary, in: items, as: format, claimsMIAF: claimsMIAF)
        header.sequenceLength = try HEIFSequence.length(&reader)
        return header
    }

    /// Of any of its pictures.
    static func header(
        of primary: UInt32, in items: HEIFItems, as format: PictureFormat, claimsMIAF: Bool
    ) throws(ParseFailure) -> PictureHeader {
        let properties = items.properties(of: primary)
        guard let size = properties.size else { throw .malformed("the primary picture has no size") }

        let tiles = items.sources(of: primary)
        let isDerived = !tiles.isEmpty
        let codec = properties.codec ?? tiles.lazy.compactMap { items.properties(of: $0).codec }.first
        var header = PictureHeader(
            format: format, width: size.width, height: size.height, bands: 3,
            depth: codec?.depth ?? properties.depth ?? 8)
        if let codec { header.format = codec.isAV1 ? .avif : .heif }
        header.hasAlpha = items.hasAlpha(primary)
        header.bands = header.hasAlpha ? 4 : 3
        header.pictures = items.pictures
        header.pages = max(1, header.pictures.count)
        header.minimumPages = header.pages ?? 1
        let tile = tiles.first.map { items.properties(of: $0) }
        header.colour = (properties.colour ?? tile?.colour ?? codec?.colour).map { .coded($0) }
        header.brightest = properties.brightest ?? tile?.brightest
        header.heif = HEIFLayout(
            chroma: codec?.chroma, tiles: max(1, tiles.count),
            isGrid: isDerived && items.isGrid(primary))
        header.heif?.companions = items.companions(of: primary)
        header.heif?.isTurnedByEXIF = header.format == .heif && !properties.stateTurn && !claimsMIAF
        (header.decodedWidth, header.decodedHeight) = properties.transformed(size)
        return header
    }

    /// Its pictures, by their items' numbers: the table of items is read once.
    struct Pages {
        private let items: HEIFItems
        private let format: PictureFormat
        private let claimsMIAF: Bool

        init(_ reader: inout ByteReader, as format: PictureFormat) throws(ParseFailure) {
            items = try HEIFItems(&reader)
            self.format = format
            claimsMIAF = try HEIFHeader.claimsMIAF(&reader)
        }

        func header(of item: UInt64) throws(ParseFailure) -> PictureHeader {
            try HEIFHeader.header(
                of: UInt32(truncatingIfNeeded: item), in: items, as: format, claimsMIAF: claimsMIAF)
        }
    }

    private static func claimsMIAF(_ reader: inout ByteReader) throws(ParseFailure) -> Bool {
        let end = min(UInt64(try reader.uint32(at: 0)), largestBrands)
        for offset in stride(from: UInt64(16), to: max(16, end), by: 4)
        where try reader.uint32(at: offset) == fourCharacters("miaf") {
            return true
        }
        return false
    }

    /// Bytes of an `ftyp` box that are looked at.
    static let largestBrands: UInt64 = 1024
}
