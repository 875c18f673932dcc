package import Jobs

/// What a file is, by its first bytes and never by its name.
package enum ContentKind: Sendable, Equatable {
    /// One of the formats that are read. Says nothing yet about whether the file is whole.
    case picture(PictureFormat)
    /// Something else that has a name for people: "SVG", "PDF", "MP4 or QuickTime video", …
    case known(String)
    /// No bytes at all.
    case empty
    /// Bytes that tell nothing.
    case unknown
}
