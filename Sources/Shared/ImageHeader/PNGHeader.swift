import ByteReading
import Jobs

/// PNG (W3C), up to the first IDAT chunk.
enum PNGHeader {
    private static let header = fourCharacters("IHDR")
    private static let transparency = fourCharacters("tRNS")
    private static let animation = fourCharacters("acTL")
    private static let data = fourCharacters("IDAT")
    private static let end = fourCharacters("IEND")

    static func read(_ reader: inout ByteReader) throws(ParseFailure) -> PictureHeader {
        guard try reader.uint32(at: 12) == header else { throw .malformed("does not start with IHDR") }
        let width = try reader.uint32(at: 16)
        let height = try reader.uint32(at: 20)
        let depth = try reader.uint8(at: 24)
        let colour = try reader.uint8(at: 25)
        guard let bands = bands(ofColourType: colour) else { throw .malformed("colour type \(colour)") }
        guard [1, 2, 4, 8, 16].contains(depth) else { throw .malformed("bit depth \(depth)") }
        var picture = PictureHeader(
            format: .png, width: Int(width), height: Int(height), bands: bands, depth: Int(depth))
        picture.isInterlaced = try reader.uint8(at: 28) != 0
        picture.hasAlpha = colour & 4 != 0
        do throws(ParseFailure) {
            try readChunks(&reader, into: &picture)
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // The size is known; a decoder may still make something of the rest.
        }
        return picture
    }

    private static func readChunks(
        _ reader: inout ByteReader, into picture: inout PictureHeader
    ) throws(ParseFailure) {
        var colour = PNGColour()
        // What was read counts, however the chunks go on.
        defer { colour.put(into: &picture) }
        var offset: UInt64 = 8
        while true {
            try reader.step()
            let length = UInt64(try reader.uint32(at: offset))
            switch try reader.uint32(at: offset + 4) {
            case data, end:
                return
            case transparency where !picture.hasAlpha && length > 0:
                picture.hasAlpha = true
                picture.bands += 1
            case animation:
                let frames = Int(try reader.uint32(at: offset + 8))
                guard frames > 1 else { break }
                // There may be fewer, and one that comes first and is not among them.
                (picture.isAnimated, picture.pages, picture.statedFrames) = (true, nil, frames)
            case let chunk:
                try colour.take(chunk, at: offset + 8, length: length, &reader)
            }
            offset = try offset.plus(length + 12)
        }
    }

    private static func bands(ofColourType type: UInt8) -> Int? {
        switch type {
        case 0: 1
        case 2, 3: 3
        case 4: 2
        case 6: 4
        default: nil
        }
    }
}
