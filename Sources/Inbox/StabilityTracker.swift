package import LinuxIO
package import PipelineModel

/// How a source came to notice; says how long it has to stay unchanged.
package enum Sighting: Sendable, Equatable {
    /// It was renamed to its name: whole, as a rule.
    case renamed
    /// A writer closed it: whole, as a rule.
    case closedAfterWriting
    /// A scan found it, or somebody created it: a writer may be at it.
    case other
}

/// How long a file has to stay unchanged before it counts as a source. Zero is allowed.
package struct SettleTimes: Sendable, Equatable {
    package var afterRenameOrClose: Duration
    package var otherwise: Duration

    package init(afterRenameOrClose: Duration = .seconds(2), otherwise: Duration = .seconds(5)) {
        self.afterRenameOrClose = afterRenameOrClose
        self.otherwise = otherwise
    }

    /// In nanoseconds.
    func time(for sighting: Sighting) -> Int64 {
        (sighting == .other ? otherwise : afterRenameOrClose).nanoseconds
    }
}

extension Duration {
    /// Whole nanoseconds, up to 292 years.
    var nanoseconds: Int64 {
        Int64(clamping: Int128(components.seconds) * 1_000_000_000 + Int128(components.attoseconds) / 1_000_000_000)
    }
}

/// Decides when a file of one inbox is complete. Has no clock and does no I/O: it is told what was seen and
/// when, in nanoseconds of a clock that never jumps.
///
/// A file is offered once per state (device, inode, size, mtime, ctime); any change makes it settle anew. What was
/// offered is remembered as two hashes (16 bytes a file, whatever the path's length); Swift seeds them at random in
/// every process, so nobody can make names that collide.
package struct StabilityTracker: Sendable {
    private struct Settling {
        var identity: Int
        /// When this state was first seen.
        var since: Int64
        var due: Int64
        var vetoes: UInt8 = 0
    }

    private let settle: SettleTimes
    private let capacity: Int
    /// Bytes that the settling files take, about.
    private var used = 0
    /// Whether files were turned away since this was last taken back: scan again once there is room.
    package private(set) var turnedAway = false
    private var settling: [RelativePath: Settling] = [:]
    private var queue = DueQueue()
    /// Hash of the path → hash of the state in which it was offered or refused.
    private var offered: [Int: Int] = [:]
    /// What a sweep has met so far of `offered`; nil outside sweeps.
    private var met: [Int: Int]?

    /// `capacity` bounds the memory of settling files, in bytes; a file takes its path's length and about 128 more.
    package init(settle: SettleTimes = SettleTimes(), capacity: Int = 2 << 20) {
        self.settle = settle
        self.capacity = capacity
    }

    /// Whether a scan would find room for files that were turned away.
    package var hasRoomForTurnedAway: Bool { turnedAway && used <= capacity / 2 }

    /// Files that are settling.
    package var settlingCount: Int { settling.count }

    /// Files that are remembered as offered or refused.
    package var offeredCount: Int { offered.count }

    /// When the next file is to be checked, on the clock that `now` is of; nil where none settles.
    package mutating func nextCheck() -> Int64? {
        while let first = queue.first {
            if settling[first.path]?.due == first.due { return first.due }
            queue.removeFirst()
        }
        return nil
    }

    /// A regular file was seen in this state. Turned away where too many settle already (`turnedAway`).
    package mutating func observe(_ path: RelativePath, _ status: FileStatus, _ sighting: Sighting, now: Int64) {
        let identity = identity(status)
        let key = path.hashValue
        if let known = offered[key] {
            if known == identity {
                met?[key] = identity
                return
            }
            offered[key] = nil
        }
        guard let entry = settling[path], entry.identity == identity else {
            wait(path, Settling(identity: identity, since: now, due: now + settle.time(for: sighting)))
            return
        }
        // The same state, better known: the shorter time counts, from when the state was first seen.
        let due = entry.since + settle.time(for: sighting)
        if due < entry.due || entry.vetoes > 0 && sighting != .other {
            wait(path, Settling(identity: identity, since: entry.since, due: max(due, now)))
        }
    }

    /// Takes up to `limit` files whose time has come. Each is to be looked at again and given to `confirm`.
    package mutating func takeDue(now: Int64, limit: Int = .max) -> [RelativePath] {
        var paths: [RelativePath] = []
        while paths.count < limit, let due = nextCheck(), due <= now, let first = queue.first {
            queue.removeFirst()
            paths.append(first.path)
        }
        return paths
    }

    /// Whether the file is ready, now that it was looked at again: nil status where it is gone, `hasWriter` where
    /// somebody is known to have it open for writing. Not ready means that it settles on, or is forgotten if gone.
    package mutating func confirm(_ path: RelativePath, _ status: FileStatus?, hasWriter: Bool, now: Int64) -> Bool {
        guard var entry = settling[path] else { return false }
        guard let status else {
            leave(path)
            return false
        }
        let identity = identity(status)
        if identity != entry.identity {
            wait(path, Settling(identity: identity, since: now, due: now + settle.time(for: .other)))
            return false
        }
        if hasWriter {
            // The writer's closing is an event, so this is for where events are missing: 0.1 s, doubling to 6.4 s.
            entry.due = now + 100_000_000 << Int64(min(entry.vetoes, 6))
            entry.vetoes = min(entry.vetoes, 254) + 1
            wait(path, entry)
            return false
        }
        leave(path)
        remember(path.hashValue, identity)
        return true
    }

    /// Whether something that is no regular file is met in this state for the first time.
    package mutating func refuse(_ path: RelativePath, _ status: FileStatus) -> Bool {
        leave(path)
        let (key, identity) = (path.hashValue, identity(status))
        let isNew = offered[key] != identity
        remember(key, identity)
        return isNew
    }

    /// Drops all memory of a file: the next sighting is its first.
    package mutating func forget(_ path: RelativePath) {
        leave(path)
        offered[path.hashValue] = nil
    }

    /// A scan of the whole inbox begins: what it does not meet is forgotten at its end.
    package mutating func beginSweep() {
        met = [:]
        turnedAway = false
    }

    /// A scan is over; with `complete` false it may have missed some, and nothing is forgotten, but for when more is known
    /// by then than can be: an inbox with a directory that nobody can read would let it grow for ever.
    package mutating func endSweep(complete: Bool) {
        if let met, complete || offered.count > 2 * met.count + spare { offered = met }
        met = nil
    }

    /// Files that may be remembered though no scan meets them any more; to offer one again costs a look at the journal.
    private var spare: Int { 10_000 }

    private mutating func remember(_ key: Int, _ identity: Int) {
        offered[key] = identity
        met?[key] = identity
    }

    private mutating func wait(_ path: RelativePath, _ entry: Settling) {
        if settling[path] == nil {
            if used + cost(path) > capacity, used > 0 {
                turnedAway = true
                return
            }
            used += cost(path)
        }
        settling[path] = entry
        queue.insert(due: entry.due, path)
    }

    private mutating func leave(_ path: RelativePath) {
        if settling.removeValue(forKey: path) != nil { used -= cost(path) }
    }

    private func cost(_ path: RelativePath) -> Int { path.bytes.count + 128 }

    private func identity(_ status: FileStatus) -> Int {
        var hasher = Hasher()
        hasher.combine(status.device)
        hasher.combine(status.inode)
        hasher.combine(status.size)
        hasher.combine(status.mtime)
        hasher.combine(status.ctime)
        return hasher.finalize()
    }
}
