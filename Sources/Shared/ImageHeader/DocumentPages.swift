package import ByteReading
import Glibc
import Jobs

/// Where a page of a document is.
package struct PagePlace: Sendable, Hashable {
    /// The decoder's number of it, from 0 on.
    package var number: Int
    /// TIFF: the offset of its directory. HEIF: the number of its item.
    package var place: UInt64
}

extension HeaderLimits {
    /// For a document of which all pages are looked at: a page takes some 300 bytes and 20 steps.
    package static let document = HeaderLimits(bytes: 4 << 20, steps: 1 << 17)
}

/// The header of a source of which each page is made: with all of its pages, and with what they take. `pages` is nil where
/// there are more than can be looked at.
package func readDocument(_ source: some ByteSource) throws(HeaderError) -> PictureHeader {
    let header = try readHeader(source)
    guard [.tiff, .heif, .avif].contains(header.format), header.pages.map({ $0 > 1 }) ?? true else { return header }
    var document = try readHeader(source, limits: .document)
    guard document.pictures.count > 1 else { return document }
    var reader = ByteReader(source, limits: .document)
    do throws(ParseFailure) {
        document.furtherPages = try furtherPages(of: document, &reader)
    } catch .overLimit {
        document.pages = nil
    } catch {
        throw error.headerError(for: document.format)
    }
    return document
}

/// The header of one page.
package func readPage(
    _ page: PagePlace, of document: PictureHeader, _ source: some ByteSource
) throws(HeaderError) -> PictureHeader {
    var reader = ByteReader(source, limits: HeaderLimits())
    do {
        return try header(of: page, in: document, items(of: document, &reader), &reader)
    } catch {
        throw error.headerError(for: document.format)
    }
}

/// - Parameter items: of a HEIF.
private func header(
    of page: PagePlace, in document: PictureHeader, _ items: HEIFHeader.Pages?, _ reader: inout ByteReader
) throws(ParseFailure) -> PictureHeader {
    var header =
        if let items { try items.header(of: page.place) } else { try TIFFHeader.read(&reader, pageAt: page.place) }
    guard header.width > 0, header.height > 0 else { throw .malformed("a width or height of 0") }
    (header.pages, header.minimumPages) = (document.pages, document.minimumPages)
    return header
}

private func items(
    of document: PictureHeader, _ reader: inout ByteReader
) throws(ParseFailure) -> HEIFHeader.Pages? {
    document.format == .tiff ? nil : try HEIFHeader.Pages(&reader, as: document.format)
}

/// Kinds of pages that are told apart; a document has a few.
private let mostKinds = 16

private func furtherPages(
    of document: PictureHeader, _ reader: inout ByteReader
) throws(ParseFailure) -> [PictureHeader] {
    var kinds: [(kind: PageKind, most: PictureHeader)] = []
    let items = try items(of: document, &reader)
    for page in document.pictures {
        let header: PictureHeader
        do throws(ParseFailure) {
            header = try ImageHeader.header(of: page, in: document, items, &reader)
        } catch .overLimit {
            throw .overLimit
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // The decoder will say so of the page.
            continue
        }
        let kind = PageKind(header)
        let known = kinds.firstIndex { $0.kind == kind } ?? (kinds.count < mostKinds ? nil : mostKinds - 1)
        if let known {
            kinds[known].most = kinds[known].most.joined(with: header)
        } else {
            kinds.append((kind, header))
        }
    }
    return kinds.map(\.most)
}

/// Pages that differ in nothing that matters for memory but, a little, in size.
private struct PageKind: Equatable {
    var bands: Int
    var depth: Int
    var hasAlpha: Bool
    var orientation: Int?
    var tile: [Int?]
    var isPlanar: Bool?
    var chroma: HEIFLayout.Chroma?
    /// In eighths of a power of two: what is scaled to one side is then about as long on the other.
    var shape: Int

    init(_ header: PictureHeader) {
        bands = header.bands
        depth = header.depth
        hasAlpha = header.hasAlpha
        orientation = header.orientation
        tile = [header.tiff?.tileWidth, header.tiff?.tileHeight]
        isPlanar = header.tiff?.isPlanar
        chroma = header.heif?.chroma
        shape = Int((log2(Double(header.width) / Double(header.height)) * 8).rounded())
    }
}

extension PictureHeader {
    /// What takes at least as much as either.
    fileprivate func joined(with other: PictureHeader) -> PictureHeader {
        var most = self
        most.width = max(width, other.width)
        most.height = max(height, other.height)
        most.decodedWidth = max(decodedWidth, other.decodedWidth)
        most.decodedHeight = max(decodedHeight, other.decodedHeight)
        most.bands = max(bands, other.bands)
        most.depth = max(depth, other.depth)
        most.hasAlpha = hasAlpha || other.hasAlpha
        most.orientation = [orientation, other.orientation].compactMap(\.self).max()
        if heif?.chroma != other.heif?.chroma { most.heif?.chroma = nil }
        func larger(_ key: KeyPath<TIFFLayout, Int?>) -> Int? {
            [tiff?[keyPath: key], other.tiff?[keyPath: key]].compactMap { $0 }.max()
        }
        most.tiff?.rowsPerStrip = larger(\.rowsPerStrip)
        most.tiff?.tileWidth = larger(\.tileWidth)
        most.tiff?.tileHeight = larger(\.tileHeight)
        most.tiff?.isPlanar = tiff?.isPlanar == true || other.tiff?.isPlanar == true
        return most
    }
}
