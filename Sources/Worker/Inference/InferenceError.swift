import COnnxRuntime

/// Why a network cannot be run. Each reason is a part of a sentence, for people.
package enum InferenceError: Error, Sendable, Equatable {
    /// There is no engine here: the library is missing, or does not fit.
    case unavailable(String)
    /// The engine cannot read the network, or cannot run it.
    case broken(String)
    /// An allocation was refused.
    case noMemory
}

extension InferenceError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let why), .broken(let why): why
        case .noMemory: "not enough memory for it"
        }
    }
}

extension InferenceError {
    /// Calls a function of the engine, and throws what it says.
    static func check(
        _ call: (UnsafeMutablePointer<sluice_inference_error>) -> sluice_inference_result
    ) throws(InferenceError) {
        var error = sluice_inference_error()
        switch call(&error) {
        case sluice_inference_done: return
        case sluice_inference_no_memory: throw .noMemory
        case sluice_inference_no_model: throw .broken("its ONNX file is truncated or damaged, or no ONNX file")
        default:
            throw .broken(
                withUnsafeBytes(of: &error.text) { text in
                    String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
    }
}
