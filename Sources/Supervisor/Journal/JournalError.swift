package import Jobs

package enum JournalError: Error, CustomStringConvertible {
    /// The file is no SQLite database, or its pages or tables are not what they should be.
    case damaged(path: String, reason: String)
    case unusable(path: String, reason: String)
    /// The disk is full, read-only or failing.
    case unwritable(path: String, reason: String)
    /// A newer Sluice has changed its tables.
    case newer(path: String)
    case notDurable(path: String, mode: String, synchronous: Int)
    case noSuchJob(Int64)
    /// A change that the table of transitions does not have.
    case forbidden(job: Int64, from: JobState, to: JobState)

    package var description: String {
        switch self {
        case .damaged(let path, let reason):
            "\(path) is damaged: \(reason). The next start sets it aside and rebuilds it from the sidecars."
        case .unusable(let path, let reason):
            "\(path) cannot be used as a journal: \(reason). Move it away to start with a new one."
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason). Is the disk full or read-only? Free some space and start again."
        case .newer(let path):
            "\(path) was created by a newer sluice, and this version could damage it: install the newer version, or choose another location."
        case .notDurable(let path, let mode, let synchronous):
            "\(path) is in mode \(mode), synchronous \(synchronous), instead of WAL with FULL: commits would not "
                + "survive power loss. Put the journal on a local file system."
        case .noSuchJob(let job): "the journal has no job \(job)"
        case .forbidden(let job, let from, let to): "job \(job) cannot go from \(from.rawValue) to \(to.rawValue)"
        }
    }
}
