import ByteReading

/// The colours in an AV1 sequence header (AV1 Bitstream & Decoding Process, 5.5).
enum AV1Sequence {
    /// From the units of an `av1C` box; nil where no sequence header is among them.
    static func colour(inUnits bytes: ArraySlice<UInt8>) throws(ParseFailure) -> CodedColour? {
        var rest = bytes
        while let head = rest.popFirst() {
            if head & 4 != 0 { rest = rest.dropFirst() }
            var length = rest.count
            if head & 2 != 0 {
                length = 0
                for place in 0..<8 {
                    guard let byte = rest.popFirst() else { throw .endOfFile }
                    length |= Int(byte & 0x7F) << (7 * place)
                    if byte & 0x80 == 0 { break }
                }
            }
            guard length <= rest.count else { throw .endOfFile }
            let isSequenceHeader = head >> 3 & 15 == 1
            if isSequenceHeader { return try colour(inHeader: BitCursor(rest.prefix(length))) }
            rest = rest.dropFirst(length)
        }
        return nil
    }

    private static func colour(inHeader start: BitCursor) throws(ParseFailure) -> CodedColour {
        var bits = start
        let profile = try bits.bits(3)
        try bits.skip(1)
        let isReduced = try bits.flag()
        if isReduced { try bits.skip(5) } else { try skipOperatingPoints(&bits) }
        let (wide, high) = (try bits.bits(4) + 1, try bits.bits(4) + 1)
        try bits.skip(wide + high)
        if !isReduced, try bits.flag() { try bits.skip(7) }
        try bits.skip(3)
        if !isReduced { try skipTools(&bits) }
        try bits.skip(3)
        return try colourConfiguration(&bits, profile: profile)
    }

    private static func skipOperatingPoints(_ bits: inout BitCursor) throws(ParseFailure) {
        var delay: Int?
        if try bits.flag() {
            try bits.skip(64)
            if try bits.flag() { _ = try bits.golomb() }
            if try bits.flag() {
                delay = try bits.bits(5) + 1
                try bits.skip(42)
            }
        }
        let hasDisplayDelay = try bits.flag()
        for _ in 0...(try bits.bits(5)) {
            try bits.skip(12)
            if try bits.bits(5) > 7 { try bits.skip(1) }
            if let delay, try bits.flag() { try bits.skip(2 * delay + 1) }
            if hasDisplayDelay, try bits.flag() { try bits.skip(4) }
        }
    }

    private static func skipTools(_ bits: inout BitCursor) throws(ParseFailure) {
        try bits.skip(4)
        let hasOrder = try bits.flag()
        if hasOrder { try bits.skip(2) }
        let choosesScreenTools = try bits.flag()
        let mayUseScreenTools = try choosesScreenTools ? true : bits.flag()
        if mayUseScreenTools, try !bits.flag() { try bits.skip(1) }
        if hasOrder { try bits.skip(3) }
    }

    private static func colourConfiguration(
        _ bits: inout BitCursor, profile: Int
    ) throws(ParseFailure) -> CodedColour {
        let isDeep = try bits.flag()
        if profile == 2, isDeep { try bits.skip(1) }
        let isMonochrome = try profile == 1 ? false : bits.flag()
        // 2 is "unspecified".
        var colour = CodedColour(primaries: 2, transfer: 2, matrix: 2, isFullRange: true)
        if try bits.flag() {
            colour.primaries = try bits.bits(8)
            colour.transfer = try bits.bits(8)
            colour.matrix = try bits.bits(8)
        }
        let isIdentity = colour.primaries == 1 && colour.transfer == 13 && colour.matrix == 0
        if isMonochrome || !isIdentity { colour.isFullRange = try bits.flag() }
        return colour
    }
}
