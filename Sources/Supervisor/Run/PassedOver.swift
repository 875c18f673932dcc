import Inbox
import Synchronization

/// What the walk of a run passed over by rules, whichever thread it is on.
package final class PassedOver: Sendable {
    package struct Counts: Sendable, Equatable {
        package var files = 0
        /// With all that is in them, outboxes included.
        package var folders = 0

        package init(files: Int = 0, folders: Int = 0) { (self.files, self.folders) = (files, folders) }
    }

    private struct State {
        var counts = Counts()
        var notices = ScanNotices()
    }

    private let state = Mutex(State())

    init() {}

    package var counts: Counts { state.withLock { $0.counts } }

    func count(isDirectory: Bool) {
        state.withLock { state in
            if isDirectory { state.counts.folders += 1 } else { state.counts.files += 1 }
        }
    }

    /// What to tell of a notice; nil: nothing.
    func take(_ notice: ScanNotice) -> ScanNotice? {
        state.withLock { state in
            if case .outbox = notice { state.counts.folders += 1 }
            return state.notices.take(notice)
        }
    }
}
