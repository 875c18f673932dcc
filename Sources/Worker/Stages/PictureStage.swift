package import Jobs
package import Pictures
import Pipeline
package import Planning

/// What a stage is to this target. Each stage of a pipeline has one file under `Stages/` that conforms its payload.
package protocol PictureStage {
    /// Whether shrinking the picture before the stage gives the same as shrinking it after.
    var commutesWithShrinking: Bool { get }

    /// Says what becomes of the size, from the header alone.
    func plan(_ picture: inout PlannedPicture)

    /// Does it, and tells the sidecar what was found or chosen. What is known only once the pixels were read is told
    /// through the context.
    func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String]
}

extension PictureStage {
    package var commutesWithShrinking: Bool { false }
    package func plan(_ picture: inout PlannedPicture) {
        if !commutesWithShrinking { picture.roundsLikeShrinkOnLoad = false }
    }
}

extension Stage {
    /// The registry: a new stage is one line here and one file.
    package var operation: any PictureStage {
        switch self {
        case .autorotate: Autorotate()
        case .resize(let resize): resize
        case .crop(let crop): crop
        case .trim(let trim): trim
        case .rotate(let rotate): rotate
        case .flip(let flip): flip
        case .flatten(let flatten): flatten
        case .grayscale: Grayscale()
        case .sharpen(let sharpen): sharpen
        case .blur(let blur): blur
        case .denoise(let denoise): denoise
        case .classify(let classify): classify
        case .colour(let colour): colour
        case .watermark(let watermark): watermark
        case .adjust(let adjust): adjust
        case .levels(let levels): levels
        case .lut(let lut): lut
        case .sepia(let sepia): sepia
        case .pad(let pad): pad
        case .border(let border): border
        case .rounded(let rounded): rounded
        // What is not skipped was put in place of its condition before.
        case .conditional(let conditional): conditional.isSkipped ? Skipped() : conditional.stage.operation
        }
    }
}
