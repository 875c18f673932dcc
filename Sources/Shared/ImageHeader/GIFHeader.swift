import ByteReading
import Jobs

/// GIF (87a and 89a), sized as libnsgif does, which libvips reads GIFs with.
enum GIFHeader {
    static func read(_ reader: inout ByteReader) throws(ParseFailure) -> PictureHeader {
        let width = Int(try reader.uint16(at: 6, .little))
        let height = Int(try reader.uint16(at: 8, .little))
        let flags = try reader.uint8(at: 10)
        var header = PictureHeader(format: .gif, width: width, height: height, bands: 3, depth: 8, pages: nil)
        if isScreenSize(width, height) { (header.width, header.height) = (1, 1) }
        var frames = Frames()
        do throws(ParseFailure) {
            try readBlocks(&reader, from: 13 + colourTableLength(flags), into: &header, frames: &frames)
            header.pages = max(1, frames.whole)
        } catch .overLimit {
            // Long animations are not counted to the end; any frame to come may be transparent.
            header.hasAlpha = true
        } catch .endOfFile {
            // A cut-off GIF plays as far as it goes, and libvips gives it alpha for what is missing.
            guard frames.begun > 0 else { throw .endOfFile }
            header.hasAlpha = true
            header.pages = max(1, frames.whole)
        }
        guard frames.begun > 0 || header.pages == nil else { throw .malformed("no frame") }
        header.minimumPages = max(1, frames.whole)
        header.isAnimated = header.minimumPages > 1
        header.bands = header.hasAlpha ? 4 : 3
        (header.decodedWidth, header.decodedHeight) = (header.width, header.height)
        return header
    }

    private struct Frames {
        var begun = 0
        var whole = 0
    }

    /// Sizes that careless encoders took from the screen they ran on: libnsgif goes by the frames instead.
    private static func isScreenSize(_ width: Int, _ height: Int) -> Bool {
        if width == 0 || height == 0 || width > 2048 || height > 2048 { return true }
        let screens = [(640, 480), (640, 512), (800, 600), (1024, 768), (1280, 1024), (1600, 1200)]
        return screens.contains { $0 == (width, height) }
    }

    private static func readBlocks(
        _ reader: inout ByteReader, from start: UInt64, into header: inout PictureHeader, frames: inout Frames
    ) throws(ParseFailure) {
        var offset = start
        while true {
            switch try reader.uint8(at: offset) {
            case 0x21:
                let isGraphicControl = try reader.uint8(at: offset + 1) == 0xF9
                if isGraphicControl {
                    let flags = try reader.uint8(at: offset + 3)
                    // Transparent pixels, or areas that become transparent again.
                    if flags & 1 != 0 { header.hasAlpha = true }
                    if flags >> 2 & 7 >= 2 { header.clearsAreas = true }
                }
                offset = try endOfSubBlocks(&reader, from: offset + 2)
            case 0x2C:
                // Only the first frame widens the canvas.
                if frames.whole == 0 {
                    let right = try position(&reader, at: offset + 1, size: offset + 5)
                    let bottom = try position(&reader, at: offset + 3, size: offset + 7)
                    header.width = max(header.width, right)
                    header.height = max(header.height, bottom)
                    let size = (
                        Int(try reader.uint16(at: offset + 5, .little)), Int(try reader.uint16(at: offset + 7, .little))
                    )
                    if size.0 < header.width || size.1 < header.height { header.clearsAreas = true }
                }
                frames.begun += 1
                // The code size byte, then the data.
                let data = offset + 10 + colourTableLength(try reader.uint8(at: offset + 9)) + 1
                offset = try endOfSubBlocks(&reader, from: data)
                frames.whole += 1
            default:
                return
            }
        }
    }

    private static func position(
        _ reader: inout ByteReader, at start: UInt64, size: UInt64
    ) throws(ParseFailure) -> Int {
        Int(try reader.uint16(at: start, .little)) + Int(try reader.uint16(at: size, .little))
    }

    /// Bounded by the bytes it may read: every turn moves on by at least one.
    static func endOfSubBlocks(_ reader: inout ByteReader, from start: UInt64) throws(ParseFailure) -> UInt64 {
        var offset = start
        while true {
            let length = try reader.uint8(at: offset)
            offset += UInt64(length) + 1
            if length == 0 { return offset }
        }
    }

    /// Bytes of the colour table that a packed field announces.
    static func colourTableLength(_ flags: UInt8) -> UInt64 {
        flags & 0x80 == 0 ? 0 : 3 << UInt64((flags & 7) + 1)
    }
}
