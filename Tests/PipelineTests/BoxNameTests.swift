import Foundation
import Testing

@testable import Models
@testable import Pipeline
@testable import Schema

@Suite("Names of boxes in YAML")
struct BoxNameTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("net.onnx", "not looked into")
        let model = "version: 1\nfile: net.onnx\ninput: { size: 8 }\n"
        try directory.write("faces.yaml", model + "output: yolo\n")
        try directory.write("plates.yaml", model + "output: yolov5\n")
    }

    private func load(_ stages: [String], renditions: [String] = ["a: { format: png }"]) throws -> Pipeline {
        let lines =
            ["version: 1", "stages:"] + stages.map { "  - \($0)" } + ["renditions:"] + renditions.map { "  \($0)" }
        return try PipelineLoader.load(
            yaml: lines.joined(separator: "\n"), file: "web.yaml", name: "web", directory: directory.path,
            digest: { _ in "digest" })
    }

    private func messages(_ stages: [String], renditions: [String] = ["a: { format: png }"]) -> [String] {
        faults { _ = try load(stages, renditions: renditions) }
    }

    private static let cover = "resize: { width: 9, height: 9, fit: cover, position:"

    @Test("a cut keeps boxes in view; without any it is placed by attention, or as the list says")
    func forms() throws {
        let pipeline = try load([
            "classify: faces.yaml", "crop: { width: 9, height: 9, position: faces }",
            "\(Self.cover) [faces, northwest] }",
            "\(Self.cover) [faces, attention] }",
        ])
        #expect(pipeline.stages.dropFirst().map(\.boxes) == ["faces", "faces", "faces"])
        let cuts = pipeline.stages.compactMap { stage in
            switch stage {
            case .crop(let crop): crop.cut
            case .resize(let resize): resize.cut
            default: nil
            }
        }
        #expect(cuts.map(\.position) == [.attention, .topLeft, .attention])
        #expect(try JSONDecoder().decode(Pipeline.self, from: JSONEncoder().encode(pipeline)) == pipeline)
        // In renditions too, by what all share and by what is their own; with a condition as well.
        let own = try load(
            ["classify: faces.yaml"],
            renditions: [
                "a: { \(Self.cover) faces }, format: png }",
                "b: { stages: [classify: plates.yaml, crop: { width: 1, height: 1, position: plates, when: width > 9 }], "
                    + "format: png }",
            ])
        #expect(own.renditions.map { $0.stages.compactMap(\.boxes) } == [["faces"], ["plates"]])
    }

    @Test("a word for a place is that place, whatever a stage is called")
    func words() throws {
        let pipeline = try load(["classify: { model: faces.yaml, name: top }", "\(Self.cover) top }"])
        #expect(pipeline.stages.allSatisfy { $0.boxes == nil })
    }

    private static let positions =
        "centre, top, right top, right, right bottom, bottom, left bottom, left, left top, entropy, attention"

    @Test("a name of nothing is told where it stands, with the boxes there are")
    func unknown() {
        let place = "'botom' is not a position (\(Self.positions)), nor an earlier classify stage that finds boxes"
        #expect(
            messages(["classify: kind", "crop: { width: 9, height: 9, position: botom }"]) == [
                "web.yaml:4:44: stages[1].crop.position: \(place) (there is none); did you mean 'bottom'?"
            ])
        #expect(
            messages(
                ["classify: faces.yaml", "classify: plates.yaml"],
                renditions: ["a: { \(Self.cover) [face, top] }, format: png }"]
            ) == [
                "web.yaml:6:62: renditions.a.resize.position[0]: 'face' is not a position (\(Self.positions)), nor an earlier "
                    + "classify stage that finds boxes (faces, plates); did you mean 'faces'?"
            ])
        #expect(
            messages(["classify: faces.yaml", "blur: { boxes: plates }"]) == [
                "web.yaml:4:20: stages[1].blur.boxes: 'plates' is not an earlier classify stage that finds boxes (faces)"
            ])
    }

    @Test("boxes of a later stage, of another rendition and of a model that finds none are faults, each by itself")
    func elsewhere() {
        #expect(
            messages(["\(Self.cover) faces }", "blur: { boxes: kind }", "classify: faces.yaml", "classify: kind"]) == [
                "web.yaml:3:58: stages[0].resize.position: the classify stage 'faces' comes after this one; put it before",
                "web.yaml:4:20: stages[1].blur.boxes: the classify stage 'kind' comes after this one; put it before",
            ])
        #expect(
            messages(
                ["autorotate"],
                renditions: [
                    "a: { stages: [classify: faces.yaml], format: png }", "b: { \(Self.cover) faces }, format: png }",
                ]) == [
                    "web.yaml:6:61: renditions.b.resize.position: the classify stage 'faces' belongs to rendition 'a'; put it "
                        + "in 'stages', before all renditions"
                ])
        #expect(
            messages(["classify: kind", "crop: { width: 9, height: 9, position: kind }"]) == [
                "web.yaml:4:44: stages[1].crop.position: the model of 'kind' finds no boxes (output: { boxes: …, scores: … }, "
                    + "yolo, yunet)"
            ])
    }

    @Test("a watermark is placed, not cut, and is told so")
    func watermark() {
        let told = messages(["classify: faces.yaml", "watermark: { picture: net.onnx, position: faces }"])
        #expect(told.count == 1 && told[0].hasSuffix("; what the picture shows decides only where crop or resize cuts"))
    }
}
