import PipelineModel

/// How far a picture is shrunk before its stages see it, as `Imaging`'s plan decides it: while it is decoded, and once for
/// all renditions together. On the safe side: where the header does not say how the picture is to be turned, it is
/// shrunk less.
struct LoadShrink: Equatable {
    /// By how much all that read the decoded picture let it be shrunk; 1 when one of them wants it whole.
    var shrink: Double
    /// How many read it: the pipeline's own resize, or each rendition.
    var readers: Int

    init(width: UInt64, height: UInt64, pipeline: Pipeline, mayTurn: Bool) {
        shortest = min(width, height)
        let size = (width: Double(width), height: Double(height))
        let all = pipeline.stages + pipeline.renditions.flatMap(\.stages)
        let turns = mayTurn || all.contains { if case .rotate = $0 { true } else { false } }
        let sizes = turns ? [size, (width: size.height, height: size.width)] : [size]
        let needs: [Need]
        let own = Self.firstNeed(in: pipeline.stages)
        if own != .none {
            needs = [own]
        } else {
            needs = pipeline.renditions.map { Self.firstNeed(in: $0.stages) }
        }
        readers = needs.count
        shrink = needs.map { $0.shrink(of: sizes) }.min() ?? 1
    }

    /// The shorter side, in pixels.
    private let shortest: UInt64

    /// What libjpeg does of it: at most so much that a factor of two is left for a better filter, and a pixel.
    var jpeg: UInt64 { [8, 4, 2].first { shrink >= Double(2 * $0) && $0 <= shortest } ?? 1 }

    /// A size shrunk by this, rounded up.
    func shrunk(_ size: Extent) -> Extent {
        guard shrink > 1 else { return size }
        func side(_ side: UInt64) -> UInt64 { min(side, wholePixels(Double(side) / shrink) + 1) }
        return Extent(width: side(size.width), height: side(size.height))
    }

    private enum Need: Equatable {
        case none
        case whole
        case resize(Resize)

        func shrink(of sizes: [(width: Double, height: Double)]) -> Double {
            guard case .resize(let resize) = self else { return 1 }
            return sizes.map { max(1, factor(resize, $0)) }.min() ?? 1
        }

        /// By how much the axis is shrunk that is shrunk less.
        private func factor(_ resize: Resize, _ size: (width: Double, height: Double)) -> Double {
            let horizontal = resize.width.map { size.width / Double(count($0)) }
            let vertical = resize.height.map { size.height / Double(count($0)) }
            guard resize.shrink else { return 1 }
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

    /// The first stage that minds whether the picture was shrunk before it.
    private static func firstNeed(in stages: [Stage]) -> Need {
        for stage in stages {
            if case .resize(let resize) = stage { return .resize(resize) }
            if !stage.commutesWithShrinking { return .whole }
        }
        return .none
    }
}

extension Stage {
    /// Whether shrinking the picture before the stage gives the same as shrinking it after.
    var commutesWithShrinking: Bool {
        switch self {
        case .autorotate, .flip, .flatten, .grayscale, .colour: true
        case .rotate(let rotate): rotate.isByQuarters
        case .resize, .crop, .trim, .sharpen, .blur, .watermark: false
        }
    }

    /// Whether it reads the picture in another order than it is decoded in, or twice: then it is held whole.
    var needsRandomAccess: Bool {
        switch self {
        case .trim, .rotate: true
        case .flip(let flip): flip.direction == .vertical
        case .crop(let crop): crop.left == nil && crop.top == nil && crop.position.looksAtContent
        case .resize(let resize): resize.fit == .cover && resize.position.looksAtContent
        case .autorotate, .flatten, .grayscale, .colour, .sharpen, .blur, .watermark: false
        }
    }
}

extension Rotate {
    fileprivate var isByQuarters: Bool { angle.remainder(dividingBy: 90) == 0 }
}
