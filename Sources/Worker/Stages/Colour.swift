package import CVips
package import Jobs
package import Pictures
import Pipeline
import Vips

extension Colour: PictureStage {
    package var commutesWithShrinking: Bool { true }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        let found = picture.profile.map { $0.description ?? "unnamed" }
        switch profile {
        case .keep: break
        case .srgb: try picture.convertToStandardRGB(context, intent: intent.vips)
        case .p3: try picture.convertToDisplayP3(context, intent: intent.vips)
        }
        return found.map { ["from": $0] } ?? [:]
    }
}

extension Colour.Intent {
    package var vips: VipsIntent {
        switch self {
        case .perceptual: VIPS_INTENT_PERCEPTUAL
        case .relative: VIPS_INTENT_RELATIVE
        case .saturation: VIPS_INTENT_SATURATION
        case .absolute: VIPS_INTENT_ABSOLUTE
        }
    }
}
