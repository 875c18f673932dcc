/// A picture format that Sluice reads, recognised by content, never by file name.
package enum PictureFormat: String, Codable, Sendable, Hashable, CaseIterable {
    case jpeg, png, webp, tiff, gif
    /// HEIF with HEVC pictures (`.heic`) or of a brand that tells no codec.
    case heif
    /// HEIF with AV1 pictures (`.avif`).
    case avif
    /// JPEG XL.
    case jxl
    /// A camera's RAW file: DNG, CR2, CR3, NEF, ARW, RAF, ORF, RW2 and others.
    case raw
    /// BMP of Windows and OS/2.
    case bmp
    /// PBM, PGM, PPM and PAM.
    case pnm
}

/// What a pipeline's `accept` names. `heif` accepts AVIF too, as both are HEIF containers.
package typealias AcceptedFormats = Set<PictureFormat>
