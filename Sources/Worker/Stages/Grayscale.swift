import CVips
package import Jobs
package import Pictures
import Vips

/// Takes the colours out; alpha stays.
package struct Grayscale: PictureStage {
    package var commutesWithShrinking: Bool { true }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        guard !picture.image.isGrey else { return [:] }
        // A profile for colours means nothing to grey.
        try picture.convertToStandardRGB(context)
        picture.image = try picture.image.converted(
            to: picture.image.is16Bit ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
        return [:]
    }
}
