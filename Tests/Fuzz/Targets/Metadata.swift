import ByteReading
import ImageHeader
import Imaging
import Jobs
import Metadata
import Pictures
import Pipeline
import WorkerProtocol

private typealias Source = Metadata.PictureBytes

extension FuzzTarget {
    static let metadata = [
        FuzzTarget("exif", mostBytes: 64 << 10, seeds: ["exif"], exif),
        FuzzTarget("xmp", mostBytes: 8 << 10, seeds: ["xmp", "xml"], xmp),
        FuzzTarget("iptc", mostBytes: 8 << 10, seeds: ["iptc"], iptc),
        FuzzTarget("heif", mostBytes: 32 << 10, seeds: ["heic", "heif", "avif"], embedded(in: [.heif, .avif])),
        FuzzTarget(
            "embedded", mostBytes: 32 << 10, seeds: ["jpg", "jpeg", "png", "webp", "tif", "tiff"],
            embedded(in: [.jpeg, .png, .webp, .tiff])),
        FuzzTarget("jxl", mostBytes: 32 << 10, seeds: ["jxl"], embedded(in: [.jxl])),
        FuzzTarget("companion", mostBytes: 16 << 10, seeds: ["xmp", "xml", "json"], companion),
        FuzzTarget("inflate", mostBytes: 8 << 10, seeds: ["zlib"], inflate),
    ]

    private static let withoutGPS = MetadataPolicy(keep: [.all], drop: [.gps])
    private static let policies = [
        MetadataPolicy(keep: [.all]), withoutGPS, MetadataPolicy(keep: [.all], drop: [.copyright]), MetadataPolicy(),
    ]

    /// What lies beside a picture: read as either kind, and put into a block that says the same.
    private static let companion: @Sendable ([UInt8]) throws -> Void = { bytes in
        for name in ["a.xmp", "a.json"] {
            guard let record = try? CompanionRecord(bytes, name: name),
                let filling = ExifFilling(lackedBy: ExifRecord(), from: [record])
            else { continue }
            guard let block = filling.filled(nil) else {
                try require(false, "what a companion tells has no room")
                return
            }
            let reading = readExif(block)
            try require(reading.warnings.isEmpty, "what was filled is damaged: \(reading.warnings)")
            try require((reading.record.gps == nil) == (record.gps == nil), "another place")
            try require(
                reading.record.taken?.prefix(19) == record.taken?.prefix(19), "another time: \(record.taken ?? "none")")
            if let kept = rewriteExif(block, policy: withoutGPS) {
                try require(exifCoordinates(kept).isEmpty, "a place is left")
            }
        }
    }

    private static let exif: @Sendable ([UInt8]) throws -> Void = { block in
        let reading = readExif(block)
        // A worker can say it.
        _ = try Frame.encode(
            WorkerReply.inspected(
                Inspection(
                    facts: nil, exif: reading.record, warnings: reading.warnings, plan: [], renditions: [],
                    refusal: nil)),
            longest: Frame.longestReply / 2)
        _ = exifCoordinates(block)
        _ = readExifColour(block)
        for policy in policies {
            let kept = rewriteExif(block, policy: policy, width: 640, height: 480)
            guard let kept else { continue }
            try require(kept.count <= 65_527, "\(kept.count) bytes do not fit into a JPEG")
            let reading = readExif(kept)
            try require(reading.warnings.isEmpty, "what was rewritten is damaged: \(reading.warnings)")
            if policy == withoutGPS {
                try require(exifCoordinates(kept).isEmpty && reading.record.gps == nil, "a place is left")
            }
        }
    }

    /// What follows a byte of 1, which XML does not have, is the extended packet.
    private static let xmp: @Sendable ([UInt8]) throws -> Void = { bytes in
        let parts = bytes.split(separator: 1, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
        let source = SourceXMP(packet: parts[0], extended: parts.count > 1 ? parts[1] : nil, coordinates: [52.5, 13.4])
        _ = nameOfExtendedXMP(in: source.packet)
        _ = partsDescribed(by: parts)
        _ = motionVideoPlaces(describedBy: parts)
        var record = ExifRecord()
        record.takeDate(ofXMP: source.packet)
        for policy in policies {
            for format in [PictureFormat.jpeg, .png] {
                guard let kept = rewriteXMP(source, policy: policy, for: format).packet else { continue }
                try require(format != .jpeg || kept.count <= 65_500, "\(kept.count) bytes do not fit into a JPEG")
                let again = rewriteXMP(
                    SourceXMP(packet: kept, coordinates: source.coordinates), policy: policy, for: format)
                try require(
                    again.warnings.isEmpty, "what was rewritten cannot be rewritten: \(again.warnings)")
            }
        }
    }

    private static let iptc: @Sendable ([UInt8]) throws -> Void = { bytes in
        _ = try iptcInTIFF(Source(bytes))
        for policy in policies {
            for format in [PictureFormat.jpeg, .tiff] {
                let kept = rewriteIPTC(bytes, policy: policy, for: format, near: [52.5, 13.4])
                guard let kept else { continue }
                let again = rewriteIPTC(kept, policy: policy, for: format, near: [52.5, 13.4])
                try require(again == kept, "what was rewritten is rewritten otherwise")
            }
        }
    }

    private static let inflate: @Sendable ([UInt8]) throws -> Void = { bytes in
        let limit = 1 << 20
        guard let plain = Metadata.inflate(zlib: bytes, limit: limit) else { return }
        try require(plain.count <= limit, "\(plain.count) bytes, more than are allowed")
    }

    /// Blocks read out of a file, and put into it, as if the file had come from an encoder of ours.
    private static func embedded(in formats: Set<PictureFormat>) -> @Sendable ([UInt8]) throws -> Void {
        { bytes in
            guard case .picture(let kind)? = try? sniff(MemoryBytes(bytes)), formats.contains(kind),
                let format = PictureFormat(rawValue: "\(kind)")
            else { return }
            let source = Source(bytes)
            let block = try exifBlock(in: source, format: format)
            _ = try readExif(in: source, format: format)
            if format == .tiff { _ = try iptcInTIFF(source) }
            if format == .jxl { _ = try xmpInJXL(source) }
            if format == .jpeg { _ = try JPEGExtras(in: source, guid: "0123456789ABCDEF0123456789ABCDEF") }
            let kept = block.flatMap { rewriteExif($0, policy: withoutGPS) } ?? sample
            for exif in [nil, kept] {
                let file = try MemoryFile(bytes)
                guard (try? replaceExif(in: file.descriptor, format: format, with: exif, iptc: exif, xmp: exif)) != nil
                else {
                    continue
                }
                let size = file.bytes().count
                try require(size <= bytes.count * 2 + 80_000, "\(bytes.count) bytes became \(size)")
                // What was edited can be edited once more.
                try? replaceExif(in: file.descriptor, format: format, with: kept, iptc: nil, xmp: nil)
                try? putCodedColour(in: file.descriptor, primaries: 9, transfer: 16)
            }
        }
    }

    /// An EXIF block of one entry: the orientation.
    private static let sample: [UInt8] = [
        0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0,
    ]
}
