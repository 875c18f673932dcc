import CGrade
package import Jobs
package import Pictures
import Pipeline
import Text
import Vips

extension Rounded: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.requireRGB(context)
        let whole = try picture.image.addingAlpha()
        let radius = radius(width: whole.width, height: whole.height)
        picture.replace(with: try Image.make { sluice_round_corners(whole.pointer, &$0, radius) })
        if let background { picture.background = background }
        return ["radius": shortDecimals(radius, most: 1)]
    }
}
