import PipelineModel

/// A picture of which only the size is known.
struct PlannedPicture: Equatable {
    /// Upright where `turn` is done, else as stored.
    var size: PixelSize
    /// The turn that the source asks for, 1…8.
    let orientation: Int
    var isTurned = false
    /// Whether the next resize rounds as shrink-on-load does.
    var roundsLikeShrinkOnLoad: Bool

    init(_ facts: SourceFacts) {
        size = PixelSize(width: facts.width, height: facts.height)
        orientation = facts.orientation ?? 1
        roundsLikeShrinkOnLoad = facts.format == .jpeg
    }
}

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
    /// Whether the decoded picture is held whole for its renditions; else pixels flow through once.
    var holdsPicture = false
    /// Whether renditions that can hold an animation get one.
    var animates = false
    /// Upright, by rendition, in the pipeline's order.
    var outputs: [PixelSize] = []
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

        let needed = Self.neededSizes(source, pipeline)
        if let largest = needed.max(by: { $0.scale < $1.scale }), largest.scale < 1 {
            let shrink = 1 / largest.scale
            if facts.format == .jpeg { loadShrink = jpegShrink(leaving: shrink, of: source.size) }
            // Frames of an animation are decoded on top of each other: scaling them apart would leave seams.
            if facts.format == .webp && facts.pages == 1 { loadSize = largest.size }
            if needed.count > 1 {
                baseSize = largest.size
                baseScale = largest.uniformScale
            }
        }

        holdsPicture = pipeline.renditions.count > 1 || animates
        parents = animates ? outputs.map { _ in nil } : Self.parents(of: pipeline, from: picture)
    }

    /// A half of a half is as good as a quarter, and less work. Only what is nothing but a resize serves others.
    private static func parents(of pipeline: Pipeline, from shared: PlannedPicture) -> [Int?] {
        let geometries = pipeline.renditions.map { rendition -> ResizeGeometry? in
            guard case .resize(let resize)? = rendition.stages.first else { return nil }
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

    /// A size that serves one reader of the decoded picture, and what share of the source that is.
    private struct Need {
        /// As stored.
        var size: PixelSize
        var scale: Double
        /// The exact scale where both axes scale alike.
        var uniformScale: Double?
    }

    /// What each reader of the decoded picture needs of it: one for the pipeline's own resize, else one a rendition.
    private static func neededSizes(_ source: PlannedPicture, _ pipeline: Pipeline) -> [Need] {
        var picture = source
        switch firstResize(in: pipeline.stages, of: &picture) {
        case .resize(let resize): return [need(resize, picture, source)]
        case .otherStage: return [Need(size: source.size, scale: 1)]
        case .none: break
        }
        return pipeline.renditions.map { rendition in
            var output = picture
            guard case .resize(let resize) = firstResize(in: rendition.stages, of: &output) else {
                return Need(size: source.size, scale: 1)
            }
            return need(resize, output, source)
        }
    }

    private enum Finding {
        case none, otherStage
        case resize(Resize)
    }

    /// The first stage that minds whether the picture was shrunk before it.
    private static func firstResize(in stages: [Stage], of picture: inout PlannedPicture) -> Finding {
        for stage in stages {
            if case .resize(let resize) = stage { return .resize(resize) }
            if !stage.operation.commutesWithShrinking { return .otherStage }
            stage.operation.plan(&picture)
        }
        return .none
    }

    private static func need(_ resize: Resize, _ picture: PlannedPicture, _ source: PlannedPicture) -> Need {
        let geometry = ResizeGeometry(
            of: picture.size, resize, likeShrinkOnLoad: picture.roundsLikeShrinkOnLoad)
        guard geometry.shrink > 1 else { return Need(size: source.size, scale: 1) }
        // Quarter turns before the resize swap its sides against the stored ones.
        let isSwapped = picture.size != source.size
        let size =
            geometry.uniformScale != nil
            ? geometry.scaled.swapped(if: isSwapped)
            : source.size.scaled(horizontal: 1 / geometry.shrink, vertical: 1 / geometry.shrink)
        return Need(size: size, scale: 1 / geometry.shrink, uniformScale: geometry.uniformScale)
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
        words.append(holdsPicture ? "hold the picture for its renditions" : "stream")
        return words
    }
}
