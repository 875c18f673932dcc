import Schema

/// Removes borders of one colour.
package struct Trim: Codable, Sendable, Equatable {
    /// How far a pixel may be from the border colour and still count as border; 0…255, default 10.
    package var threshold: Double = 10
    /// Border colour; nil takes the top left pixel.
    package var background: RGBA?
    /// Pixels of border left standing around what is found.
    package var margin: Int = 0

    package init() {}
}

extension StageDeclaration {
    static let trim = StageDeclaration(
        "trim", "Removes borders of one colour.",
        Shape.object(
            "a map of threshold, background and margin", initial: Trim(),
            keys: [
                Key(
                    "threshold", \.threshold, .number(0...255),
                    "How far a pixel may differ from the border's colour and still count as border."),
                Key("background", \.background, .colour, "The border's colour; default: the top left pixel's."),
                Key("margin", \.margin, .integer(0...10_000, of: "pixels"), "Pixels of border to keep."),
            ]
        ).map(Stage.trim), bare: .trim(Trim()))
}
