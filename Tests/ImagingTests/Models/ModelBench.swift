import Foundation
import Inference
import LinuxIO
import ModelMaker
import Testing

@testable import Models

/// Models made of bytes, opened by the engine that was built beside the tests.
enum ModelBench {
    static func library() throws -> InferenceLibrary { try InferenceLibrary.load(from: ownDirectory()) }

    static func open(
        _ bytes: [UInt8], output: String = "clean", _ change: (inout ModelDescription) -> Void = { _ in }
    ) throws -> LoadedModel {
        var template = Array("/tmp/imaging-model-XXXXXX".utf8CString)
        let number = mkstemp(&template)
        try #require(number >= 0)
        let file = Descriptor(owning: number)
        unlink(template)
        try Wire.write(bytes, to: number, subject: "a model")
        return try open(file, output: output, change)
    }

    static func open(
        _ file: Descriptor, output: String = "clean", _ change: (inout ModelDescription) -> Void = { _ in }
    ) throws -> LoadedModel {
        var description = ModelDescription(file: "/model.onnx")
        description.input.channels = .grey
        description.tile = 64
        description.overlap = 4
        switch output {
        case "clean": description.outputs.clean = ""
        case "residual": description.outputs.residual = ""
        default: break
        }
        change(&description)
        return try LoadedModel(description, file: file, library: library())
    }

    /// Why bytes are no model; nil where they are.
    static func fault(
        _ bytes: [UInt8], output: String = "clean", _ change: (inout ModelDescription) -> Void = { _ in }
    ) throws -> String? {
        do {
            _ = try open(bytes, output: output, change).tryOut()
            return nil
        } catch let error as InferenceError {
            return "\(error)"
        }
    }
}
