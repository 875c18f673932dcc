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
