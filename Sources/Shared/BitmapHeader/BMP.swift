/// BMP, of Windows (headers of 40, 52, 56, 108 and 124 bytes) and of OS/2 (12, 16 and 64).
package enum BMP {
    private static let sizes = [12, 16, 40, 52, 56, 64, 108, 124]

    /// Whether a file begins like one.
    package static func isBegun(by start: [UInt8]) -> Bool {
        start.count >= 18 && start.starts(with: [0x42, 0x4D]) && start[15] == 0 && start[16] == 0 && start[17] == 0
            && sizes.contains(Int(start[14]))
    }

    /// What a file of OS/2 is that holds several of them, or icons.
    package static func isArray(_ start: [UInt8]) -> Bool {
        start.starts(with: [0x42, 0x41]) && start.dropFirst(14).starts(with: [0x42, 0x4D])
    }

    package static func layout(_ bytes: BitmapBytes) throws(BitmapFault) -> BitmapLayout {
        // The largest header, masks and 256 colours.
        guard let start = bytes(0, 14 + 124 + 16 + 1024) else { throw .endOfFile }
        let fields = Fields(bytes: start)
        let size = Int(try fields.number(14, 4))
        guard sizes.contains(size) else { throw .malformed("a header of \(size) bytes") }
        let isCore = size == 12
        let width = isCore ? Int(try fields.number(18, 2)) : Int(Int32(bitPattern: try fields.number(18, 4)))
        let height = isCore ? Int(try fields.number(20, 2)) : Int(Int32(bitPattern: try fields.number(22, 4)))
        let bits = Int(try fields.number(isCore ? 24 : 28, 2))
        guard width > 0, height != 0 else { throw .malformed("a size of \(width) x \(height)") }
        let compression = size >= 40 ? Int(try fields.number(30, 4)) : 0
        let coding = try coding(bits: bits, compression, isOS2: size == 64)
        var layout = BitmapLayout(coding, width: width, height: abs(height), bands: 3)
        layout.isBottomUp = height > 0
        if size >= 40 { layout.density = density(try fields.number(38, 4), try fields.number(42, 4)) }
        try readMasks(fields, size: size, bits: bits, compression, into: &layout)
        if size == 124 { try readProfile(fields, bytes, into: &layout) }
        // Masks follow the shortest header that can have them.
        let masks = size == 40 && compression == 3 ? 12 : size == 40 && compression == 6 ? 16 : 0
        try readColours(fields, at: 14 + size + masks, of: isCore ? 3 : 4, size: size, bits: bits, into: &layout)
        if case .runs = coding { return layout }
        layout.lineBytes = (UInt64(width) * UInt64(bits) + 31) / 32 * 4
        return layout
    }

    // MARK: Kinds

    private static func coding(
        bits: Int, _ compression: Int, isOS2: Bool
    ) throws(BitmapFault) -> BitmapLayout.Coding {
        switch (compression, bits) {
        case (0, 1), (0, 2), (0, 4), (0, 8): return .indexed(bits: bits)
        case (0, 16), (0, 24), (0, 32): return .fields(bits: bits)
        case (0, 64): throw .unsupported("BMP of 64 bits a pixel")
        case (1, 8), (2, 4): return .runs(bits: bits)
        case (3, _) where isOS2: throw .unsupported("BMP of OS/2 in Huffman's code")
        case (4, _) where isOS2: throw .unsupported("BMP of OS/2 in runs of 24 bits")
        case (3, 16), (3, 32), (6, 16), (6, 32): return .fields(bits: bits)
        case (4, _): throw .unsupported("BMP with a JPEG in it")
        case (5, _): throw .unsupported("BMP with a PNG in it")
        case (11...13, _): throw .unsupported("BMP of CMYK")
        case (0, _): throw .malformed("\(bits) bits a pixel")
        default: throw .malformed("\(bits) bits a pixel in compression \(compression)")
        }
    }

    private static func density(_ across: UInt32, _ down: UInt32) -> BitmapLayout.Density? {
        let sound: ClosedRange<UInt32> = 1...1_000_000
        guard sound.contains(across), sound.contains(down) else { return nil }
        return .init(across: Int(across), down: Int(down))
    }

    // MARK: Masks

    private static func readMasks(
        _ fields: Fields, size: Int, bits: Int, _ compression: Int, into layout: inout BitmapLayout
    ) throws(BitmapFault) {
        guard case .fields = layout.coding else { return }
        layout.masks = bits == 16 ? [0x7C00, 0x03E0, 0x001F, 0] : [0xFF_0000, 0xFF00, 0xFF, 0]
        guard compression != 0 else { return }
        for band in 0..<3 { layout.masks[band] = try fields.number(54 + 4 * band, 4) }
        if size >= 56 || compression == 6 { layout.masks[3] = try fields.number(66, 4) }
        if bits == 16 { layout.masks = layout.masks.map { $0 & 0xFFFF } }
        guard
            layout.masks.allSatisfy({ mask in
                let ones = mask >> UInt32(mask.trailingZeroBitCount)
                return mask == 0 || ones & (ones &+ 1) == 0
            })
        else { throw .malformed("bits of a colour that are not side by side") }
        guard layout.masks[..<3].contains(where: { $0 != 0 }) else { throw .malformed("no bits for colours") }
        if layout.masks[3] != 0 { layout.bands = 4 }
        let most = layout.masks.map(\.nonzeroBitCount).max() ?? 8
        layout.depth = most <= 8 ? 8 : min(16, most)
    }

    // MARK: Profile

    private static func readProfile(
        _ fields: Fields, _ bytes: BitmapBytes, into layout: inout BitmapLayout
    ) throws(BitmapFault) {
        switch try fields.number(70, 4) {
        case 0x4D42_4544:
            let (offset, count) = (try fields.number(126, 4), try fields.number(130, 4))
            let start = UInt64(offset) + 14
            let last = start + UInt64(max(count, 1)) - 1
            guard count > 0, count <= mostProfile, bytes(last, 1)?.count == 1 else {
                layout.warnings.append("profile: its place in the file is no such place: not used")
                return
            }
            layout.profile = start..<(last + 1)
        case 0x4C49_4E4B: layout.warnings.append("profile: it is in another file: not used")
        default: break
        }
    }

    private static let mostProfile: UInt32 = 8 << 20

    // MARK: Colours

    /// The colours, and where the lines begin: behind them, or where the file says.
    private static func readColours(
        _ fields: Fields, at place: Int, of entry: Int, size: Int, bits: Int, into layout: inout BitmapLayout
    ) throws(BitmapFault) {
        let told = Int(try fields.number(10, 4))
        let listed = size >= 40 ? Int(try fields.number(46, 4)) : 0
        guard bits <= 8 else {
            // There may be colours for screens that have few of them.
            layout.offset = UInt64(told >= place ? told : place + entry * min(listed, 256))
            return
        }
        var count = listed > 0 ? min(listed, 256) : 1 << bits
        // There is no room for all of them. For none at all there cannot be.
        if told >= place + entry { count = min(count, (told - place) / entry) }
        layout.offset = UInt64(told >= place + entry ? told : place + entry * count)
        var isGrey = true
        for index in 0..<count {
            // Blue comes first.
            let colour = try fields.number(place + entry * index, 3)
            let red = UInt8(truncatingIfNeeded: colour >> 16)
            let green = UInt8(truncatingIfNeeded: colour >> 8)
            let blue = UInt8(truncatingIfNeeded: colour)
            layout.colours += [red, green, blue]
            if red != green || green != blue { isGrey = false }
        }
        if isGrey && layout.profile == nil { layout.bands = 1 }
    }
}

/// Numbers of a header, the lowest byte first.
private struct Fields {
    let bytes: [UInt8]

    func number(_ offset: Int, _ count: Int) throws(BitmapFault) -> UInt32 {
        guard offset >= 0, offset + count <= bytes.count else { throw .endOfFile }
        var value: UInt32 = 0
        for place in (offset..<(offset + count)).reversed() { value = value << 8 | UInt32(bytes[place]) }
        return value
    }
}
