package import ByteReading

/// Where a GIF's frames are on its canvas, and how they are disposed of.
package struct GIFFrame: Sendable, Equatable {
    package enum Disposal: Sendable {
        /// It stays, and the next one is drawn over it.
        case keep
        /// Its area becomes what it was before there was anything: transparent.
        case clear
        /// Its area becomes what it was before this frame.
        case restore
    }
    /// Pixels, from the canvas' top left corner.
    package var left: Int
    package var top: Int
    package var width: Int
    package var height: Int
    package var disposal: Disposal
}

/// The frames of a GIF in order, as far as the file is whole.
///
/// - Parameter most: frames, at most.
/// - Returns: nil for another file, or one of which more than 64 MiB would have to be read.
package func readGIFFrames(_ source: some ByteSource, most: Int) -> [GIFFrame]? {
    var reader = ByteReader(source, limits: HeaderLimits(bytes: 64 << 20, steps: .max))
    var frames: [GIFFrame] = []
    do throws(ParseFailure) {
        guard try reader.bytes(at: 0, count: 3).elementsEqual("GIF".utf8) else { return nil }
        var offset = 13 + GIFHeader.colourTableLength(try reader.uint8(at: 10))
        var disposal = GIFFrame.Disposal.keep
        while frames.count < most {
            switch try reader.uint8(at: offset) {
            case 0x21:
                if try reader.uint8(at: offset + 1) == 0xF9 {
                    disposal =
                        switch try reader.uint8(at: offset + 3) >> 2 & 7 {
                        case 2: .clear
                        case 3, 4: .restore
                        default: .keep
                        }
                }
                offset = try GIFHeader.endOfSubBlocks(&reader, from: offset + 2)
            case 0x2C:
                var sides: [Int] = []
                for index: UInt64 in 0..<4 { sides.append(Int(try reader.uint16(at: offset + 1 + 2 * index, .little))) }
                let data = offset + 10 + GIFHeader.colourTableLength(try reader.uint8(at: offset + 9)) + 1
                frames.append(
                    GIFFrame(left: sides[0], top: sides[1], width: sides[2], height: sides[3], disposal: disposal))
                disposal = .keep
                offset = try GIFHeader.endOfSubBlocks(&reader, from: data)
            default: return frames
            }
        }
    } catch .endOfFile {
        return frames
    } catch {
        return nil
    }
    return frames
}
