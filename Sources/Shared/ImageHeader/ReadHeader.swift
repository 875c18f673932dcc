import BitmapHeader
package import ByteReading
import Jobs

/// Reads what a picture says about itself. Never decodes, never traps, and stops at `limits`.
///
/// A header that is damaged behind the width and height still counts: decoders are that lenient too.
package func readHeader(
    _ source: some ByteSource, limits: HeaderLimits = HeaderLimits()
) throws(HeaderError) -> PictureHeader {
    switch try sniff(source) {
    case .empty: throw .empty
    case .unknown: throw .unknown
    case .known(let name): throw .unsupported(name)
    case .picture(let format):
        do {
            return try header(of: format, ByteReader(source, limits: limits))
        } catch {
            throw error.headerError(for: format)
        }
    }
}

private func header(of format: PictureFormat, _ start: ByteReader) throws(ParseFailure) -> PictureHeader {
    var reader = start
    let header =
        switch format {
        case .jpeg: try JPEGHeader.read(&reader)
        case .png: try PNGHeader.read(&reader)
        case .webp: try WebPHeader.read(&reader)
        case .tiff: try TIFFHeader.read(&reader)
        case .gif: try GIFHeader.read(&reader)
        case .heif, .avif: try HEIFHeader.read(&reader, as: format)
        case .jxl: try JXLHeader.read(&reader)
        case .raw: try RAWHeader.read(&reader)
        case .bmp: try PictureHeader(.bmp, &reader, BMP.layout)
        case .pnm: try PictureHeader(.pnm, &reader, PNM.layout)
        }
    guard header.width > 0, header.height > 0 else { throw .malformed("a width or height of 0") }
    return header
}

extension PictureHeader {
    fileprivate init(
        _ format: PictureFormat, _ reader: inout ByteReader, _ read: (BitmapBytes) throws(BitmapFault) -> BitmapLayout
    ) throws(ParseFailure) {
        var failure: ParseFailure?
        let layout: BitmapLayout
        do throws(BitmapFault) {
            layout = try read { offset, count in
                do throws(ParseFailure) {
                    return try reader.upTo(count, at: offset)
                } catch {
                    failure = error
                    return nil
                }
            }
        } catch {
            switch error {
            case .endOfFile: throw failure ?? .endOfFile
            case .malformed(let reason): throw .malformed(reason)
            case .unsupported(let name): throw .unsupported(name)
            }
        }
        self.init(
            format: format, width: layout.width, height: layout.height, bands: layout.bands, depth: layout.depth,
            pages: layout.hasMorePages ? nil : layout.pages)
        minimumPages = layout.pages
        hasAlpha = layout.hasAlpha
        bitmap = layout
    }
}

extension ByteReader {
    /// What has been read already is not read again.
    fileprivate mutating func upTo(_ count: Int, at offset: UInt64) throws(ParseFailure) -> [UInt8] {
        do throws(ParseFailure) {
            return Array(try bytes(at: offset, count: count))
        } catch .endOfFile {
            return try prefix(at: offset, count: count)
        }
    }
}
