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
                    "boxes", \.boxes, .text("the name of a classify stage"),
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

extension Pipeline {
    /// What is wrong with stages that blur boxes; nil where nothing is.
    var boxesFault: String? {
        for list in [stages] + renditions.map({ stages + $0.stages }) {
            for (index, stage) in list.enumerated() {
                guard case .blur(let blur) = stage.unconditional, let name = blur.boxes else { continue }
                let before = list[..<index]
                guard let found = before.lastIndex(where: { $0.classify?.name == name }),
                    let model = before[found].classify?.model
                else { return "blur: there is no earlier classify stage called '\(name)'" }
                if model.isKnown, !model.detects {
                    return "blur: the model of '\(name)' finds no boxes (output: { boxes: …, scores: … })"
                }
                if let other = before[(found + 1)...].first(where: \.movesPixels) {
                    return
                        "blur: '\(other.name)' between it and '\(name)' moves what was found; put it before or after both"
                }
            }
        }
        return nil
    }
}

extension Stage {
    package var blursBoxes: Bool {
        if case .blur(let blur) = unconditional { blur.boxes != nil && !isSkipped } else { false }
    }

    /// Whether parts of the picture are elsewhere after it, in parts of its width and height.
    fileprivate var movesPixels: Bool {
        switch unconditional {
        case .resize(let resize): resize.fit == .cover || resize.fit == .contain
        case .crop, .trim, .rotate, .flip, .autorotate: true
        default: false
        }
    }
}
