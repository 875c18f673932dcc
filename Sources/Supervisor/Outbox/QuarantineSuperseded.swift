import Glibc
import Jobs
import LinuxIO

// Failed sources whose name has since been used by a successful one. They are no longer needed, but they are originals:
// they are kept, out of the way.
extension Quarantine {
    /// The folder of the quarantine that holds them, at the paths that they had.
    package static let superseded = Array(".superseded".utf8)

    /// - Parameter folder: below the root, with a slash at its end; empty for the root itself.
    func setAsidePredecessors(of path: RelativePath, in folder: [UInt8]) throws {
        // `NAME`, `NAME~2`, …: some may have been brought back.
        var (attempt, missing) = (1, 0)
        while missing < 3, attempt <= 9999 {
            let name = numberedName(path.name, attempt)
            attempt += 1
            guard try root.stat(folder + name)?.isRegular == true else {
                missing += 1
                continue
            }
            missing = 0
            let reason = Self.errorNames(name).first { reason in
                readErrorFile(folder + reason, in: root).map { $0.inbox != nil && isAbout(path, $0) } ?? false
            }
            if let reason { try setAside(name, reason, in: folder) }
        }
    }

    /// The file first: none lies in the quarantine without a reason.
    private func setAside(_ name: [UInt8], _ reason: [UInt8], in folder: [UInt8]) throws {
        let from = try root.openDirectory(folder)
        let base = try root.openDirectory(Self.superseded, create: true)
        let (to, _) = try openFolder(RelativePath(bytes: folder.dropLast()), below: base)
        for attempt in 1...9999 {
            let newName = numberedName(name, attempt)
            let newReason = Self.errorNames(newName)[0]
            do {
                if try to.stat(newReason) != nil { continue }
                try from.rename(name, to: to, newName, replacing: false)
            } catch let error as SystemCallError where error.errno == EEXIST {
                continue
            }
            try from.rename(reason, to: to, newReason, replacing: true)
            try to.sync()
            return try from.sync()
        }
    }
}
