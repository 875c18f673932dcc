package import Jobs
package import Pictures
import Pipeline
package import Planning
import Vips

extension Resize: PictureStage {
    package func plan(_ picture: inout PlannedPicture) {
        picture.size =
            ResizeGeometry(
                of: picture.size, self, likeShrinkOnLoad: picture.roundsLikeShrinkOnLoad
            ).output
        picture.roundsLikeShrinkOnLoad = false
    }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        let geometry = ResizeGeometry(
            of: picture.upright, self, likeShrinkOnLoad: picture.roundsLikeShrinkOnLoad)
        if geometry.shrink < 1, case .crop(let size) = geometry.finish {
            try picture.watchWaiting(context)
            try picture.denoiseWaiting(context)
            try picture.grow(
                covering: size, asPartOf: geometry.scaled, at: cut, inLight: linear, context)
            return ["size": picture.upright.words]
        }
        let isSwapped = picture.turn >= 5
        try picture.scale(
            to: geometry.scaled.swapped(if: isSwapped), total: geometry.uniformScale, inLight: linear)
        try picture.watchWaiting(context)
        // Padding has no noise, and what is cut off has the same.
        try picture.denoiseWaiting(context)
        picture.replace(with: picture.image)
        switch geometry.finish {
        case .none: break
        case .crop(let size):
            try picture.applyTurn(context)
            try picture.cut(to: size, at: cut, stage: "resize", context)
        case .pad(let size):
            try picture.applyTurn(context)
            let colour = try picture.prepare(for: background, context)
            let inner = picture.image.size
            let origin = position.origin(of: inner, in: size)
            picture.replace(
                with: try picture.image.embedded(
                    left: origin.left, top: origin.top, in: size, background: colour))
            let frame = PixelRectangle(left: -origin.left, top: -origin.top, width: size.width, height: size.height)
            picture.moveBoxes { $0.cut(frame, of: inner) }
        }
        return ["size": picture.upright.words]
    }
}
