import ByteReading
import Jobs

/// JPEG XL (ISO/IEC 18181-1, -2): a bare codestream, or one in boxes, up to its extra channels.
enum JXLHeader {
    static func read(_ reader: inout ByteReader) throws(ParseFailure) -> PictureHeader {
        var bits = BitCursor(try codestream(&reader)[...], lowestFirst: true)
        guard try bits.bits(16) == 0x0AFF else { throw .malformed("no codestream") }
        let size = try self.size(&bits)
        var header = PictureHeader(format: .jxl, width: size.width, height: size.height, bands: 3, depth: 8)
        header.jxl = JXLLayout()
        let isUsual = try bits.flag()
        if !isUsual { try readMetadata(&bits, into: &header) }
        if header.hasAlpha { header.bands += 1 }
        if header.isAnimated { header.pages = nil }
        return header
    }

    /// The first bytes of the codestream: the headers of nearly all files take under a hundred.
    private static func codestream(_ reader: inout ByteReader) throws(ParseFailure) -> [UInt8] {
        guard try reader.uint16(at: 0) != 0xFF0A else { return try reader.prefix(at: 0, count: mostBytes) }
        var found: [UInt8] = []
        var offset: UInt64 = 0
        while found.count < mostBytes {
            let box: HEIFBox
            do throws(ParseFailure) {
                box = try HEIFBox(&reader, at: offset, within: .max)
            } catch .endOfFile {
                guard found.isEmpty else { break }
                throw .endOfFile
            }
            let isPart = box.type == fourCharacters("jxlp")
            if isPart || box.type == fourCharacters("jxlc") {
                // A part begins with its number.
                let start = isPart ? try box.body.plus(4) : box.body
                let length = min(UInt64(mostBytes - found.count), box.end - min(start, box.end))
                found += try reader.prefix(at: start, count: Int(length))
                if !isPart { break }
            }
            offset = box.end
        }
        return found
    }

    private static let mostBytes = 4096

    // MARK: Size

    private static func size(_ bits: inout BitCursor) throws(ParseFailure) -> (width: Int, height: Int) {
        let isSmall = try bits.flag()
        let height = try side(&bits, isSmall)
        let width =
            switch try bits.bits(3) {
            case 0: try side(&bits, isSmall)
            case 1: height
            case 2: height * 12 / 10
            case 3: height * 4 / 3
            case 4: height * 3 / 2
            case 5: height * 16 / 9
            case 6: height * 5 / 4
            default: height * 2
            }
        return (width, height)
    }

    private static func side(_ bits: inout BitCursor, _ isSmall: Bool) throws(ParseFailure) -> Int {
        isSmall ? (try bits.bits(5) + 1) * 8 : try bits.number((1, 9), (1, 13), (1, 18), (1, 30))
    }

    /// Of a preview, which is left out.
    private static func skipPreview(_ bits: inout BitCursor) throws(ParseFailure) {
        let isSmall = try bits.flag()
        func skipSide(_ bits: inout BitCursor) throws(ParseFailure) {
            if isSmall {
                _ = try bits.number((16, 0), (32, 0), (1, 5), (33, 9))
            } else {
                _ = try bits.number((1, 6), (65, 8), (321, 10), (1345, 12))
            }
        }
        try skipSide(&bits)
        if try bits.bits(3) == 0 { try skipSide(&bits) }
    }

    // MARK: Metadata

    private static func readMetadata(_ bits: inout BitCursor, into header: inout PictureHeader) throws(ParseFailure) {
        let hasExtraFields = try bits.flag()
        if hasExtraFields {
            let orientation = try bits.bits(3) + 1
            // The decoder turns the picture.
            if orientation >= 5 {
                (header.decodedWidth, header.decodedHeight) = (header.height, header.width)
            }
            if try bits.flag() { _ = try size(&bits) }
            if try bits.flag() { try skipPreview(&bits) }
            header.isAnimated = try bits.flag()
            if header.isAnimated { try skipAnimation(&bits) }
        }
        header.depth = try depth(&bits)
        try bits.skip(1)
        let channels = try bits.number((0, 0), (1, 0), (2, 4), (1, 12))
        for _ in 0..<channels { try readExtraChannel(&bits, into: &header) }
        header.jxl?.isXYB = try bits.flag()
        let isStandardColour = try bits.flag()
        if !isStandardColour {
            try bits.skip(1)
            if try bits.enumeration() == 1 { header.bands = 1 }
        }
    }

    private static func skipAnimation(_ bits: inout BitCursor) throws(ParseFailure) {
        _ = try bits.number((100, 0), (1000, 0), (1, 10), (1, 30))
        _ = try bits.number((1, 0), (1001, 0), (1, 8), (1, 10))
        _ = try bits.number((0, 0), (0, 3), (0, 16), (0, 32))
        try bits.skip(1)
    }

    /// Bits of a sample; 32 for floating point, of which the decoder makes that.
    private static func depth(_ bits: inout BitCursor) throws(ParseFailure) -> Int {
        let isFloat = try bits.flag()
        guard isFloat else { return try bits.number((8, 0), (10, 0), (12, 0), (1, 6)) }
        _ = try bits.number((32, 0), (16, 0), (24, 0), (1, 6))
        try bits.skip(4)
        return 32
    }

    private static func readExtraChannel(
        _ bits: inout BitCursor, into header: inout PictureHeader
    ) throws(ParseFailure) {
        let isUsualAlpha = try bits.flag()
        if isUsualAlpha { return header.takeChannel(0, depth: 8) }
        let kind = try bits.enumeration()
        let depth = try depth(&bits)
        _ = try bits.number((0, 0), (3, 0), (4, 0), (1, 3))
        try bits.skip(8 * bits.number((0, 0), (0, 4), (16, 5), (48, 10)))
        switch kind {
        case 0: try bits.skip(1)
        case 2: try bits.skip(4 * 16)
        case 4: throw .unsupported("JPEG XL of CMYK")
        case 5: _ = try bits.number((1, 0), (0, 2), (3, 4), (19, 8))
        default: break
        }
        header.takeChannel(kind, depth: depth)
    }
}

extension PictureHeader {
    fileprivate mutating func takeChannel(_ kind: Int, depth: Int) {
        switch kind {
        case 0 where !hasAlpha:
            hasAlpha = true
            self.depth = max(self.depth, depth)
        // The decoder draws it.
        case 2: break
        default:
            let names = [0: "a second alpha", 1: "depth", 3: "a selection mask", 5: "colour filter", 6: "thermal"]
            let name = names[kind] ?? "unknown"
            if jxl?.leftOut.contains(name) == false { jxl?.leftOut.append(name) }
        }
    }
}

extension BitCursor {
    /// A number of one of four ranges: the least of it, and how many bits say by how much it is more.
    fileprivate mutating func number(
        _ first: (Int, Int), _ second: (Int, Int), _ third: (Int, Int), _ fourth: (Int, Int)
    ) throws(ParseFailure) -> Int {
        let range = [first, second, third, fourth][try bits(2)]
        return range.0 + (try bits(range.1))
    }

    fileprivate mutating func enumeration() throws(ParseFailure) -> Int { try number((0, 0), (1, 0), (2, 4), (18, 6)) }
}
