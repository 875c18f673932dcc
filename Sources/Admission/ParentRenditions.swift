import ImageHeader
import PipelineModel

/// Renditions that smaller ones are made from, as `Imaging`'s plan chooses them: those of at least twice the size, the
/// smallest that there is. On the safe side: sizes are bounds, and where they do not tell, both count.
struct ParentRenditions {
    /// Of all of them together.
    private(set) var pixels: UInt64 = 0

    /// - Parameter header: as the picture is once it is turned.
    init(of pipeline: Pipeline, from header: PictureHeader) {
        let sizes = pipeline.renditions.map { rendition -> Extent? in
            guard case .resize(let resize)? = rendition.stages.first else { return nil }
            return outputBound(header, stages: pipeline.stages + [.resize(resize.scaling)], mayTurn: false)
        }
        let isPlain = pipeline.renditions.map { $0.stages.count == 1 }
        let largest = Self.largest(sizes, areAllPlain: { $0.allSatisfy { isPlain[$0] } })
        let serving = sizes.indices
            .filter {
                isPlain[$0] && sizes[$0] != nil
                    && pipeline.renditions[$0].stages != largest.map { pipeline.renditions[$0].stages }
            }
            .sorted { (sizes[$0]?.pixels ?? 0) < (sizes[$1]?.pixels ?? 0) }
        let shared = outputBound(header, stages: pipeline.stages, mayTurn: false)
        let isUnknown = pipeline.stages.contains { if case .trim = $0 { true } else { false } }
        var parents: Set<Int> = []
        for child in sizes.compactMap({ $0 }) {
            for index in serving {
                guard let size = sizes[index] else { continue }
                if isUnknown || Self.mayBeTwice(size, child) { parents.insert(index) }
                let serves = Self.certainlyServes(pipeline.renditions[index].stages.first, size, shared)
                if !isUnknown && serves && Self.isTwice(size, child) { break }
            }
        }
        pixels = parents.reduce(0) { saturated($0, sizes[$1]?.pixels ?? 0) }
    }

    /// What a bound may be more than the size itself.
    private static let slack: UInt64 = 3

    /// The one that is the picture that all share, and serves nobody else. Where bounds do not tell which, one of those is
    /// as good as another; nil if it may be one that serves nobody anyway.
    private static func largest(_ sizes: [Extent?], areAllPlain: ([Int]) -> Bool) -> Int? {
        guard let largest = sizes.indices.max(by: { (sizes[$0]?.pixels ?? 0) < (sizes[$1]?.pixels ?? 0) }),
            let size = sizes[largest]
        else { return nil }
        let least = product(size.width - min(size.width, slack), size.height - min(size.height, slack))
        return areAllPlain(sizes.indices.filter { (sizes[$0]?.pixels ?? 0) >= least }) ? largest : nil
    }

    /// Only what shrinks both sides alike and cuts nothing off serves others.
    private static func certainlyServes(_ stage: Stage?, _ size: Extent, _ shared: Extent) -> Bool {
        guard case .resize(let resize)? = stage, resize.shrink, !resize.enlarge else { return false }
        let isPlain = resize.width == nil || resize.height == nil || resize.fit == .inside || resize.fit == .outside
        return isPlain && saturated(size.width, slack) < shared.width && saturated(size.height, slack) < shared.height
    }

    private static func isTwice(_ size: Extent, _ other: Extent) -> Bool {
        func isTwice(_ side: UInt64, _ other: UInt64) -> Bool { side >= saturated(product(2, other), slack) }
        return isTwice(size.width, other.width) && isTwice(size.height, other.height)
    }

    private static func mayBeTwice(_ size: Extent, _ other: Extent) -> Bool {
        func mayBe(_ side: UInt64, _ other: UInt64) -> Bool { saturated(side, product(2, slack)) >= product(2, other) }
        return mayBe(size.width, other.width) && mayBe(size.height, other.height)
    }
}
