/// What a decoder reports about a source, from its header.
package struct SourceFacts: Codable, Sendable, Equatable {
    package var format: PictureFormat
    /// Pixels, as stored (before turning).
    package var width: Int
    package var height: Int
    package var bands: Int
    /// Bits a band.
    package var depth: Int
    /// Frames or pages.
    package var pages: Int
    /// The embedded colour profile's description; nil without one.
    package var icc: String?
    /// 1…8, the turn that makes the decoder's pixels upright; nil where there is nothing to turn (libheif has turned
    /// already).
    package var orientation: Int?
    /// How a camera's RAW file was read; nil of others.
    package var raw: RAWReading?

    /// What is decoded: of a RAW file's embedded picture JPEG.
    package var decoded: PictureFormat { if case .preview? = raw { .jpeg } else { format } }

    package init(
        format: PictureFormat, width: Int, height: Int, bands: Int, depth: Int, pages: Int = 1, icc: String? = nil,
        orientation: Int? = nil
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.bands = bands
        self.depth = depth
        self.pages = pages
        self.icc = icc
        self.orientation = orientation
    }
}

/// A rendition as it is foreseen from the header. Stages that look at the pixels (trim) may make it smaller.
package struct PlannedRendition: Codable, Sendable, Equatable {
    package var name: String
    package var format: String
    /// Pixels.
    package var width: Int
    package var height: Int
    /// As in `RenditionReport`.
    package var page: Int?
    /// The name of its file, below the inbox's own folder; placeholders that are not known yet stay. Nil until it is known.
    package var file: String?

    package init(name: String, format: String, width: Int, height: Int) {
        self.name = name
        self.format = format
        self.width = width
        self.height = height
    }
}
