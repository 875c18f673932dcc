import Models
import Pipeline
import Planning
import Stages

/// What models need of the decoded picture. Pure.
struct ModelNeeds: Equatable {
    /// By how much the decoder may shrink the picture for them; nil where none looks at it as it is decoded.
    private(set) var mostShrink: Double?
    /// The places of those that look after the resize that comes next: it leaves enough, and is less work on a JPEG's
    /// planes.
    private(set) var afterResize: Set<String> = []

    init(of source: PlannedPicture, in pipeline: Pipeline) {
        var shared = source
        let isRead = look(at: pipeline.stages, of: &shared, rendition: nil, readsSource: true)
        for rendition in pipeline.renditions {
            var picture = shared
            _ = look(at: rendition.stages, of: &picture, rendition: rendition.name, readsSource: isRead)
        }
        // What a single rendition does is done right after the pipeline's own stages.
        let rest = pipeline.renditions.count == 1 ? pipeline.renditions[0].stages : []
        var picture = source
        for (index, stage) in pipeline.stages.enumerated() {
            if case .classify(let classify) = stage {
                wait(classify, at: stagePlace(nil, index), before: pipeline.stages[(index + 1)...] + rest, picture)
            }
            stage.operation.plan(&picture)
        }
    }

    /// - Returns: whether stages after these still read the picture as it is decoded.
    private mutating func look(
        at stages: [Stage], of picture: inout PlannedPicture, rendition: String?, readsSource: Bool
    ) -> Bool {
        var readsSource = readsSource
        for stage in stages {
            switch stage {
            case .classify(let classify) where readsSource:
                let size = picture.size
                let most = classify.model.mostShrink(width: Double(size.width), height: Double(size.height))
                mostShrink = min(mostShrink ?? most, most)
            case .denoise(let denoise) where denoise.place == .auto: break
            default: if !stage.operation.commutesWithShrinking { readsSource = false }
            }
            stage.operation.plan(&picture)
        }
        return readsSource
    }

    private mutating func wait(
        _ classify: Classify, at place: String, before stages: some Sequence<Stage>, _ picture: PlannedPicture
    ) {
        guard picture.isSizeKnown else { return }
        var coming = picture
        for stage in stages {
            switch stage {
            case .resize(let resize):
                let geometry = ResizeGeometry(of: coming.size, resize, likeShrinkOnLoad: coming.roundsLikeShrinkOnLoad)
                let size = coming.size
                let most = classify.model.mostShrink(width: Double(size.width), height: Double(size.height))
                if geometry.shrink > 1, geometry.uniformScale != nil, geometry.shrink <= most {
                    afterResize.insert(place)
                }
                return
            // They leave what is to be seen as it is.
            case .autorotate, .classify, .denoise: stage.operation.plan(&coming)
            default: return
            }
        }
    }
}

extension ModelNeeds {
    /// 1, 2, 4 or 8: by how much libjpeg may shrink a picture of this size, so that a pixel is left.
    func jpegShrink(of size: PixelSize) -> Int {
        let most = min(mostShrink ?? 8, Double(min(size.width, size.height)))
        return [8, 4, 2].first { Double($0) <= most } ?? 1
    }
}
