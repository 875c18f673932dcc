import CVips
import Metadata
import PipelineModel

/// What a source carries besides pixels: read once, rewritten for each rendition.
struct SourceMetadata {
    /// The blocks as they stand in the file; nil where there is none.
    var exif: [UInt8]?
    var xmp: [UInt8]?
    var iptc: [UInt8]?

    /// EXIF comes from the file itself: libvips has none for TIFF, and not all of it for others.
    init(of image: Image, descriptor: Int32, format: PictureFormat, _ context: JobContext) {
        do {
            exif = try exifBlock(in: ByteSource(descriptor: descriptor), format: format)
        } catch {
            context.warn("EXIF: not read: \(error)")
        }
        xmp = image.blob("xmp-data")
        iptc = image.blob("iptc-data")
    }
}

extension Image {
    /// Ready for a saver: its metadata is gone but for the colour profile and what is kept of XMP and IPTC. EXIF is put
    /// into the finished file: libvips 8.14.1 writes its own idea of it, `strip` or not.
    func withMetadata(
        of source: SourceMetadata, keptBy policy: MetadataPolicy, for encoder: Rendition.Encoder
    ) throws(JobError) -> Image {
        let xmp = source.xmp.flatMap { rewriteXMP($0, policy: policy) }
        let iptc = source.iptc.flatMap { rewriteIPTC($0, policy: policy, for: encoder.format) }
        let gone = Set(fieldsToRemove(names: fieldNames, policy: policy))
        return try editingFields { pointer in
            Image.removeFields(of: pointer, where: gone.contains)
            if let xmp { vips_image_set_blob_copy(pointer, "xmp-data", xmp, xmp.count) }
            if let iptc { vips_image_set_blob_copy(pointer, "iptc-data", iptc, iptc.count) }
        }
    }
}

extension StagedFile {
    /// Puts what is kept of the source's EXIF in the place of what libvips wrote, or takes that out.
    borrowing func writeExif(
        of source: SourceMetadata, keptBy policy: MetadataPolicy, for encoder: Rendition.Encoder, size: PixelSize
    ) throws(JobError) {
        let exif = source.exif.flatMap { rewriteExif($0, policy: policy, width: size.width, height: size.height) }
        do {
            try replaceExif(in: descriptor, format: encoder.format, with: exif)
        } catch {
            throw JobError(.encodeFailed, "EXIF cannot be put into the file: \(error)")
        }
    }
}

extension StagedFile {
    /// Says in a PNG that it holds PQ or HLG, where it does.
    borrowing func writeHighRange(of image: Image) throws(JobError) {
        guard let range = HighRange(image) else { return }
        do {
            try putCodedColour(
                in: descriptor, primaries: UInt8(clamping: range.primaries), transfer: UInt8(range.light.rawValue))
        } catch {
            throw JobError(.encodeFailed, "the colours cannot be named in the file: \(error)")
        }
    }
}

extension Rendition.Encoder {
    fileprivate var format: PictureFormat {
        switch self {
        case .jpeg: .jpeg
        case .png: .png
        case .webp: .webp
        case .avif: .avif
        case .tiff: .tiff
        case .gif: .gif
        }
    }
}
