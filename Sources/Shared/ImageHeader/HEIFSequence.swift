import ByteReading

/// The track of pictures that a HEIF or AVIF sequence has beside its still picture, which is all that is read of it.
enum HEIFSequence {
    /// How many pictures the longest has; nil where there is none, 0 where it does not say.
    static func length(_ reader: inout ByteReader) throws(ParseFailure) -> Int? {
        do throws(ParseFailure) {
            guard try claimsSequence(&reader) else { return nil }
            var offset: UInt64 = 0
            while true {
                let box = try HEIFBox(&reader, at: offset, within: .max)
                if box.type == fourCharacters("moov") { return try longestTrack(&reader, box) }
                guard box.end < .max else { return nil }
                offset = box.end
            }
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // The still picture is there: what is damaged of the rest is not missed.
            return nil
        }
    }

    /// By its brands.
    private static func claimsSequence(_ reader: inout ByteReader) throws(ParseFailure) -> Bool {
        let end = min(UInt64(try reader.uint32(at: 0)), HEIFHeader.largestBrands)
        for offset in [8] + stride(from: UInt64(16), to: max(16, end), by: 4)
        where try brands.contains(reader.uint32(at: offset)) {
            return true
        }
        return false
    }

    private static let brands: Set<UInt32> = [
        fourCharacters("avis"), fourCharacters("msf1"), fourCharacters("hevc"), fourCharacters("hevx"),
        fourCharacters("hevm"), fourCharacters("hevs"),
    ]

    private static func longestTrack(_ reader: inout ByteReader, _ movie: HEIFBox) throws(ParseFailure) -> Int? {
        var longest: Int?
        try HEIFBox.each(&reader, from: movie.body, to: movie.end) { (reader, track) throws(ParseFailure) in
            guard track.type == fourCharacters("trak") else { return }
            try HEIFBox.each(&reader, from: track.body, to: track.end) { (reader, media) throws(ParseFailure) in
                guard media.type == fourCharacters("mdia"), let length = try pictures(&reader, media) else { return }
                longest = max(longest ?? 0, length)
            }
        }
        return longest
    }

    /// Of one track; nil where it is none of pictures (of sound, or of their transparency).
    private static func pictures(_ reader: inout ByteReader, _ media: HEIFBox) throws(ParseFailure) -> Int? {
        var isOfPictures = false
        var count = 0
        try HEIFBox.each(&reader, from: media.body, to: media.end) { (reader, box) throws(ParseFailure) in
            if box.type == fourCharacters("hdlr") {
                isOfPictures = try [fourCharacters("pict"), fourCharacters("vide")]
                    .contains(reader.uint32(at: box.body + 8))
            }
            guard box.type == fourCharacters("minf") else { return }
            try HEIFBox.each(&reader, from: box.body, to: box.end) { (reader, table) throws(ParseFailure) in
                guard table.type == fourCharacters("stbl") else { return }
                try HEIFBox.each(&reader, from: table.body, to: table.end) { (reader, sizes) throws(ParseFailure) in
                    if [fourCharacters("stsz"), fourCharacters("stz2")].contains(sizes.type) {
                        count = Int(try reader.uint32(at: sizes.body + 8))
                    }
                }
            }
        }
        return isOfPictures ? count : nil
    }
}
