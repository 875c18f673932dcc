package import Jobs
package import LinuxIO

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
    /// How long an empty file has to stay unchanged.
    package var settleEmpty: Duration?
    /// What is held open for writing, or has beside it what is not complete, is taken when it has not changed for so long.
    package var writerLimit: Duration?
    /// Whether inode numbers and change times are stable while a file is unchanged. Where they are not (some FUSE
    /// file systems), files are reported and compared with 0 in their place.
    package var trustsInodes = true

    package init(id: Int, path: String, rules: IgnoreRules = IgnoreRules(), excluded: Set<RelativePath> = []) {
        self.id = id
        self.path = path
        self.rules = rules
        self.excluded = excluded
    }
}

package struct InboxSettings: Sendable {
    package var settle = SettleTimes()
    package var hold = HoldTimes()
    /// Between scans of an inbox whose directories are all watched.
    package var scanInterval: Duration = .seconds(60)
    /// Between scans of an inbox that is not (fully) watched, and between looks for one that is gone.
    package var pollInterval: Duration = .seconds(5)
    package var maximumDepth = 2000
    /// Whether the kernel's events are used at all; without them every inbox is polled.
    package var usesEvents = true
    /// Whether leases are asked for writers; without them it is as where the inbox' files are another user's.
    package var usesLeases = true
    /// How long a file is held before that is reported.
    package var reportsHeldAfter: Duration = .seconds(30)

    package init(settle: SettleTimes = SettleTimes()) { self.settle = settle }
}

/// A source that has settled.
package struct ReadySource: Sendable, Equatable {
    package var inbox: Int
    package var path: RelativePath
    /// As it was when it was found ready; to be compared when it is opened.
    package var status: FileStatus
}

/// Events about inboxes, apart from the sources in them.
package enum InboxEvent: Sendable, Equatable {
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
    /// The inbox' directory is there again. Its sources are not offered before this was dealt with.
    case rootBack(inbox: Int)
    /// A file has settled and waits nonetheless, for a while already. Told once a file.
    case held(inbox: Int, RelativePath, HoldReason)
    /// What people should know of how the inbox is walked. Told once each, and not without end.
    case noticed(inbox: Int, ScanNotice)
    /// A file was taken although it is open for writing: it had not changed for as long as a writer may take.
    case takenWhileOpen(inbox: Int, RelativePath)
    /// A file was taken although one that belongs to it is not complete yet, after as long.
    case takenBeforeCompanion(inbox: Int, RelativePath)

    /// Whether it is about a single file; the others describe a state, of which only the newest matters.
    var isAboutFile: Bool {
        switch self {
        case .broughtBack, .held, .noticed, .takenWhileOpen, .takenBeforeCompanion: true
        case .scanned, .polling, .watching, .overflow, .rootGone, .rootBack: false
        }
    }
}

/// What is waiting in an inbox, and the state of its thread.
package struct InboxSnapshot: Sendable, Equatable {
    package struct Held: Sendable, Equatable {
        package var path: RelativePath
        /// Seconds since 1970.
        package var since: Double
        package var reason: HoldReason
    }

    /// Files that were seen and may not be complete yet, those included that are held.
    package var settling = 0
    /// Sources that are complete and were not taken yet.
    package var ready = 0
    /// Refusals that were not taken yet.
    package var refusals = 0
    /// Whether files may be there that were not seen yet.
    package var isScanning = true
    /// Files that would be complete but for something that stands against it.
    package var heldCount = 0
    /// Those of them that have waited longest, 20 at most.
    package var held: [Held] = []
    /// How often names of a directory were read.
    package var listings = 0
    /// When the inbox' thread last went on, or now where it has nothing to do, in monotonic nanoseconds. A thread whose
    /// file system hangs does not.
    package var lastSignOfLife: Int64 = 0

    package init() {}
}
