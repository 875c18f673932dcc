import Jobs
import LinuxIO

extension InboxEngine {
    /// Entries between two looks at what else there is to do.
    private static let stride = 256

    // MARK: The whole inbox

    /// As soon as the one that is under way is over; half of the time at most goes into scans that follow each other.
    func scanSoon() {
        if scan != nil {
            mustScanAgain = true
        } else {
            nextScan = min(nextScan, lastScan.end + lastScan.busy)
        }
    }

    func beginScan() {
        let now = monotonicNanoseconds()
        nextScan = now + settings.pollInterval.nanoseconds
        recent.clear()
        guard let scanner = currentScanner() else { return }
        mustScanAgain = false
        tracker.meetTurnedAway()
        leftBehind = []
        scans += 1
        folders.beginScan()
        let (generation, reason) = remoteType == nil ? hub.begin() : (nil, "")
        coverage = Coverage(generation: generation)
        if generation == nil { coverage.gap = remoteType.map(Self.gap) ?? reason }
        reportCoverage()
        var options = walkOptions()
        options.willList = { [unowned self] path, directory in
            _ = watch(directory, path)
            return true
        }
        options.willIgnore = { [unowned self] path, isDirectory in
            if isDirectory { return }
            companions.note(path)
            if nameBehind(temporary: path.name) != nil, leftBehind.count < 1000 { leftBehind.append(path) }
        }
        scan = FullScan(walk: scanner.walk(.below(nil), options))
        scan?.busy = monotonicNanoseconds() - now
    }

    private func walkOptions() -> WalkOptions {
        var options = WalkOptions(memory: (256 << 10) / share)
        options.willIgnore = { [unowned self] path, isDirectory in if !isDirectory { companions.note(path) } }
        options.willHeed = { [unowned self] in folders.note($0) }
        options.notice = { [unowned self] notice in
            if let notice = notices.take(notice) { emit(.noticed(inbox: id, notice)) }
        }
        options.folderRules = { [unowned self] folder in
            scanner.flatMap { folders.rules(in: folder, $0.root) }
        }
        return options
    }

    private func endScan(_ ended: FullScan) {
        scan = nil
        recent.clear()
        listings += ended.walk.listings
        folders.endScan(complete: ended.walk.isComplete)
        if let scanner { restoreAsideFiles(scanner) }
        if coverage.gap == nil, isPolled != false {
            if isPolled == true { emit(.watching(inbox: id)) }
            isPolled = false
        }
        emit(.scanned(inbox: id, complete: ended.walk.isComplete))
        let now = monotonicNanoseconds()
        lastScan = (now, ended.busy)
        let interval = isPolled == true ? settings.pollInterval : root.scanInterval ?? settings.scanInterval
        // A scan of a hundred thousand directories takes seconds: not more than a twentieth of the time goes into it.
        nextScan = now + max(interval.nanoseconds, 20 * ended.busy)
        if mustScanAgain { scanSoon() }
        mustScanAgain = false
    }

    // MARK: Watching

    private static func gap(_ type: String) -> String { "\(type) does not report all changes" }

    private func reportCoverage() {
        guard let gap = coverage.gap, isPolled != true else { return }
        isPolled = true
        emit(.polling(inbox: id, reason: gap))
        let now = monotonicNanoseconds()
        nextScan = min(nextScan, now + max(settings.pollInterval.nanoseconds, 20 * lastScan.busy))
    }

    /// Returns whether the directory was watched, and with that read, before.
    private func watch(_ directory: Directory, _ path: RelativePath?) -> Bool {
        outlet.mailbox.beat()
        guard let generation = coverage.generation, !coverage.isUsedUp,
            let status = try? FileStatus.of(directory.descriptor)
        else { return false }
        if status.device != rootDevice, let type = remoteType(of: directory, status.device) {
            coverage.gap = Self.gap(type)
            reportCoverage()
            return false
        }
        switch hub.watch(directory, status, inbox: id, path: path, generation: generation) {
        case .watching: return false
        case .watchedAlready: return true
        // All is scanned again once there is another.
        case .noWatcher: return false
        case .limitReached:
            coverage.isUsedUp = true
            coverage.gap =
                hub.isFull
                ? "it has more directories than the \(Watcher.mostWatches) that are watched"
                : "not all of its directories can be watched"
        case .failed: coverage.gap = "not all of its directories can be watched"
        }
        reportCoverage()
        return false
    }

    private func remoteType(of directory: Directory, _ device: UInt64) -> String? {
        if let known = remoteTypes[device] { return known }
        let type = Mount.holding(directory).flatMap { $0.isRemote ? $0.type : nil }
        if remoteTypes.count >= 64 { remoteTypes = [:] }
        remoteTypes[device] = .some(type)
        return type
    }

    // MARK: Directories that have come

    func appear(_ path: RelativePath, _ sighting: Sighting) {
        guard let scanner, !scanner.excluded.contains(path) else { return }
        // It becomes an outbox: what comes into it are results.
        if path.name == OutboxMark.name { return folders.note(path.parent?.bytes ?? []) }
        if folders.passesOver(path, isDirectory: true, scanner) { return }
        recent.forget(path)
        guard appeared.count < 1024, appearedBytes < 256 << 10 else { return scanSoon() }
        appeared.append((path, sighting))
        appearedBytes += path.bytes.count
    }

    private func takeAppeared() -> (path: RelativePath, sighting: Sighting)? {
        guard !appeared.isEmpty else { return nil }
        let first = appeared.removeFirst()
        appearedBytes -= first.path.bytes.count
        return first
    }

    /// Walks the next directory that has come, unless it was met on another way, and read since it is watched.
    private func beginSubtree() {
        guard let scanner, let (path, sighting) = takeAppeared() else { return }
        if hub.knows(path, inbox: id) {
            guard let status = try? scanner.root.stat(path.bytes), status.isDirectory,
                !hub.isWatching(status, inbox: id, path: path)
            else { return }
        }
        var options = walkOptions()
        options.willList = { [unowned self] path, directory in !watch(directory, path) }
        let base = scan == nil ? recent.directory(path.parent) : nil
        subtree = (scanner.walk(.below(path), options, base: base), sighting)
    }

    // MARK: Going on

    /// Goes on with the walks that have room. Returns whether one can go on at once.
    func advance() -> Bool {
        advanceScan()
        advanceSubtree()
        let refusalsOn = advanceRefusals()
        return refusalsOn || tracker.hasRoomForWalk && (scan != nil || subtree != nil || !appeared.isEmpty)
    }

    private func advanceScan() {
        guard scan != nil else { return }
        let began = monotonicNanoseconds()
        defer { scan?.busy += monotonicNanoseconds() - began }
        for _ in 0..<Self.stride where tracker.hasRoomForWalk && !outlet.mailbox.isStopping {
            outlet.mailbox.beat()
            switch scan?.walk.step() {
            case .entry(let entry): note(entry, .other, isScan: true)
            case .passed: break
            case .end, nil:
                scan?.busy += monotonicNanoseconds() - began
                if let scan { endScan(scan) }
                return
            }
        }
    }

    private func advanceSubtree() {
        for _ in 0..<Self.stride where tracker.hasRoomForWalk && !outlet.mailbox.isStopping {
            outlet.mailbox.beat()
            if subtree == nil { beginSubtree() }
            switch subtree?.walk.step() {
            case .entry(let entry): note(entry, subtree?.sighting ?? .other)
            case .passed: break
            case .end:
                listings += subtree?.walk.listings ?? 0
                if let left = subtree?.walk.left { recent.note(left.path, left.directory) }
                subtree = nil
            case nil:
                if appeared.isEmpty { return }
            }
        }
    }

    /// Meets again what was refused and found no room, from there on.
    private func advanceRefusals() -> Bool {
        if refusalWalk == nil, let first = unsentRefusal, let scanner,
            outlet.refusals.room >= outlet.refusals.capacity / 2
        {
            unsentRefusal = nil
            var options = walkOptions()
            (options.memory, options.refusalsOnly) = ((128 << 10) / share, true)
            refusalWalk = scanner.walk(.from(first), options)
        }
        for _ in 0..<Self.stride where refusalWalk != nil && outlet.refusals.room > 0 && !outlet.mailbox.isStopping {
            outlet.mailbox.beat()
            switch refusalWalk?.step() {
            // A regular file is met here where its directory does not tell the kind.
            case .entry(.refused(let refusal)): note(.refused(refusal), .other)
            case .entry, .passed: break
            case .end, nil:
                listings += refusalWalk?.listings ?? 0
                refusalWalk = nil
            }
        }
        let room = outlet.refusals.room
        return refusalWalk != nil ? room > 0 : unsentRefusal != nil && room >= outlet.refusals.capacity / 2
    }
}
