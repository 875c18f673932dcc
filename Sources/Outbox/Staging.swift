package import LinuxIO

/// The directory in which renditions are made before they are published: beside the outbox, on its file system. Each
/// job has a directory of its own below it, so that nothing of a failed job stays.
package struct Staging: Sendable {
    package let root: Directory

    package init(root: Directory) { self.root = root }

    /// The job's directory, empty or as a crash left it. It need not survive a power loss: what is missing is made again.
    package func open(_ job: String) throws -> Directory {
        try root.openDirectory(Array(job.utf8), create: true, mode: 0o700, durable: false)
    }

    /// Removes the job's directory with all that is in it.
    package func discard(_ job: String) throws {
        let name = Array(job.utf8)
        guard try root.stat(name) != nil else { return }
        try empty(root.openDirectory(name))
        try root.removeDirectory(name)
    }

    /// Removes the job's directory where nothing has been made in it.
    package func discardIfEmpty(_ job: String) { try? root.removeDirectory(Array(job.utf8)) }

    private func empty(_ directory: Directory) throws {
        for entry in try directory.list() {
            if entry.type == .directory {
                try empty(directory.openDirectory(entry.name))
                try directory.removeDirectory(entry.name)
            } else {
                try directory.unlink(entry.name)
            }
        }
    }

    /// Removes what is left of jobs that nobody wants to go on with.
    package func discardAll(unless isWanted: (_ job: Int64) throws -> Bool) throws {
        for entry in try root.list() where entry.type == .directory {
            let name = String(decoding: entry.name, as: UTF8.self)
            guard name.hasPrefix("job-"), let job = Int64(name.dropFirst(4)), try !isWanted(job) else { continue }
            try discard(name)
        }
    }
}
