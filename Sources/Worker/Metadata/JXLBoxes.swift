import Glibc

/// What a box of JPEG XL holds, unpacked where it is packed with Brotli; nil where there is none, or the file is a bare
/// codestream, which has no boxes.
/// - Parameter kind: `Exif` or `xml `.
func boxInJXL(_ kind: String, _ source: PictureBytes) throws -> [UInt8]? {
    for box in try boxesOfJXL(source) {
        if box.kind == kind { return try source.prefix(at: box.body, count: Int(min(box.length, mostBytes))) }
        guard box.kind == "brob", box.length > 4,
            try source.bytes(at: box.body, count: 4)?.elementsEqual(kind.utf8) == true
        else { continue }
        let packed = try source.prefix(at: box.body + 4, count: Int(min(box.length - 4, mostBytes)))
        guard let unpacked = try unpack(brotli: packed) else {
            throw MetadataError.unexpectedLayout("its \(kind.trimmed) box is damaged")
        }
        return unpacked
    }
    return nil
}

/// The XMP packet of a JPEG XL; nil where there is none.
package func xmpInJXL(_ source: PictureBytes) throws -> [UInt8]? {
    let packet = try boxInJXL("xml ", source)
    return packet?.isEmpty == false ? packet : nil
}

/// Bytes of a box that are looked at, packed and unpacked.
private let mostBytes = UInt64(exifPayloadLimit)

private struct JXLBox {
    var kind: String
    var offset: UInt64
    /// Where its content begins, and its bytes.
    var body: UInt64
    var length: UInt64
}

/// None for a bare codestream; up to the first that is damaged.
private func boxesOfJXL(_ source: PictureBytes) throws -> [JXLBox] {
    var boxes: [JXLBox] = []
    var offset: UInt64 = 0
    guard try source.bytes(at: 4, count: 4)?.elementsEqual("JXL ".utf8) == true else { return [] }
    while boxes.count < 10_000 {
        let header = try source.prefix(at: offset, count: 16)
        let available = Int(clamping: source.size - min(source.size, offset))
        guard let box = HEIFBox(header: header[...], offset: 0, available: available) else { return boxes }
        boxes.append(
            JXLBox(
                kind: box.kind, offset: offset, body: offset + UInt64(box.headerSize),
                length: UInt64(box.size - box.headerSize)))
        offset += UInt64(box.size)
    }
    return boxes
}

// MARK: Brotli

/// By the library that libjxl brings along; linking it would make it a dependency. Nil for what is damaged, or unpacks to
/// more than is looked at.
private func unpack(brotli bytes: [UInt8]) throws -> [UInt8]? {
    typealias Decompress =
        @convention(c) (
            Int, UnsafePointer<UInt8>, UnsafeMutablePointer<Int>, UnsafeMutablePointer<UInt8>
        ) -> Int32
    guard let symbol = dlsym(nil, "BrotliDecoderDecompress") else {
        throw MetadataError.unexpectedLayout("a box is packed with Brotli, and libbrotlidec is not there")
    }
    let decompress = unsafeBitCast(symbol, to: Decompress.self)
    // A few bytes may unpack to many: room is made as it is needed.
    var room = 64 << 10
    while room <= Int(mostBytes) {
        var isDone = false
        let unpacked = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            var length = room
            isDone = decompress(bytes.count, bytes, &length, start) == 1
            count = isDone ? min(length, room) : 0
        }
        if isDone { return unpacked }
        room *= 4
    }
    return nil
}

// MARK: Writing

/// Puts boxes of EXIF and XMP before the codestream of a JPEG XL that has none, and makes a bare codestream a file of boxes
/// where there is something to put.
func putInJXL(_ editor: FileEditor, exif: [UInt8]?, xmp: [UInt8]?) throws {
    // No bytes before the TIFF structure.
    let blocks = (exif.map { box("Exif", [0, 0, 0, 0] + $0) } ?? []) + (xmp.map { box("xml ", $0) } ?? [])
    guard !blocks.isEmpty else { return }
    let source = try editor.source()
    if try source.bytes(at: 0, count: 2) == [0xFF, 0x0A] {
        let signature = box("JXL ", [0x0D, 0x0A, 0x87, 0x0A])
        let brand = box("ftyp", Array("jxl \0\0\0\0jxl ".utf8))
        // Without a length a box goes to the end of the file.
        let length = Int(clamping: source.size + 8)
        let codestream = ByteOrder.big.bytes(length <= Int(UInt32.max) ? length : 0, width: 4) + Array("jxlc".utf8)
        return try editor.replace(at: 0, count: 0, with: signature + brand + blocks + codestream)
    }
    guard let codestream = try boxesOfJXL(source).first(where: { $0.kind == "jxlc" || $0.kind == "jxlp" }) else {
        throw MetadataError.unexpectedLayout("a JPEG XL without a codestream")
    }
    try editor.replace(at: codestream.offset, count: 0, with: blocks)
}

private func box(_ kind: String, _ content: [UInt8]) -> [UInt8] {
    ByteOrder.big.bytes(content.count + 8, width: 4) + Array(kind.utf8) + content
}

extension String {
    /// `xml ` without its blank.
    fileprivate var trimmed: String { last == " " ? String(dropLast()) : self }
}
