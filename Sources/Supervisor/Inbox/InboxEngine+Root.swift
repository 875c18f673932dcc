import Jobs
import LinuxIO

extension InboxEngine {
    /// File systems take their times from a clock that stands still for up to a tick (10 ms): what this run has put aside just
    /// after its start may look older.
    private static let coarseness: Int64 = 50_000_000

    /// The scanner of the directory that the inbox' path leads to now, which may be another than before: a parent was
    /// renamed, something was mounted over it. Nil where there is none.
    func currentScanner() -> Scanner? {
        do {
            let directory = try Directory.open(path: root.path)
            let found = try FileStatus.of(directory.descriptor)
            if let scanner {
                let held = try FileStatus.of(scanner.root.descriptor)
                if held.device == found.device, held.inode == found.inode || !root.trustsInodes { return scanner }
                rootGone(reason: "it was replaced by another directory")
            }
            rootDevice = found.device
            remoteTypes = [:]
            remoteType = Mount.holding(directory).flatMap { $0.isRemote ? $0.type : nil }
            if isGone {
                isGone = false
                emit(.rootBack(inbox: id))
                // The consumer has to know the new directory before it opens them.
                offersHeldUntil = monotonicNanoseconds() + 60_000_000_000
            }
            let scanner = Scanner(
                root: directory, rules: root.rules, excluded: root.excluded, maximumDepth: settings.maximumDepth)
            self.scanner = scanner
            return scanner
        } catch {
            rootGone(reason: "\(error)")
            return nil
        }
    }

    func rootGone(reason: String) {
        hub.unwatch(inbox: id)
        outlet.marks.clearAll()
        (scanner, scan, subtree, refusalWalk, unsentRefusal) = (nil, nil, nil, nil, nil)
        (appeared, appearedBytes) = ([], 0)
        folders = FolderBook()
        nextScan = 0
        if isGone { return }
        isGone = true
        emit(.rootGone(inbox: id, reason: reason))
    }

    /// Deleting a source puts it aside first (`SourceDisposal`). Where a crash came between, it lies there under a hidden
    /// name: it gets its own again, and is either deleted, now that the journal says so, or done like any other.
    func restoreAsideFiles(_ scanner: Scanner) {
        for path in leftBehind {
            guard let name = nameBehind(temporary: path.name), let own = path.sibling(name) else { continue }
            do {
                guard let status = try scanner.root.stat(path.bytes), status.isRegular,
                    status.ctime < start - Self.coarseness,
                    try scanner.root.openFile(path.bytes).hasWriter() != true
                else { continue }
                // A newer file has the name: what the last run left to be deleted is being deleted just now. What is
                // still there at the next scan is somebody's.
                if scans == 1, try scanner.root.stat(own.bytes) != nil { continue }
                let parent = try path.parent.map { try scanner.root.openDirectory($0.bytes) } ?? scanner.root
                guard let back = path.sibling(try putBack(path.name, from: parent, as: name, in: parent)) else {
                    continue
                }
                emit(.broughtBack(inbox: id, back))
                look(at: back, .renamed)
            } catch {
                // Not ours to rename, or gone: it stays as it is until the next scan.
            }
        }
        leftBehind = []
    }
}
