import Jobs
import LinuxIO

/// The work of an inbox's thread; confined to it.
final class InboxEngine {
    /// A scan of the whole inbox.
    struct FullScan {
        var walk: Walk
        /// Nanoseconds that went into it, without those in which it stood still.
        var busy: Int64 = 0
    }

    /// How far the directories are watched; since the last scan began.
    struct Coverage {
        /// Of the watcher; nil: there is none.
        var generation: Int?
        /// Why not everything is watched.
        var gap: String?
        /// Once watches are used up, every further try costs a name that the library keeps.
        var isUsedUp = false
    }

    let root: InboxRoot
    let settings: InboxSettings
    let hub: WatchHub
    let outlet: InboxOutlet
    /// Of the bytes that names take, and what else is the same for all inboxes together.
    let share: Int

    /// Nil while the directory is missing.
    var scanner: Scanner?
    /// Whether its absence has been reported.
    var isGone = false
    /// When to see next whether its path still leads to the same directory: while it is held, the kernel does not
    /// report its removal.
    var nextLook: Int64 = 0
    /// The type of a file system that does not report all changes.
    var remoteType: String?
    var rootDevice: UInt64 = 0
    /// Of other devices below the root.
    var remoteTypes: [UInt64: String?] = [:]

    var tracker: StabilityTracker
    var companions = Companions()
    /// Deadline until which sources are held back, so that earlier events are handled first; nil if there are none.
    var offersHeldUntil: Int64?
    var clock = ClockWatch()

    var coverage = Coverage()
    /// Nil before the first scan.
    var isPolled: Bool?
    var scan: FullScan?
    var nextScan: Int64 = 0
    /// When the last scan ended, and what it took.
    var lastScan: (end: Int64, busy: Int64) = (0, 0)
    var mustScanAgain = false
    var scans = 0
    /// Folders that have something to say about what lies in them.
    var folders = FolderBook()
    var notices = ScanNotices()
    /// Found by the current scan.
    var leftBehind: [RelativePath] = []
    /// What was set aside before this is from an earlier run.
    let start = wallClockNanoseconds()

    /// Directories that have come, and are to be walked.
    var appeared: [(path: RelativePath, sighting: Sighting)] = []
    var appearedBytes = 0
    var subtree: (walk: Walk, sighting: Sighting)?
    /// Directories that were walked a moment ago: what comes in them is opened from there, not by its whole path.
    var recent = RecentDirectories()
    /// The first refusal that found no room.
    var unsentRefusal: RelativePath?
    var refusalWalk: Walk?
    var listings = 0

    private var nextPublication: Int64 = 0

    init(_ root: InboxRoot, _ settings: InboxSettings, _ hub: WatchHub, _ outlet: InboxOutlet, share: Int) {
        self.root = root
        self.settings = settings
        self.hub = hub
        self.outlet = outlet
        self.share = min(max(share, 1), 8)
        var hold = settings.hold
        if let settleEmpty = root.settleEmpty { hold.settleEmpty = settleEmpty }
        if let writerLimit = root.writerLimit { hold.writerLimit = writerLimit }
        var remembered = 1 << 15
        while remembered * self.share > 1 << 15 { remembered /= 2 }
        tracker = StabilityTracker(
            settle: root.settle ?? settings.settle, hold: hold, capacity: (1 << 20) / self.share, remembered: remembered
        )
    }

    var id: Int { root.id }

    func run() {
        ignoreLeaseSignal()
        while !outlet.mailbox.isStopping {
            let mail = outlet.mailbox.take(64)
            handle(commands: mail)
            for hint in mail.hints { handle(event: hint) }
            let now = monotonicNanoseconds()
            if nextLook <= now {
                if scanner != nil { _ = currentScanner() }
                recent.clear()
                nextLook = now + settings.pollInterval.nanoseconds
            }
            if scan == nil, tracker.hasRoomForTurnedAway { scanSoon() }
            if scan == nil, nextScan <= now { beginScan() }
            let walksOn = advance()
            let checksOn = check()
            publish()
            if !mail.hasMore, !walksOn, !checksOn { outlet.mailbox.wait(until: nextDue()) }
        }
        (scan, subtree, refusalWalk) = (nil, nil, nil)
    }

    func emit(_ event: InboxEvent) { outlet.events.emit(event) }

    private func nextDue() -> Int64 {
        var due = nextLook
        if scan == nil { due = min(due, nextScan) }
        if mayOffer, let check = tracker.nextCheck() { due = min(due, check) }
        if let offersHeldUntil { due = min(due, offersHeldUntil) }
        if tracker.heldCount > 0 { due = min(due, nextPublication) }
        return due
    }

    // MARK: Requests and hints

    private func handle(commands mail: Mailbox.Mail) {
        if mail.mustForget { tracker.forgetOffered() }
        if mail.mustScan { scanSoon() }
        for command in mail.commands {
            switch command {
            case .done(let path):
                if find(path) == nil { tracker.forget(path) }
            case .forget(let path): tracker.forget(path)
            case .retry(let path):
                tracker.forget(path)
                look(at: path, .closedAfterWriting)
            case .rescan:
                nextScan = 0
                if scan != nil { mustScanAgain = true }
            }
        }
    }

    private func handle(event hint: InboxHint) {
        switch hint {
        case .changed(let path, _) where path.name == FolderRules.file,
            .left(let path) where path.name == FolderRules.file:
            heed(path.parent?.bytes ?? [])
        case .changed(let path, let sighting):
            companions.note(path)
            look(at: path, sighting)
        case .left(let path):
            if let file = Companions.file(besides: path) { tracker.wake(file, now: monotonicNanoseconds()) }
        case .directoryAppeared(let path, let sighting): appear(path, sighting)
        case .rootGone: rootGone(reason: "it was moved, removed or unmounted")
        }
    }

    // MARK: What others may know

    private func publish() {
        let now = monotonicNanoseconds()
        let isDue = now >= nextPublication
        let held = isDue && tracker.heldCount > 0 ? tracker.longestHeld(20) : []
        if isDue { nextPublication = now + 500_000_000 }
        let isScanning = scan != nil || mustScanAgain || subtree != nil || !appeared.isEmpty || isPolled == nil
        let listed =
            listings + (scan?.walk.listings ?? 0) + (subtree?.walk.listings ?? 0) + (refusalWalk?.listings ?? 0)
        outlet.publish { snapshot in
            snapshot.settling = tracker.settlingCount
            snapshot.isScanning = isScanning
            snapshot.listings = listed
            snapshot.heldCount = tracker.heldCount
            if isDue || tracker.heldCount == 0 {
                snapshot.held = held.map {
                    InboxSnapshot.Held(path: $0.path, since: Double($0.since) / 1e9, reason: $0.reason)
                }
            }
        }
    }
}

/// Detects whether the wall clock runs in step with the monotonic one: after a jump, the times of files say nothing
/// about how long ago they were.
struct ClockWatch {
    private var offset = wallClockNanoseconds() - monotonicNanoseconds()
    private var jumped: Int64?

    /// - Parameter settle: how long after a jump no file's age counts, in nanoseconds.
    mutating func isSteady(now: Int64, wall: Int64, settle: Int64) -> Bool {
        if abs(wall - now - offset) > 1_000_000_000 {
            offset = wall - now
            jumped = now
        }
        guard let jumped else { return true }
        return now - jumped > settle
    }
}
