import CResample
import CVips
import Inference
import ModelMaker
import Testing

@testable import Conditions
@testable import Imaging
@testable import Jobs
@testable import Models
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

/// Made networks that tell of a picture what tests know.
enum ClassifyBench {
    static let colours = ["red", "green", "blue"]

    /// The label is the colour that a picture has most of.
    static func colours(size: Int = 8, _ change: (inout ModelDescription) -> Void = { _ in }) throws -> OpenModel {
        let network = ModelMaker.weighing([20, 0, 0, 0, 20, 0, 0, 0, 20], size: size)
        return try open(network, width: size, height: size) {
            $0.outputs.logits = "logits"
            $0.outputs.embedding = "embedding"
            $0.labels = colours
            change(&$0)
        }
    }

    /// Its embedding is the small picture, in steps of 8 bits.
    static func seeing(
        _ width: Int, _ height: Int, _ change: (inout ModelDescription) -> Void = { _ in }
    ) throws -> OpenModel {
        try open(ModelMaker.seeing(width: width, height: height), width: width, height: height) {
            $0.outputs.embedding = ""
            $0.input.divide = [1]
            change(&$0)
        }
    }

    /// Finds these boxes, wherever one looks: left, top, right and bottom of each.
    static func finding(_ corners: [Float]) throws -> OpenModel {
        try open(ModelMaker.finding(corners, size: 8), width: 8, height: 8) {
            ($0.outputs.boxes, $0.outputs.scores) = ("boxes", "scores")
            $0.input.fit = .squash
            $0.labels = ["background", "face"]
        }
    }

    /// The same by a detector that sees all of the picture: these numbers are its only row.
    static func finding(_ row: [Float], by kind: ModelDescription.Detector.Kind) throws -> OpenModel {
        try open(ModelMaker.row(row, size: 8), width: 8, height: 8) {
            $0.outputs.detector = .init(kind)
            ($0.input.fit, $0.input.pad) = (.pad, 114)
            $0.labels = ["face"]
        }
    }

    private static func open(
        _ bytes: [UInt8], width: Int, height: Int, _ change: (inout ModelDescription) -> Void
    ) throws -> OpenModel {
        let network = try ModelBench.open(bytes, output: "") {
            $0.input.channels = .rgb
            ($0.input.width, $0.input.height) = (width, height)
            change(&$0)
        }
        return OpenModel(network.description, network: network)
    }
}

extension OpenModel {
    func stage(_ name: String = "look", _ change: (inout Classify) -> Void = { _ in }) -> Stage {
        var classify = Classify(model: description, name: name)
        classify.embedding = description.describes
        change(&classify)
        return .classify(classify)
    }
}

extension Stage {
    func when(_ condition: String) throws -> Stage {
        .conditional(ConditionalStage(when: try Condition(text: condition), stage: self))
    }
}

extension JobOutput {
    /// What the classify stage of that name told.
    func found(_ name: String = "look") -> Classification? {
        stages.compactMap(\.classification).first { $0.name == name }
    }
}

/// What a model sees of pixels that lie in memory, as a picture of that orientation.
func seen(_ image: Image, by model: ModelDescription, orientation: Int = 1, ignoresProfile: Bool = true) throws
    -> SmallPicture
{
    let view = ModelView(of: image.size, nominal: image.size, orientation: orientation, for: model)
    let gathered = try means(image, view.part)
    let context = JobContext(
        pipeline: Pipeline(name: "test", renditions: []),
        openFile: { _ throws(JobError) in throw JobError(.stageFailed, "none") },
        openModel: { _ throws(JobError) in throw JobError(.stageFailed, "none") })
    return try SmallPicture(gathered, view: view, ignoresProfile: ignoresProfile, context)
}

/// The means of a part, gathered while the picture is read.
func means(_ image: Image, _ part: sluice_part, reading: (Image) throws -> Void = { _ in }) throws -> Image {
    var part = part
    let watched = try Image.make { sluice_watch(image.pointer, &$0, &part, 1, image.hasAlpha) }
    try reading(watched)
    return try Image.make { sluice_watched_part(watched.pointer, 0, &$0) }
}
