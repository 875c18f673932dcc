/// Why there is no model.
package enum TrainingError: Error, Sendable, CustomStringConvertible {
    /// What was asked for cannot be.
    case usage(String)
    /// There is nothing to learn from.
    case noInput(String)
    /// liblinear is missing.
    case unavailable(String)
    /// The training itself went wrong.
    case failed(String)

    package var description: String {
        switch self {
        case .usage(let why), .noInput(let why), .unavailable(let why), .failed(let why): why
        }
    }
}
