import ByteReading
import Jobs

/// WebP: a RIFF file of VP8 (lossy), VP8L (lossless) or VP8X (extended) chunks.
enum WebPHeader {
    private static let lossy = fourCharacters("VP8 ")
    private static let lossless = fourCharacters("VP8L")
    private static let extended = fourCharacters("VP8X")
    private static let frame = fourCharacters("ANMF")

    static func read(_ reader: inout ByteReader) throws(ParseFailure) -> PictureHeader {
        switch try reader.uint32(at: 12) {
        case lossy: return try readLossy(&reader, at: 20)
        case lossless: return try readLossless(&reader, at: 20)
        case extended: return try readExtended(&reader)
        default: throw .malformed("no VP8 chunk at the start")
        }
    }

    private static func readLossy(_ reader: inout ByteReader, at offset: UInt64) throws(ParseFailure) -> PictureHeader {
        guard try Array(reader.bytes(at: offset + 3, count: 3)) == [0x9D, 0x01, 0x2A] else {
            throw .malformed("no VP8 key frame")
        }
        // The two upper bits are a hint on how to scale.
        let width = try reader.uint16(at: offset + 6, .little) & 0x3FFF
        let height = try reader.uint16(at: offset + 8, .little) & 0x3FFF
        return PictureHeader(format: .webp, width: Int(width), height: Int(height), bands: 3, depth: 8)
    }

    private static func readLossless(
        _ reader: inout ByteReader, at offset: UInt64
    ) throws(ParseFailure) -> PictureHeader {
        guard try reader.uint8(at: offset) == 0x2F else { throw .malformed("no VP8L signature") }
        let fields = try reader.uint32(at: offset + 1, .little)
        let hasAlpha = fields >> 28 & 1 != 0
        var header = PictureHeader(
            format: .webp, width: Int(fields & 0x3FFF) + 1, height: Int(fields >> 14 & 0x3FFF) + 1,
            bands: hasAlpha ? 4 : 3, depth: 8)
        header.hasAlpha = hasAlpha
        header.isLossless = true
        return header
    }

    private static func readExtended(_ reader: inout ByteReader) throws(ParseFailure) -> PictureHeader {
        let flags = try reader.uint8(at: 20)
        let width = Int(try reader.integer(at: 24, size: 3, .little)) + 1
        let height = Int(try reader.integer(at: 27, size: 3, .little)) + 1
        var header = PictureHeader(format: .webp, width: width, height: height, bands: 3, depth: 8)
        header.hasAlpha = flags & 0x10 != 0
        header.bands = header.hasAlpha ? 4 : 3
        let plays = flags & 0x02 != 0
        header.pages = nil
        var frames = 0
        do throws(ParseFailure) {
            try readChunks(&reader, plays: plays, isLossless: &header.isLossless, frames: &frames)
            header.pages = max(1, frames)
        } catch .overLimit {
            // More chunks than are worth counting.
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // The end of the file is where the chunks end, for the count.
            header.pages = max(1, frames)
        }
        header.minimumPages = max(1, frames)
        header.isAnimated = frames > 1
        return header
    }

    /// Counts the frames of an animation; looks for the coding of a still.
    private static func readChunks(
        _ reader: inout ByteReader, plays: Bool, isLossless: inout Bool, frames: inout Int
    ) throws(ParseFailure) {
        var offset: UInt64 = 12
        // What the RIFF header says, when the file goes on behind it.
        let end = UInt64(try reader.uint32(at: 4, .little)) + 8
        while offset < end {
            try reader.step()
            let type = try reader.uint32(at: offset)
            let length = UInt64(try reader.uint32(at: offset + 4, .little))
            switch type {
            case frame where plays:
                frames += 1
                // A frame's own chunks come behind 16 bytes of position and duration.
                if try reader.uint32(at: offset + 24) == lossless { isLossless = true }
            case lossless where !plays:
                isLossless = true
                return
            case lossy where !plays:
                return
            default:
                break
            }
            offset += 8 + length + (length & 1)
        }
    }
}
