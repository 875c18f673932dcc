package import Jobs
import Text

/// What people should know of how a directory was walked.
package enum ScanNotice: Sendable, Hashable, CustomStringConvertible {
    /// A directory that runs of Sluice filled.
    case outbox(RelativePath)
    /// A `.sluiceignore` that does not hold, or not as a whole, and why.
    case ignoreFile(RelativePath, String)
    /// There are more than are told.
    case andMore

    /// Whether it is something to correct.
    package var isFault: Bool {
        switch self {
        case .outbox: false
        case .ignoreFile, .andMore: true
        }
    }

    package var description: String {
        switch self {
        case .outbox(let path): "'\(path)' is an outbox of Sluice: passed over with all that is in it"
        case .ignoreFile(let path, let reason): "'\(path)' \(reason)"
        case .andMore: "there are more such notices, which are left out"
        }
    }
}

/// Tells each notice once, and not without end.
package struct ScanNotices: Sendable {
    private var told: Set<Int> = []

    private static let most = 100

    package init() {}

    /// What to tell of a notice; nil where it was told, or too many were.
    package mutating func take(_ notice: ScanNotice) -> ScanNotice? {
        guard told.count <= Self.most, told.insert(notice.hashValue).inserted else { return nil }
        return told.count > Self.most ? .andMore : notice
    }
}
