import Pipeline
import Planning
import Stages

/// What becomes of a denoising in front of other stages. Pure.
struct DenoiseLookahead {
    enum Finding {
        case none, otherStage
        case resize(Resize)
    }
    /// The first stage that minds whether the picture was shrunk before it.
    private(set) var finding = Finding.none
    /// Whether a denoising was passed on the way there, which would follow the resize if that shrinks enough.
    private(set) var passesDenoise = false

    /// - Parameter picture: as it comes to the first of the stages; as it comes to the one that is found, after that.
    init(in stages: some Sequence<Stage>, of picture: inout PlannedPicture) {
        for stage in stages {
            switch stage {
            // A decoder that shrinks averages values, not light.
            case .resize(let resize): finding = resize.linear ? .otherStage : .resize(resize)
            case .denoise(let denoise) where denoise.place == .auto: passesDenoise = true
            default: if !stage.operation.commutesWithShrinking { finding = .otherStage }
            }
            guard case .none = finding else { return }
            stage.operation.plan(&picture)
        }
    }
}

extension Plan {
    /// All denoisings of a pipeline, by `stagePlace`, in order.
    func denoisings(of source: PlannedPicture, in pipeline: Pipeline) -> [(place: String, placement: DenoisePlacement)]
    {
        var placements: [(place: String, placement: DenoisePlacement)] = []
        var picture = source
        var mayBeOnBase = true
        for (index, stage) in pipeline.stages.enumerated() {
            if case .denoise(let denoise) = stage {
                var rest = Array(pipeline.stages[(index + 1)...])
                // What a single rendition does is done right after the pipeline's own stages.
                if let only = pipeline.renditions.first, pipeline.renditions.count == 1 { rest += only.stages }
                let base = mayBeOnBase && pipeline.renditions.count > 1
                placements.append((stagePlace(nil, index), place(denoise, before: rest, picture, mayBeOnBase: base)))
                if denoise.place == .here { mayBeOnBase = false }
            } else if !stage.operation.commutesWithShrinking {
                mayBeOnBase = false
            }
            stage.operation.plan(&picture)
        }
        for rendition in pipeline.renditions {
            var output = picture
            for (index, stage) in rendition.stages.enumerated() {
                if case .denoise(let denoise) = stage {
                    let rest = rendition.stages[(index + 1)...]
                    let placement = place(denoise, before: Array(rest), output, mayBeOnBase: false)
                    placements.append((stagePlace(rendition.name, index), placement))
                }
                stage.operation.plan(&output)
            }
        }
        return placements
    }

    private func place(
        _ denoise: Denoise, before stages: [Stage], _ picture: PlannedPicture, mayBeOnBase: Bool
    ) -> DenoisePlacement {
        let asWritten = DenoisePlacement.asWritten(picture.isSizeKnown ? picture.size : nil)
        guard denoise.place == .auto, picture.isSizeKnown else { return asWritten }
        var coming = picture
        switch DenoiseLookahead(in: stages, of: &coming).finding {
        case .otherStage: return asWritten
        case .resize(let resize):
            let geometry = ResizeGeometry(of: coming.size, resize, likeShrinkOnLoad: coming.roundsLikeShrinkOnLoad)
            guard geometry.shrink >= Denoise.leastShrink else { return asWritten }
            return .byResize(geometry.scaled, shrink: geometry.shrink)
        case .none:
            guard mayBeOnBase, let baseSize, baseShrink >= Denoise.leastShrink else { return asWritten }
            return .onBase(baseSize, shrink: baseShrink)
        }
    }
}
