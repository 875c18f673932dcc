import ByteReading
import Jobs

/// Cameras' RAW files: how large the sensor is, and where the pictures lie that the camera made. The values of the sensor
/// are LibRaw's business.
enum RAWHeader {
    static func read(_ reader: inout ByteReader) throws(ParseFailure) -> PictureHeader {
        let start = try reader.prefix(at: 0, count: 64)
        guard let name = rawName(start) else { throw .malformed("no camera's mark") }
        let content: RAWContent =
            if start.has("FUJIFILMCCD-RAW") {
                try RAWContent(raf: &reader)
            } else if start.has("ftyp", at: 4) {
                try RAWContent(cr3: &reader)
            } else if start.has("\0MRM") {
                try RAWContent(mrw: &reader)
            } else if start.has("HEAPCCDR", at: 6) {
                RAWContent(hasFilters: true)
            } else {
                try RAWContent(directories: &reader)
            }
        return try content.header(named: name, reader)
    }
}

/// What is found in a RAW file, before the embedded pictures are looked at.
struct RAWContent {
    /// Embedded pictures that are looked at. Cameras write three at most.
    static let mostPreviews = 8
    /// What a picture's header may cost; segments of EXIF are skipped.
    private static let limits = HeaderLimits(bytes: 16 << 10, steps: 512)
    /// Where a file does not say how large its sensor is: more than any camera had that wrote such.
    private static let unknownSize = (width: 6000, height: 4000)

    /// Where JPEGs may lie.
    var candidates: [(start: UInt64, length: UInt64)] = []
    /// Pixels.
    var sensor: (width: Int, height: Int)?
    var orientation: Int?
    var exif = RAWLayout.Exif.none
    /// Where the sensor's values end, and how many bytes they are, if that is known.
    var data: (end: UInt64, bytes: UInt64)?
    /// Whether each value of the sensor is of one colour, as of nearly all.
    var hasFilters = false

    mutating func add(previewAt start: UInt64?, length: UInt64?) {
        guard let start, let length, start > 0, length > 4, candidates.count < Self.mostPreviews,
            !start.addingReportingOverflow(length).overflow, !candidates.contains(where: { $0.start == start })
        else { return }
        candidates.append((start, length))
    }

    /// Values of a sensor packed in fewer bits a pixel are not there: lossy DNGs of phones have one.
    private static let fewestBits = 0.04

    /// - Parameter data: where the values end, and how many bytes they are.
    mutating func add(sensorOf width: UInt64?, _ height: UInt64?, data: (end: UInt64, bytes: UInt64)? = nil) {
        guard let width, let height, width > 0, height > 0, width <= UInt32.max, height <= UInt32.max else { return }
        let known = sensor.map { Double($0.width) * Double($0.height) } ?? 0
        guard Double(width) * Double(height) > known else { return }
        sensor = (Int(width), Int(height))
        self.data = data
    }

    func header(named name: String, _ reader: ByteReader) throws(ParseFailure) -> PictureHeader {
        var layout = RAWLayout(name: name)
        (layout.exif, layout.hasFilters) = (exif, hasFilters)
        for candidate in candidates {
            guard let header = try Self.jpeg(reader, candidate), !header.isLossless,
                // A mask, where the sensor sees colours.
                header.bands == 3 || !hasFilters, try Self.reaches(candidate.start + candidate.length, reader)
            else { continue }
            // Of one size there is one.
            guard
                !layout.previews.contains(where: {
                    $0.header.width == header.width && $0.header.height == header.height
                })
            else { continue }
            layout.previews.append(
                RAWPreview(bytes: candidate.start..<(candidate.start + candidate.length), header: header))
        }
        layout.previews.sort { $0.header.pixels > $1.header.pixels }
        let largest = layout.previews.first.map { (width: $0.header.width, height: $0.header.height) }
        let size = sensor ?? largest ?? Self.unknownSize
        var header = PictureHeader(format: .raw, width: size.width, height: size.height, bands: 3, depth: 16)
        header.orientation = orientation
        if case .jpeg(let start) = exif {
            header.orientation = layout.previews.first { $0.bytes.lowerBound == start }?.header.orientation
        }
        layout.endsEarly = try endsEarly(reader)
        header.raw = layout
        return header
    }

    private func endsEarly(_ reader: ByteReader) throws(ParseFailure) -> Bool {
        guard let data, let sensor else { return false }
        let bits = Double(data.bytes) * 8 / (Double(sensor.width) * Double(sensor.height))
        if bits < Self.fewestBits { return true }
        return try !Self.reaches(data.end, reader)
    }

    /// Whether a file has so many bytes.
    private static func reaches(_ end: UInt64, _ reader: ByteReader) throws(ParseFailure) -> Bool {
        var reader = reader.part(from: 0, length: .max, limits: limits)
        guard end > 0 else { return false }
        return try reader.hasByte(at: end - 1)
    }

    /// The header of a JPEG that a decoder of pictures reads; nil of what is none, or the sensor's values packed as JPEG.
    static func jpeg(
        _ reader: ByteReader, _ place: (start: UInt64, length: UInt64)
    ) throws(ParseFailure) -> PictureHeader? {
        var part = reader.part(from: place.start, length: place.length, limits: limits)
        do throws(ParseFailure) {
            guard try part.uint16(at: 0) == 0xFFD8 else { return nil }
            let header = try JPEGHeader.read(&part)
            return header.width > 0 && header.height > 0 ? header : nil
        } catch .system(let code) {
            throw .system(code)
        } catch {
            return nil
        }
    }
}
