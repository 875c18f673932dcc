import Schema

/// Unsharp mask on lightness.
package struct Sharpen: Codable, Sendable, Equatable {
    /// Radius of the mask, in pixels (a Gaussian's sigma), 0.1…10.
    package var sigma: Double = 0.5
    /// How much edges are raised; libvips' `m2`, 0…10.
    package var amount: Double = 3

    package init() {}
}

extension StageDeclaration {
    static let sharpen = StageDeclaration(
        "sharpen", "Unsharp mask on lightness.",
        Shape.object(
            "a map of sigma and amount", initial: Sharpen(),
            keys: [
                Key("sigma", \.sigma, sigma, "Radius of the mask, in pixels."),
                Key("amount", \.amount, .number(0...10), "Strength of the sharpening."),
            ]
        ).orScalar(
            sigma.map { sigma in
                var sharpen = Sharpen()
                sharpen.sigma = sigma
                return sharpen
            }
        ).map(Stage.sharpen), bare: .sharpen(Sharpen()))

    private static let sigma = Shape<Double>.number(0.1...10)
}
