import Inbox

extension HoldReason {
    /// Human-readable, follows the source's name.
    package var words: String {
        switch self {
        case .writer: "held open for writing"
        case .placeholder: "empty or not transferred yet"
        case .companion: "waiting for a file that belongs to it"
        }
    }
}
