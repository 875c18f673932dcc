package import ImageHeader
package import Jobs

/// The EXIF block of a picture, as a TIFF structure, with or without what opens it in JPEG; nil when it has none.
///
/// Found in the file itself, as libvips reports none for TIFF and PNG's text chunks. Reads headers and the block only,
/// at most some hundred KiB.
/// - Throws: what `source` throws; damage in the file is never an error.
package func exifBlock(in source: PictureBytes, format: PictureFormat) throws -> [UInt8]? {
    let block: [UInt8]? =
        switch format {
        case .jpeg: try exifInJPEG(source)
        case .png: try exifInPNG(source)
        case .webp: try exifInWebP(source)
        case .heif, .avif: try exifInHEIF(source)
        case .jxl: try boxInJXL("Exif", source).flatMap(exifStructure)
        case .tiff: try ExifDirectories(in: source)?.serialised()
        case .gif, .bmp, .pnm: nil
        // Its layout says where: see below.
        case .raw: nil
        }
    return try limited(block)
}

/// The same of a camera's RAW file.
package func exifBlock(in source: PictureBytes, raw: RAWLayout) throws -> [UInt8]? {
    let block: [UInt8]? =
        switch raw.exif {
        case .tiff: try ExifDirectories(in: source)?.serialised()
        case .jpeg(let start): try exifInJPEG(source.part(from: start))
        case .blocks(let blocks): try exifInBlocks(source, blocks)?.serialised()
        case .none: nil
        }
    return try limited(block)
}

/// libexif reads 64 KiB; a larger block is cut down to what counts, as its GPS may stand behind a big maker note.
private func limited(_ block: [UInt8]?) throws -> [UInt8]? {
    guard let block, block.count > exifBlockLimit else { return block }
    return try ExifDirectories(in: PictureBytes(withoutExifSignature(block)))?.serialised()
}

/// TIFF structures of a directory each: the picture's, EXIF's, GPS'.
private func exifInBlocks(_ source: PictureBytes, _ blocks: [Range<UInt64>]) throws -> ExifDirectories? {
    guard let first = blocks.first(where: { !$0.isEmpty }) else { return nil }
    var directories = try ExifDirectories(in: source.part(from: first.lowerBound))
    for (index, block) in blocks.enumerated().dropFirst() where !block.isEmpty {
        guard let own = try ExifDirectories(first: index == 1 ? .exif : .gps, in: source.part(from: block.lowerBound)),
            own.order == directories?.order
        else { continue }
        if index == 1 { directories?.exif = own.exif } else { directories?.gps = own.gps }
    }
    return directories
}

/// Bytes of a block that libexif reads whole.
let exifBlockLimit = 65_500
/// Bytes of a block that is looked at before it is cut down.
let exifPayloadLimit = 4 << 20

/// The first APP1 segment with the EXIF signature before the picture's data.
private func exifInJPEG(_ source: PictureBytes) throws -> [UInt8]? {
    var offset: UInt64 = 2
    // A sound file has under a hundred segments before its data.
    for _ in 0..<10_000 {
        let head = try source.prefix(at: offset, count: 10)
        guard head.count >= 4 else { return nil }
        guard head[0] == 0xFF else {
            offset += 1  // Bytes between segments: not allowed, but met, and decoders skip them.
            continue
        }
        switch head[1] {
        case 0xFF:
            offset += 1  // Fill bytes.
        case 0x00, 0x01, 0xD0...0xD8:
            offset += 2
        case 0xD9, 0xDA:
            return nil
        default:
            let length = Int(head[2]) << 8 | Int(head[3])
            guard length >= 2 else { return nil }
            if head[1] == 0xE1, head.dropFirst(4).elementsEqual(exifSignature) {
                let block = try source.prefix(at: offset + 4, count: length - 2)
                if block.count > 14 { return block }
            }
            offset += 2 + UInt64(length)
        }
    }
    return nil
}

/// The EXIF chunk of an extended WebP.
private func exifInWebP(_ source: PictureBytes) throws -> [UInt8]? {
    var offset: UInt64 = 12
    for _ in 0..<100_000 {
        guard let head = try source.bytes(at: offset, count: 8),
            let length = ByteOrder.little.unsigned(head, at: 4, width: 4)
        else { return nil }
        if head.starts(with: Array("EXIF".utf8)) {
            return try source.prefix(at: offset + 8, count: Int(min(length, UInt64(exifPayloadLimit))))
        }
        offset += 8 + length + length % 2
    }
    return nil
}
