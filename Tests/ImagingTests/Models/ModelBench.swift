import Foundation
import Inference
import LinuxIO
import ModelMaker
import Testing

@testable import Models

/// Models made of bytes, opened by ONNX Runtime where it is installed, or lies beside the tests.
enum ModelBench {
    private nonisolated(unsafe) static let engine = Result { () throws(InferenceError) in
        try InferenceLibrary.load(beside: ownDirectory())
    }

    static func library() throws -> InferenceLibrary { try engine.get() }

    /// Whether networks can be run here; suites that need it are skipped where not, and say so.
    static let hasEngine = (try? engine.get()) != nil

    static func open(
        _ bytes: [UInt8], output: String = "clean", _ change: (inout ModelDescription) -> Void = { _ in }
    ) throws -> LoadedModel {
        return try open(NetworkFile(file(bytes)), output: output, change)
    }

    /// A file without a name.
    static func file(_ bytes: [UInt8]) throws -> Descriptor {
        var template = Array("/tmp/imaging-model-XXXXXX".utf8CString)
        let number = mkstemp(&template)
        try #require(number >= 0)
        let file = Descriptor(owning: number)
        unlink(template)
        try Wire.write(bytes, to: number, subject: "a model")
        return file
    }

    static func open(
        _ file: NetworkFile, output: String = "clean", _ change: (inout ModelDescription) -> Void = { _ in }
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
