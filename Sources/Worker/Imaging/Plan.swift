import Jobs
import Pictures
import Pipeline
import Planning
import Stages

/// How a job is done: what is shrunk while decoding, and where the decoded picture is kept. Pure.
struct Plan: Equatable {
    /// 1, 2, 4 or 8; JPEG only.
    var loadShrink = 1
    /// The size to load at; WebP only.
    var loadSize: PixelSize?
    /// The size, as stored, that the picture is scaled to before its stages, for all renditions together; nil when
    /// stages or a single rendition say it themselves.
    var baseSize: PixelSize?
    /// The scale to it, before rounding.
    var baseScale: Double?
    /// By how much the axis is shrunk for it that is shrunk less.
    var baseShrink = 1.0
    /// Whether the decoded picture is kept in memory for its renditions; otherwise it is streamed once.
    var holdsPicture = false
    /// Whether renditions that can hold an animation get one.
    var animates = false
    /// Upright, by rendition, in the pipeline's order.
    var outputs: [PixelSize] = []
    /// Where each denoising is done, by `stagePlace`.
    var denoising: [String: DenoisePlacement] = [:]
    /// The places of what models look at after the next resize: it leaves enough, and is less work on a JPEG's planes.
    var watchesAfterResize: Set<String> = []
    /// The same in words, in the pipeline's order.
    private var denoisingWords: [String] = []
    /// By rendition: the other one, of at least twice its size, whose picture it is made from; nil where that is the
    /// picture that all share.
    var parents: [Int?] = []

    init(for facts: SourceFacts, pipeline: Pipeline) {
        let source = PlannedPicture(facts)
        var picture = source
        for stage in pipeline.stages { stage.operation.plan(&picture) }
        for rendition in pipeline.renditions {
            var output = picture
            for stage in rendition.stages { stage.operation.plan(&output) }
            outputs.append(output.size)
        }
        animates = facts.isAnimation && pipeline.renditions.contains { $0.encoder.animates }

        let models = ModelNeeds(of: source, in: pipeline)
        watchesAfterResize = models.afterResize
        let needed = Self.neededSizes(source, pipeline).map { $0.limited(by: models, source) }
        if needed.isEmpty, let most = models.mostShrink, most > 1 {
            // For models only.
            if facts.decoded == .jpeg { loadShrink = models.jpegShrink(of: source.size) }
            if facts.format == .webp && facts.pages == 1 {
                loadSize = source.size.scaled(horizontal: 1 / most, vertical: 1 / most)
            }
        } else if let largest = needed.min(by: { $0.shrink < $1.shrink }), largest.shrink > 1 {
            if facts.decoded == .jpeg {
                loadShrink = min(
                    jpegShrink(leaving: largest.shrink, of: source.size), models.jpegShrink(of: source.size))
            }
            // Frames of an animation are decoded on top of each other: scaling them apart would leave seams.
            if facts.format == .webp && facts.pages == 1 { loadSize = largest.size }
            if needed.count > 1 {
                baseSize = largest.size
                baseScale = largest.uniformScale
                baseShrink = largest.shrink
            }
        }
        for (place, placement) in denoisings(of: source, in: pipeline) {
            denoising[place] = placement
            denoisingWords.append(placement.words)
        }

        holdsPicture = pipeline.renditions.count > 1 || animates
        parents = animates ? outputs.map { _ in nil } : Self.parents(of: pipeline, from: picture)
    }

    /// A half of a half is as good as a quarter, and less work. Only what is nothing but a resize serves others.
    private static func parents(of pipeline: Pipeline, from shared: PlannedPicture) -> [Int?] {
        let geometries = pipeline.renditions.map { rendition -> ResizeGeometry? in
            guard case .resize(let resize)? = rendition.stages.first, !resize.linear else { return nil }
            return ResizeGeometry(of: shared.size, resize, likeShrinkOnLoad: shared.roundsLikeShrinkOnLoad)
        }
        let largest = geometries.compactMap { $0?.scaled.pixels }.max() ?? 0
        let serving = geometries.indices.filter { index in
            guard let geometry = geometries[index], pipeline.renditions[index].stages.count == 1 else { return false }
            return geometry.uniformScale != nil && geometry.finish == .none && geometry.shrink > 1
                && geometry.scaled.pixels < largest
        }
        return geometries.map { geometry in
            guard let wanted = geometry?.scaled else { return nil }
            let large = serving.filter { index in
                guard let size = geometries[index]?.scaled else { return false }
                return size.width >= 2 * wanted.width && size.height >= 2 * wanted.height
            }
            return large.min { (geometries[$0]?.scaled.pixels ?? 0) < (geometries[$1]?.scaled.pixels ?? 0) }
        }
    }

    /// A size that serves one reader of the decoded picture, and by how much it is shrunk for that.
    private struct Need {
        /// As stored.
        var size: PixelSize
        /// Of the axis that is shrunk less.
        var shrink = 1.0
        /// The exact scale where both axes scale alike.
        var uniformScale: Double?

        /// The same, or what models need where that is more.
        func limited(by models: ModelNeeds, _ source: PlannedPicture) -> Need {
            guard let most = models.mostShrink, most < shrink else { return self }
            guard most > 1 else { return Need(size: source.size) }
            return Need(
                size: source.size.scaled(horizontal: 1 / most, vertical: 1 / most), shrink: most, uniformScale: 1 / most
            )
        }
    }

    /// What each reader of the decoded picture needs of it: one for the pipeline's own resize, else one a rendition.
    private static func neededSizes(_ source: PlannedPicture, _ pipeline: Pipeline) -> [Need] {
        let whole = Need(size: source.size)
        var picture = source
        let own = DenoiseLookahead(in: pipeline.stages, of: &picture)
        switch own.finding {
        case .resize(let resize):
            let need = need(resize, picture, source)
            return [own.passesDenoise && need.shrink < Denoise.leastShrink ? whole : need]
        case .otherStage: return [whole]
        case .none: break
        }
        let needs = pipeline.renditions.map { rendition in
            var output = picture
            let ahead = DenoiseLookahead(in: rendition.stages, of: &output)
            guard case .resize(let resize) = ahead.finding else { return whole }
            let need = need(resize, output, source)
            return ahead.passesDenoise && need.shrink < Denoise.leastShrink ? whole : need
        }
        let least = needs.map(\.shrink).min() ?? 1
        return own.passesDenoise && least < Denoise.leastShrink ? needs.map { _ in whole } : needs
    }

    private static func need(_ resize: Resize, _ picture: PlannedPicture, _ source: PlannedPicture) -> Need {
        let geometry = ResizeGeometry(
            of: picture.size, resize, likeShrinkOnLoad: picture.roundsLikeShrinkOnLoad)
        guard geometry.shrink > 1 else { return Need(size: source.size) }
        // Quarter turns before the resize swap its sides against the stored ones.
        let isSwapped = picture.size != source.size
        let size =
            geometry.uniformScale != nil
            ? geometry.scaled.swapped(if: isSwapped)
            : source.size.scaled(horizontal: 1 / geometry.shrink, vertical: 1 / geometry.shrink)
        return Need(size: size, shrink: geometry.shrink, uniformScale: geometry.uniformScale)
    }
}

extension Plan {
    /// For `sluice explain`.
    var words: [String] {
        var words: [String] = []
        if loadShrink > 1 { words.append("shrink on load \(loadShrink)") }
        if let loadSize { words.append("load at \(loadSize.words)") }
        if let baseSize { words.append("shrink once to \(baseSize.words)") }
        if animates { words.append("frame by frame") }
        words += denoisingWords
        words.append(holdsPicture ? "keep the picture in memory for its renditions" : "stream")
        return words
    }
}
