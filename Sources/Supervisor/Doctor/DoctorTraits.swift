import LinuxIO

// What the directories' file systems support, probed with real files, and how writers are detected there.
extension DoctorReport {
    /// - Returns: nil where it cannot be found out: nothing may be written there.
    mutating func lookAtTraits(of directory: Directory, called name: String) -> FileSystemTraits? {
        guard let traits = try? FileSystemTraits.probe(directory) else { return nil }
        let lacks = traits.lacks
        if !lacks.isEmpty {
            warn(
                .directories, "\(name) renames", lacks.joined(separator: "; "),
                advice:
                    "Sluice works around it, and nothing is lost; a local kernel file system is faster "
                    + "and notices more changes")
        }
        return traits
    }

    /// A file that is still being written to must not be taken: what can be detected here.
    mutating func lookForWriters(in directory: Directory, called name: String, _ traits: FileSystemTraits?) {
        let mount = realPath(directory.path).flatMap { Mount.holding($0) }
        let veto = WriterDetection(
            traits: traits, isRemote: mount?.isRemote == true, mayLease: Capability.lease.isEffective)
        if let advice = veto.advice {
            warn(.directories, "\(name) writers", veto.words, advice: advice)
        } else {
            add(.directories, "\(name) writers", veto.words)
        }
    }
}

extension FileSystemTraits {
    /// For people; empty for an ordinary file system. Leases are reported elsewhere.
    var lacks: [String] {
        var words: [String] = []
        if !renamesWithoutReplacing {
            words.append(
                "rename cannot refuse an existing name"
                    + (hasHardLinks ? " (uses a hard link instead)" : " (checks first instead)"))
        }
        if !hasStableInodes || !keepsInodeOnRename {
            words.append("inode numbers are not stable (files are compared without them)")
        }
        if !hasChangeTimes { words.append("an edit with its time set back goes unnoticed") }
        return words
    }
}

/// How it is detected that a file in an inbox is being written to.
enum WriterDetection: Sendable, Equatable {
    /// Leases on every file, and events.
    case leases
    /// Leases on this user's files, events for those of others.
    case ownLeases
    case events
    /// Other machines write, of which the kernel says nothing.
    case none

    init(traits: FileSystemTraits?, isRemote: Bool, mayLease: Bool) {
        if isRemote {
            self = .none
        } else if traits?.hasLeases != true {
            self = .events
        } else {
            self = mayLease ? .leases : .ownLeases
        }
    }

    var words: String {
        switch self {
        case .leases: "detected by leases (CAP_LEASE) and inotify events"
        case .ownLeases: "detected by leases for this user's files, by inotify events for others"
        case .events: "detected by inotify events only: the file system has no leases"
        case .none: "not detected: neither leases nor events cover programs on other machines"
        }
    }

    var advice: String? {
        self == .none
            ? "have them write to a temporary name (NAME.part) and rename it, or set 'settle' longer than their pauses"
            : nil
    }
}
