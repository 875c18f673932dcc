package import Grading
package import Jobs
package import Pictures
import Pipeline
import Vips

extension Adjust: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.requireRGB(context)
        let grade = Grade()
        let isGrey = picture.image.isGrey
        grade.multiplyLight(of: picture, by: isGrey ? [greyGain, greyGain, greyGain] : gains)
        grade.stretch(gamma: gamma)
        grade.contrast(slope: slope)
        if !isGrey, saturation != 0 { grade.mix(saturating) }
        try picture.apply(grade)
        return isGrey && !colourKeys.isEmpty ? ["ignored": "\(colourKeys.joined(separator: ", ")): grey picture"] : [:]
    }
}
