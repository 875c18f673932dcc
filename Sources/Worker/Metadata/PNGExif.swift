/// The `eXIf` chunk, else a "Raw profile type exif" (or APP1) text chunk as ImageMagick and exiftool write it.
func exifInPNG(_ source: PictureBytes) throws -> [UInt8]? {
    var offset: UInt64 = 8
    var fromText: [UInt8]?
    // A picture of 1 GB in chunks of 8 KB has 130,000.
    for _ in 0..<1_000_000 {
        guard let head = try source.bytes(at: offset, count: 8),
            let length = ByteOrder.big.uint32(head, at: 0)
        else { break }
        let kind = String(decoding: head[4..<8], as: UTF8.self)
        switch kind {
        case "eXIf":
            let block = try source.prefix(at: offset + 8, count: min(length, exifPayloadLimit))
            if block.count > 8 { return block }
        case "tEXt", "zTXt", "iTXt":
            guard fromText == nil, length <= exifPayloadLimit else { break }
            fromText = exif(inTextChunk: try source.prefix(at: offset + 8, count: length), kind: kind)
        case "IEND":
            return fromText
        default:
            break
        }
        offset += 12 + UInt64(length)
    }
    return fromText
}

private func exif(inTextChunk chunk: [UInt8], kind: String) -> [UInt8]? {
    guard let end = chunk.prefix(80).firstIndex(of: 0) else { return nil }
    let keyword = String(decoding: chunk[..<end], as: UTF8.self).lowercased()
    guard ["raw profile type exif", "raw profile type app1"].contains(keyword) else { return nil }
    var text = chunk[(end + 1)...]
    var isCompressed = false
    if kind == "zTXt" {
        isCompressed = true
        text = text.dropFirst(1)
    } else if kind == "iTXt" {
        // Compression flag and method, language tag, translated keyword.
        isCompressed = text.first == 1
        text = text.dropFirst(2)
        for _ in 0..<2 { text = text.drop { $0 != 0 }.dropFirst() }
    }
    if isCompressed {
        guard let inflated = inflate(zlib: Array(text), limit: 2 * exifPayloadLimit) else { return nil }
        text = inflated[...]
    }
    return exifBlock(fromRawProfile: text)
}

/// Decodes a raw profile: a line break, the profile's name, its length in decimal, then hexadecimal digits.
private func exifBlock(fromRawProfile text: ArraySlice<UInt8>) -> [UInt8]? {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    var rest = text.drop(while: isSpace)
    rest = rest.drop { !isSpace($0) }.drop(while: isSpace)
    rest = rest.drop { !isSpace($0) }
    var block: [UInt8] = []
    var high: UInt8?
    for byte in rest where !isSpace(byte) {
        let digit: UInt8
        switch byte {
        case 0x30...0x39: digit = byte - 0x30
        case 0x41...0x46: digit = byte - 0x41 + 10
        case 0x61...0x66: digit = byte - 0x61 + 10
        default: return nil
        }
        if let first = high {
            block.append(first << 4 | digit)
            high = nil
        } else {
            high = digit
        }
    }
    // An APP1 profile may hold XMP instead.
    let structure = withoutExifSignature(block)
    return structure.starts(with: [0x49, 0x49]) || structure.starts(with: [0x4D, 0x4D]) ? block : nil
}

/// Puts a `cICP` chunk right after the header chunk of a finished PNG: code points of ITU-T H.273, RGB in full range.
/// - Parameter descriptor: open for reading and writing; its offset is left alone.
/// - Throws: `MetadataError`; the file is then not to be used.
package func putCodedColour(in descriptor: Int32, primaries: UInt8, transfer: UInt8) throws {
    let editor = FileEditor(descriptor: descriptor)
    guard try editor.source().bytes(at: 12, count: 4) == Array("IHDR".utf8) else {
        throw MetadataError.unexpectedLayout("a PNG without header chunk")
    }
    try editor.replace(at: 33, count: 0, with: pngChunk("cICP", [primaries, transfer, 0, 1]))
}
