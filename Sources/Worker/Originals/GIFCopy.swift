// GIF89a: blocks up to the trailer. Comments and what applications add go, but for the count of loops.
extension PartCopy {
    mutating func copyGIF(_ kept: KeptMetadata) throws(CopyFailure) {
        let header = try read(at: 0, 13)
        var offset = 13 + Self.colours(header[10])
        var hasFrame = false
        try copy(0..<offset)
        while true {
            let start = offset
            switch try read(at: offset, 1)[0] {
            case 0x3B:
                return try write([0x3B])
            case 0x21:
                let head = try read(at: offset, 3)
                let name = try head[1] == 0xFF ? readSome(at: offset + 3, Int(head[2])) : []
                offset += 2
                try skipBlocks(&offset)
                if isShown(head[1], name, kept) { try copy(start..<offset) }
            case 0x2C:
                // The place and size of a frame, its colours, the first code's length, the codes.
                let flags = try read(at: offset + 9, 1)[0]
                offset += 10 + Self.colours(flags) + 1
                try skipBlocks(&offset)
                try copy(start..<offset)
                hasFrame = true
            case 0:
                // Between blocks some writers leave one that is empty.
                offset += 1
            // As decoders have it.
            case _ where hasFrame: return try write([0x3B])
            default: throw .unexpectedLayout("an unknown block of a GIF")
            }
        }
    }

    private func isShown(_ label: UInt8, _ name: [UInt8], _ kept: KeptMetadata) -> Bool {
        switch label {
        // How a frame is shown; text to draw.
        case 0xF9, 0x01: true
        case 0xFF:
            ["NETSCAPE2.0", "ANIMEXTS1.0"].contains { name.elementsEqual($0.utf8) }
                || (kept.keepsProfile && name.elementsEqual("ICCRGBG1012".utf8))
        default: false
        }
    }

    /// Bytes of a table of colours.
    private static func colours(_ flags: UInt8) -> UInt64 { flags & 0x80 == 0 ? 0 : 3 << (UInt64(flags & 7) + 1) }

    private func skipBlocks(_ offset: inout UInt64) throws(CopyFailure) {
        while true {
            let length = try UInt64(read(at: offset, 1)[0])
            offset += 1 + length
            if length == 0 { return }
            guard offset <= size else { throw .endsEarly }
        }
    }
}
