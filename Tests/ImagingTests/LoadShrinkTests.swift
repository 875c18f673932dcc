import PipelineModel
import Testing

@testable import Admission
@testable import Imaging

/// The supervisor estimates without the code that decodes: the two must agree on what is shrunk before the stages.
@Suite("What the estimate knows of the plan")
struct LoadShrinkTests {
    private static let fits: [Resize.Fit] = [.inside, .outside, .cover, .contain, .fill]

    private func resize(_ random: inout SystemRandomNumberGenerator) -> Stage {
        var resize = Resize(width: Int.random(in: 1...4000, using: &random))
        if Bool.random(using: &random) { resize.height = Int.random(in: 1...4000, using: &random) }
        resize.fit = Self.fits.randomElement(using: &random) ?? .inside
        return .resize(resize)
    }

    @Test("a JPEG is never shrunk less while it is decoded than was estimated, and as a rule exactly as much")
    func shrinkOnLoad() {
        var random = SystemRandomNumberGenerator()
        var exact = 0
        for _ in 0..<2000 {
            let (width, height) = (Int.random(in: 1...20000, using: &random), Int.random(in: 1...20000, using: &random))
            let orientation = [1, 1, 6].randomElement(using: &random) ?? 1
            let before: [Stage] =
                [[], [.autorotate], [.autorotate, .grayscale], [.blur(Blur(sigma: 1))]]
                .randomElement(using: &random) ?? []
            var stages = before
            if Bool.random(using: &random) { stages.append(resize(&random)) }
            let renditions = (0..<Int.random(in: 1...3, using: &random)).map { index in
                Rendition(
                    name: "r\(index)", stages: Int.random(in: 0..<4, using: &random) == 0 ? [] : [resize(&random)],
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
                #expect(UInt64(base.width) <= shared.width && UInt64(base.height) <= shared.height)
            }
        }
        #expect(exact > 1800)
    }
}
