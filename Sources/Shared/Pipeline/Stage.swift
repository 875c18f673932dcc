package import Conditions
package import Grading

/// One step of a pipeline with its parameters. Each case's payload is declared, with its keys, in a file of its own
/// under `Stages/`; its implementation is in a file of the same name in `Worker/Stages/`.
package indirect enum Stage: Codable, Sendable, Equatable {
    case autorotate
    case resize(Resize)
    case crop(Crop)
    case trim(Trim)
    case rotate(Rotate)
    case flip(Flip)
    case flatten(Flatten)
    case grayscale
    case sharpen(Sharpen)
    case blur(Blur)
    case denoise(Denoise)
    case classify(Classify)
    case colour(Colour)
    case watermark(Watermark)
    case adjust(Adjust)
    case levels(Levels)
    case lut(Lut)
    case sepia(Sepia)
    case pad(Pad)
    case border(Border)
    case rounded(Rounded)
    case conditional(ConditionalStage)

    /// The key in YAML and the name in the sidecar.
    package var name: String {
        switch self {
        case .autorotate: "autorotate"
        case .resize: "resize"
        case .crop: "crop"
        case .trim: "trim"
        case .rotate: "rotate"
        case .flip: "flip"
        case .flatten: "flatten"
        case .grayscale: "grayscale"
        case .sharpen: "sharpen"
        case .blur: "blur"
        case .denoise: "denoise"
        case .classify: "classify"
        case .colour: "colour"
        case .watermark: "watermark"
        case .adjust: "adjust"
        case .levels: "levels"
        case .lut: "lut"
        case .sepia: "sepia"
        case .pad: "pad"
        case .border: "border"
        case .rounded: "rounded"
        case .conditional(let conditional): conditional.stage.name
        }
    }
}

/// A stage that is applied only if a condition holds.
package struct ConditionalStage: Codable, Sendable, Equatable {
    package var when: Condition
    package var stage: Stage
    /// Once the condition is known not to hold: the stage keeps its place, and does nothing.
    package var isSkipped = false

    package init(when: Condition, stage: Stage) {
        self.when = when
        self.stage = stage
    }
}
