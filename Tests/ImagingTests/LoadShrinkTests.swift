import ImageHeader
import Testing

@testable import Admission
@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

/// The supervisor estimates without the code that decodes: the two must agree on what is shrunk before the stages.
@Suite("What the estimate knows of the plan")
struct LoadShrinkTests {
    private static let fits: [Resize.Fit] = [.inside, .outside, .cover, .contain, .fill]

    private func resize(_ random: inout some RandomNumberGenerator) -> Stage {
        var resize = Resize(width: Int.random(in: 1...4000, using: &random))
        if Bool.random(using: &random) { resize.height = Int.random(in: 1...4000, using: &random) }
        resize.fit = Self.fits.randomElement(using: &random) ?? .inside
        return .resize(resize)
    }

    private func pipeline(_ random: inout some RandomNumberGenerator) -> Pipeline {
        // Sides that are halves of each other, but for a pixel: what serves what depends on how they are rounded.
        let sides = [2000, 1999, 1001, 1000, 999, 501, 500, 499, 251, 250, 125, 63, 62]
        let renditions = (0..<Int.random(in: 2...6, using: &random)).map { index in
            var resize = Resize(width: sides.randomElement(using: &random))
            if Bool.random(using: &random) { resize.height = sides.randomElement(using: &random) }
            if Int.random(in: 0..<4, using: &random) == 0 { swap(&resize.width, &resize.height) }
            resize.fit = Self.fits.randomElement(using: &random) ?? .inside
            resize.enlarge = Int.random(in: 0..<6, using: &random) == 0
            let more: [Stage] = Int.random(in: 0..<6, using: &random) == 0 ? [.grayscale] : []
            return Rendition(name: "r\(index)", stages: [.resize(resize)] + more, encoder: .jpeg(JPEG()))
        }
        let stages: [Stage] =
            [
                [], [.autorotate], [.rotate(Rotate(angle: 90))], [.resize(Resize(width: 2500))],
                [.crop(Crop(width: 900, height: 900))],
            ]
            .randomElement(using: &random) ?? []
        return Pipeline(name: "test", stages: stages, renditions: renditions)
    }

    @Test("renditions that others are derived from are never more than was estimated, and as a rule hardly less")
    func parents() throws {
        var random = Seeded(5)
        var near = 0
        for _ in 0..<5000 {
            let pipeline = pipeline(&random)
            let (width, height) = (Int.random(in: 1...5000, using: &random), Int.random(in: 1...5000, using: &random))
            let facts = SourceFacts(
                format: [.jpeg, .png].randomElement(using: &random) ?? .png, width: width, height: height, bands: 3,
                depth: 8, orientation: [1, 1, 6].randomElement(using: &random))
            let plan = Plan(for: facts, pipeline: pipeline)
            let held = Set(plan.parents.compactMap { $0 }).reduce(0) { $0 + plan.outputs[$1].pixels }
            var upright = ImageHeader.PictureHeader(format: .png, width: width, height: height, bands: 3, depth: 8)
            if facts.orientation == 6 && pipeline.stages.contains(.autorotate) {
                (upright.width, upright.height) = (height, width)
            }
            let estimated = Int(ParentRenditions(of: pipeline, from: upright).pixels)
            // Sizes are bounds in the estimate: where one is off by a pixel, another rendition serves. The margin on the
            // whole estimate covers a tenth of a megabyte.
            #expect(held <= estimated + 32768, "\(facts): \(pipeline)")
            if estimated <= held + held / 8 { near += 1 }
        }
        #expect(near > 2500, "\(near)")
    }

    @Test("a JPEG is never shrunk less while it is decoded than was estimated, and as a rule exactly as much")
    func shrinkOnLoad() {
        var random = Seeded(6)
        var exact = 0
        for _ in 0..<2000 {
            let (width, height) = (Int.random(in: 1...20000, using: &random), Int.random(in: 1...20000, using: &random))
            let orientation = [1, 1, 6].randomElement(using: &random) ?? 1
            let before: [Stage] =
                [
                    [], [.autorotate], [.autorotate, .grayscale], [.blur(Blur(sigma: 1))], [denoise()],
                    [.autorotate, denoise()],
                ]
                .randomElement(using: &random) ?? []
            var stages = before
            if Bool.random(using: &random) { stages.append(resize(&random)) }
            let renditions = (0..<Int.random(in: 1...3, using: &random)).map { index in
                Rendition(
                    name: "r\(index)",
                    stages: (Int.random(in: 0..<4, using: &random) == 0 ? [denoise()] : [])
                        + (Int.random(in: 0..<4, using: &random) == 0 ? [] : [resize(&random)]),
                    encoder: .jpeg(JPEG()))
            }
            let pipeline = Pipeline(name: "test", stages: stages, renditions: renditions)
            let plan = Plan(
                for: SourceFacts(
                    format: .jpeg, width: width, height: height, bands: 3, depth: 8, orientation: orientation),
                pipeline: pipeline)
            let estimated = LoadShrink(
                width: UInt64(width), height: UInt64(height), pipeline: pipeline,
                mayTurn: orientation >= 5 && before.contains(.autorotate))
            #expect(UInt64(plan.loadShrink) >= estimated.jpeg, "\(width) × \(height), \(orientation): \(pipeline)")
            if UInt64(plan.loadShrink) == estimated.jpeg { exact += 1 }
            if let base = plan.baseSize {
                let shared = estimated.shrunk(Extent(width: UInt64(width), height: UInt64(height)))
                // Shrinking on load rounds the shorter side, and the longer one is scaled by that.
                let rounding = UInt64(max(width, height) / min(width, height))
                #expect(
                    UInt64(base.width) <= shared.width + rounding && UInt64(base.height) <= shared.height + rounding)
            } else if estimated.readers > 1 {
                #expect(estimated.shrink == 1, "\(width) × \(height), \(orientation): \(pipeline)")
            }
        }
        #expect(exact > 1800)
    }
    /// What denoising holds, by the plan: lines of the width that it is done at. As stored, or as turned.
    private func denoisedWidths(_ plan: Plan, _ pipeline: Pipeline, of facts: SourceFacts, isTurned: Bool) -> Int {
        func width(_ place: String) -> Int {
            let size: PixelSize? =
                switch plan.denoising[place] {
                case .asWritten(let size): size ?? PixelSize(width: facts.width, height: facts.height)
                case .onBase(let size, _), .byResize(let size, _): size
                case nil: nil
                }
            return size.map { isTurned ? max($0.width, $0.height) : $0.width } ?? 0
        }
        func sum(_ stages: [Stage], _ rendition: String?) -> Int {
            stages.indices.filter { stages[$0].name == "denoise" }
                .reduce(0) { $0 + width(stagePlace(rendition, $1)) }
        }
        return sum(pipeline.stages, nil) + (pipeline.renditions.map { sum($0.stages, $0.name) }.max() ?? 0)
    }

    @Test("a picture is never wider where it is denoised than was estimated, and as a rule hardly narrower")
    func denoising() {
        var random = Seeded(7)
        var near = 0
        let count = 4000
        for _ in 0..<count {
            let orientation = [1, 1, 6].randomElement(using: &random) ?? 1
            let format = [PictureFormat.jpeg, .png].randomElement(using: &random) ?? .png
            let (width, height) = (Int.random(in: 1...9000, using: &random), Int.random(in: 1...9000, using: &random))
            let before: [Stage] =
                [
                    [], [.autorotate], [.grayscale], [.resize(Resize(width: 2500))],
                    [.crop(Crop(width: 900, height: 900))],
                ]
                .randomElement(using: &random) ?? []
            let after: [Stage] =
                [[], [.flatten(Flatten())], [.blur(Blur(sigma: 2))], [resize(&random)], [denoise()], [.autorotate]]
                .randomElement(using: &random) ?? []
            let stage = denoise { $0.place = Int.random(in: 0..<5, using: &random) == 0 ? .here : .auto }
            let isOwn = Bool.random(using: &random)
            let renditions = (0..<Int.random(in: 1...3, using: &random)).map { index in
                let resizes: [Stage] = Int.random(in: 0..<5, using: &random) == 0 ? [] : [resize(&random)]
                return Rendition(
                    name: "r\(index)", stages: (isOwn ? [stage] + after : []) + resizes, encoder: .jpeg(JPEG()))
            }
            let pipeline = Pipeline(
                name: "test", stages: before + (isOwn ? [] : [stage] + after), renditions: renditions)
            let facts = SourceFacts(
                format: format, width: width, height: height, bands: 3, depth: 8, orientation: orientation)
            var header = ImageHeader.PictureHeader(
                format: format == .jpeg ? .jpeg : .png, width: width, height: height, bands: 3, depth: 8)
            header.orientation = orientation
            let stages = pipeline.stages + pipeline.renditions.flatMap(\.stages)
            let plan = Plan(for: facts, pipeline: pipeline)
            let held = denoisedWidths(
                plan, pipeline, of: facts, isTurned: orientation == 6 && stages.contains(.autorotate))
            let bytes = Estimate(header: header, pipeline: pipeline).terms
                .filter { $0.name.hasPrefix("lines for denoising") }.reduce(0) { $0 + $1.bytes }
            let numbers = EstimateFigures.denoiseNumbers(planes: 3, width: 4000, quality: .good)
            let estimated = Int(bytes / (numbers * 4 + EstimateFigures.denoisedLines(width: 4000) * 3))
            // Of a picture under two pixels a side is rounded up.
            #expect(held <= estimated + 2, "\(facts): \(pipeline)")
            if estimated <= held + held / 8 + 8 { near += 1 }
        }
        #expect(near > count * 3 / 4, "\(near)")
    }
}
