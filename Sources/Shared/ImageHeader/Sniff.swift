import BitmapHeader
package import ByteReading
import Jobs

/// What a file is, by its content. Recognises the formats that are read as leniently as libvips' own loaders do.
package func sniff(_ source: some ByteSource) throws(HeaderError) -> ContentKind {
    let start = try source.read(at: 0, count: 1024)
    if start.isEmpty { return .empty }
    if let format = pictureFormat(start) { return .picture(format) }
    if let name = knownContent(start) { return .known(name) }
    return .unknown
}

private func pictureFormat(_ start: [UInt8]) -> PictureFormat? {
    if start.starts(with: [0xFF, 0xD8]) { return .jpeg }
    if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
    if start.has("GIF8") { return .gif }
    if start.has("RIFF"), start.has("WEBP", at: 8) { return .webp }
    if rawName(start) != nil { return .raw }
    // 42 is classic TIFF, 43 BigTIFF.
    if start.has("II*\0") || start.has("MM\0*") { return .tiff }
    if start.has("II+\0") || start.has("MM\0+") { return .tiff }
    if start.starts(with: [0xFF, 0x0A]) || start.starts(with: jxlContainer) { return .jxl }
    if start.has("ftyp", at: 4) { return heifFormat(start) }
    if BMP.isBegun(by: start) { return .bmp }
    if PNM.isBegun(by: start) { return .pnm }
    return nil
}

/// The first box of a JPEG XL in boxes.
private let jxlContainer: [UInt8] = [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A]

/// Goes by the major brand, then by what the file says it is compatible with.
private func heifFormat(_ start: [UInt8]) -> PictureFormat? {
    let size = start.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    // The major brand, the minor version that is no brand, then the compatible brands.
    let brands = ([8] + Array(stride(from: 16, to: min(size, start.count), by: 4)))
        .map { Array(start.dropFirst($0).prefix(4)) }
    let av1 = ["avif", "avis"].map { Array($0.utf8) }
    let hevc = ["heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs"].map { Array($0.utf8) }
    let either = ["mif1", "msf1"].map { Array($0.utf8) }
    guard let major = brands.first else { return nil }
    if av1.contains(major) { return .avif }
    if hevc.contains(major) { return .heif }
    let compatible = brands.dropFirst()
    if compatible.contains(where: av1.contains) { return .avif }
    if either.contains(major) || compatible.contains(where: hevc.contains) { return .heif }
    return compatible.contains(where: either.contains) ? .heif : nil
}

extension [UInt8] {
    /// Whether these characters (ASCII) stand at `offset`.
    func has(_ text: StaticString, at offset: Int = 0) -> Bool {
        text.withUTF8Buffer { dropFirst(offset).starts(with: $0) }
    }
}
