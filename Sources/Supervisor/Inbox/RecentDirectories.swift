import Jobs
import LinuxIO

/// The last few directories that were walked, held open. To be cleared when a path may lead to another directory.
struct RecentDirectories {
    private var entries: [(path: [UInt8], directory: Directory)] = []

    /// What holds the next one, and what holds that: directories come one in the other, or many in one.
    private static let most = 2

    mutating func note(_ path: [UInt8], _ directory: Directory) {
        entries.removeAll { $0.path == path }
        entries.append((path, directory))
        if entries.count > Self.most { entries.removeFirst() }
    }

    /// - Parameter path: nil for the root, which is at hand anyway.
    mutating func directory(_ path: RelativePath?) -> Directory? {
        guard let path, let index = entries.firstIndex(where: { $0.path == path.bytes }) else { return nil }
        // Still in use: it stays, and the other one goes.
        entries.append(entries.remove(at: index))
        let directory = entries[entries.count - 1].directory
        // One that was removed holds nothing any more, though it is open.
        guard let status = try? FileStatus.of(directory.descriptor), status.links > 0 else {
            entries.removeLast()
            return nil
        }
        return directory
    }

    /// Another directory stands there, or may.
    mutating func forget(_ path: RelativePath) {
        let path = path.bytes
        entries.removeAll { entry in
            entry.path.count >= path.count && entry.path.starts(with: path)
                && (entry.path.count == path.count || entry.path[path.count] == UInt8(ascii: "/"))
        }
    }

    mutating func clear() { entries = [] }
}
