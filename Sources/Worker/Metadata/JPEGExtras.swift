/// What a JPEG has beside its picture that its decoder does not hand out: the rest of a long XMP packet, and an index of
/// further pictures behind it.
package struct JPEGExtras: Sendable, Equatable {
    /// The extended packet (XMP, part 3), put together; nil where there is none or a part of it is missing.
    package private(set) var extendedXMP: [UInt8]?
    /// Pictures that the index (CIPA DC-007, MPF) tells of, the main one among them, thumbnails not; 1 without one.
    package private(set) var pictures = 1
    /// Whether a segment says that one of them is a gain map (ISO 21496-1).
    package private(set) var hasGainMap = false

    /// Bytes of an extended packet that are put together; a larger one is left out.
    private static let mostExtended = 1 << 20

    /// Reads the segments before the picture's data.
    /// - Parameter guid: of the extended packet, as the main one has it in `HasExtendedXMP`; nil takes none.
    /// - Throws: what `source` throws; damage in the file is never an error.
    package init(in source: PictureBytes, guid: String?) throws {
        var offset: UInt64 = 2
        var parts: [(place: Int, bytes: [UInt8])] = []
        var (length, sum) = (0, 0)
        var wanted = guid
        // A sound file has under a hundred segments before its data, and a few hundred with a long packet.
        for _ in 0..<10_000 {
            let head = try source.prefix(at: offset, count: 4)
            guard head.count == 4 else { break }
            guard head[0] == 0xFF, head[1] != 0xFF else {
                offset += 1
                continue
            }
            if head[1] == 0xD9 || head[1] == 0xDA { break }
            if head[1] == 0 || head[1] == 1 || (0xD0...0xD8).contains(head[1]) {
                offset += 2
                continue
            }
            let size = Int(head[2]) << 8 | Int(head[3])
            guard size >= 2 else { break }
            if head[1] == 0xE1, let name = wanted,
                let part = try Self.part(of: name, in: source.prefix(at: offset + 4, count: size - 2))
            {
                length = part.length
                parts.append((part.place, part.bytes))
                sum += part.bytes.count
                if sum > length {
                    // More than it says to be: damaged, and no more of it is held.
                    parts = []
                    wanted = nil
                }
            } else if head[1] == 0xE2 {
                let segment = try source.prefix(at: offset + 4, count: min(size - 2, 2048))
                pictures = max(pictures, Self.pictures(in: segment))
                if segment.starts(with: Self.gainMap) { hasGainMap = true }
            }
            offset += 2 + UInt64(size)
        }
        extendedXMP = Self.joined(parts, length: length)
    }

    private static let gainMap = Array("urn:iso:std:iso:ts:21496:-1\0".utf8)
    private static let signature = Array("http://ns.adobe.com/xmp/extension/\0".utf8)

    private static func part(of guid: String, in segment: [UInt8]) -> (length: Int, place: Int, bytes: [UInt8])? {
        let start = signature.count
        guard segment.starts(with: signature), segment.count > start + 40,
            segment[start..<start + 32].elementsEqual(guid.utf8),
            let length = ByteOrder.big.uint32(segment, at: start + 32), length <= mostExtended,
            let place = ByteOrder.big.uint32(segment, at: start + 36)
        else { return nil }
        return (length, place, Array(segment[(start + 40)...]))
    }

    /// Nil unless the parts are all there, each once.
    private static func joined(_ parts: [(place: Int, bytes: [UInt8])], length: Int) -> [UInt8]? {
        guard length > 0 else { return nil }
        var packet: [UInt8] = []
        for part in parts.sorted(by: { $0.place < $1.place }) {
            guard part.place == packet.count, packet.count + part.bytes.count <= length else { return nil }
            packet += part.bytes
        }
        return packet.count == length ? packet : nil
    }

    /// The index is a TIFF structure; what its entries (tag 0xB002, 16 bytes each) call a large thumbnail is none.
    private static func pictures(in segment: [UInt8]) -> Int {
        guard segment.starts(with: Array("MPF\0".utf8)) else { return 1 }
        let index = Array(segment.dropFirst(4))
        let order: ByteOrder = index.first == 0x49 ? .little : .big
        guard let directory = order.uint32(index, at: 4), let count = order.uint16(index, at: directory) else {
            return 1
        }
        for field in 0..<min(count, 20) {
            let start = directory + 2 + field * 12
            guard order.uint16(index, at: start) == 0xB002, let bytes = order.uint32(index, at: start + 4),
                let place = order.uint32(index, at: start + 8)
            else { continue }
            let kinds = (0..<min(bytes / 16, 100)).compactMap { order.uint32(index, at: place + $0 * 16) }
            return max(1, kinds.count { $0 & 0xFF_0000 != 0x01_0000 })
        }
        return 1
    }
}
