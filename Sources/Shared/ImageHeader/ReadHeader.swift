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
        }
    guard header.width > 0, header.height > 0 else { throw .malformed("a width or height of 0") }
    return header
}
