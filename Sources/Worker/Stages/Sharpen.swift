package import Jobs
package import Pictures
import Pipeline
import Vips

extension Sharpen: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.applyTurn(context)
        try picture.requireRGB(context)
        let format = picture.image.format
        picture.replace(with: try picture.image.sharpened(sigma: sigma, amount: amount).cast(to: format))
        return [:]
    }
}
