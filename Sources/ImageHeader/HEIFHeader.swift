/// HEIF and AVIF (ISO/IEC 23008-12): the primary item's properties, found through the `meta` box.
///
/// Width and height are those of the `ispe` property; crop and rotation give what libheif hands out.
enum HEIFHeader {
    static func read(_ reader: inout ByteReader, as format: Format) throws(ParseFailure) -> PictureHeader {
        let items = try HEIFItems(&reader)
        guard let primary = items.primary else { throw .malformed("no primary picture") }
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
        header.pages = max(1, items.topLevelPictures)
        header.minimumPages = header.pages ?? 1
        let tile = tiles.first.map { items.properties(of: $0) }
        header.colour = (properties.colour ?? tile?.colour ?? codec?.colour).map { .coded($0) }
        header.brightest = properties.brightest ?? tile?.brightest
        header.heif = HEIFLayout(
            chroma: codec?.chroma, tiles: max(1, tiles.count),
            isGrid: isDerived && items.isGrid(primary))
        (header.decodedWidth, header.decodedHeight) = properties.transformed(size)
        return header
    }
}
