import ByteReading

/// The colour chunks of a PNG, in their order of precedence (PNG third edition, 12.1): cICP, iCCP, sRGB, then gAMA with
/// cHRM.
struct PNGColour {
    private var coded: CodedColour?
    private var isStandard = false
    private var measured: MeasuredColour?
    private var passedProfile: Range<UInt64>?
    private var brightest: [Double] = []

    /// - Parameter offset: of the chunk's data.
    mutating func take(
        _ chunk: UInt32, at offset: UInt64, length: UInt64, _ reader: inout ByteReader
    ) throws(ParseFailure) {
        switch chunk {
        case fourCharacters("cICP") where length == 4:
            coded = CodedColour(
                primaries: Int(try reader.uint8(at: offset)), transfer: Int(try reader.uint8(at: offset + 1)),
                matrix: Int(try reader.uint8(at: offset + 2)), isFullRange: try reader.uint8(at: offset + 3) != 0)
        case fourCharacters("sRGB"):
            isStandard = true
        case fourCharacters("iCCP") where isStandard && length <= 4 << 20:
            passedProfile = offset..<(try offset.plus(length))
        case fourCharacters("gAMA") where length == 4:
            let encoding = Double(try reader.uint32(at: offset)) / 100_000
            // Beyond that it is nothing that a picture was encoded with.
            guard (0.1...4).contains(encoding) else { return }
            measured = measured ?? MeasuredColour()
            measured?.gamma = 1 / encoding
        case fourCharacters("cHRM") where length == 32:
            var numbers: [Double] = []
            for index in 0..<8 {
                numbers.append(Double(try reader.uint32(at: offset + UInt64(index) * 4)) / 100_000)
            }
            measured = measured ?? MeasuredColour()
            measured?.chromaticities = Chromaticities(numbers)
        // Small first letters were those of drafts.
        case fourCharacters("cLLI"), fourCharacters("cLLi"):
            if length == 8 { brightest.append(Double(try reader.uint32(at: offset)) / 10_000) }
        case fourCharacters("mDCV"), fourCharacters("mDCv"):
            if length == 24 { brightest.append(Double(try reader.uint32(at: offset + 16)) / 10_000) }
        default: break
        }
    }

    func put(into header: inout PictureHeader) {
        if let coded {
            header.colour = .coded(coded)
            header.outranksProfile = true
        } else if isStandard {
            header.colour = .standard
        } else if let measured {
            header.colour = .measured(measured)
        }
        header.passedProfile = coded == nil ? passedProfile : nil
        header.brightest = brightest.filter { $0 > 0 }.min()
    }
}
