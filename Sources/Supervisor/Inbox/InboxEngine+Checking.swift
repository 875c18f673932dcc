import Jobs
import LinuxIO

extension InboxEngine {
    func look(at path: RelativePath, _ sighting: Sighting) {
        guard let entry = find(path) else { return }
        note(entry, sighting)
    }

    /// What stands at a path: nil where it is passed over, gone, or a directory.
    func find(_ path: RelativePath) -> ScanEntry? {
        guard let scanner, !scanner.excluded.contains(path),
            !folders.passesOver(path, isDirectory: false, scanner)
        else { return nil }
        return scanner.look(at: path, path.bytes, in: scanner.root)
    }

    /// A folder has something to say about what lies in it, or has something else to say than before.
    func heed(_ folder: [UInt8]) {
        folders.note(folder)
        // What was passed over may be a source now; what is settling is looked at again before it is taken.
        scanSoon()
    }

    /// - Parameter isScan: whether nothing is known of it but what its times say.
    func note(_ entry: ScanEntry, _ sighting: Sighting, isScan: Bool = false) {
        switch entry {
        case .file(let path, let status):
            let now = monotonicNanoseconds()
            let age = isScan ? age(status, now: now) : 0
            tracker.observe(path, seen(status), sighting, now: now, unchangedFor: age)
        case .refused(let refusal): note(refusal)
        }
    }

    /// Reported once per state, as far as remembered. What finds no room is found again by a walk for refusals only, so
    /// that pictures do not wait behind them.
    private func note(_ refusal: Refusal) {
        outlet.marks.clear(refusal.path)
        var refusal = refusal
        refusal.status = refusal.status.map(seen)
        let state = refusal.status ?? FileStatus(device: 0, inode: 0, size: 0, mtime: 0, ctime: 0, mode: 0)
        if tracker.hasRefused(refusal.path, state) { return }
        if outlet.refusals.offer(refusal) {
            tracker.refuse(refusal.path, state)
        } else if unsentRefusal.map({ refusal.path < $0 }) ?? true {
            unsentRefusal = refusal.path
        }
    }

    /// The status as the rest of the program sees it.
    private func seen(_ status: FileStatus) -> FileStatus {
        if root.trustsInodes { return status }
        var status = status
        (status.inode, status.ctime) = (0, 0)
        return status
    }

    /// Nanoseconds for which a file has certainly not changed: of a local file system, which has this machine's clock.
    private func age(_ status: FileStatus, now: Int64) -> Int64 {
        guard remoteType == nil, root.trustsInodes, status.device == rootDevice else { return 0 }
        let wall = wallClockNanoseconds()
        let settle = (root.settle ?? settings.settle).time(for: .other)
        return clock.isSteady(now: now, wall: wall, settle: settle) ? status.age(wall: wall) : 0
    }

    // MARK: What is due

    /// Whether complete sources can be offered.
    var mayOffer: Bool {
        if let limit = offersHeldUntil {
            guard outlet.events.isAcknowledged || monotonicNanoseconds() >= limit else { return false }
            offersHeldUntil = nil
        }
        return outlet.ready.room > 0
    }

    /// Checks files that are due again; not thousands in one go, so that hints are not kept waiting.
    /// Returns whether more are due now.
    func check() -> Bool {
        guard mayOffer else { return false }
        let now = monotonicNanoseconds()
        for path in tracker.takeDue(now: now, limit: min(256, outlet.ready.room)) {
            if outlet.mailbox.isStopping { return false }
            outlet.mailbox.beat()
            examine(path, now: now)
        }
        return mayOffer && (tracker.nextCheck() ?? .max) <= now
    }

    private func examine(_ path: RelativePath, now: Int64) {
        switch find(path) {
        case .file(_, let found):
            let status = seen(found)
            let hasWriter = hasWriter(path, found, now: now)
            let verdict = tracker.confirm(
                path, status, hasWriter: hasWriter, companion: companion(of: path), now: now,
                wall: wallClockNanoseconds())
            if verdict == .notReady { return reportHold(path) }
            if verdict == .readyBeforeCompanion { emit(.takenBeforeCompanion(inbox: id, path)) }
            outlet.marks.clear(path)
            outlet.hand(
                over: ReadySource(inbox: id, path: path, status: status), settling: tracker.settlingCount)
            if verdict == .readyThoughOpen { emit(.takenWhileOpen(inbox: id, path)) }
        case .refused(let refusal): note(.refused(refusal), .other)
        case nil:
            outlet.marks.clear(path)
            _ = tracker.confirm(path, nil, now: now)
        }
    }

    /// A lease is the most reliable. Without one (it takes the file's owner), events decide.
    private func hasWriter(_ path: RelativePath, _ status: FileStatus, now: Int64) -> Bool {
        if settings.usesLeases, let file = try? scanner?.root.openFile(path.bytes), let answer = file.hasWriter() {
            if !answer { outlet.marks.clear(path) }
            return answer
        }
        return outlet.marks.contains(path, status, now: now)
    }

    private func companion(of path: RelativePath) -> StabilityTracker.Companion? {
        let paths = companions.paths(of: path)
        if paths.isEmpty { return nil }
        var found: StabilityTracker.Companion?
        for path in paths {
            guard let status = try? scanner?.root.stat(path.bytes), status.isRegular else { continue }
            let age = age(status, now: monotonicNanoseconds())
            let state = UInt64(bitPattern: Int64(seen(status).stateHash))
            found = StabilityTracker.Companion(
                identity: state ^ (found?.identity ?? 0), unchangedFor: min(age, found?.unchangedFor ?? .max))
        }
        if found == nil { companions.forget(path) }
        return found
    }

    private func reportHold(_ path: RelativePath) {
        let time = settings.reportsHeldAfter.nanoseconds
        guard let reason = tracker.unreportedHold(path, longerThan: time, wall: wallClockNanoseconds()) else { return }
        // If it finds no room, the next check reports it.
        if outlet.events.offer(.held(inbox: id, path, reason)) { tracker.markHoldReported(path) }
    }
}
