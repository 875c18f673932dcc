import CResample
import CVips
import Glibc
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Where a picture is denoised")
    struct DenoisePlacementTests {
        /// Stages, renditions, words, and how a JPEG of 4000 x 3000 pixels is shrunk while it is decoded.
        struct Case: CustomTestStringConvertible {
            var testDescription: String
            var stages: [Stage] = []
            var renditions: [[Stage]] = [[]]
            var words: [String]
            var loadShrink = 1
        }

        static let here = denoise { $0.place = .here }
        static let cases = [
            Case(testDescription: "as it is written", stages: [denoise()], words: ["denoise at 4000x3000"]),
            Case(
                testDescription: "before a small shrink", stages: [denoise(), .resize(2001, nil)],
                words: ["denoise at 4000x3000"]),
            Case(
                testDescription: "after a large shrink", stages: [denoise(), .resize(2000, nil)],
                words: ["denoise after the shrink by 2, at 2000x1500"]),
            Case(
                testDescription: "after a shrink that the decoder begins",
                stages: [.autorotate, denoise(), .flatten(Flatten()), .resize(500, nil)],
                words: ["denoise after the shrink by 8, at 500x375"], loadShrink: 4),
            Case(
                testDescription: "before it where that is said", stages: [here, .resize(500, nil)],
                words: ["denoise at 4000x3000"]),
            Case(
                testDescription: "one where it is said, and so those before it",
                stages: [denoise(), here, .resize(500, nil)],
                words: ["denoise at 4000x3000", "denoise at 4000x3000"]),
            Case(
                testDescription: "two after the same", stages: [denoise(), denoise(), .resize(500, nil)],
                words: Array(repeating: "denoise after the shrink by 8, at 500x375", count: 2), loadShrink: 4),
            Case(
                testDescription: "before what minds", stages: [denoise(), .sharpen(Sharpen()), .resize(500, nil)],
                words: ["denoise at 4000x3000"]),
            Case(
                testDescription: "after a crop, before a resize",
                stages: [.crop(Crop(width: 1000, height: 1000)), denoise(), .resize(310, nil)],
                words: ["denoise after the shrink by 3.2, at 310x310"]),
            Case(
                testDescription: "after a trim nobody knows", stages: [.trim(Trim()), denoise(), .resize(100, nil)],
                words: ["denoise where it is written"]),
            Case(
                testDescription: "after the only rendition's resize", stages: [denoise()],
                renditions: [[.grayscale, .resize(500, nil)]],
                words: ["denoise after the shrink by 8, at 500x375"], loadShrink: 4),
            Case(
                testDescription: "before that if it is small", stages: [denoise()], renditions: [[.resize(3000, nil)]],
                words: ["denoise at 4000x3000"]),
            Case(
                testDescription: "after the shrink for all renditions", stages: [denoise()],
                renditions: [[.resize(1920, nil)], [.resize(300, 300, .cover)]],
                words: ["denoise after the shrink by 2.1, at 1920x1440"]),
            Case(
                testDescription: "before it if one is large", stages: [denoise()],
                renditions: [[.resize(2500, nil)], [.resize(300, nil)]], words: ["denoise at 4000x3000"]),
            Case(
                testDescription: "before it if one is whole", stages: [denoise()],
                renditions: [[], [.resize(300, nil)]], words: ["denoise at 4000x3000"]),
            Case(
                testDescription: "after a rendition's own",
                renditions: [[denoise(), .resize(400, nil)], [.resize(1000, nil)]],
                words: ["denoise after the shrink by 10, at 400x300"], loadShrink: 2),
            Case(
                testDescription: "before a rendition's own, and all are made from the whole",
                renditions: [[denoise(), .resize(3000, nil)], [.resize(300, nil)]], words: ["denoise at 4000x3000"]),
            Case(
                testDescription: "after the pipeline's, before the rendition's", stages: [.resize(2560, nil)],
                renditions: [[denoise()], [denoise(), .resize(640, nil)], [denoise(), .resize(2000, nil)]],
                words: [
                    "denoise at 2560x1920", "denoise after the shrink by 4, at 640x480", "denoise at 2560x1920",
                ]),
        ]

        func plan(_ stages: [Stage], _ renditions: [[Stage]], orientation: Int? = nil) -> Plan {
            let facts = SourceFacts(
                format: .jpeg, width: 4000, height: 3000, bands: 3, depth: 8, orientation: orientation)
            let renditions = renditions.enumerated().map { Rendition.png("r\($0.offset)", $0.element) }
            return Plan(for: facts, pipeline: Pipeline(name: "test", stages: stages, renditions: renditions))
        }

        @Test("is told in words", arguments: cases)
        func words(expected: Case) {
            let plan = plan(expected.stages, expected.renditions)
            #expect(plan.words.filter { $0.hasPrefix("denoise") } == expected.words)
            #expect(plan.loadShrink == expected.loadShrink)
            // What is denoised whole is not shrunk before.
            if expected.words.contains("denoise at 4000x3000") { #expect(plan.baseSize == nil) }
        }

        @Test("does not change any size", arguments: cases)
        func sizes(expected: Case) {
            func without(_ stages: [Stage]) -> [Stage] { stages.filter { $0.name != "denoise" } }
            let plain = plan(without(expected.stages), expected.renditions.map(without))
            #expect(plan(expected.stages, expected.renditions).outputs == plain.outputs)
        }

        @Test("follows the turn")
        func turned() {
            let plan = plan([.autorotate, denoise()], [[.resize(nil, 1000)]], orientation: 6)
            #expect(plan.words.contains("denoise after the shrink by 4, at 750x1000"))
        }

        /// The standard deviation of 8-bit samples.
        func deviation(_ image: Image) throws -> Double {
            let values = try samples(image).map(Double.init)
            let mean = values.reduce(0, +) / Double(values.count)
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        }

        @Test(
            "of white noise there is left what is measured after the shrink",
            arguments: [PictureFormat.png, .jpeg, .webp], [480, 333, 240, 101, 60])
        func whiteNoise(format: PictureFormat, width: Int) throws {
            let bench = try Bench()
            let grey = try noisy(try solid(1000, 800, [128]), 30)
            var webp = WebP()
            webp.lossless = true
            let encoders: [PictureFormat: Rendition.Encoder] = [.jpeg: Rendition.jpeg().encoder, .webp: .webp(webp)]
            let source = try bench.source(grey, as: encoders[format] ?? .png(PNG()))
            let sigma = try deviation(format == .jpeg ? decode(source) : grey)
            let stage = denoise { $0.sigma = sigma }
            let output = try bench.run(source, stages: [stage, .resize(width, nil)], renditions: [.png()])
            try bench.run(source, stages: [.resize(width, nil)], renditions: [.png("plain")])
            let expected = try #require(output.denoised("sigmaShrunk"))
            let measured = try deviation(bench.read("out.plain"))
            #expect(abs(expected / measured - 1) < 0.05, "\(expected) instead of \(measured)")
        }

        @Test("what is left of a sigma that is named is removed, and where nothing is left nothing is done")
        func named() throws {
            let bench = try Bench()
            let source = try bench.source(try noisy(try calm(800, 600), 10))
            let renditions: [Rendition] = [.png("a", [.resize(200, nil)]), .png("b", [.resize(50, nil)])]
            let output = try bench.run(source, stages: [denoise { $0.sigma = 10 }], renditions: renditions)
            let left = try #require(output.denoised("sigmaShrunk"))
            #expect(left > 1.8 && left < 2.5)
            #expect(output.denoised.first?["sigma"] == "10")
            let little = try bench.run(
                source, stages: [denoise { $0.sigma = 1.5 }], renditions: renditions, prefix: "little")
            #expect(little.denoised.first?["skipped"] == "clean")
        }
    }
}
