import Imaging
import Inference
import Testing

@testable import Jobs
@testable import Models
@testable import Pipeline
@testable import Vips

extension ImagingTests {
    @Suite("What a model has found is made unrecognisable", .enabled(if: ModelBench.hasEngine, "no ONNX Runtime here"))
    struct BlurBoxesTests {
        let bench: Bench
        /// The right half of the picture's upper half.
        let faces: OpenModel

        init() throws {
            bench = try Bench()
            faces = try ClassifyBench.finding([0.5, 0, 1, 0.5])
        }

        /// Black and white lines, two pixels wide.
        private func lines(_ width: Int, _ height: Int) throws -> Image {
            let image = try solid(width, height, [0, 0, 0])
            for left in stride(from: 0, to: width, by: 4) {
                try draw(on: image, [255, 255, 255], left: left, top: 0, width: 2, height: height)
            }
            return image
        }

        /// Whether a pixel is neither black nor white any more.
        private func isBlurred(_ name: String, _ x: Int, _ y: Int) throws -> Bool {
            (40...215).contains(try bench.read(name).pixel(x: x, y: y)[0])
        }

        @Test("and nothing else, however the picture is stored", arguments: [1, 3, 6, 8])
        func blur(orientation: Int) throws {
            let source = try bench.source(withOrientation(lines(240, 240), orientation), as: .tiff(TIFF()))
            let output = try bench.run(
                source, stages: [.autorotate, faces.stage("faces"), .blur(Blur(sigma: 0, boxes: "faces"))],
                renditions: [.png("a")], prefix: "turned\(orientation)", models: [faces])
            #expect(output.found("faces")?.boxes?.map(\.label) == ["face"])
            #expect(output.stages.first { $0.name == "blur" }?.details == ["blurred": "1"])
            let name = "turned\(orientation).a"
            #expect(try isBlurred(name, 180, 60) && isBlurred(name, 130, 10) && isBlurred(name, 235, 115))
            #expect(try !isBlurred(name, 30, 30) && !isBlurred(name, 30, 200) && !isBlurred(name, 200, 200))
        }

        @Test("by whatever kind of detector, in a picture with a border, however it is stored", arguments: [1, 6, 8])
        func detectors(orientation: Int) throws {
            // Of the 8 x 8 pixels the upright picture of 240 x 120 is those from the third line to the sixth.
            let rows: [(ModelDescription.Detector.Kind, [Float])] = [
                (.yolo, [6, 3, 4, 2, 0.9]), (.yolov5, [6, 3, 4, 2, 0.95, 0.95]), (.yolov10, [4, 2, 8, 4, 0.9, 0]),
            ]
            let upright = try lines(240, 120)
            for (kind, row) in rows {
                let found = try ClassifyBench.finding(row, by: kind)
                #expect(try found.tryOut(descriptorLength: 0) == ["rows 1 x 1 x \(row.count)"])
                let stored = try orientation == 1 ? upright : upright.rotated(quarterTurns: orientation == 6 ? 3 : 1)
                let name = "\(kind)\(orientation)"
                let source = try bench.source(
                    withOrientation(stored.copiedToMemory(), orientation), as: .tiff(TIFF()))
                let output = try bench.run(
                    source, stages: [.autorotate, found.stage("faces"), .blur(Blur(sigma: 0, boxes: "faces"))],
                    renditions: [.png("a")], prefix: name, models: [found])
                let box = try #require(output.found("faces")?.boxes?.first)
                #expect([box.left, box.top, box.width, box.height] == [0.5, 0, 0.5, 0.5], "\(name)")
                #expect(box.label == "face" && abs(box.score - 0.9) < 0.01)
                #expect(try isBlurred("\(name).a", 180, 30) && isBlurred("\(name).a", 235, 55))
                #expect(try !isBlurred("\(name).a", 30, 30) && !isBlurred("\(name).a", 180, 100))
            }
        }

        @Test("also where it stands in a rendition, and in a picture that is not turned")
        func rendition() throws {
            let source = try bench.source(try lines(240, 240), as: .png(PNG()))
            let blurred = Rendition(
                name: "b", stages: [.blur(Blur(sigma: 0, boxes: "faces"))], encoder: .png(PNG()))
            _ = try bench.run(
                source, stages: [faces.stage("faces")], renditions: [.png("a"), blurred], models: [faces])
            #expect(try isBlurred("out.b", 180, 60) && !isBlurred("out.a", 180, 60))
        }

        @Test("wherever stages in between have moved it, and nothing of what they have cut off")
        func moved() throws {
            let source = try bench.source(try lines(240, 240), as: .png(PNG()))
            func run(_ name: String, _ stages: [Stage]) throws -> String? {
                let output = try bench.run(
                    source, stages: [faces.stage("faces")] + stages + [.blur(Blur(sigma: 0, boxes: "faces"))],
                    renditions: [.png("a")], prefix: name, models: [faces])
                return output.stages.last { $0.name == "blur" }?.details["blurred"]
            }
            var right = Crop(width: 160, height: 240)
            (right.left, right.top) = (80, 0)
            #expect(try run("cut", [.crop(right)]) == "1")
            #expect(try isBlurred("cut.a", 100, 60) && isBlurred("cut.a", 45, 60) && !isBlurred("cut.a", 10, 60))
            #expect(try run("flip", [.flip(Flip(direction: .horizontal))]) == "1")
            #expect(try isBlurred("flip.a", 60, 60) && !isBlurred("flip.a", 200, 60))
            var left = Crop(width: 60, height: 240)
            (left.left, left.top) = (0, 0)
            #expect(try run("off", [.crop(left)]) == "0")
            #expect(try !isBlurred("off.a", 30, 60))
        }

        @Test("a picture is not published where nobody has looked")
        func skipped() throws {
            let source = try bench.source(try lines(40, 40), as: .png(PNG()))
            let error = #expect(throws: JobError.self) {
                try bench.run(
                    source,
                    stages: [try faces.stage("faces").when("width > 1000"), .blur(Blur(sigma: 0, boxes: "faces"))],
                    renditions: [.png("a")], prefix: "none", models: [faces])
            }
            #expect(error?.stage == "blur" && error?.message.contains("was not done for this picture") == true)
        }
    }
}
