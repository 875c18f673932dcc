import ByteReading

// RAW files that are laid out as a TIFF, or nearly: DNG, CR2, NEF, NRW, ARW, SR2, PEF, SRW, IIQ, 3FR, ERF and the like;
// ORF and RW2 with a mark of their own.

extension RAWContent {
    /// Directories that are looked at, and levels of them.
    fileprivate static let mostDirectories = 24
    private static let mostLevels = 3

    init(directories reader: inout ByteReader) throws(ParseFailure) {
        self.init()
        exif = .tiff
        let file = try TIFFFile(&reader)
        var waiting: [(offset: UInt64, level: Int)] = [(try file.firstDirectory(&reader), 0)]
        var seen: Set<UInt64> = []
        var notes: UInt64?
        while let next = waiting.first, seen.count < Self.mostDirectories {
            waiting.removeFirst()
            guard next.offset != 0, seen.insert(next.offset).inserted else { continue }
            do throws(ParseFailure) {
                var directory = RAWDirectory()
                let following = try file.readDirectory(&reader, at: next.offset) {
                    (reader, entry) throws(ParseFailure) in try directory.take(entry, &reader)
                }
                try take(directory, reader)
                if seen.count == 1, let size = try Self.phaseOneSize(&reader) {
                    add(sensorOf: size.0, size.1)
                    hasFilters = true
                }
                if seen.count == 1 { orientation = directory.orientation }
                notes = notes ?? directory.exif
                if next.level == 0 { waiting.append((following, 0)) }
                if next.level < Self.mostLevels {
                    waiting += directory.children.map { ($0, next.level + 1) }
                }
            } catch .system(let code) {
                throw .system(code)
            } catch .overLimit {
                break
            } catch {
                // What is damaged in one directory is not there; others may be sound.
            }
        }
        if let notes { try lookIntoNotes(&reader, file, exif: notes) }
    }

    private mutating func take(_ directory: RAWDirectory, _ reader: ByteReader) throws(ParseFailure) {
        hasFilters = hasFilters || directory.hasFilters
        let isPicture = directory.isPicture
        if isPicture { add(previewAt: directory.jpegStart, length: directory.jpegLength) }
        add(previewAt: directory.panasonic?.start, length: directory.panasonic?.length)
        if [6, 7, 99].contains(directory.compression), let start = directory.strip, let length = directory.stripLength {
            // The sensor's values may be a lossless JPEG, whose components are columns beside each other.
            if let packed = try Self.jpeg(reader, (start, length)), packed.isLossless {
                // But not where they are colours, of which some are stored less often.
                let beside = packed.bands % 2 == 0 && packed.coefficientsPerPixel == Double(packed.bands)
                hasFilters = hasFilters || beside
                let columns = directory.width ?? UInt64(packed.width) * (beside ? UInt64(min(packed.bands, 4)) : 1)
                add(sensorOf: columns, directory.height ?? UInt64(packed.height), data: directory.data)
                return
            }
            if isPicture { add(previewAt: start, length: length) }
        }
        if directory.isSensorData || directory.panasonicSensor {
            add(sensorOf: directory.width, directory.height, data: directory.data)
        } else if sensor == nil, !directory.isReduced, directory.jpegStart == nil,
            ![6, 7].contains(directory.compression)
        {
            add(sensorOf: directory.width, directory.height)
        }
    }

    /// Phase One keeps a directory of its own behind the TIFF's header.
    private static func phaseOneSize(_ reader: inout ByteReader) throws(ParseFailure) -> (UInt64, UInt64)? {
        guard Array(try reader.prefix(at: 8, count: 4)) == Array("IIII".utf8) else { return nil }
        var size: (width: UInt64?, height: UInt64?) = (nil, nil)
        let directory = UInt64(try reader.uint32(at: 16, .little)) + 8
        for index in 0..<UInt64(min(try reader.uint32(at: directory, .little), 255)) {
            try reader.step()
            let entry = directory + 8 + index * 16
            let value = UInt64(try reader.uint32(at: entry + 12, .little))
            switch try reader.uint32(at: entry, .little) {
            case 0x108: size.width = value
            case 0x109: size.height = value
            default: break
            }
        }
        guard let width = size.width, let height = size.height else { return nil }
        return (width, height)
    }

    /// Olympus' preview lies among the camera's own notes, whose offsets are those of the notes.
    private mutating func lookIntoNotes(
        _ reader: inout ByteReader, _ file: TIFFFile, exif: UInt64
    ) throws(ParseFailure) {
        var notes: (start: UInt64, length: UInt64)?
        do throws(ParseFailure) {
            _ = try file.readDirectory(&reader, at: exif) { (reader, entry) throws(ParseFailure) in
                if entry.tag == 0x927C { notes = (try entry.start(&reader), entry.count) }
            }
            guard let notes else { return }
            let head = try reader.prefix(at: notes.start, count: 16)
            let first: UInt64
            if head.starts(with: Array("OLYMPUS\0".utf8)) {
                first = 12
            } else if head.starts(with: Array("OM SYSTEM\0".utf8)) {
                first = 16
            } else {
                return
            }
            var part = reader.part(from: notes.start, length: notes.length, limits: HeaderLimits(bytes: 32 << 10))
            var settings: UInt64?
            _ = try file.readDirectory(&part, at: first) { (part, entry) throws(ParseFailure) in
                // A directory of its own, or its bytes.
                if entry.tag == 0x2020 {
                    settings = entry.type == 13 || entry.type == 4 ? try entry.value(&part) : try entry.start(&part)
                }
            }
            guard let settings else { return }
            var preview: (start: UInt64?, length: UInt64?) = (nil, nil)
            _ = try file.readDirectory(&part, at: settings) { (part, entry) throws(ParseFailure) in
                if entry.tag == 0x101 { preview.start = try entry.value(&part) }
                if entry.tag == 0x102 { preview.length = try entry.value(&part) }
            }
            if let start = preview.start { add(previewAt: try notes.start.plus(start), length: preview.length) }
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // Notes are the camera's own affair.
        }
    }
}

/// What matters here of one directory.
private struct RAWDirectory {
    var width: UInt64?
    var height: UInt64?
    var compression = 1
    /// Of strips or tiles.
    private var offsets: [UInt64] = []
    private var lengths: [UInt64] = []
    /// More are not looked at: of 100 megapixels in tiles of 256 × 256 there are 1,600.
    private static let mostParts = 4096
    /// Of the one strip that there is.
    var strip: UInt64? { offsets.count == 1 ? offsets[0] : nil }
    var stripLength: UInt64? { lengths.count == 1 ? lengths[0] : nil }
    var jpegStart: UInt64?
    var jpegLength: UInt64?
    var orientation: Int?
    var isSensorData = false
    private var kind = 0
    private var photometric: Int?
    var children: [UInt64] = []
    var exif: UInt64?
    /// Panasonic keeps a JPEG as the value of a field.
    var panasonic: (start: UInt64, length: UInt64)?
    var panasonicSensor = false
    private var panasonicData: UInt64?

    /// Whether it is a smaller copy, as a thumbnail is.
    var isReduced: Bool { kind & 1 != 0 }

    /// Whether its JPEG is the picture, or a smaller copy of it: not a mask, a depth map or a gain map.
    var isPicture: Bool { [0, 1, 0x10001].contains(kind) && [nil, 1, 2, 6].contains(photometric) }

    /// Whether a sensor's values are of one colour each.
    var hasFilters: Bool { photometric == 32803 || panasonicSensor || compression == 34713 || compression == 32767 }

    /// Where its values end, and how many bytes they are; nil where it does not say.
    var data: (end: UInt64, bytes: UInt64)? {
        if let start = panasonicData, let width, let height, width < 1 << 20, height < 1 << 20 {
            // What it says of the length is that of values that are not packed. They take nine bits at least.
            let (end, overflow) = start.addingReportingOverflow(width * height)
            return (overflow ? .max : end, width * height)
        }
        guard !offsets.isEmpty, offsets.count == lengths.count else { return nil }
        var (end, bytes): (UInt64, UInt64) = (0, 0)
        for (offset, length) in zip(offsets, lengths) {
            let (last, overflow) = offset.addingReportingOverflow(length)
            end = max(end, overflow ? .max : last)
            bytes = bytes.addingReportingOverflow(length).partialValue
        }
        return (end, bytes)
    }

    mutating func take(_ entry: TIFFFile.Entry, _ reader: inout ByteReader) throws(ParseFailure) {
        switch entry.tag {
        case 256: width = try entry.value(&reader)
        case 257: height = try entry.value(&reader)
        case 273, 324: offsets = try entry.values(&reader, most: Self.mostParts) ?? []
        case 279, 325: lengths = try entry.values(&reader, most: Self.mostParts) ?? []
        case 513: jpegStart = try entry.value(&reader)
        case 514: jpegLength = try entry.value(&reader)
        case 274: orientation = try entry.number(&reader).flatMap { (1...8).contains($0) ? $0 : nil }
        case 330: children = try entry.values(&reader, atMost: RAWContent.mostDirectories)
        case 0x8769: exif = try entry.value(&reader)
        default: try takeSensor(entry, &reader)
        }
    }

    private mutating func takeSensor(_ entry: TIFFFile.Entry, _ reader: inout ByteReader) throws(ParseFailure) {
        switch entry.tag {
        case 259: compression = try entry.number(&reader) ?? 1
        case 254: kind = try entry.number(&reader) ?? 0
        case 262:
            photometric = try entry.number(&reader)
            if [32803, 34892].contains(photometric ?? 1) { isSensorData = true }
        case 2, 3:
            // Of Panasonic: TIFF's own numbers begin at 254.
            panasonicSensor = true
            let side = try entry.value(&reader)
            if entry.tag == 2 { width = width ?? side } else { height = height ?? side }
        // Where its values are, in place of a strip's offset.
        case 0x118: panasonicData = try entry.value(&reader)
        case 0x2E: panasonic = (try entry.start(&reader), entry.count)
        default: if try TIFFRaw.isMark(entry, &reader) { isSensorData = true }
        }
    }
}
