/// Gaussian blur.
package struct Blur: Codable, Sendable, Equatable {
    /// In pixels, 0.3…250.
    package var sigma: Double

    package init(sigma: Double) { self.sigma = sigma }
}

extension StageDeclaration {
    private static let sigma = Shape<Double>.number(0.3...250)

    static let blur = StageDeclaration(
        "blur", "Gaussian blur.",
        Shape.object(
            "a map of sigma", initial: Blur(sigma: 0),
            keys: [Key("sigma", \.sigma, sigma, required: true, "Pixels.")]
        ).orScalar(sigma.map { Blur(sigma: $0) }).map(Stage.blur), example: "blur: 2")
}
