package import Jobs
package import Pictures
package import Pipeline
package import Planning
import Vips

extension Crop: PictureStage {
    package func plan(_ picture: inout PlannedPicture) {
        picture.size = PixelSize(
            width: min(width, picture.size.width - min(left ?? 0, picture.size.width - 1)),
            height: min(height, picture.size.height - min(top ?? 0, picture.size.height - 1)))
        picture.roundsLikeShrinkOnLoad = false
    }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.applyTurn(context)
        let whole = picture.image.size
        if left == nil && top == nil {
            let size = PixelSize(width: min(width, whole.width), height: min(height, whole.height))
            try picture.cut(to: size, at: cut, stage: "crop", context)
            return ["size": size.words]
        }
        let (left, top) = (left ?? 0, top ?? 0)
        guard left >= 0, top >= 0, left < whole.width, top < whole.height else {
            throw JobError(.stageFailed, "\(left),\(top) is outside the picture of \(whole.words)")
        }
        let area = PixelRectangle(
            left: left, top: top, width: min(width, whole.width - left), height: min(height, whole.height - top))
        try picture.cut(to: area)
        return ["size": area.size.words]
    }
}

extension Picture {
    /// Cuts a box that fits into the upright picture.
    package mutating func cut(
        to size: PixelSize, at cut: CutPosition, stage: String, _ context: JobContext
    ) throws(JobError) {
        guard size != image.size else { return }
        let origin = try origin(of: size, in: image.size, at: cut, stage: stage, context)
        try self.cut(
            to: PixelRectangle(left: origin.left, top: origin.top, width: size.width, height: size.height))
    }
}
