import FolderContent
package import Jobs
package import LinuxIO

/// Decides when a file of one inbox is complete. Has no clock and does no I/O: observations are passed in, with times,
/// in nanoseconds of a clock that never jumps.
///
/// A file is offered once per state (device, inode, size, mtime, ctime); any change makes it settle anew. What was offered
/// is remembered in a table of fixed size: what has fallen out of it is offered again, and the journal says then that
/// there is nothing to do.
package struct StabilityTracker: Sendable {
    private struct Settling {
        var identity: UInt64
        /// When this state was first seen, or earlier, where it is known to be older.
        var since: Int64
        var due: Int64
        var vetoes: UInt8 = 0
    }

    /// A file that would be ready but for something that stands against it.
    private struct Held {
        let since: Int64
        var reason: HoldReason
        var companion: Companion?
        var companionSince: Int64
        var isTold = false
        /// Since when it waits for what belongs to it.
        var waitsSince: Int64?
    }

    private let settle: SettleTimes
    private let hold: HoldTimes
    private let capacity: Int
    /// Bytes that the settling files take, about.
    private var used = 0
    /// Whether files were turned away since this was last taken back: scan again once there is room.
    package private(set) var turnedAway = false
    private var settling: [RelativePath: Settling] = [:]
    private var held: [RelativePath: Held] = [:]
    private var heldBytes = 0
    private var queue = DueQueue()
    private var families = SettlingFamilies()
    private var offered: StateTable

    /// - Parameters:
    ///   - capacity: bounds the memory of settling files, in bytes; a file takes its path's length and about 128 more.
    ///   - remembered: how many states that were offered are remembered, at 8 bytes each; a power of two.
    package init(
        settle: SettleTimes = SettleTimes(), hold: HoldTimes = HoldTimes(), capacity: Int = 1 << 20,
        remembered: Int = 1 << 15
    ) {
        self.settle = settle
        self.hold = hold
        self.capacity = capacity
        offered = StateTable(most: remembered)
    }

    /// Whether a walk may go on: a quarter is left to what events tell of.
    package var hasRoomForWalk: Bool { used <= capacity / 4 * 3 }

    /// Whether a scan would find room for files that were turned away.
    package var hasRoomForTurnedAway: Bool { turnedAway && used <= capacity / 2 }

    /// A scan begins that will meet them.
    package mutating func meetTurnedAway() { turnedAway = false }

    /// Files that are settling.
    package var settlingCount: Int { settling.count }

    /// States that are remembered as offered or refused.
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
    /// - Parameter unchangedFor: nanoseconds for which it is known to have been in this state already.
    package mutating func observe(
        _ path: RelativePath, _ status: FileStatus, _ sighting: Sighting, now: Int64, unchangedFor: Int64 = 0
    ) {
        let identity = identity(status)
        if isOffered(path, identity) { return }
        let since = now - unchangedFor
        guard let entry = settling[path], entry.identity == identity else {
            wait(path, Settling(identity: identity, since: since, due: max(now, since + settle.time(for: sighting))))
            return
        }
        // The same state, better known: the shorter time counts, from when the state was first seen.
        let due = min(entry.since, since) + settle.time(for: sighting)
        if due < entry.due, entry.vetoes == 0 || sighting != .other {
            wait(path, Settling(identity: identity, since: min(entry.since, since), due: max(due, now)))
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

    /// Whether the file is ready, now that it was checked again: nil status if it is gone, `hasWriter` if a process is
    /// known to have it open for writing, `companion` where one lies beside it. Not ready means that it settles on, or
    /// is forgotten if gone.
    /// - Parameter wall: nanoseconds since 1970, for what people are told.
    package mutating func confirm(
        _ path: RelativePath, _ status: FileStatus?, hasWriter: Bool = false, companion: Companion? = nil, now: Int64,
        wall: Int64 = 0
    ) -> Verdict {
        guard let entry = settling[path] else { return .notReady }
        guard let status else {
            leave(path)
            return .notReady
        }
        let identity = identity(status)
        if identity != entry.identity {
            release(path)
            wait(path, Settling(identity: identity, since: now, due: now + settle.time(for: .other)))
            return .notReady
        }
        let quiet = now - entry.since
        let limit = hold.writerLimit.nanoseconds
        if hasWriter, quiet < limit {
            keep(path, entry, .writer, companion, now, wall, longest: limit - quiet)
            return .notReady
        }
        if let companion {
            let quiet = min(quiet, max(now - companionSince(path, companion, now), companion.unchangedFor))
            if quiet < limit {
                keep(path, entry, .placeholder, companion, now, wall, longest: limit - quiet)
                return .notReady
            }
        }
        if status.size == 0, quiet < hold.settleEmpty.nanoseconds {
            keep(path, entry, .placeholder, companion, now, wall, longest: hold.settleEmpty.nanoseconds - quiet)
            return .notReady
        }
        let waited = now - (held[path]?.waitsSince ?? now)
        let unsettled = unsettledCompanion(of: path)
        if let due = unsettled, waited < limit {
            if due <= now {
                // It is checked in this round.
                var entry = entry
                entry.due = now + 1
                wait(path, entry)
            } else {
                keep(path, entry, .companion, nil, now, wall, longest: min(limit - waited, due - now))
                held[path]?.waitsSince = now - waited
            }
            return .notReady
        }
        leave(path)
        offered.set(StateTable.key(path), fold(identity))
        return hasWriter ? .readyThoughOpen : unsettled == nil ? .ready : .readyBeforeCompanion
    }

    /// Checks a file now that is held for a companion which has gone.
    package mutating func wake(_ path: RelativePath, now: Int64) {
        guard held[path]?.reason == .placeholder, var entry = settling[path] else { return }
        entry.due = now
        wait(path, entry)
    }

    /// Whether something that is no regular file was told in this state.
    package func hasRefused(_ path: RelativePath, _ status: FileStatus) -> Bool { isOffered(path, identity(status)) }

    /// A non-regular file has been reported in this state.
    package mutating func refuse(_ path: RelativePath, _ status: FileStatus) {
        leave(path)
        offered.set(StateTable.key(path), fold(identity(status)))
    }

    /// Drops all memory of a file: the next sighting is its first.
    package mutating func forget(_ path: RelativePath) {
        leave(path)
        offered.remove(StateTable.key(path))
    }

    /// Drops all memory of what was offered.
    package mutating func forgetOffered() { offered.removeAll() }

    // MARK: What is held

    package var heldCount: Int { held.count }

    /// Those that have waited longest.
    package func longestHeld(_ most: Int) -> [(path: RelativePath, since: Int64, reason: HoldReason)] {
        held.sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }.prefix(most)
            .map { ($0.key, $0.value.since, $0.value.reason) }
    }

    /// Why a file has been held for longer than `time` nanoseconds, unless already reported.
    package func unreportedHold(_ path: RelativePath, longerThan time: Int64, wall: Int64) -> HoldReason? {
        guard let held = held[path], !held.isTold, wall - held.since > time else { return nil }
        return held.reason
    }

    package mutating func markHoldReported(_ path: RelativePath) { held[path]?.isTold = true }

    private func companionSince(_ path: RelativePath, _ companion: Companion, _ now: Int64) -> Int64 {
        guard let known = held[path], known.companion?.identity == companion.identity else { return now }
        return known.companionSince
    }

    private mutating func keep(
        _ path: RelativePath, _ entry: Settling, _ reason: HoldReason, _ companion: Companion?, _ now: Int64,
        _ wall: Int64, longest: Int64
    ) {
        let since = companion.map { companionSince(path, $0, now) } ?? now
        if held[path] == nil {
            // The half of the room is for what is not held, so that this does not wait behind it. Scans meet them again.
            if heldBytes + cost(path) > capacity / 2, heldBytes > 0 {
                leave(path)
                return
            }
            heldBytes += cost(path)
            held[path] = Held(since: wall, reason: reason, companion: companion, companionSince: since)
        } else {
            held[path]?.reason = reason
            held[path]?.companion = companion
            held[path]?.companionSince = since
        }
        // The writer's closing is an event, so this is for where events are missing: 0.1 s, doubling to 6.4 s.
        var entry = entry
        entry.due = now + max(1, min(longest, 100_000_000 << Int64(min(entry.vetoes, 6))))
        entry.vetoes = min(entry.vetoes, 254) + 1
        wait(path, entry)
    }

    private mutating func release(_ path: RelativePath) {
        if held.removeValue(forKey: path) != nil { heldBytes -= cost(path) }
    }

    // MARK: What settles

    private mutating func wait(_ path: RelativePath, _ entry: Settling) {
        if settling[path] == nil {
            if used + cost(path) > capacity, used > 0 {
                turnedAway = true
                return
            }
            used += cost(path)
            families.count(path, 1)
        }
        settling[path] = entry
        queue.insert(due: entry.due, path)
        // A file that changes all the time leaves one behind with each change.
        if queue.count > 2 * settling.count + 1000 {
            queue = DueQueue()
            for (path, entry) in settling { queue.insert(due: entry.due, path) }
        }
    }

    // MARK: What belongs together

    /// When the first companion of a picture is due that settles still; nil where none does.
    private func unsettledCompanion(of path: RelativePath) -> Int64? {
        guard families.hasOthers(of: path) else { return nil }
        return OtherContent.companions(of: path.name).lazy
            .compactMap { path.sibling($0).flatMap { settling[$0]?.due } }.min()
    }

    private mutating func leave(_ path: RelativePath) {
        release(path)
        if settling.removeValue(forKey: path) != nil {
            used -= cost(path)
            families.count(path, -1)
        }
    }

    private func cost(_ path: RelativePath) -> Int { path.bytes.count + 128 }

    private func isOffered(_ path: RelativePath, _ identity: UInt64) -> Bool {
        offered[StateTable.key(path)] == fold(identity)
    }

    private func fold(_ identity: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: identity) }

    private func identity(_ status: FileStatus) -> UInt64 { UInt64(bitPattern: Int64(status.stateHash)) }
}
