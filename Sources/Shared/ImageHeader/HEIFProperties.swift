import ByteReading

/// One property of an `ipco` box: what is needed of it.
enum HEIFProperty {
    case size(width: Int, height: Int)
    case codec(HEIFCodec)
    case depth(Int)
    /// Pixels left after cropping.
    case crop(width: Int, height: Int)
    /// Whether width and height change places.
    case rotation(turnsAside: Bool)
    case mirror
    case auxiliaryAlpha
    case auxiliary(HEIFLayout.Companion)
    /// `nclx`, not a profile.
    case colour(CodedColour)
    /// cd/m²
    case brightest(Double)
    case other
}

/// What `hvcC` or `av1C` says of the coded picture.
struct HEIFCodec {
    var isAV1: Bool
    /// Bits per band.
    var depth: Int
    var chroma: HEIFLayout.Chroma
    /// As the coded picture says it.
    var colour: CodedColour?
}

/// The properties of one item, in the order in which they apply.
struct HEIFProperties {
    var list: [HEIFProperty] = []

    var size: (width: Int, height: Int)? {
        for case .size(let width, let height) in list { return (width, height) }
        return nil
    }

    var codec: HEIFCodec? {
        for case .codec(let codec) in list { return codec }
        return nil
    }

    var depth: Int? {
        for case .depth(let depth) in list { return depth }
        return nil
    }

    var colour: CodedColour? {
        for case .colour(let colour) in list { return colour }
        return nil
    }

    /// Of several, which describe the picture and the display, the least.
    var brightest: Double? {
        list.compactMap { if case .brightest(let light) = $0 { light } else { nil } }.min()
    }

    var isAlpha: Bool {
        list.contains { if case .auxiliaryAlpha = $0 { true } else { false } }
    }

    var companion: HEIFLayout.Companion? {
        for case .auxiliary(let companion) in list { return companion }
        return nil
    }

    /// Whether they say how the picture is to be turned, be it not at all.
    var stateTurn: Bool {
        list.contains {
            switch $0 {
            case .rotation, .mirror: true
            default: false
            }
        }
    }

    /// The size after the crops and rotations.
    func transformed(_ size: (width: Int, height: Int)) -> (Int, Int) {
        var (width, height) = size
        for property in list {
            switch property {
            case .crop(let left, let right): (width, height) = (min(width, left), min(height, right))
            case .rotation(turnsAside: true): (width, height) = (height, width)
            default: break
            }
        }
        return (width, height)
    }
}

extension HEIFProperty {
    /// Reads the property in a box; one that is cut short or odd is `other`.
    init(_ box: HEIFBox, _ reader: inout ByteReader) throws(ParseFailure) {
        switch box.type {
        case fourCharacters("ispe"):
            self = .size(
                width: Int(try reader.uint32(at: box.body + 4)), height: Int(try reader.uint32(at: box.body + 8)))
        case fourCharacters("hvcC"):
            self = .codec(try Self.hevc(box, &reader))
        case fourCharacters("av1C"):
            self = .codec(try Self.av1(box, &reader))
        case fourCharacters("pixi"):
            let channels = try reader.uint8(at: box.body + 4)
            self = channels > 0 ? .depth(Int(try reader.uint8(at: box.body + 5))) : .other
        case fourCharacters("irot"):
            self = .rotation(turnsAside: try reader.uint8(at: box.body) & 1 != 0)
        case fourCharacters("imir"):
            self = .mirror
        case fourCharacters("clap"):
            self = try Self.crop(box, &reader)
        case fourCharacters("colr"):
            self = try Self.colour(box, &reader)
        case fourCharacters("clli"):
            self = Self.light(Double(try reader.uint16(at: box.body)))
        case fourCharacters("mdcv"):
            self = Self.light(Double(try reader.uint32(at: box.body + 16)) / 10_000)
        case fourCharacters("auxC"):
            self = try Self.auxiliary(box, &reader)
        default:
            self = .other
        }
    }

    private static func colour(_ box: HEIFBox, _ reader: inout ByteReader) throws(ParseFailure) -> HEIFProperty {
        guard try reader.uint32(at: box.body) == fourCharacters("nclx") else { return .other }
        return .colour(
            CodedColour(
                primaries: Int(try reader.uint16(at: box.body + 4)), transfer: Int(try reader.uint16(at: box.body + 6)),
                matrix: Int(try reader.uint16(at: box.body + 8)),
                isFullRange: try reader.uint8(at: box.body + 10) & 0x80 != 0))
    }

    private static func light(_ light: Double) -> HEIFProperty { light > 0 ? .brightest(light) : .other }

    /// The first sequence parameter set of an `hvcC` box.
    private static func hevcColour(_ box: HEIFBox, _ reader: inout ByteReader) throws(ParseFailure) -> CodedColour? {
        var offset = box.body + 23
        for _ in 0..<(try reader.uint8(at: box.body + 22)) {
            let kind = try reader.uint8(at: offset) & 0x3F
            let count = try reader.uint16(at: offset + 1)
            offset += 3
            for _ in 0..<count {
                try reader.step()
                let length = UInt64(try reader.uint16(at: offset))
                guard offset + 2 + length <= box.end else { return nil }
                if kind == 33 {
                    return try HEVCSequence.colour(
                        inUnit: reader.bytes(at: offset + 2, count: Int(min(length, largestUnit))))
                }
                offset += 2 + length
            }
        }
        return nil
    }

    /// Bytes of a codec's own header that are looked at.
    private static let largestUnit: UInt64 = 4096

    private static func hevc(_ box: HEIFBox, _ reader: inout ByteReader) throws(ParseFailure) -> HEIFCodec {
        let chroma: HEIFLayout.Chroma =
            switch try reader.uint8(at: box.body + 16) & 3 {
            case 0: .monochrome
            case 1: .subsampled420
            case 2: .subsampled422
            default: .full444
            }
        let luma = Int(try reader.uint8(at: box.body + 17) & 7) + 8
        let colour = Int(try reader.uint8(at: box.body + 18) & 7) + 8
        return HEIFCodec(
            isAV1: false, depth: max(luma, chroma == .monochrome ? 0 : colour), chroma: chroma,
            // What cannot be read says nothing.
            colour: (try? hevcColour(box, &reader)) ?? nil)
    }

    private static func av1(_ box: HEIFBox, _ reader: inout ByteReader) throws(ParseFailure) -> HEIFCodec {
        // high_bitdepth, twelve_bit, monochrome, chroma_subsampling_x, chroma_subsampling_y from bit 6 down.
        let flags = try reader.uint8(at: box.body + 2)
        let depth = flags & 0x40 == 0 ? 8 : flags & 0x20 == 0 ? 10 : 12
        let chroma: HEIFLayout.Chroma =
            if flags & 0x10 != 0 {
                .monochrome
            } else {
                switch flags & 0x0C {
                case 0x0C: .subsampled420
                case 0x08: .subsampled422
                default: .full444
                }
            }
        let units = Int(min(box.end - min(box.end, box.body + 4), largestUnit))
        let colour = try? AV1Sequence.colour(inUnits: reader.bytes(at: box.body + 4, count: units))
        return HEIFCodec(isAV1: true, depth: depth, chroma: chroma, colour: colour ?? nil)
    }

    private static func crop(_ box: HEIFBox, _ reader: inout ByteReader) throws(ParseFailure) -> HEIFProperty {
        let width = try reader.uint32(at: box.body)
        let widthDivisor = try reader.uint32(at: box.body + 4)
        let height = try reader.uint32(at: box.body + 8)
        let heightDivisor = try reader.uint32(at: box.body + 12)
        guard widthDivisor > 0, heightDivisor > 0, width >= widthDivisor, height >= heightDivisor else { return .other }
        return .crop(width: Int(width / widthDivisor), height: Int(height / heightDivisor))
    }

    private static let companions: [(urn: String, companion: HEIFLayout.Companion)] = [
        ("urn:com:apple:photo:2020:aux:hdrgainmap", .gainMap), ("urn:mpeg:hevc:2015:auxid:2", .depthMap),
        ("urn:mpeg:mpegB:cicp:systems:auxiliary:depth", .depthMap),
        ("urn:com:apple:photo:2018:aux:portraiteffectsmatte", .matte),
        ("urn:com:apple:photo:2019:aux:semantic", .matte),
    ]

    private static func auxiliary(_ box: HEIFBox, _ reader: inout ByteReader) throws(ParseFailure) -> HEIFProperty {
        let names = [
            "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:avc:2015:auxid:1",
        ]
        let text = try reader.prefix(at: box.body + 4, count: 64).prefix { $0 != 0 }
        if names.contains(where: { $0.utf8.elementsEqual(text) }) { return .auxiliaryAlpha }
        return companions.first { text.starts(with: $0.urn.utf8) }.map { .auxiliary($0.companion) } ?? .other
    }
}
