package import Jobs
package import Pictures
package import Pipeline
package import Planning
import Vips

extension Border: PictureStage {
    package func plan(_ picture: inout PlannedPicture) {
        picture.size = canvas(of: picture.size)
        picture.roundsLikeShrinkOnLoad = false
    }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        let inner = picture.image.size
        let canvas = canvas(of: inner)
        // The same on all sides: a turn may wait.
        let width = (canvas.width - inner.width) / 2
        try picture.embed(left: width, top: width, in: canvas, background: colour, context)
        return ["width": "\(width)", "size": picture.upright.words]
    }

    private func canvas(of size: PixelSize) -> PixelSize {
        let width = width.pixels(width: size.width, height: size.height)
        return PixelSize(width: size.width + 2 * width, height: size.height + 2 * width)
    }
}
