import CVips
import ImageHeader
package import Jobs
package import Metadata
package import Pipeline
package import Vips

/// What a source carries besides pixels: read once, rewritten for each rendition.
package struct SourceMetadata {
    /// The blocks as they stand in the file, EXIF with what companions fill of it; nil where there is none.
    package var exif: [UInt8]?
    /// EXIF as it stands in the file, whole.
    package private(set) var exifOfFile: [UInt8]?
    package var xmp: SourceXMP?
    package var iptc: [UInt8]?
    /// What EXIF lacked and companions tell; nil where nothing is filled.
    package private(set) var filling: ExifFilling?
    /// Decimal degrees of where it was taken, without their signs.
    private var coordinates: [Double] = []
    /// What a rendition's tag says of how it is stored, 1…8.
    package var orientation = 1
    /// The video of a motion photo, where it is to be published.
    package private(set) var motion: MotionVideo?

    /// EXIF comes from the file itself: libvips has none for TIFF, and not all of it for others. So do IPTC of TIFF and
    /// the rest of a long XMP packet.
    init(
        of image: Image, descriptor: Int32, format: PictureFormat, raw: RAWLayout? = nil,
        _ companions: [HEIFLayout.Companion], _ context: JobContext
    ) {
        var parts = LeftOutParts(described: Set(companions.map(\.rawValue)))
        let file: PictureBytes
        do throws(MetadataError) {
            file = try PictureBytes(descriptor: descriptor)
        } catch {
            context.warn("metadata: not read: \(error)")
            return
        }
        do {
            exif = try raw.map { try exifBlock(in: file, raw: $0) } ?? exifBlock(in: file, format: format)
        } catch {
            context.warn("EXIF: not read: \(error)")
        }
        exifOfFile = exif
        coordinates = exif.map(exifCoordinates) ?? []
        xmp = image.blob("xmp-data").map { SourceXMP(packet: $0, coordinates: coordinates) }
        do {
            if format == .jxl, let packet = try xmpInJXL(file) {
                xmp = SourceXMP(packet: packet, coordinates: coordinates)
            }
            if raw?.exif == .tiff, let packet = try xmpInTIFF(file) {
                xmp = SourceXMP(packet: packet, coordinates: coordinates)
            }
            let isTIFF = format == .tiff || raw?.exif == .tiff
            iptc = try isTIFF ? iptcInTIFF(file) : image.blob("iptc-data")
            if format == .jpeg { try readExtras(file, &parts, context) }
        } catch {
            context.warn("metadata: not fully read: \(error)")
        }
        let packets = [xmp?.packet, xmp?.extended].compactMap { $0 }
        parts.described.formUnion(partsDescribed(by: packets))
        if [.jpeg, .heif, .avif].contains(format) {
            parts.motion = MotionVideo(
                in: descriptor, size: file.size, isHEIF: format != .jpeg,
                fromEnd: motionVideoPlaces(describedBy: packets))
        }
        parts.isExtracted = context.extractsMotion
        if parts.isExtracted, let video = parts.motion, video.isWhole { motion = video }
        if !parts.words.isEmpty { context.warn("parts-left-out: \(parts.words.joined(separator: ", "))") }
        if !context.companions.isEmpty { fill(context) }
    }

    /// The block that says what the colours of the decoded pixels are: of a RAW file that of the embedded picture, or the
    /// file's where it has none. Developed pixels are sRGB's, whatever the camera was set to.
    func exif(ofColoursIn loader: Loader) -> [UInt8]? {
        if loader.format == .raw { return nil }
        guard let part = loader.part, let file = try? PictureBytes(descriptor: loader.descriptor) else {
            return exifOfFile
        }
        return (try? exifBlock(in: file.part(from: part.lowerBound), format: .jpeg)) ?? exifOfFile
    }

    /// What its blocks say, with what is filled of it.
    /// - Parameter readExif: nil where nothing of a block can be read.
    package func record(_ readExif: ([UInt8]) -> ExifRecord?) -> ExifRecord? {
        var record = exif.flatMap(readExif) ?? ExifRecord()
        filling?.apply(to: &record)
        if let packet = xmp?.packet { record.takeDate(ofXMP: packet) }
        return record.isEmpty ? nil : record
    }

    private mutating func fill(_ context: JobContext) {
        let reading = exif.map { Metadata.readExif($0) } ?? ExifReading()
        let own = record { _ in reading.record } ?? ExifRecord()
        guard let filling = ExifFilling(lackedBy: own, from: context.companions) else { return }
        self.filling = filling
        guard let filled = filling.filled(exif) else {
            return context.warn("exif: it has no room for what companions tell")
        }
        // What is laid out anew is sound: what was not is told here.
        for warning in reading.warnings { context.warn(warning) }
        exif = filled
        coordinates = exifCoordinates(filled)
        xmp?.coordinates = coordinates
    }

    /// The rest of a long XMP packet, and whether there are further pictures in a JPEG.
    private mutating func readExtras(
        _ source: PictureBytes, _ parts: inout LeftOutParts, _ context: JobContext
    ) throws {
        let name = xmp.flatMap { nameOfExtendedXMP(in: $0.packet) }
        let extras = try JPEGExtras(in: source, guid: name)
        xmp?.extended = extras.extendedXMP
        if name != nil && extras.extendedXMP == nil {
            context.warn("xmp: the extended packet is missing or incomplete: dropped")
        }
        parts.further = extras.pictures - 1
        if extras.hasGainMap { parts.described.insert("gain map") }
    }

    /// Says what was to be kept, and what a file of the format has no place for.
    fileprivate func warnOfBlocksWithoutPlace(
        keptBy policy: MetadataPolicy, in format: PictureFormat, _ context: JobContext
    ) {
        let isLost: [(block: MetadataPolicy.Block, isLost: Bool)] = [
            (.exif, format == .gif && exif != nil),
            (.xmp, format == .gif && xmp != nil),
            (.iptc, iptc(keptBy: policy, for: format) == nil && iptc(keptBy: policy, for: .tiff) != nil),
        ]
        for (block, isLost) in isLost where isLost && policy.keeps(block) {
            context.warn("\(block.rawValue): dropped, as \(format.rawValue) files cannot hold it")
        }
    }

    package func iptc(keptBy policy: MetadataPolicy, for format: PictureFormat) -> [UInt8]? {
        iptc.flatMap { rewriteIPTC($0, policy: policy, for: format, near: coordinates) }
    }
}

extension Image {
    /// Ready for a saver: its metadata is gone but for the colour profile and what is kept of XMP and IPTC. EXIF is put
    /// into the finished file: libvips 8.14.1 writes its own idea of it, `strip` or not; IPTC into a TIFF too.
    package func withMetadata(
        of source: SourceMetadata, keptBy policy: MetadataPolicy, for encoder: Rendition.Encoder, _ context: JobContext
    ) throws(JobError) -> Image {
        let xmp = source.xmp.map {
            rewriteXMP($0, policy: policy, for: encoder.format, orientation: source.orientation)
        }
        for warning in xmp?.warnings ?? [] { context.warn(warning) }
        let iptc = encoder.format == .tiff ? nil : source.iptc(keptBy: policy, for: encoder.format)
        source.warnOfBlocksWithoutPlace(keptBy: policy, in: encoder.format, context)
        let gone = Set(fieldsToRemove(names: fieldNames, policy: policy))
        return try editingFields { pointer in
            Image.removeFields(of: pointer, where: gone.contains)
            // Others have it in their EXIF block.
            if encoder.format == .tiff && source.orientation > 1 {
                vips_image_set_int(pointer, "orientation", Int32(source.orientation))
            }
            if let packet = xmp?.packet { vips_image_set_blob_copy(pointer, "xmp-data", packet, packet.count) }
            if let iptc { vips_image_set_blob_copy(pointer, "iptc-data", iptc, iptc.count) }
        }
    }
}
