import Glibc
package import LinuxIO
import Synchronization

/// The directory in which renditions are made before they are published: beside the outbox, on its file system. Each
/// job has a directory of its own below it, so that nothing of a failed job stays.
///
/// While there is more to do, the directory of a job that is done becomes the next one's: a rename costs the file system
/// less than to make and to remove one.
package struct Staging: Sendable {
    package let root: Directory
    private let spares = Spares()

    package init(root: Directory) { self.root = root }

    /// A job's directory.
    package struct JobDirectory: Sendable {
        package let directory: Directory
        /// Whether nothing is in it, for certain.
        package let isEmpty: Bool
    }

    /// Makes the job's directory, or opens it as a crash left it. It need not survive a power loss: what is missing is
    /// made again.
    package func prepare(_ job: String) throws -> JobDirectory {
        let name = Array(job.utf8)
        if let spare = spares.take() {
            do {
                try root.rename(spare.name, to: root, name, replacing: false)
                let directory = Directory(holding: spare.directory.descriptor, path: "\(root.path)/\(job)")
                return JobDirectory(directory: directory, isEmpty: true)
            } catch let error as SystemCallError where error.errno == EEXIST {
                spares.put(spare)
            } catch let error as SystemCallError where error.errno == ENOENT {
                // It was removed by someone.
            }
        }
        if let new = try root.createDirectory(name, mode: 0o700) { return JobDirectory(directory: new, isEmpty: true) }
        return JobDirectory(directory: try open(job), isEmpty: false)
    }

    /// Whether the job has a directory.
    package func has(_ job: String) throws -> Bool { try root.stat(Array(job.utf8))?.isDirectory == true }

    /// The jobs that have one.
    package func jobs() throws -> [Int64] {
        try root.list().filter { $0.type == .directory }
            .compactMap { number(String(decoding: $0.name, as: UTF8.self), after: "job-") }
    }

    /// The job's directory, empty or as it was left.
    package func open(_ job: String) throws -> Directory {
        try root.openDirectory(Array(job.utf8), create: true, mode: 0o700, durable: false)
    }

    /// Removes the job's directory with all that is in it.
    /// - Parameter isNeeded: whether another job will soon need one.
    package func discard(_ job: String, isNeeded: Bool = false) throws {
        if !isNeeded { dropSpares() }
        do {
            try discard(job, root.openDirectory(Array(job.utf8)), isNeeded: isNeeded)
        } catch let error as SystemCallError where error.errno == ENOENT {
            return
        }
    }

    private func discard(_ job: String, _ directory: Directory, isNeeded: Bool) throws {
        try empty(directory)
        let name = Array(job.utf8)
        if isNeeded, let spare = spares.name() {
            try root.rename(name, to: root, spare, replacing: false)
            spares.put(Spare(name: spare, directory: directory))
        } else {
            try root.removeDirectory(name)
        }
    }

    /// Removes the job's directory where nothing has been made in it.
    package func discardIfEmpty(_ job: String) { try? root.removeDirectory(Array(job.utf8)) }

    /// Removes the directories that are kept for jobs to come.
    package func dropSpares() {
        while let spare = spares.take() { try? root.removeDirectory(spare.name) }
    }

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

    /// Removes the remains of jobs that will not be continued.
    package func discardAll(unless isWanted: (_ job: Int64) throws -> Bool) throws {
        for entry in try root.list() where entry.type == .directory {
            let name = String(decoding: entry.name, as: UTF8.self)
            if let job = number(name, after: "job-") {
                if try !isWanted(job) { try discard(name) }
            } else if number(name, after: Spares.prefix) != nil {
                try discard(name)
            }
        }
    }

    private func number(_ name: String, after prefix: String) -> Int64? {
        name.hasPrefix(prefix) ? Int64(name.dropFirst(prefix.count)) : nil
    }
}

/// An empty directory that a job has left, still open.
private struct Spare: Sendable {
    let name: [UInt8]
    let directory: Directory
}

private final class Spares: Sendable {
    static let prefix = "spare-"
    /// Each is an open descriptor.
    private static let most = 32

    private let state = Mutex((kept: [Spare](), serial: 0))

    func take() -> Spare? { state.withLock { $0.kept.popLast() } }

    func put(_ spare: Spare) { state.withLock { $0.kept.append(spare) } }

    /// One that no other spare has or had; nil where there are enough.
    func name() -> [UInt8]? {
        state.withLock { state in
            guard state.kept.count < Self.most else { return nil }
            state.serial += 1
            return Array("\(Self.prefix)\(state.serial)".utf8)
        }
    }
}
