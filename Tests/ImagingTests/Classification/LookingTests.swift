import CVips
import Inference
import Testing

@testable import Conditions
@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("Conditions on what the picture shows", .enabled(if: ModelBench.hasEngine, "no ONNX Runtime here"))
    struct LookingTests {
        let bench: Bench
        let colours: OpenModel

        init() throws {
            bench = try Bench()
            colours = try ClassifyBench.colours()
        }

        private func grey() -> Stage { .grayscale }

        private func run(
            _ image: Image, _ stages: [Stage], _ renditions: [Rendition] = [.png()], overlaps: Bool = false,
            prefix: String = "out"
        ) throws -> JobOutput {
            var jpeg = JPEG()
            jpeg.quality = 95
            let source = try bench.source(image, as: .jpeg(jpeg))
            return try bench.run(
                source, stages: stages, renditions: renditions, prefix: prefix, overlaps: overlaps, models: [colours])
        }

        @Test("a stage is done where the label before it is the one, by name, score and list")
        func label() throws {
            for (index, (condition, holds)) in [
                ("look.label == 'red'", true), ("look.label == 'blue'", false), ("look.score > 0.9", true),
                ("look.score < 0.9", false), ("look.label in ['red', 'green']", true),
                ("look.label != 'red' or width < 10", false), ("look.label == 'red' and width > 10", true),
            ].enumerated() {
                let output = try run(
                    try solid(200, 100, red), [colours.stage(), try grey().when(condition)],
                    [.png("a", [.resize(50, nil)])], prefix: "label\(index)")
                let done = output.stages.first { $0.name == "grayscale" }
                #expect(done?.details["skipped"] == (holds ? nil : "when"), "\(condition)")
                let pixel = try bench.read("label\(index).a").pixel(x: 5, y: 5)
                #expect((pixel.count == 1 || pixel[0] == pixel[1]) == holds, "\(condition): \(pixel)")
                #expect(output.found()?.label == "red" && output.stages.count == 3)
            }
        }

        @Test("a model may look where another one has said so, and what it says decides in turn")
        func chained() throws {
            let second = colours.stage("second")
            for (index, colour) in [red, blue].enumerated() {
                let output = try run(
                    try solid(200, 100, colour),
                    [
                        colours.stage("first"), try second.when("first.label == 'red'"),
                        try grey().when("second.label == 'red'"),
                    ], prefix: "chain\(index)")
                let isRed = index == 0
                #expect((output.found("second") != nil) == isRed, "\(output)")
                #expect(output.stages.last?.details["skipped"] == (isRed ? nil : "when"), "\(output)")
                let bands = try bench.read("chain\(index).png").bands
                #expect((bands == 1) == isRed)
            }
        }

        @Test(
            "renditions are made or not by the label, late or early, in a thread of their own or not",
            arguments: [false, true])
        func renditions(overlaps: Bool) throws {
            for (index, colour) in [red, blue].enumerated() {
                var all: [Rendition] = [
                    .png("reds", [.resize(40, nil)]), .png("blues", [.resize(50, nil)]), .png("both"),
                ]
                all[0].when = try Condition(text: "look.label == 'red'")
                all[1].when = try Condition(text: "look.label == 'blue'")
                for (way, stages) in [("late", [colours.stage()]), ("resized", [colours.stage(), .resize(80, nil)])] {
                    let output = try run(
                        try solid(200, 100, colour), stages, all, overlaps: overlaps, prefix: "\(way)\(index)")
                    #expect(output.renditions.map(\.name) == [["reds", "blues"][index], "both"], "\(way)")
                }
                // One alone is known before it begins.
                for (name, wanted) in [("reds", index == 0), ("blues", index == 1)] {
                    let output = try run(
                        try solid(200, 100, colour), [colours.stage()], all.filter { $0.name == name },
                        overlaps: overlaps, prefix: "alone\(name)\(index)")
                    #expect(output.renditions.count == (wanted ? 1 : 0))
                    #expect(output.found()?.label == ["red", "blue"][index])
                }
            }
        }

        @Test("stages of a rendition go by what was said before them, and of an animation the first frame decides")
        func within() throws {
            let output = try run(
                try solid(200, 100, red), [colours.stage()],
                [
                    .png("a", [.resize(50, nil), try grey().when("look.label == 'red'")]),
                    .png("b", [.resize(50, nil), try grey().when("look.label == 'green'")]),
                ])
            #expect(output.renditions.count == 2)
            #expect(try bench.read("out.a").pixel(x: 5, y: 5).count == 1)
            #expect(try bench.read("out.b").pixel(x: 5, y: 5).count == 3)

            let frames = try [red, blue].map { try solid(60, 40, $0) }
            let source = try bench.source(try Loop(of: frames[0]).join(frames), as: .gif(GIF()))
            var webp = WebP()
            webp.lossless = true
            var playing = Rendition(name: "webp", encoder: .webp(webp))
            playing.when = try Condition(text: "look.label == 'red'")
            var other = Rendition(name: "other", encoder: .webp(webp))
            other.when = try Condition(text: "look.label == 'blue'")
            let moving = try bench.run(
                source, stages: [colours.stage(), try grey().when("look.label == 'red'")],
                renditions: [playing, other],
                prefix: "moving", models: [colours])
            #expect(moving.renditions.map(\.name) == ["webp"] && moving.renditions.first?.pages == 2, "\(moving)")
            #expect(moving.found()?.label == "red")
            let strip = try bench.read("moving.webp", allFrames: true)
            for line in [5, 45] {
                let pixel = try strip.pixel(x: 5, y: line)
                #expect(pixel.prefix(3).allSatisfy { $0 == pixel[0] }, "\(pixel)")
            }
        }

        @Test("the noise decides, with and without a model that looks")
        func sigma() throws {
            let clean = try solid(300, 200, [120, 120, 120])
            let noisy = try Image.make {
                sluice_gaussnoise(&$0, 300, 200, 128, 20, 7)
            }.cast(to: VIPS_FORMAT_UCHAR).interpreted(as: VIPS_INTERPRETATION_B_W).copiedToMemory()
            for (index, (image, isNoisy)) in [(clean, false), (noisy, true)].enumerated() {
                let source = try bench.source(image)
                let sharpen = Stage.sharpen(Sharpen())
                for looks in [false, true] {
                    let output = try bench.run(
                        source, stages: (looks ? [colours.stage()] : []) + [try sharpen.when("sigma < 5")],
                        renditions: [.png("a", [.resize(100, nil)])], prefix: "noise\(index)\(looks)", models: [colours]
                    )
                    let skipped = output.stages.first { $0.name == "sharpen" }?.details["skipped"]
                    #expect(skipped == (isNoisy ? "when" : nil), "\(output)")
                    #expect((output.found() != nil) == looks)
                }
            }
        }
    }
}
