import Glibc
package import Journal
package import LinuxIO
package import Outbox

/// The directories that one supervisor owns, opened and locked, with the journal: all durable state.
package struct Workspace: Sendable {
    package let outbox: Directory
    package let quarantine: Quarantine
    package let staging: Staging
    package let journal: Journal
    /// The damage of the journal that this one replaces; nil if it was intact or absent.
    package let damage: JournalDamage?
    /// Jobs are staged below it; workers cannot reach anything else here.
    package let control: Directory
    /// How the outbox's sources are divided among runs; nil for a watched outbox.
    package let division: Division?
    private let locks: RootLocks
    private let divisionLock: DivisionLock?
    private let paths: Paths

    package static let outboxRole = "the outbox"
    package static let stagingRole = "the staging directory"
    package static let quarantineRole = "the quarantine"
    package static let archiveRole = "the archive"

    package struct Paths: Sendable {
        package var outbox: String
        package var quarantine: String
        package var staging: String
        package var journal: String
        /// That no other process may watch meanwhile.
        package var inboxes: [String]
        /// Of `process`.
        package var state: ProcessState?

        package init(
            outbox: String, quarantine: String, staging: String, journal: String, inboxes: [String] = []
        ) {
            self.outbox = outbox
            self.quarantine = quarantine
            self.staging = staging
            self.journal = journal
            self.inboxes = inboxes
        }

        package init(_ state: ProcessState) {
            self.init(
                outbox: state.output, quarantine: state.quarantine, staging: state.staging, journal: state.journal)
            self.state = state
        }
    }

    /// Creates missing directories, takes the locks, verifies that staging can be renamed into the outbox, opens the
    /// journal.
    package init(_ paths: Paths) throws {
        self.paths = paths
        outbox = try makeDirectory(paths.outbox)
        let shard = paths.state?.shard
        divisionLock = try paths.state.map {
            try DivisionLock(in: makeDirectory($0.shared), shards: shard?.count ?? 0)
        }
        division = divisionLock?.division
        let stagingRoot = try makeDirectory(paths.staging)
        control = stagingRoot
        let quarantineRoot = try makeDirectory(paths.quarantine)
        // A missing one is locked when it appears.
        let inboxes = paths.inboxes.compactMap { path in
            (try? Directory.open(path: path)).map { ("the inbox", $0) }
        }
        locks = try RootLocks(
            staging: stagingRoot,
            others: inboxes + (shard == nil ? [("the outbox", outbox)] : []) + [("the quarantine", quarantineRoot)],
            shared: shard == nil ? [] : [("the outbox", outbox)])
        staging = Staging(root: try stagingRoot.openDirectory(Array("jobs".utf8), create: true, mode: 0o700))
        quarantine = Quarantine(root: quarantineRoot)
        try Self.probeRename(from: stagingRoot, to: outbox, shard: shard)
        (journal, damage) = try Self.openJournal(paths.journal)
    }

    /// A damaged journal is replaced by a new one, rebuilt from the sidecars.
    private static func openJournal(_ path: String) throws -> (Journal, JournalDamage?) {
        do {
            return (try Journal(path: path), nil)
        } catch let error as JournalError {
            guard case .damaged(_, let reason) = error else { throw error }
            let (parent, name) = directoryAndName(of: path)
            let stamp = String(timestamp(wallClock()).prefix(19)).filter { $0 != "-" && $0 != ":" } + "Z"
            let aside = try Journal.setAside(name, in: Directory.open(path: parent), stamp: stamp)
            return (try Journal(path: path), JournalDamage(reason: reason, setAsideAs: "\(parent)/\(aside)"))
        }
    }

    package var journalPath: String { paths.journal }

    /// An inbox was recreated: locks the new one.
    package func relock(inbox path: String) throws {
        try locks.renew(role: "the inbox", Directory.open(path: path))
    }

    /// The directories that results go to, held open. Throws SystemCallError.
    package func heldRoots(archive: Directory?) throws -> [HeldRoot] {
        var roots = [
            try HeldRoot(role: Self.outboxRole, path: paths.outbox, directory: outbox),
            try HeldRoot(role: Self.stagingRole, path: paths.staging, directory: control),
            try HeldRoot(role: Self.quarantineRole, path: paths.quarantine, directory: quarantine.root),
        ]
        if let archive { roots.append(try HeldRoot(role: Self.archiveRole, path: archive.path, directory: archive)) }
        return roots
    }

    /// A root was recreated: locks the new one.
    package func relock(role: String, _ directory: Directory) throws {
        if role == Self.stagingRole {
            try locks.renewStaging(directory)
        } else {
            try locks.renew(role: role, directory)
        }
    }

    /// Two mounts of one file system refuse a rename with EXDEV, whatever their device numbers say: only a rename
    /// tells.
    package static func probeRename(from staging: Directory, to outbox: Directory, shard: Shard?) throws {
        // Always the same name: leftovers of a killed probe are removed now.
        let name = Array(".sluice-probe\(shard.map { "-\($0.folder)" } ?? "")".utf8)
        for directory in [staging, outbox] where try directory.stat(name) != nil { try directory.unlink(name) }
        _ = try staging.createFile(name, mode: 0o600)
        do {
            try staging.rename(name, to: outbox, name, replacing: false)
        } catch {
            try? staging.unlink(name)
            if let error = error as? SystemCallError, error.errno == EXDEV {
                throw WorkspaceError.stagingElsewhere(staging: staging.path, outbox: outbox.path)
            }
            throw error
        }
        try outbox.unlink(name)
    }
}

/// A journal that was unusable and has been set aside.
package struct JournalDamage: Sendable, CustomStringConvertible {
    package let reason: String
    /// Its new path.
    package let setAsideAs: String

    package var description: String { "the journal was damaged (\(reason)) and has been moved to \(setAsideAs)" }
}

package enum WorkspaceError: Error, CustomStringConvertible {
    /// The display name of a directory held by another sluice, and that process, if known.
    case inUse(String, process: Int32?)
    case sameDirectory(String, String)
    /// Runs with this many shards are in progress; this many were requested, or none (0).
    case shardsAtWork(Int, asked: Int)
    case stagingElsewhere(staging: String, outbox: String)
    /// A root has been replaced by a directory on another file system.
    case otherFileSystem(String)

    package var description: String {
        switch self {
        case .inUse(let directory, let process):
            "another sluice is running here: \(process.map { "process \($0)" } ?? "it") holds \(directory). Wait for it, "
                + "stop it, or choose another directory"
        case .shardsAtWork(let count, let asked):
            "runs with \(count) shards are in progress here: wait for them, stop them, or choose another --out; "
                + (asked == 0
                    ? "a run without --shard needs the outbox to itself"
                    : "all simultaneous runs must use the same number of shards, not \(asked)")
        case .otherFileSystem(let path):
            "\(path) is now on another file system: is its own not mounted?"
        case .sameDirectory(let one, let other):
            "\(one) and \(other) are the same directory: give each its own"
        case .stagingElsewhere(let staging, let outbox):
            "\(staging) and \(outbox) are on different file systems or mounts: results could not appear atomically. "
                + "Put staging beside the outbox, under the same mount"
        }
    }
}
