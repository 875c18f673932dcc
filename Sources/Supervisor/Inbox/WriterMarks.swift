import Jobs
import LinuxIO
import Synchronization

/// Which files of an inbox were created or modified, according to the kernel, and not yet closed by their writer.
/// Shared by the thread that takes the events and those that query.
///
/// These events need no rights to the file, whereas a lease needs its owner. They do not cover files that
/// were open before they were watched, of writers on other machines, and of memory that is mapped.
final class WriterMarks: Sendable {
    private struct Mark {
        /// False: created only.
        var isModified: Bool
        /// When, on the monotonic and on the wall clock, in nanoseconds.
        var since: Int64
        var wall: Int64
    }

    /// Beyond that, files settle alone.
    static let most = 4096

    /// What was not modified for so long counts as abandoned. Longer than a writer is waited for, so that whatever
    /// takes the file knows that it is open.
    private let limit: Int64
    private struct State {
        /// By the path's hash: paths may have thousands of bytes.
        var marks: [Int: Mark] = [:]
        /// When to look for marks that are too old next; while there is no room, that would be at each event.
        var nextPurge: Int64 = 0
    }

    private let state = Mutex(State())

    init(writerLimit: Duration) { limit = (writerLimit * 2).nanoseconds }

    var count: Int { state.withLock { $0.marks.count } }

    func note(_ event: WatchEvent) {
        switch event {
        case .created(_, let path): mark(path, isModified: false)
        case .modified(_, let path): mark(path, isModified: true)
        case .closed(_, let path), .left(_, let path): clear(path)
        case .arrived(_, let path, let from): move(from, to: path)
        case .directoryAppeared, .rootGone, .overflow: break
        }
    }

    /// Whether it is being written to, according to events.
    func contains(_ path: RelativePath) -> Bool {
        let now = monotonicNanoseconds()
        return state.withLock { state in
            guard let mark = state.marks[path.hashValue] else { return false }
            return now - mark.since < limit
        }
    }

    /// The same of a file that was just looked at: a hard link is created, and has no writer.
    func contains(_ path: RelativePath, _ status: FileStatus, now: Int64) -> Bool {
        state.withLock { state in
            guard let mark = state.marks[path.hashValue] else { return false }
            if Self.isLeft(mark, status, now) {
                state.marks[path.hashValue] = nil
                return false
            }
            return now - mark.since < limit
        }
    }

    /// Whether what was only created has come with its content, which no writer has put there: that would have been told.
    private static func isLeft(_ mark: Mark, _ status: FileStatus, _ now: Int64) -> Bool {
        if mark.isModified { return false }
        if status.links > 1 { return true }
        // The kernel's events may lag behind what the disk says, for an instant.
        return now - mark.since > 200_000_000 && (status.size > 0 || status.mtime < mark.wall - 1_000_000_000)
    }

    func clear(_ path: RelativePath) { state.withLock { $0.marks[path.hashValue] = nil } }

    /// Events were lost: closes may have been missed.
    func clearAll() { state.withLock { $0.marks = [:] } }

    private func mark(_ path: RelativePath, isModified: Bool) {
        let (now, wall) = (monotonicNanoseconds(), wallClockNanoseconds())
        state.withLock { state in
            let key = path.hashValue
            if state.marks[key] == nil, state.marks.count >= Self.most {
                if now < state.nextPurge { return }
                state.nextPurge = now + 1_000_000_000
                state.marks = state.marks.filter { now - $0.value.since < limit }
                if state.marks.count >= Self.most { return }
            }
            state.marks[key] = Mark(isModified: isModified, since: now, wall: wall)
        }
    }

    /// A writer goes on under the new name.
    private func move(_ from: RelativePath?, to path: RelativePath) {
        state.withLock { state in
            let mark = from.flatMap { state.marks.removeValue(forKey: $0.hashValue) }
            state.marks[path.hashValue] = mark
        }
    }
}
