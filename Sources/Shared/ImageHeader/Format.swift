/// A picture format whose header this module reads. The raw values are those of the pipeline's `accept`.
package enum Format: String, Sendable, Hashable, CaseIterable {
    case jpeg, png, webp, tiff, gif
    /// HEIF with HEVC pictures, or of a brand that tells no codec.
    case heif
    /// HEIF with AV1 pictures.
    case avif
}

/// What a file is, by its first bytes and never by its name.
package enum ContentKind: Sendable, Equatable {
    /// One of the formats that are read. Says nothing yet about whether the file is whole.
    case picture(Format)
    /// Something else that has a name for people: "SVG", "PDF", "MP4 or QuickTime video", …
    case known(String)
    /// No bytes at all.
    case empty
    /// Bytes that tell nothing.
    case unknown
}
