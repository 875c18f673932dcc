/// Why a file cannot be restreamed. The caller decodes it the ordinary way instead: nothing here says that the file
/// is bad, only that a decoder has to look at it itself.
package enum RestreamError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Well-formed as far as was looked, but of a kind that only the decoder's own way of reading covers.
    case unsuitable(String)
    /// Damaged, cut short, or with what a decoder would warn about.
    case damaged(String)
    /// The system refused a read.
    case unreadable(errno: Int32)

    package var description: String {
        switch self {
        case .unsuitable(let reason): "cannot be restreamed: \(reason)"
        case .damaged(let reason): "damaged: \(reason)"
        case .unreadable(let code): "cannot be read: error \(code)"
        }
    }
}
