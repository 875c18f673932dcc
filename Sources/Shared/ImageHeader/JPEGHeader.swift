import ByteReading
import Jobs

/// JPEG (ITU-T T.81), as leniently as libjpeg: bytes between segments are skipped.
enum JPEGHeader {
    static func read(_ reader: inout ByteReader) throws(ParseFailure) -> PictureHeader {
        var offset: UInt64 = 2
        var header: PictureHeader?
        var orientation: Int?
        do throws(ParseFailure) {
            while true {
                try reader.step()
                let marker = try nextMarker(&reader, &offset)
                switch marker {
                case 0x01, 0xD0...0xD7:  // TEM, RST: no payload
                    continue
                case 0xD8:
                    throw .malformed("a second start of image")
                case 0xD9:
                    if let header { return header }
                    throw .malformed("ends before the frame")
                default:
                    break
                }
                let length = UInt64(try reader.uint16(at: offset))
                guard length >= 2 else { throw .malformed("a segment shorter than its length field") }
                if isFrame(marker), header == nil {
                    header = try frame(&reader, at: offset, length: length, marker: marker)
                    header?.orientation = orientation
                } else if marker == 0xE1, orientation == nil {
                    orientation = try ExifOrientation.read(&reader, at: offset, length: length)
                } else if marker == 0xDA {
                    guard var header else { throw .malformed("a scan before the frame") }
                    // libjpeg then keeps the coefficients of the whole picture, as it does for a progressive one.
                    if Int(try reader.uint8(at: offset + 2)) < header.bands { header.isProgressive = true }
                    return header
                }
                offset += length
            }
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // Size and kind are known: whether the rest is worth anything is for the decoder to say.
            if let header { return header }
            throw error
        }
    }

    /// Moves behind the next marker and returns its code.
    private static func nextMarker(
        _ reader: inout ByteReader, _ offset: inout UInt64
    ) throws(ParseFailure) -> UInt8 {
        while true {
            while try reader.uint8(at: offset) != 0xFF { offset += 1 }
            while try reader.uint8(at: offset) == 0xFF { offset += 1 }
            let code = try reader.uint8(at: offset)
            offset += 1
            if code != 0 { return code }
        }
    }

    /// SOF0 to SOF15, without DHT, JPG and DAC that lie between.
    private static func isFrame(_ marker: UInt8) -> Bool {
        (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
    }

    private static func frame(
        _ reader: inout ByteReader, at offset: UInt64, length: UInt64, marker: UInt8
    ) throws(ParseFailure) -> PictureHeader {
        let depth = Int(try reader.uint8(at: offset + 2))
        let height = Int(try reader.uint16(at: offset + 3))
        let width = Int(try reader.uint16(at: offset + 5))
        let components = Int(try reader.uint8(at: offset + 7))
        guard components > 0, length >= 8 + 3 * UInt64(components) else {
            throw .malformed("a frame of \(components) components in \(length) bytes")
        }
        var header = PictureHeader(format: .jpeg, width: width, height: height, bands: components, depth: depth)
        header.isProgressive = [0xC2, 0xC6, 0xCA, 0xCE].contains(marker)
        header.isLossless = [0xC3, 0xC7, 0xCB, 0xCF].contains(marker)
        header.coefficientsPerPixel = try coefficientsPerPixel(&reader, at: offset + 8, components: components)
        return header
    }

    /// Each component has its share of the largest sampling: 4:2:0 is 1 + 1/4 + 1/4.
    private static func coefficientsPerPixel(
        _ reader: inout ByteReader, at offset: UInt64, components: Int
    ) throws(ParseFailure) -> Double {
        var samples = 0
        var widest = 1
        var tallest = 1
        for component in 0..<components {
            let factors = try reader.uint8(at: offset + UInt64(component) * 3 + 1)
            let (horizontal, vertical) = (Int(factors >> 4), Int(factors & 15))
            // The decoder refuses these; count every component in full rather than guess low.
            guard (1...4).contains(horizontal), (1...4).contains(vertical) else { return Double(components) }
            samples += horizontal * vertical
            widest = max(widest, horizontal)
            tallest = max(tallest, vertical)
        }
        return Double(samples) / Double(widest * tallest)
    }
}
