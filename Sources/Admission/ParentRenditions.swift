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
        guard let largest = sizes.indices.max(by: { (sizes[$0]?.pixels ?? 0) < (sizes[$1]?.pixels ?? 0) }) else {
            return
        }
        // The largest is the picture that all share.
        let serving = sizes.indices
            .filter { index in
                let stages = pipeline.renditions[index].stages
                return sizes[index] != nil && stages.count == 1
                    && stages.first != pipeline.renditions[largest].stages.first
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
