import Jobs

/// What the kernel reports about watched directories. Hints only: look again before believing any of it.
enum WatchEvent: Equatable, Sendable {
    /// Something that is no directory was made under this name, or linked to it.
    case created(inbox: Int, RelativePath)
    /// A file was written to.
    case modified(inbox: Int, RelativePath)
    /// A file opened for writing was closed.
    case closed(inbox: Int, RelativePath)
    /// Something that is no directory was renamed to this name; `from`: where it was before, if that is in an inbox too.
    case arrived(inbox: Int, RelativePath, from: RelativePath?)
    /// Something that is no directory was removed, or renamed to another name.
    case left(inbox: Int, RelativePath)
    /// A directory came, and with it perhaps files: watch it, then scan it.
    case directoryAppeared(inbox: Int, RelativePath, Sighting)
    /// The inbox' own directory was moved, removed or unmounted.
    case rootGone(inbox: Int)
    /// The kernel dropped events: everything is to be watched and scanned anew.
    case overflow

    /// Nil: all of them.
    var inbox: Int? {
        switch self {
        case .created(let inbox, _), .modified(let inbox, _), .closed(let inbox, _), .arrived(let inbox, _, _),
            .left(let inbox, _), .directoryAppeared(let inbox, _, _), .rootGone(let inbox):
            inbox
        case .overflow: nil
        }
    }
}
