import CVips
import Glibc
import Inference
import Testing

@testable import Imaging
@testable import Jobs
@testable import Models
@testable import Pictures
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("Classify", .enabled(if: ModelBench.hasEngine, "no ONNX Runtime here"))
    struct ClassifyTests {
        let bench: Bench
        let colours: OpenModel

        init() throws {
            bench = try Bench()
            colours = try ClassifyBench.colours()
        }

        static let formats: [(String, Rendition.Encoder)] = {
            var jpeg = JPEG()
            jpeg.quality = 95
            var progressive = jpeg
            progressive.progressive = true
            var webp = WebP()
            webp.lossless = true
            return [
                ("jpeg", .jpeg(jpeg)), ("progressive", .jpeg(progressive)), ("png", .png(PNG())), ("webp", .webp(webp)),
                ("gif", .gif(GIF())), ("tiff", .tiff(TIFF())),
            ]
        }()

        /// Ways to be looked at: before anything, and in between.
        static func ways(_ look: Stage) -> [(String, stages: [Stage], renditions: [Rendition])] {
            let autorotate = Stage.autorotate
            return [
                ("alone", [look], []),
                ("upright", [autorotate, look], []),
                ("one rendition", [look], [.png("a", [.resize(64, nil)])]),
                ("after autorotate", [autorotate, look], [.png("a", [.resize(64, nil)])]),
                ("whole", [look], [.png("a")]),
                ("before a resize of its own", [look, .resize(90, nil)], [.png("a"), .jpeg("b")]),
                ("after a resize", [.resize(90, nil), look], [.png("a"), .jpeg("b")]),
                ("many", [look], [.png("a", [.resize(64, nil)]), .png("b", [.resize(20, 20, .cover)]), .jpeg("c")]),
                ("in a rendition", [], [.png("a", [look, .resize(64, nil)])]),
                ("in one of several", [], [.png("a", [.resize(64, nil)]), .png("b", [.resize(100, nil), look])]),
            ]
        }

        @Test("tells the colour of a picture in any format, however else it is worked on", arguments: [false, true])
        func everyWay(overlaps: Bool) throws {
            for (index, colour) in [red, green, blue].enumerated() {
                let image = try solid(400, 300, [90, 90, 90])
                try draw(on: image, colour, left: 60, top: 0, width: 330, height: 290)
                for (format, encoder) in Self.formats {
                    let source = try bench.source(image, as: encoder)
                    for (way, stages, renditions) in Self.ways(colours.stage()) {
                        for restreams in [false, true] where !restreams || format == "progressive" {
                            let output = try bench.run(
                                source, stages: stages, renditions: renditions,
                                prefix: "\(index)\(format)\(way)\(overlaps)\(restreams)".replacing(" ", with: "-"),
                                restreams: restreams, overlaps: overlaps, models: [colours])
                            let found = output.found()
                            #expect(found?.label == ClassifyBench.colours[index], "\(format), \(way): \(output)")
                            #expect(output.renditions.count == renditions.count)
                        }
                    }
                }
            }
        }

        @Test("sees the same whatever else is done, but for what a resize before it does")
        func same() throws {
            let seeing = try ClassifyBench.seeing(16, 16)
            let image = try texture(500, 400)
            for (format, encoder) in Self.formats where format != "gif" {
                let source = try bench.source(try withOrientation(image, 6), as: encoder)
                var known: [Float]?
                for (way, stages, renditions) in Self.ways(seeing.stage()) {
                    let output = try bench.run(
                        source, stages: stages, renditions: renditions,
                        prefix: "\(format)\(way)".replacing(" ", with: "-"), models: [seeing])
                    let found = try #require(output.found()?.embedding)
                    let expected = known ?? found
                    known = expected
                    let differences = zip(found, expected).map { abs($0 - $1) }
                    let most = differences.max() ?? 255
                    #expect(most <= 12, "\(format), \(way): \(most)")
                    #expect(differences.reduce(0, +) / Float(differences.count) < 2, "\(format), \(way)")
                }
            }
        }

        @Test("sees a picture upright, whichever way a JPEG is stored, with and without autorotate")
        func orientations() throws {
            let seeing = try ClassifyBench.seeing(8, 8) { $0.input.fit = .squash }
            let image = try quadrants(160, 96)
            for autorotates in [false, true] {
                for orientation in 1...8 {
                    var stored = image
                    let turns = [3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1][orientation] ?? 0
                    if turns != 0 { stored = try stored.rotated(quarterTurns: turns) }
                    if [2, 4, 5, 7].contains(orientation) { stored = try stored.flipped(vertically: false) }
                    let source = try bench.source(try withOrientation(stored, orientation), as: Self.formats[0].1)
                    let stages = (autorotates ? [Stage.autorotate] : []) + [seeing.stage()]
                    for renditions in [[], [Rendition.png("a", [.resize(40, 40, .cover)])]] {
                        let output = try bench.run(
                            source, stages: stages, renditions: renditions,
                            prefix: "o\(autorotates)\(orientation)\(renditions.count)", models: [seeing])
                        let found = try #require(output.found()?.embedding)
                        // Planes of red, green, blue; a pixel of each quarter.
                        let quarters = [9, 14, 49, 54].map { at in (0..<3).map { Double(found[$0 * 64 + at]) } }
                        for (quarter, wanted) in zip(quarters, [red, green, blue, white]) {
                            #expect(isClose(quarter, wanted), "\(orientation), \(autorotates): \(quarters)")
                        }
                    }
                }
            }
        }

        @Test("of an animation the first frame tells, however it is worked on")
        func animation() throws {
            let frames = try [red, green, blue].map { try solid(120, 80, $0) }
            let source = try bench.source(try Loop(of: frames[0]).join(frames), as: .gif(GIF()))
            var webp = WebP()
            webp.lossless = true
            let playing = Rendition(name: "webp", encoder: .webp(webp))
            let small = Rendition(name: "small", stages: [.resize(40, nil)], encoder: .webp(webp))
            for (index, (stages, renditions)) in [
                ([colours.stage()], []), ([colours.stage()], [.png("a")]), ([colours.stage()], [playing]),
                ([colours.stage()], [small]), ([colours.stage(), .resize(60, nil)], [playing, .png("a")]),
                ([.resize(60, nil), colours.stage()], [playing, small]),
            ].enumerated() as EnumeratedSequence<[([Stage], [Rendition])]> {
                let output = try bench.run(
                    source, stages: stages, renditions: renditions, prefix: "animated\(index)", models: [colours])
                #expect(output.found()?.label == "red", "\(index): \(String(describing: output.found()))")
            }
        }

        @Test("after a crash the route is found though every rendition is made already")
        func resumed() throws {
            let output = OutputRules(route: "{look.label}")
            var webp = WebP()
            webp.lossless = true
            let frames = try [green, green].map { try solid(120, 80, $0) }
            let still = try bench.source(try solid(400, 300, green), as: Self.formats[0].1)
            let moving = try bench.source(try Loop(of: frames[0]).join(frames), as: .gif(GIF()))
            for (source, name) in [(still, "still"), (moving, "moving")] {
                for (way, stages, renditions) in Self.ways(colours.stage()) where way != "in a rendition" {
                    let made =
                        renditions + [Rendition(name: "playing", encoder: .webp(webp))].filter { _ in name == "moving" }
                    let first = try bench.run(
                        source, stages: stages, renditions: made, prefix: "\(name)\(way)".replacing(" ", with: "-"),
                        models: [colours], output: output)
                    #expect(first.route == "green", "\(name), \(way)")
                    // In a rendition that is not made again nobody looks.
                    if way == "in one of several" { continue }
                    let second = try bench.run(
                        source, stages: stages, renditions: made, only: [],
                        prefix: "\(name)\(way)again".replacing(" ", with: "-"), models: [colours], output: output)
                    #expect(second.route == "green" && second.renditions.isEmpty, "\(name), \(way)")
                    #expect(second.found() == first.found(), "\(name), \(way)")
                }
            }
        }

        @Test("several models look at one picture, each as its description says")
        func several() throws {
            let seeing = try ClassifyBench.seeing(2, 1) { $0.input.fit = .squash }
            let image = try solid(200, 100, red)
            try draw(on: image, blue, left: 80, top: 0, width: 120, height: 100)
            let source = try bench.source(image)
            let output = try bench.run(
                source,
                stages: [colours.stage("most"), seeing.stage("halves"), .resize(100, nil), colours.stage("again")],
                renditions: [.png("a", [.resize(20, nil)]), .png("b")], models: [colours, seeing])
            #expect(output.found("most")?.label == "blue" && output.found("again")?.label == "blue")
            #expect(output.found("halves")?.embedding == [204, 0, 0, 0, 51, 255])
            #expect(output.found("halves")?.label == nil)
            #expect(output.stages.map(\.name) == ["classify", "classify", "resize", "classify", "resize"])
        }

        @Test(
            "a picture of one pixel, or of one line, is looked at as any other",
            arguments: [(1, 1), (1, 3000), (3000, 2)])
        func narrow(width: Int, height: Int) throws {
            let source = try bench.source(try solid(width, height, blue))
            for (way, stages, renditions) in Self.ways(colours.stage()) {
                let output = try bench.run(
                    source, stages: stages, renditions: renditions,
                    prefix: "\(width)\(way)".replacing(" ", with: "-"), models: [colours])
                #expect(output.found()?.label == "blue", "\(way)")
            }
        }

        @Test("a decoder that shrinks for a model leaves a pixel of a thin picture", arguments: [1, 3, 7, 9])
        func thin(side: Int) throws {
            for (width, height) in [(9000, side), (side, 9000)] {
                for (format, encoder) in Self.formats where format != "gif" {
                    let source = try bench.source(try solid(width, height, green), as: encoder)
                    for fit in ModelDescription.Input.Fit.allCases {
                        let model = try ClassifyBench.colours { $0.input.fit = fit }
                        let output = try bench.run(source, stages: [model.stage()], renditions: [], models: [model])
                        // Padded, hardly anything of it is left beside the black.
                        let label = try #require(output.found()?.label)
                        #expect(fit == .pad || label == "green", "\(format), \(width)x\(height), \(fit)")
                    }
                }
            }
        }

        @Test("what cannot be decoded fails, and says no label")
        func damaged() throws {
            let whole = try bench.source(try texture(300, 300), as: Self.formats[0].1)
            let descriptor = open(whole, O_RDONLY | O_CLOEXEC)
            let bytes = readBytes(descriptor, at: 0, count: Int(fileSize(whole)))
            close(descriptor)
            let source = try bench.source(bytes: Array(bytes.prefix(bytes.count / 2)))
            for (way, stages, renditions) in Self.ways(colours.stage()) {
                var found: JobError?
                do throws(JobError) {
                    _ = try bench.run(
                        source, stages: stages, renditions: renditions,
                        prefix: "damaged\(way)".replacing(" ", with: "-"), models: [colours])
                } catch { found = error }
                #expect(found?.code == .truncated, "\(way): \(String(describing: found))")
            }
            #expect(bench.outputNames.isEmpty)
        }
    }
}
