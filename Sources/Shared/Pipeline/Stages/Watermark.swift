import Schema

/// Overlays another picture.
package struct Watermark: Codable, Sendable, Equatable {
    /// The file, absolute; in YAML relative to the pipeline's file.
    package var picture: String
    /// SHA-256 of the file (hex), so that a changed watermark changes the pipeline's digest. Filled in by the loader.
    package var digest: String = ""
    package var position: Position = .bottomRight
    /// 0…1.
    package var opacity: Double = 0.5
    /// Width of the watermark as a share of the picture's width, 0.01…1; nil leaves its own size (never more
    /// than the picture).
    package var scale: Double?
    /// Distance from the edges, in pixels.
    package var margin: Int = 16
    /// Whether to repeat it over the whole picture.
    package var tile: Bool = false

    package init(picture: String) { self.picture = picture }
}

extension StageDeclaration {
    static let watermark = StageDeclaration(
        "watermark", "Overlays another picture.",
        Shape.object(
            "a map of picture, position and opacity", initial: Watermark(picture: ""),
            keys: [
                Key(
                    "picture", \.file, .watermark, required: true,
                    "The file, relative to this file; usually a PNG with transparency."),
                Key("position", \.position, .placement, "Where to place it."),
                Key("opacity", \.opacity, .number(0...1), "0 is invisible, 1 is opaque."),
                Key(
                    "scale", \.scale, .number(0.01...1),
                    "Its width as a fraction of the picture's; default: its own size, or the picture's if smaller."
                ),
                Key("margin", \.margin, .integer(0...10_000, of: "pixels"), "Pixels between it and the edges."),
                Key("tile", \.tile, .flag, "Whether to repeat it over the whole picture."),
            ]
        ).orScalar(
            Shape<NamedFile>.watermark.map { file in
                var watermark = Watermark(picture: "")
                watermark.file = file
                return watermark
            }
        ).map(Stage.watermark), example: "watermark: { picture: logo.png }")
}

extension Shape<NamedFile> {
    /// A watermark is held in memory by every worker.
    fileprivate static let watermark = Shape.file("a watermark", largest: 64 << 20)
}

extension Watermark {
    fileprivate var file: NamedFile {
        get { NamedFile(path: picture, digest: digest) }
        set { (picture, digest) = (newValue.path, newValue.digest) }
    }
}
