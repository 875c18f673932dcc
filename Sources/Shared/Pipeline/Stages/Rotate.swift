import Schema

/// Rotates the picture clockwise. Angles other than multiples of 90 enlarge the canvas, filled with `background`.
package struct Rotate: Codable, Sendable, Equatable {
    /// Degrees, -360…360.
    package var angle: Double
    /// nil fills transparent where the picture has alpha, white elsewhere.
    package var background: RGBA?

    package init(angle: Double) { self.angle = angle }
}

extension StageDeclaration {
    private static let angle = Shape<Double>.number(-360...360)

    static let rotate = StageDeclaration(
        "rotate", "Rotates the picture clockwise.",
        Shape.object(
            "a map of angle and background", initial: Rotate(angle: 0),
            keys: [
                Key("angle", \.angle, angle, required: true, "Degrees, clockwise."),
                Key(
                    "background", \.background, .colour,
                    "Colour for the corners; default: transparent if the picture can be, else white."),
            ]
        ).orScalar(angle.map { Rotate(angle: $0) }).map(Stage.rotate), example: "rotate: 90")
}
