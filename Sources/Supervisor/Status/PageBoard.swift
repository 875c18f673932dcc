import Engine
import Jobs
import Journal

/// What the status page shows beyond the status: part of the board, guarded by its lock.
package struct PageBoard: Sendable {
    private(set) var recent = RecentResults()
    private(set) var history = HourOfHistory()
    /// Since the start, by inbox.
    private(set) var inboxes: [String: (pictures: Int, quarantined: Int)] = [:]

    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - instant: seconds of a clock that never goes back.
    mutating func take(_ event: EngineEvent, now: Double, instant: Int64) {
        switch event {
        case .published(let job, let sidecar):
            recent.add(.init(job, sidecar, finished: now))
            history.addPicture(at: instant)
            inboxes[job.source.inbox, default: (0, 0)].pictures += 1
        case .quarantined(let source, let error, let job):
            recent.add(.init(source, error, job: job, finished: now))
            inboxes[source.inbox, default: (0, 0)].quarantined += 1
        default: break
        }
    }

    mutating func sample(used: UInt64, reserved: UInt64, at instant: Int64) {
        history.add(used: used, reserved: reserved, at: instant)
    }

    mutating func fill(_ earlier: [RecentResults.Result]) { recent.fill(earlier) }
}

/// The board's page, as it is now.
package struct PageSnapshot: Sendable {
    package var recent: [RecentResults.Result]
    package var history: HourOfHistory.Samples
    /// Sources that were quarantined since the start.
    package var quarantined: Int
    /// Seconds since 1970.
    package var now: Double
}

extension StatusBoard {
    package func page() -> PageSnapshot {
        withPage { page, ends, now, instant in
            PageSnapshot(
                recent: page.recent.newestFirst, history: page.history.samples(at: instant, wall: now),
                quarantined: ends.quarantined, now: now)
        }
    }

    /// Results of earlier runs.
    package func fillRecent(_ earlier: [RecentResults.Result]) { withPage { page, _, _, _ in page.fill(earlier) } }

    package func thumbnail(of job: Int64) -> RecentResults.Thumbnail? {
        withPage { page, _, _, _ in page.recent.thumbnail(of: job) }
    }
}
