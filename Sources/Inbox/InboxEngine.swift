import LinuxIO
import PipelineModel

/// What `InboxSource` does on its thread; confined to it.
final class InboxEngine {
    private struct Inbox {
        let root: InboxRoot
        /// Nil while the directory is not there.
        var scanner: Scanner?
        /// Whether its users were told that it is not there.
        var isGone = false
        var tracker: StabilityTracker
        /// Whether some of its directories are not watched; nil before the first scan.
        var isPolled: Bool?
        var nextScan: Int64 = 0
        /// When to see next whether its path still leads to the same directory: while it is held, the kernel does not
        /// tell of its removal.
        var nextLook: Int64 = 0
        /// Met by the scan that is under way.
        var leftBehind: [RelativePath] = []
        var scans = 0
    }

    private let settings: InboxSettings
    private let mailbox: Mailbox
    private let emit: (InboxEvent) -> Void
    private var inboxes: [Inbox]
    private var watcher: Watcher?
    /// Why there is no watcher.
    private var withoutWatcher = "events are switched off"
    /// When the watcher is to be made anew; nil while there is no reason to.
    private var renewal: Int64?
    /// What was put aside before is not of this run.
    private let start = wallClockNanoseconds()

    init(roots: [InboxRoot], settings: InboxSettings, mailbox: Mailbox, emit: @escaping (InboxEvent) -> Void) {
        self.settings = settings
        self.mailbox = mailbox
        self.emit = emit
        inboxes = roots.map { Inbox(root: $0, tracker: StabilityTracker(settle: $0.settle ?? settings.settle)) }
    }

    func run() {
        ignoreLeaseSignal()
        renewWatcher()
        while !mailbox.isStopping {
            for command in mailbox.take() { obey(command) }
            for event in watcher?.drain() ?? [] { heed(event) }
            let now = monotonicNanoseconds()
            if let due = renewal, due <= now { renewWatcher() }
            for index in inboxes.indices where inboxes[index].nextLook <= now {
                if inboxes[index].scanner != nil { _ = currentScanner(index) }
                inboxes[index].nextLook = now + settings.pollInterval.nanoseconds
            }
            for index in inboxes.indices where inboxes[index].nextScan <= now { scan(index) }
            for index in inboxes.indices {
                check(index)
                if inboxes[index].tracker.hasRoomForTurnedAway { inboxes[index].nextScan = 0 }
            }
            wait()
        }
        watcher = nil
    }

    // MARK: Time

    private func wait() {
        var due = renewal ?? .max
        for index in inboxes.indices {
            due = min(due, inboxes[index].nextScan, inboxes[index].nextLook, inboxes[index].tracker.nextCheck() ?? .max)
        }
        let descriptors = [mailbox.wakeUp.number] + (watcher.map { [$0.descriptor] } ?? [])
        waitUntilReadable(descriptors, nanoseconds: due - monotonicNanoseconds())
    }

    // MARK: Commands and events

    private func obey(_ command: InboxCommand) {
        switch command {
        case .done(let inbox, let path):
            guard let index = index(of: inbox), inboxes[index].scanner?.look(at: path) == nil else { return }
            inboxes[index].tracker.forget(path)
        case .forget(let inbox, let path):
            if let index = index(of: inbox) { inboxes[index].tracker.forget(path) }
        case .retry(let inbox, let path):
            guard let index = index(of: inbox) else { return }
            inboxes[index].tracker.forget(path)
            look(at: path, .closedAfterWriting, index)
        case .rescan(let inbox):
            if let index = index(of: inbox) { inboxes[index].nextScan = 0 }
        case .stop: break
        }
    }

    private func heed(_ event: WatchEvent) {
        switch event {
        case .changed(let inbox, let path, let sighting):
            if let index = index(of: inbox) { look(at: path, sighting, index) }
        case .directoryAppeared(let inbox, let path, let sighting):
            guard let index = index(of: inbox), let scanner = inboxes[index].scanner,
                !scanner.rules.ignores(name: path.name, isDirectory: true), !scanner.excluded.contains(path)
            else { return }
            walk(index, scanner, below: path, sighting)
        case .rootGone(let inbox):
            if let index = index(of: inbox) { rootGone(index, reason: "it was moved, removed or unmounted") }
        case .overflow:
            // What the map of watches says may be wrong now (a directory moved), so it goes as well.
            emit(.overflow)
            watcher = nil
            withoutWatcher = "events were lost"
            renewal = monotonicNanoseconds() + 200_000_000
        }
    }

    private func index(of inbox: Int) -> Int? { inboxes.firstIndex { $0.root.id == inbox } }

    private func renewWatcher() {
        renewal = nil
        // The old one has to go first: there is one in a process.
        watcher = nil
        makeWatcher()
        for index in inboxes.indices { inboxes[index].nextScan = 0 }
    }

    private func makeWatcher() {
        guard settings.usesEvents else { return }
        do {
            watcher = try Watcher()
        } catch Watcher.Failure.unavailable(let reason) {
            withoutWatcher = reason
        } catch {
            withoutWatcher = "\(error)"
        }
    }

    // MARK: Looking

    private func look(at path: RelativePath, _ sighting: Sighting, _ index: Int) {
        guard let entry = inboxes[index].scanner?.look(at: path) else { return }
        note(entry, sighting, index, now: monotonicNanoseconds())
    }

    private func note(_ entry: ScanEntry, _ sighting: Sighting, _ index: Int, now: Int64) {
        switch entry {
        case .file(let path, let status): inboxes[index].tracker.observe(path, status, sighting, now: now)
        case .refused(let refusal):
            let nothing = FileStatus(device: 0, inode: 0, size: 0, mtime: 0, ctime: 0, mode: 0)
            if inboxes[index].tracker.refuse(refusal.path, refusal.status ?? nothing) {
                emit(.refused(inbox: inboxes[index].root.id, refusal))
            }
        }
    }

    /// Looks again at files whose time has come; not at all of thousands in one go, so that events are not kept waiting.
    private func check(_ index: Int) {
        let now = monotonicNanoseconds()
        for path in inboxes[index].tracker.takeDue(now: now, limit: 256) {
            switch inboxes[index].scanner?.look(at: path) {
            case .file(_, let status):
                let file = try? inboxes[index].scanner?.root.openFile(path.bytes)
                let hasWriter = file?.hasWriter() ?? false
                if inboxes[index].tracker.confirm(path, status, hasWriter: hasWriter, now: now) {
                    emit(.ready(ReadySource(inbox: inboxes[index].root.id, path: path, status: status)))
                }
            case .refused(let refusal): note(.refused(refusal), .other, index, now: now)
            case nil: _ = inboxes[index].tracker.confirm(path, nil, hasWriter: false, now: now)
            }
        }
    }

    // MARK: Scanning

    private func scan(_ index: Int) {
        if watcher?.isWorn == true { renewal = 0 }
        guard let scanner = currentScanner(index) else {
            inboxes[index].nextScan = monotonicNanoseconds() + settings.pollInterval.nanoseconds
            return
        }
        // What it lacked when it failed may be had by now.
        if watcher == nil, renewal == nil { makeWatcher() }
        let (wasPolled, began) = (inboxes[index].isPolled, monotonicNanoseconds())
        inboxes[index].isPolled = watcher == nil
        inboxes[index].tracker.beginSweep()
        let complete = walk(index, scanner, below: nil, .other)
        inboxes[index].tracker.endSweep(complete: complete)
        bringBack(index, scanner)
        let (id, isPolled) = (inboxes[index].root.id, inboxes[index].isPolled == true)
        if isPolled, wasPolled != true {
            let reason = watcher == nil ? withoutWatcher : unwatchedReason
            emit(.polling(inbox: id, reason: reason))
        } else if !isPolled, wasPolled == true {
            emit(.watching(inbox: id))
        }
        emit(.scanned(inbox: id, complete: complete))
        let interval = isPolled ? settings.pollInterval : inboxes[index].root.scanInterval ?? settings.scanInterval
        let now = monotonicNanoseconds()
        // A scan of a hundred thousand directories takes seconds: not more than a twentieth of the time goes into it.
        inboxes[index].nextScan = now + max(interval.nanoseconds, 20 * (now - began))
    }

    private var unwatchedReason: String {
        guard let watcher, watcher.count >= Watcher.mostWatches else {
            return "not all of its directories can be watched"
        }
        return "it has more directories than the \(Watcher.mostWatches) that are watched"
    }

    /// Walks and watches. Returns whether everything was met.
    @discardableResult
    private func walk(_ index: Int, _ scanner: Scanner, below path: RelativePath?, _ sighting: Sighting) -> Bool {
        let id = inboxes[index].root.id
        // Once they are used up, every further try costs a name that the library keeps.
        var (unwatched, usedUp) = (false, false)
        var leftBehind: [RelativePath] = []
        var walk = scanner.walk(below: path) { [watcher] path, directory in
            guard let watcher, !usedUp else { return }
            let outcome = watcher.watch(directory, inbox: id, path: path)
            if outcome != .watching { unwatched = true }
            if outcome == .limitReached { usedUp = true }
        } willIgnore: { path in
            if nameBehind(temporary: path.name) != nil, leftBehind.count < 1000 { leftBehind.append(path) }
        }
        while !mailbox.isStopping, let entry = walk.next() {
            note(entry, sighting, index, now: monotonicNanoseconds())
        }
        inboxes[index].leftBehind = leftBehind
        if unwatched, inboxes[index].isPolled != true {
            inboxes[index].isPolled = true
            if path != nil {
                emit(.polling(inbox: id, reason: unwatchedReason))
                inboxes[index].nextScan = monotonicNanoseconds() + settings.pollInterval.nanoseconds
            }
        }
        return walk.isComplete && !mailbox.isStopping
    }

    /// Deleting a source puts it aside first (`SourceDisposal`). Where a crash came between, it lies there under a hidden
    /// name: it gets its own again, and is either deleted, now that the journal says so, or done like any other.
    private func bringBack(_ index: Int, _ scanner: Scanner) {
        inboxes[index].scans += 1
        for path in inboxes[index].leftBehind {
            guard let name = nameBehind(temporary: path.name), let own = path.sibling(name) else { continue }
            do {
                guard let status = try scanner.root.stat(path.bytes), status.isRegular, status.ctime < start,
                    try scanner.root.openFile(path.bytes).hasWriter() != true
                else { continue }
                // A newer file has the name: what the last run left to be deleted is being deleted just now. What is
                // still there at the next scan is somebody's.
                if inboxes[index].scans == 1, try scanner.root.stat(own.bytes) != nil { continue }
                let parent = try path.parent.map { try scanner.root.openDirectory($0.bytes) } ?? scanner.root
                guard let back = path.sibling(try putBack(path.name, from: parent, as: name, in: parent)) else {
                    continue
                }
                emit(.broughtBack(inbox: inboxes[index].root.id, back))
                look(at: back, .renamed, index)
            } catch {
                // Not ours to rename, or gone: it stays as it is until the next scan.
            }
        }
        inboxes[index].leftBehind = []
    }

    /// The scanner of the directory that the inbox' path leads to now, which may be another than before: a parent was
    /// renamed, something was mounted over it. Nil where there is none.
    private func currentScanner(_ index: Int) -> Scanner? {
        let root = inboxes[index].root
        do {
            let directory = try Directory.open(path: root.path)
            if let scanner = inboxes[index].scanner {
                let (held, found) = try (
                    FileStatus.of(scanner.root.descriptor), FileStatus.of(directory.descriptor)
                )
                if (held.device, held.inode) == (found.device, found.inode) { return scanner }
                rootGone(index, reason: "another directory is in its place")
            }
            let scanner = Scanner(
                root: directory, rules: root.rules, excluded: root.excluded, maximumDepth: settings.maximumDepth)
            if inboxes[index].isGone { emit(.rootBack(inbox: root.id)) }
            inboxes[index].scanner = scanner
            inboxes[index].isGone = false
            return scanner
        } catch {
            rootGone(index, reason: "\(error)")
            return nil
        }
    }

    private func rootGone(_ index: Int, reason: String) {
        watcher?.unwatch(inbox: inboxes[index].root.id)
        inboxes[index].scanner = nil
        inboxes[index].nextScan = 0
        if inboxes[index].isGone { return }
        inboxes[index].isGone = true
        emit(.rootGone(inbox: inboxes[index].root.id, reason: reason))
    }
}
