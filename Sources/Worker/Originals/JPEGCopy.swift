// JPEG (ITU-T T.81, annex B): segments up to the end of the image. APP0 with JFIF and APP14 of Adobe say what the components
// are; of the others only a profile is copied.
extension PartCopy {
    private static let xmpName = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    private static let profileName = Array("ICC_PROFILE\0".utf8)
    /// Of a segment, without its length.
    private static let longest = 65_533

    mutating func copyJPEG(_ kept: KeptMetadata) throws(CopyFailure) {
        guard try read(at: 0, 2) == [0xFF, 0xD8] else { throw .unexpectedLayout("no JPEG") }
        try write([0xFF, 0xD8])
        var offset: UInt64 = 2
        var isOpen = true
        while true {
            let marker = try nextMarker(&offset)
            switch marker {
            case 0x01, 0xD0...0xD7:
                try write([0xFF, marker])
            case 0xD9:
                return try write([0xFF, 0xD9])
            default:
                let length = try bigEndian(read(at: offset, 2))
                guard length >= 2 else { throw .unexpectedLayout("a segment of \(length) bytes") }
                let segment = offset..<offset + length
                if marker == 0xE0, let header = try jfif(segment) {
                    try write([0xFF, 0xE0] + header)
                } else if isOpen, marker != 0xE0 {
                    // Right behind JFIF's, which comes first.
                    isOpen = false
                    try writeMetadata(kept)
                }
                if try isCopied(marker, segment, kept) {
                    try write([0xFF, marker])
                    try copy(segment)
                }
                offset = segment.upperBound
                if marker == 0xDA, try !copyEntropyCoded(&offset) {
                    guard kept.completesEnd else { throw .endsEarly }
                    return try write([0xFF, 0xD9])
                }
            }
        }
    }

    /// Behind the marker. Bytes of filling are left out.
    private func nextMarker(_ offset: inout UInt64) throws(CopyFailure) -> UInt8 {
        var head = try read(at: offset, 2)
        // Some writers leave a few bytes between segments, which decoders skip.
        var skipped = 0
        while head[0] != 0xFF || head[1] == 0 || head[1] == 0xFF {
            skipped += 1
            guard skipped < 4096 else { throw .unexpectedLayout("no segment begins where one should") }
            offset += 1
            head = try read(at: offset, 2)
        }
        offset += 2
        return head[1]
    }

    /// Without its thumbnail: the length and what follows it. Nil of other segments.
    private func jfif(_ segment: Range<UInt64>) throws(CopyFailure) -> [UInt8]? {
        guard segment.count >= 16 else { return nil }
        let bytes = try read(at: segment.lowerBound, 16)
        guard bytes[2..<7].elementsEqual("JFIF\0".utf8) else { return nil }
        return [0, 16] + bytes[2..<14] + [0, 0]
    }

    private func isCopied(_ marker: UInt8, _ segment: Range<UInt64>, _ kept: KeptMetadata) throws(CopyFailure) -> Bool {
        switch marker {
        case 0xE2:
            guard kept.keepsProfile, kept.profile == nil, segment.count > 2 + Self.profileName.count else {
                return false
            }
            return try read(at: segment.lowerBound + 2, Self.profileName.count) == Self.profileName
        case 0xEE:
            guard segment.count >= 14 else { return false }
            return try read(at: segment.lowerBound + 2, 5).elementsEqual("Adobe".utf8)
        case 0xE0...0xEF, 0xFE: return false
        default: return true
        }
    }

    private mutating func writeMetadata(_ kept: KeptMetadata) throws(CopyFailure) {
        if let packet = kept.xmp { try writeSegment(0xE1, Self.xmpName + packet) }
        if let iptc = kept.iptc { try writeSegment(0xED, iptc) }
        guard let profile = kept.profile, kept.keepsProfile else { return }
        let most = Self.longest - Self.profileName.count - 2
        let count = (profile.count + most - 1) / most
        guard count <= 255 else { return }
        for part in 0..<count {
            let bytes = profile[part * most..<min(profile.count, (part + 1) * most)]
            try writeSegment(0xE2, Self.profileName + [UInt8(part + 1), UInt8(count)] + bytes)
        }
    }

    private mutating func writeSegment(_ marker: UInt8, _ payload: [UInt8]) throws(CopyFailure) {
        guard payload.count <= Self.longest else { return }
        try write([0xFF, marker] + bigEndianBytes(payload.count + 2, width: 2) + payload)
    }

    /// Up to the next marker that is none of its own: 0xFF stands for itself with a 0 behind it, and restarts are within.
    /// - Returns: false where the file ends before one.
    private mutating func copyEntropyCoded(_ offset: inout UInt64) throws(CopyFailure) -> Bool {
        while true {
            // Two bytes more, so that a marker is never cut.
            let block = try readSome(at: offset, Self.blockSize)
            guard block.count >= 2 else {
                if block != [0xFF] { try write(block) }
                return false
            }
            var end = block.count - 1
            var isFound = false
            for index in 0..<block.count - 1
            where block[index] == 0xFF && block[index + 1] != 0 && !(0xD0...0xD7).contains(block[index + 1])
                && block[index + 1] != 0xFF
            {
                end = index
                isFound = true
                break
            }
            try write(Array(block[..<end]))
            offset += UInt64(end)
            if isFound { return true }
        }
    }
}
