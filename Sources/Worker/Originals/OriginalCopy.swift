package import Jobs
import Metadata

/// What of a file's metadata its copy carries, beside its pixels and what says how to show them.
package struct KeptMetadata {
    /// The file's own colour profile.
    package var keepsProfile: Bool
    /// A profile for a file that has none, though its colours are not sRGB's; JPEG only.
    package var profile: [UInt8]?
    /// A packet.
    package var xmp: [UInt8]?
    /// Photoshop resources; JPEG only.
    package var iptc: [UInt8]?
    /// A TIFF structure.
    package var exif: [UInt8]?

    /// Whether a JPEG that lacks its end marker gets one.
    package var completesEnd = false

    package init(keepsProfile: Bool) { self.keepsProfile = keepsProfile }
}

/// Why a file cannot be copied part by part.
package enum CopyFailure: Error, Equatable {
    /// The file ends before its picture does.
    case endsEarly
    /// It is not laid out as its format has it; the message says what was met.
    case unexpectedLayout(String)
    /// A system call failed.
    case system(String)
    /// Sluice does not take such files apart.
    case unknownFormat
}

/// Copies a picture's file without a change to its pixels: coded data and what says how to show it, and of its metadata what
/// is to be kept. What lies behind the picture (a motion video, further pictures, anything at all) is not copied.
///
/// Both descriptors are used by position. 64 KiB are held at a time.
///
/// - Parameter format: JPEG, PNG, WebP, GIF, JPEG XL; BMP and PNM, which hold no metadata, are copied as they are. `unknownFormat`
///   for others.
package func copyOriginal(
    _ source: Int32, to target: Int32, format: PictureFormat, _ kept: KeptMetadata
) throws(CopyFailure) {
    var copy = try PartCopy(from: source, to: target)
    switch format {
    case .jpeg: try copy.copyJPEG(kept)
    case .png: try copy.copyPNG(kept)
    case .webp: try copy.copyWebP(kept)
    case .gif: try copy.copyGIF(kept)
    case .jxl: try copy.copyJXL()
    case .bmp, .pnm: try copy.copyAll()
    case .tiff, .heif, .avif, .raw: throw .unknownFormat
    }
    do {
        try replaceExif(in: target, format: format, with: kept.exif, xmp: format == .jxl ? kept.xmp : nil)
    } catch {
        throw .unexpectedLayout("\(error)")
    }
}

/// Copies a file as it is, to the last byte.
package func copyWhole(_ source: Int32, to target: Int32) throws(CopyFailure) {
    var copy = try PartCopy(from: source, to: target)
    try copy.copyAll()
}

extension PictureFormat {
    /// Whether `copyOriginal` takes its files apart.
    package var isTakenApart: Bool {
        switch self {
        case .jpeg, .png, .webp, .gif, .jxl, .bmp, .pnm: true
        case .tiff, .heif, .avif, .raw: false
        }
    }
}
