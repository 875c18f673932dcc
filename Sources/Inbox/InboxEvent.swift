package import LinuxIO
package import PipelineModel

/// A directory that users drop pictures into.
package struct InboxRoot: Sendable {
    /// The caller's number for it; comes back in every event.
    package var id: Int
    package var path: String
    package var rules: IgnoreRules
    /// Directories below it that are passed over.
    package var excluded: Set<RelativePath>
    /// Nil: those of the settings.
    package var settle: SettleTimes?
    package var scanInterval: Duration?

    package init(id: Int, path: String, rules: IgnoreRules = IgnoreRules(), excluded: Set<RelativePath> = []) {
        self.id = id
        self.path = path
        self.rules = rules
        self.excluded = excluded
    }
}

package struct InboxSettings: Sendable {
    package var settle = SettleTimes()
    /// Between scans of an inbox whose directories are all watched.
    package var scanInterval: Duration = .seconds(60)
    /// Between scans of an inbox that is not (fully) watched, and between looks for one that is gone.
    package var pollInterval: Duration = .seconds(5)
    package var maximumDepth = 2000
    /// Whether the kernel's events are used at all; without them every inbox is polled.
    package var usesEvents = true

    package init(settle: SettleTimes = SettleTimes()) { self.settle = settle }
}

/// A source that has settled.
package struct ReadySource: Sendable, Equatable {
    package var inbox: Int
    package var path: RelativePath
    /// As it was when it was found ready; whoever opens it compares.
    package var status: FileStatus
}

package enum InboxEvent: Sendable, Equatable {
    /// A source is complete. Told once per state of the file.
    case ready(ReadySource)
    /// Something in the inbox can never be a source. Told once per state.
    case refused(inbox: Int, Refusal)
    /// A file that a run before this one had put aside under a hidden name, and did not get to bring back or to delete, has
    /// a name of its own again. It is offered like any other.
    case broughtBack(inbox: Int, RelativePath)
    /// A scan of a whole inbox is over; `complete` is false where a directory could not be read.
    case scanned(inbox: Int, complete: Bool)
    /// The inbox is polled from now on, and why.
    case polling(inbox: Int, reason: String)
    /// All of the inbox is watched again.
    case watching(inbox: Int)
    /// The kernel dropped events; everything is scanned anew.
    case overflow
    /// The inbox' directory is not there (any more), and why. It is looked for again and again.
    case rootGone(inbox: Int, reason: String)
    /// The inbox' directory is there again.
    case rootBack(inbox: Int)
}
