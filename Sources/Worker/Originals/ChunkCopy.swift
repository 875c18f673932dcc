import Metadata

// PNG (third edition, 2025): chunks up to IEND. Those that say how to show the picture are copied, text and time are not.
extension PartCopy {
    private static let shown: Set<String> = [
        "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "cICP", "mDCV", "cLLI", "sBIT", "bKGD", "pHYs",
        "hIST", "acTL", "fcTL", "fdAT",
    ]

    mutating func copyPNG(_ kept: KeptMetadata) throws(CopyFailure) {
        try copy(0..<8)
        var offset: UInt64 = 8
        var isFirst = true
        while true {
            let head = try read(at: offset, 8)
            let name = String(decoding: head[4...], as: UTF8.self)
            let end = offset + 12 + bigEndian(head[..<4])
            if Self.shown.contains(name) || (name == "iCCP" && kept.keepsProfile) { try copy(offset..<end) }
            if isFirst, let packet = kept.xmp {
                // Keyword, no compression, no language, no translation.
                try write(pngChunk("iTXt", Array("XML:com.adobe.xmp\0\0\0\0\0".utf8) + packet))
            }
            isFirst = false
            if name == "IEND" { return }
            offset = end
        }
    }

    // MARK: WebP

    /// RIFF chunks (RFC 9649).
    mutating func copyWebP(_ kept: KeptMetadata) throws(CopyFailure) {
        let header = try read(at: 0, 12)
        guard header.starts(with: "RIFF".utf8), header[8...].elementsEqual("WEBP".utf8) else {
            throw .unexpectedLayout("no WebP")
        }
        try write(header)
        // An odd length is followed by a byte that some writers forget at the end.
        let end = min(size, 8 + littleEndian(header[4..<8]))
        var offset: UInt64 = 12
        var isExtended = false
        var hasPicture = false
        while offset + 8 <= end {
            let head = try read(at: offset, 8)
            let length = littleEndian(head[4...])
            let body = offset + 8..<offset + 8 + length
            let name = String(decoding: head[..<4], as: UTF8.self)
            switch name {
            case "VP8X":
                isExtended = true
                guard length >= 10 else { throw .unexpectedLayout("a short header") }
                var header = try read(at: body.lowerBound, Int(length))
                // EXIF is announced by who puts it in.
                header[0] &= ~(0x08 | 0x04 | (kept.keepsProfile ? 0 : 0x20))
                if kept.xmp != nil { header[0] |= 0x04 }
                try write(head + header)
            case "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF":
                hasPicture = true
                try copyPadded(head, body)
            case "ICCP" where kept.keepsProfile: try copyPadded(head, body)
            default: break
            }
            offset = body.upperBound + length % 2
        }
        guard hasPicture else { throw .endsEarly }
        if let packet = kept.xmp, isExtended {
            try write(Array("XMP ".utf8) + bigEndianBytes(packet.count, width: 4).reversed() + packet)
            if packet.count % 2 == 1 { try write([0]) }
        }
        try overwrite(bigEndianBytes(Int(clamping: written) - 8, width: 4).reversed(), at: 4)
    }

    private mutating func copyPadded(_ head: [UInt8], _ body: Range<UInt64>) throws(CopyFailure) {
        try write(head)
        try copy(body)
        if body.count % 2 == 1 { try write([0]) }
    }

    // MARK: JPEG XL

    /// A bare codestream, or the boxes of one: metadata goes, and with it what makes a JPEG of it again, which holds the
    /// JPEG's own.
    mutating func copyJXL() throws(CopyFailure) {
        if try read(at: 0, 2) == [0xFF, 0x0A] { return try copyAll() }
        var offset: UInt64 = 0
        while offset < size {
            let head = try read(at: offset, 8)
            var length = bigEndian(head[..<4])
            if length == 1 { length = try bigEndian(read(at: offset + 8, 8)) }
            if length == 0 { length = size - offset }
            guard length >= 8 else { throw .unexpectedLayout("a box of \(length) bytes") }
            if ["JXL ", "ftyp", "jxll", "jxlc", "jxlp", "jxli"].contains(String(decoding: head[4...], as: UTF8.self)) {
                try copy(offset..<offset + length)
            }
            offset += length
        }
    }
}
