package import Jobs

/// Makes a finished picture carry exactly this EXIF block, or none: what the encoder put there goes.
///
/// libvips 8.14.1 cannot be told to: it makes up a block for JPEG, WebP and AVIF, drops what it has no field for, and
/// writes none into TIFF and JPEG XL. GIF has no place for one and is left alone.
/// - Parameters:
///   - descriptor: of the file, open for reading and writing; its offset is left alone. The file may change its size.
///   - exif: a TIFF structure as `rewriteExif` gives it, at most 65,527 bytes.
///   - iptc: bare datasets as `rewriteIPTC` gives them for TIFF, which libvips 8.14.1 writes a quarter of; others have
///     theirs from the encoder.
///   - xmp: a packet for JPEG XL, into which libvips 8.14.1 writes none; others have theirs from the encoder.
/// - Throws: `MetadataError`; the file is then not to be used.
package func replaceExif(
    in descriptor: Int32, format: PictureFormat, with exif: [UInt8]?, iptc: [UInt8]? = nil, xmp: [UInt8]? = nil
) throws {
    let structure = exif.map(withoutExifSignature)
    let editor = FileEditor(descriptor: descriptor)
    switch format {
    case .jpeg: try replaceInJPEG(editor, structure)
    case .png: try replaceInPNG(editor, structure)
    case .webp: try replaceInWebP(editor, structure)
    case .heif, .avif: try replaceInHEIF(editor, structure)
    case .jxl: try putInJXL(editor, exif: structure, xmp: xmp)
    case .tiff: try replaceInTIFF(editor, structure, iptc: iptc)
    // The one has no place for it, the others are never written.
    case .gif, .raw, .bmp, .pnm: break
    }
}

// MARK: JPEG

/// The first segment in place of every EXIF segment; a JFIF header where that would leave neither, as decoders guess
/// the colours of a bare stream.
private func replaceInJPEG(_ editor: FileEditor, _ exif: [UInt8]?) throws {
    let source = try editor.source()
    guard try source.bytes(at: 0, count: 2) == [0xFF, 0xD8] else { throw MetadataError.unexpectedLayout("not a JPEG") }
    var offset: UInt64 = 2
    var found: [(offset: UInt64, count: UInt64)] = []
    var hasHeader = false
    while let head = try source.bytes(at: offset, count: 10), head[0] == 0xFF, head[1] != 0xDA {
        let count = 2 + UInt64(head[2]) << 8 + UInt64(head[3])
        if head[1] == 0xE1, head.dropFirst(4).elementsEqual(exifSignature) { found.append((offset, count)) }
        // JFIF's APP0, or Adobe's APP14, which CMYK needs and which tells the colours too.
        if head[1] == 0xE0 || head[1] == 0xEE { hasHeader = true }
        offset += count
    }
    for segment in found.reversed() { try editor.replace(at: segment.offset, count: segment.count, with: []) }
    if let exif {
        let payload = exifSignature + exif
        guard payload.count <= 65_533 else { throw MetadataError.unexpectedLayout("the EXIF block is too large") }
        let segment = [0xFF, 0xE1] + ByteOrder.big.bytes(payload.count + 2, width: 2) + payload
        try editor.replace(at: 2, count: 0, with: segment)
    } else if !hasHeader {
        let header: [UInt8] = [0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]
        try editor.replace(at: 2, count: 0, with: header)
    }
}

// MARK: PNG

/// An `eXIf` chunk right after the header chunk, in place of any other.
private func replaceInPNG(_ editor: FileEditor, _ exif: [UInt8]?) throws {
    let source = try editor.source()
    guard try source.bytes(at: 12, count: 4) == Array("IHDR".utf8) else {
        throw MetadataError.unexpectedLayout("a PNG without header chunk")
    }
    var offset: UInt64 = 8
    var found: [(offset: UInt64, count: UInt64)] = []
    while let head = try source.bytes(at: offset, count: 8), let length = ByteOrder.big.uint32(head, at: 0) {
        let count = 12 + UInt64(length)
        if head[4...].elementsEqual("eXIf".utf8) { found.append((offset, count)) }
        offset += count
    }
    for chunk in found.reversed() { try editor.replace(at: chunk.offset, count: chunk.count, with: []) }
    guard let exif else { return }
    try editor.replace(at: 33, count: 0, with: pngChunk("eXIf", exif))
}

/// A whole chunk, with its length and checksum.
package func pngChunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let checked = Array(name.utf8) + data
    return ByteOrder.big.bytes(data.count, width: 4) + checked + ByteOrder.big.bytes(Int(crc32(checked)), width: 4)
}

/// The checksum of PNG's chunks (ISO 3309).
private func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
        (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
}

// MARK: WebP

/// An EXIF chunk at the end (before XMP, which comes last), and the flag that announces it.
private func replaceInWebP(_ editor: FileEditor, _ exif: [UInt8]?) throws {
    let source = try editor.source()
    guard let header = try source.bytes(at: 0, count: 21), header[8..<12].elementsEqual("WEBP".utf8) else {
        throw MetadataError.unexpectedLayout("not a WebP")
    }
    let isExtended = header[12..<16].elementsEqual("VP8X".utf8)
    var offset: UInt64 = 12
    var found: (offset: UInt64, count: UInt64)?
    var insertion: UInt64?
    while let head = try source.bytes(at: offset, count: 8),
        let length = ByteOrder.little.unsigned(head, at: 4, width: 4)
    {
        let count = 8 + length + length % 2
        if head.starts(with: Array("EXIF".utf8)) { found = (offset, min(count, source.size - offset)) }
        if head.starts(with: Array("XMP ".utf8)) { insertion = insertion ?? offset }
        offset += count
    }
    if exif == nil && found == nil { return }
    guard isExtended else { throw MetadataError.unexpectedLayout("a WebP without extended header") }
    var chunk: [UInt8] = []
    if let exif {
        // Chunks start on even offsets.
        chunk = Array("EXIF".utf8) + ByteOrder.little.bytes(exif.count, width: 4) + exif
        if exif.count % 2 == 1 { chunk.append(0) }
    }
    let place = found ?? (insertion ?? source.size, 0)
    try editor.replace(at: place.offset, count: place.count, with: chunk)
    let exifFlag: UInt8 = 0x08
    try editor.write([exif == nil ? header[20] & ~exifFlag : header[20] | exifFlag], at: 20)
    try editor.write(ByteOrder.little.bytes(Int(try editor.source().size) - 8, width: 4), at: 4)
}
