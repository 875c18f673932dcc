import ImageHeader
import Pipeline

/// Renditions that smaller ones are made from, as `Imaging`'s plan chooses them: those of at least twice the size, the
/// smallest that there is. On the safe side: sizes are bounds, and where they do not tell, both count.
struct ParentRenditions {
    /// Of all of them together.
    private(set) var pixels: UInt64 = 0

    /// - Parameter header: as the picture is once it is turned.
    init(of pipeline: Pipeline, from header: PictureHeader) {
        let sizes = pipeline.renditions.map { rendition -> Extent? in
            guard case .resize(let resize)? = rendition.stages.first, !resize.linear else { return nil }
            return outputBound(header, stages: pipeline.stages + [.resize(resize.scaling)], mayTurn: false)
        }
        let shared = outputBound(header, stages: pipeline.stages, mayTurn: false)
        let serves = sizes.indices.map { Self.certainlyServes(pipeline.renditions[$0].stages, sizes[$0], shared) }
        let first = pipeline.renditions.map(\.stages.first)
        let largest = Self.largest(sizes, first, serves)
        let isUnknown = pipeline.stages.contains { if case .trim = $0 { true } else { false } }
        let serving = sizes.indices
            .filter { index in
                guard let size = sizes[index], pipeline.renditions[index].stages.count == 1 else { return false }
                // What is enlarged serves no other rendition, however large it would be before cropping.
                let mayShrink =
                    size.width <= saturated(shared.width, Self.slack(shared.width))
                    && size.height <= saturated(shared.height, Self.slack(shared.height))
                return (isUnknown || mayShrink) && (largest == nil || first[index] != largest)
            }
            .sorted { (sizes[$0]?.pixels ?? 0) < (sizes[$1]?.pixels ?? 0) }
        var parents: Set<Int> = []
        for child in sizes.compactMap({ $0 }) {
            for index in serving {
                guard let size = sizes[index] else { continue }
                if isUnknown || Self.mayBeTwice(size, child) { parents.insert(index) }
                if !isUnknown && serves[index] && Self.isTwice(size, child) { break }
            }
        }
        pixels = parents.reduce(0) { saturated($0, sizes[$1]?.pixels ?? 0) }
    }

    /// What a bound may be more than the size itself: pixels, and what comes of them where the other side follows.
    private static func slack(_ side: UInt64) -> UInt64 { 3 + side / 100 }

    /// The resize to the shared picture, which serves no other rendition. Where bounds do not tell which, one of those
    /// is as good as another; nil if one of them may be the largest and yet not what another would be.
    private static func largest(_ sizes: [Extent?], _ stages: [Stage?], _ serves: [Bool]) -> Stage? {
        guard let largest = sizes.indices.max(by: { (sizes[$0]?.pixels ?? 0) < (sizes[$1]?.pixels ?? 0) }),
            let size = sizes[largest]
        else { return nil }
        let least = product(
            size.width - min(size.width, slack(size.width)), size.height - min(size.height, slack(size.height)))
        let rivals = sizes.indices.filter { stages[$0] != stages[largest] && (sizes[$0]?.pixels ?? 0) >= least }
        return rivals.allSatisfy { serves[$0] } ? stages[largest] : nil
    }

    /// Only what shrinks both sides alike and cuts nothing off serves others.
    private static func certainlyServes(_ stages: [Stage], _ size: Extent?, _ shared: Extent) -> Bool {
        guard case .resize(let resize)? = stages.first, stages.count == 1, resize.shrink, !resize.enlarge,
            resize.scale ?? 0 <= 1,
            let size
        else { return false }
        let isPlain = resize.width == nil || resize.height == nil || resize.fit == .inside || resize.fit == .outside
        return isPlain && saturated(size.width, slack(size.width)) < shared.width
            && saturated(size.height, slack(size.height)) < shared.height
    }

    private static func isTwice(_ size: Extent, _ other: Extent) -> Bool {
        func isTwice(_ side: UInt64, _ other: UInt64) -> Bool { side >= saturated(product(2, other), slack(side)) }
        return isTwice(size.width, other.width) && isTwice(size.height, other.height)
    }

    private static func mayBeTwice(_ size: Extent, _ other: Extent) -> Bool {
        func mayBe(_ side: UInt64, _ other: UInt64) -> Bool {
            saturated(side, product(2, slack(other))) >= product(2, other)
        }
        return mayBe(size.width, other.width) && mayBe(size.height, other.height)
    }
}
