import Jobs
import Metadata
import Pictures
import Pipeline
import Planning
import Vips

extension StagedFile {
    /// Puts what is kept of the source's EXIF in the place of what libvips wrote, or takes that out; IPTC into a TIFF, XMP into a JPEG XL.
    borrowing func writeExif(
        of source: SourceMetadata, keptBy policy: MetadataPolicy, for encoder: Rendition.Encoder, size: PixelSize
    ) throws(JobError) {
        let exif = source.exif.flatMap {
            rewriteExif(
                $0, policy: policy, width: size.width, height: size.height, orientation: source.orientation)
        }
        let iptc = encoder.format == .tiff ? source.iptc(keptBy: policy, for: .tiff) : nil
        // What is lost of it was told when the picture was made ready for its encoder.
        let xmp =
            encoder.format == .jxl
            ? source.xmp.flatMap {
                rewriteXMP($0, policy: policy, for: .jxl, orientation: source.orientation).packet
            } : nil
        do {
            try replaceExif(in: descriptor, format: encoder.format, with: exif, iptc: iptc, xmp: xmp)
        } catch {
            throw JobError(.encodeFailed, "cannot write EXIF into the file: \(error)")
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
            throw JobError(.encodeFailed, "cannot write the colour profile into the file: \(error)")
        }
    }
}
