package import Jobs
package import Pictures
package import Pipeline
package import Planning
import Vips

extension Pad: PictureStage {
    package func plan(_ picture: inout PlannedPicture) {
        picture.size = canvas(of: picture.size)
        picture.roundsLikeShrinkOnLoad = false
    }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.applyTurn(context)
        let inner = picture.image.size
        let canvas = canvas(of: inner)
        let origin = position.origin(of: inner, in: canvas)
        try picture.embed(left: origin.left, top: origin.top, in: canvas, background: background, context)
        return ["size": canvas.words]
    }

    private func canvas(of size: PixelSize) -> PixelSize {
        let sides = canvas(width: size.width, height: size.height)
        return PixelSize(width: sides.width, height: sides.height)
    }
}

extension Picture {
    /// Puts a colour around the picture; boxes move with it.
    mutating func embed(
        left: Int, top: Int, in canvas: PixelSize, background: RGBA?, _ context: JobContext
    ) throws(JobError) {
        let inner = image.size
        guard canvas != inner else { return replace(with: image) }
        try checkSides(canvas)
        let colour = try prepare(for: background, context)
        replace(with: try image.embedded(left: left, top: top, in: canvas, background: colour))
        // Boxes are those of the picture with all turns done.
        let isSwapped = turn >= 5
        let frame = PixelRectangle(
            left: isSwapped ? -top : -left, top: isSwapped ? -left : -top, width: canvas.swapped(if: isSwapped).width,
            height: canvas.swapped(if: isSwapped).height)
        moveBoxes { $0.cut(frame, of: inner.swapped(if: isSwapped)) }
    }
}
