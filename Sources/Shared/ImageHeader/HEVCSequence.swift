import ByteReading

/// The colours in an HEVC sequence parameter set (ITU-T H.265, 7.3.2.2 and E.2.1).
enum HEVCSequence {
    /// - Parameter unit: the NAL unit, with its two bytes of header.
    /// - Returns: nil where nothing is said.
    static func colour(inUnit unit: ArraySlice<UInt8>) throws(ParseFailure) -> CodedColour? {
        let bytes = withoutEmulationPrevention(unit.dropFirst(2))
        var bits = BitCursor(bytes[...])
        try bits.skip(4)
        let layers = try bits.bits(3)
        try bits.skip(1)
        try skipProfile(&bits, subLayers: layers)
        _ = try bits.golomb()
        if try bits.golomb() == 3 { try bits.skip(1) }
        try skipNumbers(&bits, 2)
        if try bits.flag() { try skipNumbers(&bits, 4) }
        try skipNumbers(&bits, 2)
        let orderBits = try bits.golomb() + 4
        let isEachLayer = try bits.flag()
        for _ in 0..<(isEachLayer ? layers + 1 : 1) { try skipNumbers(&bits, 3) }
        try skipNumbers(&bits, 6)
        if try bits.flag(), try bits.flag() { try skipScalingLists(&bits) }
        try bits.skip(2)
        if try bits.flag() {
            try bits.skip(8)
            try skipNumbers(&bits, 2)
            try bits.skip(1)
        }
        try skipReferenceSets(&bits)
        if try bits.flag() {
            let count = try bits.golomb()
            guard count <= 32, orderBits <= 16 else { throw .malformed("too many long-term references") }
            try bits.skip(count * (orderBits + 1))
        }
        try bits.skip(2)
        return try bits.flag() ? usability(&bits) : nil
    }

    /// Of two zeros and a three the three is not the picture's.
    private static func withoutEmulationPrevention(_ unit: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var zeros = 0
        for byte in unit {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            bytes.append(byte)
        }
        return bytes
    }

    private static func skipNumbers(_ bits: inout BitCursor, _ count: Int) throws(ParseFailure) {
        for _ in 0..<count { _ = try bits.golomb() }
    }

    private static func skipProfile(_ bits: inout BitCursor, subLayers: Int) throws(ParseFailure) {
        try bits.skip(96)
        guard subLayers > 0 else { return }
        var length = 0
        for _ in 0..<8 {
            let told = try bits.bits(2)
            length += (told & 2 != 0 ? 88 : 0) + (told & 1 != 0 ? 8 : 0)
        }
        try bits.skip(length)
    }

    private static func skipScalingLists(_ bits: inout BitCursor) throws(ParseFailure) {
        for size in 0..<4 {
            for _ in stride(from: 0, to: 6, by: size == 3 ? 3 : 1) {
                guard try bits.flag() else {
                    _ = try bits.golomb()
                    continue
                }
                if size > 1 { _ = try bits.golomb() }
                try skipNumbers(&bits, min(64, 1 << (4 + 2 * size)))
            }
        }
    }

    private static func skipReferenceSets(_ bits: inout BitCursor) throws(ParseFailure) {
        let count = try bits.golomb()
        guard count <= 64 else { throw .malformed("\(count) sets of reference pictures") }
        var pictures = 0
        for index in 0..<count {
            var isPredicted = false
            if index > 0 { isPredicted = try bits.flag() }
            if isPredicted {
                try bits.skip(1)
                _ = try bits.golomb()
                var kept = 0
                for _ in 0...pictures {
                    var isKept = try bits.flag()
                    if !isKept { isKept = try bits.flag() }
                    if isKept { kept += 1 }
                }
                pictures = kept
            } else {
                pictures = try bits.golomb() + bits.golomb()
                guard pictures <= 32 else { throw .malformed("\(pictures) reference pictures") }
                for _ in 0..<pictures {
                    _ = try bits.golomb()
                    try bits.skip(1)
                }
            }
        }
    }

    private static func usability(_ bits: inout BitCursor) throws(ParseFailure) -> CodedColour? {
        if try bits.flag(), try bits.bits(8) == 255 { try bits.skip(32) }
        if try bits.flag() { try bits.skip(1) }
        guard try bits.flag() else { return nil }
        try bits.skip(3)
        var colour = CodedColour(primaries: 2, transfer: 2, matrix: 2, isFullRange: try bits.flag())
        if try bits.flag() {
            colour.primaries = try bits.bits(8)
            colour.transfer = try bits.bits(8)
            colour.matrix = try bits.bits(8)
        }
        return colour
    }
}
