import Grading
import Jobs
import Pictures
import Pipeline
import Planning
import Stages

/// A pass over the source that makes nothing: it finds black and white for automatic levels, in a picture that is decoded as
/// small as that takes. Without it the stage would read the whole picture twice.
struct TonesLook {
    /// The stages before it that change colours, and no renditions.
    let pipeline: Pipeline
    let levels: Levels
    /// Of the stage, in the pipeline that it is of.
    let place: String
}

extension Pipeline {
    /// For the first automatic levels that have found nothing yet; nil where there are none, or where what comes before them
    /// decides what is to be seen.
    func tonesLook(_ known: (String) -> TonalRange?) -> TonesLook? {
        var changes: [Stage] = []
        var list = stages.enumerated().map { (stagePlace(nil, $0), $1) }
        // What a single rendition does is done right after the pipeline's own stages; of several, each finds its own in what
        // they share, which is held.
        if let only = renditions.first, renditions.count == 1 {
            list += only.stages.enumerated().map { (stagePlace(only.name, $0), $1) }
        }
        for (place, stage) in list where !stage.isSkipped {
            switch stage {
            case .levels(let levels) where levels.looksAtPicture:
                guard let found = known(place) else {
                    var looking = self
                    (looking.stages, looking.renditions) = (changes, [])
                    return TonesLook(pipeline: looking, levels: levels, place: place)
                }
                if !found.isFlat {
                    changes.append(
                        .levels(Levels(black: found.black * 255, white: found.white * 255, gamma: levels.gamma)))
                }
            case .adjust, .levels, .lut, .sepia, .flatten, .grayscale, .colour: changes.append(stage)
            case .autorotate, .flip, .classify, .denoise, .sharpen: break
            case .resize(let resize) where [.inside, .outside, .fill].contains(resize.fit): break
            default: return nil
            }
        }
        return nil
    }

    /// For `sluice explain`.
    var tonesWords: [String] {
        let all =
            stages.map { ("levels", $0) }
            + renditions.flatMap { one in one.stages.map { ("levels of \(one.name)", $0) } }
        return all.compactMap { name, stage in
            guard case .levels(let levels) = stage, levels.looksAtPicture else { return nil }
            return "\(name) finds black and white in a small version first"
        }
    }
}

extension Job {
    func look(_ look: TonesLook) throws(JobError) {
        let start = monotonicSeconds()
        let facts = source.facts
        let size = PixelSize(width: facts.width, height: facts.height)
        let shrink = Double(max(size.width, size.height)) / Double(TonalRange.longestSide)
        // A pixel is left each way.
        let most = min(shrink, Double(min(size.width, size.height)))
        let isScaled = facts.format == .webp && facts.pages == 1 && most > 1
        var picture = try source.open(
            shrink: facts.decoded == .jpeg ? [8, 4, 2].first { Double($0) <= most } ?? 1 : 1,
            size: isScaled ? size.scaled(horizontal: 1 / most, vertical: 1 / most) : nil, context)
        try apply(look.pipeline.stages, to: &picture, rendition: nil, reporting: false)
        try picture.requireRGB(context)
        let found = try picture.tonalRange(clip: look.levels.clip ?? 0)
        context.remember(found, at: look.place, seconds: monotonicSeconds() - start)
    }
}
