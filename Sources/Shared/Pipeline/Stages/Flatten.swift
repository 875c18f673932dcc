import Schema

/// Flattens transparency onto a colour; the result has no alpha.
package struct Flatten: Codable, Sendable, Equatable {
    package var background: RGBA = .white

    package init() {}
}

extension StageDeclaration {
    static let flatten = StageDeclaration(
        "flatten", "Flattens transparency onto a colour.",
        Shape.object(
            "a map of background", initial: Flatten(),
            keys: [Key("background", \.background, .colour, "The background colour.")]
        ).orScalar(
            Shape<RGBA>.colour.map { colour in
                var flatten = Flatten()
                flatten.background = colour
                return flatten
            }
        ).map(Stage.flatten), bare: .flatten(Flatten()))
}
