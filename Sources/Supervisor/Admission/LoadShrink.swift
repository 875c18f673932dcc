import Models
import Pipeline

/// How far a picture is shrunk before its stages see it, as `Imaging`'s plan decides it: while it is decoded, and once for
/// all renditions together. On the safe side: where the header does not say how the picture is to be turned, it is
/// shrunk less.
struct LoadShrink {
    /// By how much all that read the decoded picture let it be shrunk; 1 when one of them wants it whole.
    var shrink: Double
    /// How many read it: the pipeline's own resize, or each rendition.
    var readers: Int

    init(width: UInt64, height: UInt64, pipeline: Pipeline, mayTurn: Bool) {
        shortest = min(width, height)
        let size: Size = (width: Double(width), height: Double(height))
        let all = pipeline.stages + pipeline.renditions.flatMap(\.stages)
        let turns = mayTurn || all.contains { if case .rotate = $0 { true } else { false } }
        let sizes = turns ? [size, (width: size.height, height: size.width)] : [size]
        let own = Need(in: pipeline.stages)
        let needs = own.ending == .none ? pipeline.renditions.map { Need(in: $0.stages) } : [own]
        let least = needs.map { $0.shrink(of: sizes) }.min() ?? 1
        readers = needs.count
        let models = Self.mostShrink(for: pipeline, of: sizes)
        modelShrink = models
        // What is denoised for all of them is denoised after the shrink, or it wants the picture whole.
        let shrink = own.passesDenoise && least < Denoise.leastShrink ? 1 : least
        isForModelsAlone = needs.isEmpty
        self.shrink = needs.isEmpty ? models ?? 1 : min(shrink, models ?? shrink)
        pipelineNeed = own
        self.sizes = sizes
    }

    private let pipelineNeed: Need
    /// By how much it may be shrunk for models that look at it as it is decoded; nil where none does.
    private let modelShrink: Double?
    private let isForModelsAlone: Bool
    private let sizes: [Size]
    private typealias Size = (width: Double, height: Double)

    /// Whether a denoising among the pipeline's own stages is done after the shrink that comes next, wherever that is.
    var denoisesShrunk: Bool { pipelineNeed.passesDenoise && shrink >= Denoise.leastShrink }

    /// Whether one among a rendition's stages is done after the rendition's own resize. Only if certain: if stages
    /// before it have changed the size, that is unknown.
    func denoisesShrunk(in rendition: Rendition) -> Bool {
        let need = Need(in: rendition.stages)
        return pipelineNeed.ending == .none && need.passesDenoise && need.shrink(of: sizes) >= Denoise.leastShrink
    }

    /// The shorter side, in pixels.
    private let shortest: UInt64

    /// What libjpeg does of it: at most so much that a factor of two is left for a better filter, and a pixel.
    var jpeg: UInt64 {
        let most = min(modelShrink ?? 8, Double(shortest))
        let forModels: UInt64 = [8, 4, 2].first { Double($0) <= most } ?? 1
        if isForModelsAlone { return forModels }
        return min([8, 4, 2].first { shrink >= Double(2 * $0) && $0 <= shortest } ?? 1, forModels)
    }

    private static func mostShrink(for pipeline: Pipeline, of sizes: [Size]) -> Double? {
        var most: Double?
        var lists = [pipeline.stages]
        if Need(in: pipeline.stages).ending == .none { lists += pipeline.renditions.map(\.stages) }
        for stages in lists {
            for stage in stages {
                if let model = stage.classify?.model {
                    for size in sizes {
                        let shrink = model.mostShrink(width: size.width, height: size.height)
                        most = min(most ?? shrink, shrink)
                    }
                }
                if case .denoise = stage { continue }
                guard stage.commutesWithShrinking else { break }
            }
        }
        return most
    }

    /// A size shrunk by this, rounded up.
    func shrunk(_ size: Extent) -> Extent {
        guard shrink > 1 else { return size }
        func side(_ side: UInt64) -> UInt64 { min(side, wholePixels(Double(side) / shrink) + 1) }
        return Extent(width: side(size.width), height: side(size.height))
    }

    /// What a list of stages needs of the picture that comes to it.
    private struct Need {
        enum Ending: Equatable {
            case none, whole
            case resize(Resize)
        }
        /// The first stage that minds whether the picture was shrunk before it.
        private(set) var ending = Ending.none
        /// Whether there is a denoising before that, which would follow the resize if that shrinks enough.
        private(set) var passesDenoise = false

        init(in stages: [Stage]) {
            for stage in stages where ending == .none {
                switch stage {
                case .resize(let resize): ending = resize.linear ? .whole : .resize(resize)
                case .denoise(let denoise) where denoise.place == .auto: passesDenoise = true
                default: if !stage.commutesWithShrinking { ending = .whole }
                }
            }
        }

        /// 1 where it is needed whole.
        func shrink(of sizes: [Size]) -> Double {
            guard case .resize(let resize) = ending else { return 1 }
            let shrink = sizes.map { max(1, factor(resize, $0)) }.min() ?? 1
            return passesDenoise && shrink < Denoise.leastShrink ? 1 : shrink
        }

        /// By how much the axis is shrunk that is shrunk less.
        private func factor(_ resize: Resize, _ size: Size) -> Double {
            let horizontal = resize.width.map { size.width / Double(count($0)) }
            let vertical = resize.height.map { size.height / Double(count($0)) }
            guard resize.shrink else { return 1 }
            if let scale = resize.scale { return 1 / scale }
            switch (horizontal, vertical) {
            case (let horizontal?, let vertical?):
                switch resize.fit {
                case .inside, .contain: return max(horizontal, vertical)
                case .cover, .outside, .fill: return min(horizontal, vertical)
                }
            default: return horizontal ?? vertical ?? 1
            }
        }
    }
}

extension Stage {
    /// Whether shrinking the picture before the stage gives the same as shrinking it after.
    var commutesWithShrinking: Bool {
        switch self {
        case .autorotate, .flip, .flatten, .grayscale, .colour, .classify: true
        case .rotate(let rotate): rotate.isByQuarters
        case .resize, .crop, .trim, .sharpen, .blur, .denoise, .watermark, .adjust, .levels, .lut, .sepia, .pad,
            .border, .rounded:
            false
        case .conditional(let conditional): conditional.isSkipped || conditional.stage.commutesWithShrinking
        }
    }

    /// Whether it reads the picture in another order than it is decoded in, or twice: then it is held whole.
    var needsRandomAccess: Bool {
        switch self {
        case .trim, .rotate: true
        case .blur(let blur): blur.boxes != nil
        case .flip(let flip): flip.direction == .vertical
        case .crop(let crop): crop.left == nil && crop.top == nil && crop.position.looksAtContent
        case .resize(let resize): resize.fit == .cover && resize.position.looksAtContent
        case .autorotate, .flatten, .grayscale, .colour, .sharpen, .denoise, .classify, .watermark, .adjust, .levels,
            .lut, .sepia, .pad, .border, .rounded:
            false
        case .conditional(let conditional): !conditional.isSkipped && conditional.stage.needsRandomAccess
        }
    }
}

extension Rotate {
    fileprivate var isByQuarters: Bool { angle.remainder(dividingBy: 90) == 0 }
}
