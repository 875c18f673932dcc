import Models
import Schema

/// Gaussian blur of the whole picture; or of what a model found, beyond recognition.
package struct Blur: Codable, Sendable, Equatable {
    /// In pixels, 0.3…250; 0 where boxes are blurred, each by as much as it takes.
    package var sigma: Double
    /// The classify stage whose boxes are blurred, and nothing else.
    package var boxes: String?

    package init(sigma: Double, boxes: String? = nil) {
        self.sigma = sigma
        self.boxes = boxes
    }

    /// Nil where boxes are blurred: there is no default.
    fileprivate var blurSigma: Double? {
        get { sigma > 0 ? sigma : nil }
        set { sigma = newValue ?? 0 }
    }
}

extension StageDeclaration {
    private static let sigma = Shape<Double>.number(0.3...250)

    static let blur = StageDeclaration(
        "blur", "Gaussian blur of the whole picture, or of what a model found (faces), beyond recognition.",
        Shape.object(
            "a map of sigma, or of boxes", initial: Blur(sigma: 0),
            keys: [
                Key("sigma", \.blurSigma, sigma, "Radius of the blur, in pixels."),
                Key(
                    "boxes", \.boxes, .boxes,
                    "The classify stage before this one whose boxes are blurred, each beyond recognition."),
            ],
            check: { _, members, reading in
                switch (members.isMeant("sigma"), members.isMeant("boxes")) {
                case (false, false): reading.fault(members.place, "key 'sigma' is missing (\(sigma.expected))")
                case (true, true):
                    reading.fault(members.keyPlace(of: "sigma"), at: "sigma", "cannot be combined with 'boxes'")
                default: break
                }
            }
        ).orScalar(sigma.map { Blur(sigma: $0) }).map(Stage.blur), example: "blur: 2")
}
