import COnnxRuntime
import Glibc
package import LinuxIO
package import Models
import Schema

/// A network as this processor runs it best, written by the engine: its graph is optimised already and its weights lie in
/// the order in which they are used. It opens in milliseconds, and its weights stay in the pages of the file.
package enum CompiledNetwork {
    /// What the file of a network is called: another network, engine or processor has another one.
    package static func name(of model: ModelDescription, _ library: InferenceLibrary) -> String {
        let parts =
            [model.digest] + model.weights.map(\.digest) + [library.version, "\(sluice_processor_features())", "1"]
        return "\(sha256(Array(parts.joined(separator: " ").utf8)).prefix(32)).ort"
    }

    /// Opens the file in `directory`, which is made where it is missing.
    /// - Throws: `InferenceError`; `SystemCallError` where it cannot be written.
    package static func open(
        _ model: ModelDescription, _ file: NetworkFile, library: InferenceLibrary, in directory: Directory
    ) throws -> Descriptor {
        let name = Array(name(of: model, library).utf8)
        if try directory.stat(name) != nil { return try directory.openFile(name) }
        let growing = Array("compiling-\(getpid())".utf8)
        if try directory.stat(growing) != nil { try directory.unlink(growing) }
        do {
            try file.verify(model)
            let path = "\(directory.path)/\(String(decoding: growing, as: UTF8.self))"
            _ = try NeuralNetwork(file, library: library, compileTo: path)
            let made = try directory.openFile(growing)
            try made.sync(subject: path)
            try directory.rename(growing, to: directory, name, replacing: true)
            return made
        } catch {
            try? directory.unlink(growing)
            throw error
        }
    }
}
