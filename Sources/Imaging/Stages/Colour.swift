import CVips
import PipelineModel

extension Colour: PictureStage {
    var commutesWithShrinking: Bool { true }

    func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
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
    var vips: VipsIntent {
        switch self {
        case .perceptual: VIPS_INTENT_PERCEPTUAL
        case .relative: VIPS_INTENT_RELATIVE
        case .saturation: VIPS_INTENT_SATURATION
        case .absolute: VIPS_INTENT_ABSOLUTE
        }
    }
}
