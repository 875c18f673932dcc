import Inference
import Testing

@testable import Conditions
@testable import Imaging
@testable import Jobs
@testable import Models
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("What a model has found stays in view", .enabled(if: ModelBench.hasEngine, "no ONNX Runtime here"))
    struct BoxPositionTests {
        let bench: Bench
        /// In a picture of 400 x 200 the pixels from 240, 50 to 280, 90.
        let faces: OpenModel

        init() throws {
            bench = try Bench()
            faces = try ClassifyBench.finding([0.6, 0.25, 0.7, 0.45])
        }

        /// Red where the box is, in grey; much to see at the left.
        private func picture() throws -> Image {
            let image = try solid(400, 200, [128, 128, 128]).covered(by: texture(60, 60), left: 20, top: 130)
                .copiedToMemory()
            try draw(on: image, red, left: 240, top: 50, width: 40, height: 40)
            return image
        }

        private func crop(_ width: Int, _ height: Int, _ boxes: String? = "faces", or position: Position = .attention)
            -> Stage
        {
            var crop = Crop(width: width, height: height)
            crop.cut = CutPosition(boxes: boxes, position)
            return .crop(crop)
        }

        private func cover(_ width: Int, _ height: Int, enlarge: Bool = false) -> Stage {
            var resize = Resize(width: width, height: height, fit: .cover)
            (resize.cut, resize.enlarge) = (CutPosition(boxes: "faces", .attention), enlarge)
            return .resize(resize)
        }

        private func part(_ left: Int, _ top: Int, _ width: Int, _ height: Int) -> Stage {
            var crop = Crop(width: width, height: height)
            (crop.left, crop.top) = (left, top)
            return .crop(crop)
        }

        /// Whether all but the edges of a picture is the box.
        private func isBox(_ name: String) throws -> Bool {
            let image = try bench.read(name)
            let (right, bottom) = (image.width - 4, image.height - 4)
            return try [(3, 3), (right, 3), (3, bottom), (right, bottom), (image.width / 2, image.height / 2)]
                .allSatisfy {
                    isClose(try image.pixel(x: $0.0, y: $0.1), red, within: 40)
                }
        }

        @Test(
            "however the picture is stored, turned upright or not, in renditions and before them",
            arguments: [1, 3, 6, 8], [true, false])
        func orientations(orientation: Int, turns: Bool) throws {
            let quarters = [1: 0, 3: 2, 6: 3, 8: 1][orientation] ?? 0
            let stored = try picture().rotated(quarterTurns: quarters).copiedToMemory()
            let source = try bench.source(withOrientation(stored, orientation), as: .tiff(TIFF()))
            let stages = (turns ? [Stage.autorotate] : []) + [faces.stage("faces")]
            let output = try bench.run(
                source, stages: stages + [crop(40, 40)], renditions: [.png("a")], prefix: "before", models: [faces])
            #expect(output.stages.last?.details == ["size": "40x40", "boxes": "1 of 1", "position": "faces"])
            #expect(output.warnings.allSatisfy { !$0.hasPrefix("boxes-cut") })
            #expect(try isBox("before.a"))
            _ = try bench.run(
                source, stages: stages, renditions: [.png("a", [crop(40, 40)])], prefix: "alone", models: [faces])
            #expect(try isBox("alone.a"))
            _ = try bench.run(
                source, stages: stages,
                renditions: [.png("a", [crop(40, 40)]), .png("b", [.resize(200, nil), crop(20, 20)]), .png("c")],
                prefix: "several", models: [faces])
            #expect(try isBox("several.a") && isBox("several.b"))
        }

        @Test("wherever stages in between have moved it")
        func moved() throws {
            let source = try bench.source(try picture(), as: .png(PNG()))
            var contain = Resize(width: 400, height: 400, fit: .contain)
            contain.position = .bottom
            let chains: [(String, [Stage], Int)] = [
                ("crop", [part(150, 20, 220, 160)], 40),
                ("flip", [.flip(Flip(direction: .horizontal)), .flip(Flip(direction: .vertical))], 40),
                ("quarter", [.rotate(Rotate(angle: 90)), .flip(Flip(direction: .horizontal))], 40),
                ("threequarters", [part(20, 10, 380, 190), .rotate(Rotate(angle: -90))], 40),
                ("rotate", [.rotate(Rotate(angle: 30)), .rotate(Rotate(angle: -30))], 30),
                ("contain", [.resize(contain)], 40),
                ("fill", [.resize(Resize(width: 200, height: 200, fit: .fill))], 20),
                ("cover", [cover(100, 100)], 20),
                ("twice", [crop(100, 100), crop(60, 60)], 40),
                ("trim", [.trim(Trim())], 40),
                ("grow", [part(230, 40, 60, 60), cover(120, 240, enlarge: true)], 100),
            ]
            for (name, stages, side) in chains {
                // Of a shrunk picture the box is narrower where it was filled.
                _ = try bench.run(
                    source, stages: [faces.stage("faces")] + stages + [crop(side, side)], renditions: [.png("a")],
                    prefix: name, models: [faces])
                #expect(try isBox("\(name).a"), "\(name)")
            }
        }

        @Test("by whatever kind of detector")
        func detectors() throws {
            let source = try bench.source(try picture(), as: .png(PNG()))
            // Of the 8 x 8 pixels the picture is those from the third line to the sixth.
            let rows: [(ModelDescription.Detector.Kind, [Float])] = [
                (.yolo, [5.2, 3.4, 0.8, 0.8, 0.9]), (.yolov5, [5.2, 3.4, 0.8, 0.8, 0.95, 0.95]),
                (.yolov10, [4.8, 3, 5.6, 3.8, 0.9, 0]),
            ]
            for (kind, row) in rows {
                let found = try ClassifyBench.finding(row, by: kind)
                _ = try bench.run(
                    source, stages: [found.stage("faces"), crop(40, 40)], renditions: [.png("a")], prefix: "\(kind)",
                    models: [found])
                #expect(try isBox("\(kind).a"), "\(kind)")
            }
        }

        @Test("the largest, where not all fit, and the sidecar warns of the others")
        func tooMany() throws {
            let several = try ClassifyBench.finding([0.6, 0.25, 0.7, 0.45, 0.1, 0.1, 0.15, 0.2])
            let output = try bench.run(
                try bench.source(try picture(), as: .png(PNG())), stages: [several.stage("faces")],
                renditions: [.png("a", [crop(40, 40)]), .png("b", [cover(300, 150)])], models: [several])
            #expect(try isBox("out.a"))
            #expect(output.stages.filter { $0.rendition != nil }.map { $0.details["boxes"] } == ["1 of 2", nil])
            #expect(
                output.warnings == [
                    "boxes-cut: crop to 40x40 keeps 1 of 2 boxes of 'faces' whole; the largest come first"
                ])
        }

        @Test("without any the cut is where it was asked for, or where attention has it, and the sidecar says so")
        func none() throws {
            let source = try bench.source(try picture(), as: .png(PNG()))
            let nothing = faces.stage("faces") { $0.threshold = 0.95 }
            func run(_ stages: [Stage], _ name: String) throws -> ([String: String]?, [UInt8]) {
                let output = try bench.run(
                    source, stages: stages, renditions: [.png("a")], prefix: name, models: [faces])
                #expect(output.warnings.isEmpty)
                return (output.stages.last?.details, try samples(bench.read("\(name).a")))
            }
            let (told, pixels) = try run([nothing, crop(60, 60)], "none")
            #expect(told == ["size": "60x60", "boxes": "0 of 0", "position": "attention"])
            #expect(try pixels == run([crop(60, 60, nil)], "attention").1)
            let (place, corner) = try run([nothing, crop(60, 60, or: .bottomRight)], "corner")
            #expect(place == ["size": "60x60", "boxes": "0 of 0", "position": "right-bottom"])
            #expect(try corner == run([crop(60, 60, nil, or: .bottomRight)], "place").1)
            // Cut off before, and not looked for.
            let (off, _) = try run([faces.stage("faces"), part(0, 0, 200, 200), crop(60, 60, or: .top)], "off")
            #expect(off == ["size": "60x60", "boxes": "0 of 1", "position": "top"])
            let (skipped, _) = try run(
                [try faces.stage("faces").when("width > 1000"), crop(60, 60, or: .top)], "skipped")
            #expect(skipped == ["size": "60x60", "position": "top"])
        }

        @Test("in all frames of an animation where it is in the first")
        func animation() throws {
            let moving = try bench.source(
                try Loop(of: picture()).join([picture(), solid(400, 200, blue)]), as: .gif(GIF()))
            let webp = Rendition(name: "a", stages: [crop(40, 40)], encoder: .webp(WebP()))
            let output = try bench.run(moving, stages: [faces.stage("faces")], renditions: [webp], models: [faces])
            #expect(output.renditions.map(\.pages) == [2])
            let strip = try bench.read("out.a", allFrames: true)
            #expect(strip.size == PixelSize(width: 40, height: 80))
            #expect(
                try isClose(strip.pixel(x: 5, y: 5), red, within: 40)
                    && isClose(strip.pixel(x: 35, y: 35), red, within: 40))
            #expect(isClose(try strip.pixel(x: 20, y: 60), blue, within: 40))
        }

        @Test("the source is read once more before, but where the picture is held for several renditions")
        func passes() throws {
            func looks(_ stages: [Stage], _ own: [[Stage]], isAnimation: Bool = false, known: Bool = false) -> Int? {
                var facts = ConditionFacts()
                if known { facts.classifications["faces"] = .found(nil) }
                let renditions = own.enumerated().map { Rendition.png("r\($0.offset)", $0.element) }
                let resolved = Pipeline(name: "test", stages: stages, renditions: renditions).resolving(facts)
                return resolved.lookingPass(facts, isAnimation: isAnimation)?.pipeline.stages.count
            }
            let look = faces.stage("faces")
            #expect(looks([look], [[crop(9, 9)]]) == 1 && looks([look, .grayscale, crop(9, 9)], [[], []]) == 2)
            #expect(looks([look], [[crop(9, 9)], [cover(9, 9)]]) == nil && looks([look], [[], []]) == nil)
            #expect(looks([look], [[crop(9, 9)], []], isAnimation: true) == 1)
            #expect(looks([look], [[crop(9, 9)]], known: true) == nil)
            // By a rendition's own stage, and before a condition that looks at what was cut.
            #expect(looks([], [[look, crop(9, 9)], []]) == 1)
            #expect(try looks([look], [[crop(9, 9), Stage.grayscale.when("sigma > 3")], []]) == 1)
        }

        @Test("by stages of several renditions, each its own, whatever else they were looked at for")
        func ownStages() throws {
            // From 20, 130 to 80, 190.
            let others = try ClassifyBench.finding([0.4, 4.6, 1.6, 5.8, 0.9, 0], by: .yolov10)
            let source = try bench.source(try picture(), as: .png(PNG()))
            func keeping(_ model: OpenModel, _ name: String, _ side: Int) throws -> [Stage] {
                var kept = Crop(width: side, height: side)
                kept.cut = CutPosition(boxes: name, .top)
                return [model.stage(name), .crop(kept), try Stage.grayscale.when("sigma > 200")]
            }
            let output = try bench.run(
                source,
                renditions: [
                    .png("a", try keeping(faces, "faces", 40)), .png("b", try keeping(others, "others", 60)),
                ], models: [faces, others])
            #expect(output.stages.compactMap { $0.details["boxes"] } == ["1 of 1", "1 of 1"])
            #expect(output.stages.compactMap(\.classification?.name) == ["faces", "others"])
            #expect(try isBox("out.a"))
            let wanted = try decode(source).extracted(PixelRectangle(left: 20, top: 130, width: 60, height: 60))
            #expect(try samples(bench.read("out.b")) == samples(wanted.copiedToMemory()))
        }

        @Test("explain says so")
        func explain() throws {
            let source = try bench.source(try picture(), as: .png(PNG()))
            let plan = try bench.inspect(
                source, stages: [faces.stage("faces"), crop(60, 60, or: .top)], renditions: [.png("a", [cover(9, 9)])]
            ).plan
            #expect(plan.contains("crop keeps the boxes of faces in view; without any: top"))
            #expect(plan.contains("resize of a keeps the boxes of faces in view; without any: attention"))
        }
    }
}
