import Inference
import Testing

@testable import Jobs
@testable import Models
@testable import Pictures
@testable import Pipeline
@testable import Planning

@Suite("What scores come to")
struct VerdictTests {
    private func classify(
        _ labels: [String], _ change: (inout Classify) -> Void = { _ in }
    ) -> Classify {
        var model = ModelDescription(file: "/net.onnx")
        model.labels = labels
        var classify = Classify(model: model, name: "look")
        change(&classify)
        return classify
    }

    private func told(_ scores: [Double], _ classify: Classify) -> Classification {
        var result = Classification(name: "look", model: "", digest: "")
        result.report(scores, of: classify)
        return result
    }

    @Test("the best label, those over the threshold, and at most so many")
    func labels() {
        let scores = [0.1, 0.5, 0.25, 0.15]
        let all = told(scores, classify(["a", "b", "c", "d"]))
        #expect(all.label == "b" && all.score == 0.5)
        #expect(all.labels == [.init(label: "b", score: 0.5), .init(label: "c", score: 0.25)])
        let three = told(
            scores,
            classify(["a", "b", "c", "d"]) {
                $0.threshold = 0
                $0.top = 3
            })
        #expect(three.labels.map(\.label) == ["b", "c", "d"])
        // The threshold itself is enough.
        #expect(told(scores, classify(["a", "b", "c", "d"]) { $0.threshold = 0.5 }).label == "b")
    }

    @Test("unknown where the best is below the threshold, or below what the model asks for")
    func unknown() {
        let below = told([0.4, 0.3, 0.3], classify(["a", "b", "c"]) { $0.threshold = 0.41 })
        #expect(below.label == "unknown" && below.score == 0.4 && below.labels.isEmpty)
        let unsure = told([0.4, 0.3, 0.3], classify(["a", "b", "c"]) { $0.model.unknown = 0.5 })
        #expect(unsure.label == "unknown" && unsure.score == 0.4)
        #expect(told([0.5, 0.2, 0.3], classify(["a", "b", "c"]) { $0.model.unknown = 0.5 }).label == "a")
    }

    @Test("of equal scores the first counts, and without labels indices do")
    func ties() {
        #expect(told([0.3, 0.35, 0.35], classify(["a", "b", "c"])).labels.map(\.label) == ["b", "c", "a"])
        #expect(told([0.3, 0.35, 0.35], classify([])).label == "1")
        #expect(told([], classify([])).label == nil)
    }

    @Test("softmax bears numbers of any size")
    func powers() {
        #expect(softmax([1000, 1000]) == [0.5, 0.5])
        #expect(softmax([-1000, 0]) == [0, 1])
        #expect(softmax([.greatestFiniteMagnitude, -.greatestFiniteMagnitude]) == [1, 0])
        #expect(abs(softmax([1, 2, 3]).reduce(0, +) - 1) < 1e-12)
    }

    private let whole = ModelView.Frame(left: 0, top: 0, width: 1, height: 1)

    private func boxes(
        _ corners: [Float], _ scores: [Float], _ classify: Classify, frame: ModelView.Frame? = nil
    ) throws -> [Classification.Box] {
        var classify = classify
        (classify.model.outputs.boxes, classify.model.outputs.scores) = ("boxes", "scores")
        let parts = [corners, scores].map { BoxDecoder.Output(shape: [1, $0.count], values: $0) }
        let found = try #require(BoxDecoder(classify.model)).detections(in: parts, threshold: classify.threshold)
        var result = Classification(name: "look", model: "", digest: "")
        result.report(found, of: classify, frame: frame ?? whole)
        return result.boxes ?? []
    }

    @Test("of boxes that overlap the best is kept, and each label has its own")
    func overlaps() throws {
        let corners: [Float] = [0.1, 0.1, 0.5, 0.5, 0.12, 0.1, 0.5, 0.5, 0.6, 0.6, 0.9, 0.9, 0.1, 0.1, 0.5, 0.5]
        let scores: [Float] = [0.7, 0, 0.9, 0, 0.1, 0, 0, 0.8]
        let found = try boxes(corners, scores, classify(["cat", "dog"]))
        #expect(found.map(\.label) == ["cat", "dog"])
        #expect(found.map(\.score) == [0.9, 0.8])
        #expect(found.first?.left == 0.12 && found.first?.width == 0.38)
    }

    @Test("background is no find, though it is the best score")
    func background() throws {
        let found = try boxes([0, 0, 1, 1, 0, 0, 0.2, 0.2], [0.6, 0.4, 0.95, 0.05], classify(["background", "face"]))
        #expect(found.map(\.label) == ["face"] && found.map(\.score) == [0.4])
    }

    @Test("boxes are cut at the picture's edges, and those outside, or of nothing, are none")
    func edges() throws {
        // The canvas reaches beyond the picture, by a quarter above and below.
        let frame = ModelView.Frame(left: 0, top: -0.5, width: 1, height: 2)
        let corners: [Float] = [
            0.25, 0, 0.75, 0.5, 0, 0, 1, 0.2, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.1, 0.1,
        ]
        let found = try boxes(corners, [0.9, 0.9, 0.9, 0.9], classify(["thing"]), frame: frame)
        #expect(found.count == 1)
        let box = found.first
        #expect(box?.left == 0.25 && box?.width == 0.5 && box?.top == 0 && box?.height == 0.5)
    }

    @Test("scores that are not so many for each box are refused, and so is what is no number")
    func uneven() throws {
        #expect(throws: InferenceError.self) {
            try boxes([0, 0, 1, 1, 0, 0, 1, 1], [0.5, 0.5, 0.5], classify(["a"]))
        }
        #expect(try boxes([], [], classify(["a"])).isEmpty)
        #expect(throws: InferenceError.self) { try boxes([0, 0, 1], [0.5], classify(["a"])) }
        #expect(throws: InferenceError.self) { try boxes([0, 0, 1, .nan], [0.5], classify(["a"])) }
    }

    @Test("boxes on a canvas with a border lie where they do in the picture, however it is fitted")
    func fits() throws {
        // A picture of 400 x 200, of which 100…300 across and 50…150 down is the find.
        func look(_ fit: ModelDescription.Input.Fit, _ box: [Double]) -> Classification.Box? {
            var model = BoxDecoderTests.model(.yolo, 640, 640)
            model.input.fit = fit
            let size = PixelSize(width: 400, height: 200)
            let view = ModelView(of: size, nominal: size, orientation: 1, for: model)
            var result = Classification(name: "look", model: "", digest: "")
            let found = Detection(
                left: box[0] / 640, top: box[1] / 640, right: box[2] / 640, bottom: box[3] / 640, score: 0.9)
            result.report([found], of: Classify(model: model, name: "look"), frame: view.frame)
            return result.boxes?.first
        }
        let wanted = Classification.Box(label: nil, score: 0.9, left: 0.25, top: 0.25, width: 0.5, height: 0.5)
        // Shown as 640 x 320, 160 below the upper side.
        #expect(look(.pad, [160, 240, 480, 400]) == wanted)
        #expect(look(.squash, [160, 160, 480, 480]) == wanted)
        // Shown are the 200 x 200 in the middle, 3.2 times as large.
        #expect(look(.crop, [0, 160, 640, 480]) == wanted)
        // Of the border there is nothing in the picture.
        #expect(look(.pad, [0, 0, 640, 160]) == nil)
    }
}
