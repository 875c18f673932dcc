/// The byte order of a TIFF structure, and integers read and written in it, bounds-checked.
enum ByteOrder: Sendable {
    /// "II", Intel.
    case little
    /// "MM", Motorola.
    case big

    /// An unsigned integer of `width` bytes, at most 8; nil where `bytes` ends before it does.
    func unsigned(_ bytes: some RandomAccessCollection<UInt8>, at offset: Int, width: Int) -> UInt64? {
        guard offset >= 0, width <= 8, offset <= bytes.count, width <= bytes.count - offset else { return nil }
        let start = bytes.index(bytes.startIndex, offsetBy: offset)
        let slice = bytes[start..<bytes.index(start, offsetBy: width)]
        return switch self {
        case .big: slice.reduce(0) { $0 << 8 | UInt64($1) }
        case .little: slice.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    func uint16(_ bytes: some RandomAccessCollection<UInt8>, at offset: Int) -> Int? {
        unsigned(bytes, at: offset, width: 2).map { Int($0) }
    }

    func uint32(_ bytes: some RandomAccessCollection<UInt8>, at offset: Int) -> Int? {
        unsigned(bytes, at: offset, width: 4).map { Int($0) }
    }

    /// The low `width` bytes of `value`.
    func bytes(_ value: Int, width: Int) -> [UInt8] {
        let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return self == .little ? little : little.reversed()
    }
}

/// What opens an EXIF block in JPEG's APP1 segment, and often elsewhere.
let exifSignature: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]

/// The TIFF structure of an EXIF block, without what opens it.
func withoutExifSignature(_ block: [UInt8]) -> [UInt8] {
    block.starts(with: exifSignature) ? Array(block.dropFirst(exifSignature.count)) : block
}

/// ASCII letters in lower case, for searches that mind no case.
func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
}

/// Whether `needle` stands anywhere in `bytes`.
func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    guard let first = needle.first, bytes.count >= needle.count else { return false }
    return (0...(bytes.count - needle.count)).contains { start in
        bytes[start] == first && bytes[start..<start + needle.count].elementsEqual(needle)
    }
}
