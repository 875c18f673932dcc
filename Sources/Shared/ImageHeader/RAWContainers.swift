import ByteReading

// RAW files with a layout of their own: Canon's CR3, Fujifilm's RAF, Minolta's MRW.

extension RAWContent {
    /// Fujifilm: offsets of the camera's JPEG and of a list of fields, at fixed places.
    init(raf reader: inout ByteReader) throws(ParseFailure) {
        self.init()
        let start = UInt64(try reader.uint32(at: 84))
        add(previewAt: start, length: UInt64(try reader.uint32(at: 88)))
        exif = .jpeg(start)
        hasFilters = true
        var isSlanted = false
        let fields = UInt64(try reader.uint32(at: 92))
        let values = (start: UInt64(try reader.uint32(at: 100)), bytes: UInt64(try reader.uint32(at: 104)))
        do throws(ParseFailure) {
            guard fields > 0 else { return }
            var offset = fields + 4
            for _ in 0..<min(try reader.uint32(at: fields), 255) {
                try reader.step()
                let (tag, length) = (try reader.uint16(at: offset), UInt64(try reader.uint16(at: offset + 2)))
                // Lines of photosites that lie slantwise make another picture than their number says.
                if tag == 0x130, length >= 1, try reader.uint8(at: offset + 4) & 0x80 != 0 { isSlanted = true }
                // The whole sensor: height, width.
                if tag == 0x100, length >= 4 {
                    add(
                        sensorOf: UInt64(try reader.uint16(at: offset + 6)),
                        UInt64(try reader.uint16(at: offset + 4)),
                        data: (values.start + values.bytes, values.bytes))
                }
                offset += 4 + length
            }
            // Its size is that of the camera's JPEG then.
            if isSlanted { (sensor, data, hasFilters) = (nil, nil, false) }
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // The same.
        }
    }

    /// Minolta: blocks in a row, one of which is a TIFF.
    init(mrw reader: inout ByteReader) throws(ParseFailure) {
        self.init()
        let end = try UInt64(reader.uint32(at: 4)).plus(8)
        var offset: UInt64 = 8
        while offset < end, end - offset >= 8 {
            try reader.step()
            let (type, length) = (try reader.uint32(at: offset), UInt64(try reader.uint32(at: offset + 4)))
            let body = offset + 8
            if type == fourCharacters("\0PRD"), length >= 16 {
                hasFilters = true
                // Height and width; those of the picture follow.
                add(sensorOf: UInt64(try reader.uint16(at: body + 10)), UInt64(try reader.uint16(at: body + 8)))
            } else if type == fourCharacters("\0TTW") {
                exif = .blocks([body..<(body + length)])
            }
            offset = body + length
        }
    }

    /// Canon: boxes as a film has them; tracks are pictures, of which one is the camera's JPEG.
    init(cr3 reader: inout ByteReader) throws(ParseFailure) {
        self.init()
        var blocks = [Range<UInt64>](repeating: 0..<0, count: 3)
        var previews: [(UInt64, UInt64)] = []
        var tracks: [CanonTrack] = []
        do throws(ParseFailure) {
            try HEIFBox.each(&reader, from: 0, to: .max) { (reader, box) throws(ParseFailure) in
                if box.type == fourCharacters("moov") {
                    try HEIFBox.each(&reader, from: box.body, to: box.end) { (reader, box) throws(ParseFailure) in
                        if box.type == fourCharacters("uuid") { try Self.takeBlocks(&reader, of: box, &blocks) }
                        if box.type == fourCharacters("trak"), tracks.count < 8 {
                            var track = CanonTrack()
                            try track.read(&reader, box)
                            tracks.append(track)
                        }
                    }
                } else if box.type == fourCharacters("uuid"),
                    let preview = try Self.preview(&reader, in: box)
                {
                    previews.append(preview)
                } else if box.type == fourCharacters("mdat") {
                    // All that counts lies before it.
                    throw .endOfFile
                }
            }
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // What was found before counts.
        }
        for track in tracks {
            add(sensorOf: track.width, track.height, data: track.data)
            add(previewAt: track.start, length: track.length)
        }
        for preview in previews { add(previewAt: preview.0, length: preview.1) }
        guard sensor != nil || !candidates.isEmpty else { throw .malformed("no track with a picture") }
        (exif, hasFilters) = (.blocks(blocks), true)
        orientation = try Self.orientation(reader, in: blocks[0])
    }

    /// CMT1, CMT2, CMT4 in Canon's own box: TIFF structures of the picture, EXIF and GPS.
    private static func takeBlocks(
        _ reader: inout ByteReader, of box: HEIFBox, _ blocks: inout [Range<UInt64>]
    ) throws(ParseFailure) {
        guard try reader.uint32(at: box.body) == 0x85C0_B687 else { return }
        try HEIFBox.each(&reader, from: try box.body.plus(16), to: box.end) { (_, box) throws(ParseFailure) in
            let index: Int? =
                switch box.type {
                case fourCharacters("CMT1"): 0
                case fourCharacters("CMT2"): 1
                case fourCharacters("CMT4"): 2
                default: nil
                }
            if let index { blocks[index] = box.body..<box.end }
        }
    }

    /// The JPEG for the camera's display: behind the box's name a version, its size in pixels, and its length.
    private static func preview(
        _ reader: inout ByteReader, in box: HEIFBox
    ) throws(ParseFailure) -> (UInt64, UInt64)? {
        guard try reader.uint32(at: box.body) == 0xEAF4_2B5E else { return nil }
        let inner = try HEIFBox(&reader, at: try box.body.plus(24), within: box.end)
        guard inner.type == fourCharacters("PRVW") else { return nil }
        return (try inner.body.plus(16), UInt64(try reader.uint32(at: try inner.body.plus(12))))
    }

    private static func orientation(_ reader: ByteReader, in block: Range<UInt64>) throws(ParseFailure) -> Int? {
        guard !block.isEmpty else { return nil }
        let length = block.upperBound - block.lowerBound
        var part = reader.part(from: block.lowerBound, length: length, limits: HeaderLimits(bytes: 32 << 10))
        var found: Int?
        do throws(ParseFailure) {
            let file = try TIFFFile(&part)
            _ = try file.readDirectory(&part, at: try file.firstDirectory(&part)) {
                (part, entry) throws(ParseFailure) in
                if entry.tag == 274 { found = try entry.number(&part).flatMap { (1...8).contains($0) ? $0 : nil } }
            }
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // EXIF may say it all the same.
        }
        return found
    }
}

/// What one track holds: a picture, in one piece.
private struct CanonTrack {
    var width: UInt64?
    var height: UInt64?
    var start: UInt64?
    var length: UInt64?

    /// Where its picture ends, and how many bytes it has.
    var data: (end: UInt64, bytes: UInt64)? {
        guard let start, let length else { return nil }
        let (end, overflow) = start.addingReportingOverflow(length)
        return (overflow ? .max : end, length)
    }

    mutating func read(_ reader: inout ByteReader, _ track: HEIFBox) throws(ParseFailure) {
        var found = self
        try HEIFBox.each(&reader, from: track.body, to: track.end) { (reader, box) throws(ParseFailure) in
            guard box.type == fourCharacters("mdia") else { return }
            try HEIFBox.each(&reader, from: box.body, to: box.end) { (reader, box) throws(ParseFailure) in
                guard box.type == fourCharacters("minf") else { return }
                try HEIFBox.each(&reader, from: box.body, to: box.end) { (reader, box) throws(ParseFailure) in
                    guard box.type == fourCharacters("stbl") else { return }
                    try HEIFBox.each(&reader, from: box.body, to: box.end) { (reader, box) throws(ParseFailure) in
                        try found.take(box, &reader)
                    }
                }
            }
        }
        self = found
    }

    /// Of a track of pictures one sample: where it lies, how long it is.
    private mutating func take(_ box: HEIFBox, _ reader: inout ByteReader) throws(ParseFailure) {
        switch box.type {
        case fourCharacters("stsd"):
            guard try reader.uint32(at: try box.body.plus(12)) == fourCharacters("CRAW") else { return }
            width = UInt64(try reader.uint16(at: try box.body.plus(40)))
            height = UInt64(try reader.uint16(at: try box.body.plus(42)))
        case fourCharacters("stsz"):
            let each = try reader.uint32(at: try box.body.plus(4))
            length = UInt64(each > 0 ? each : try reader.uint32(at: try box.body.plus(12)))
        case fourCharacters("co64"): start = try reader.uint64(at: try box.body.plus(8))
        case fourCharacters("stco"): start = UInt64(try reader.uint32(at: try box.body.plus(8)))
        default: break
        }
    }
}
