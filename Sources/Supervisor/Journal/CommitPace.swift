/// When the next commit may begin. A single job never waits for others; when many are in progress, what arrives
/// meanwhile shares a commit and its fsync. Pure: time is passed in, as monotonic nanoseconds.
struct CommitPace: Sendable {
    /// Between the beginnings of two commits in the long run. A job waits for four commits.
    static let interval: Int64 = 8_000_000
    /// Commits that may follow each other at once after a while without: those of two jobs.
    static let most: Int64 = 8

    /// Longer than this, and the disk is slow.
    static let slow: Int64 = 20_000_000

    /// When all of `most` may follow each other again.
    private var restedAt: Int64 = 0
    /// When those have come who were let go by the latest commit.
    private var gatheredAt: Int64 = 0

    /// Nanoseconds until the next commit may begin; 0 where it may at once.
    func wait(now: Int64) -> Int64 { max(0, restedAt - Self.interval * (Self.most - 1) - now, gatheredAt - now) }

    mutating func note(commitAt now: Int64) { restedAt = max(restedAt, now) + Self.interval }

    /// On a slow disk, what one commit lets go waits for other syncs, which take as long as a commit: all of it comes just
    /// after the next commit has begun, and would wait for two. That one begins a little later.
    /// - Parameter duration: nanoseconds that it took.
    mutating func note(commitEndedAt now: Int64, after duration: Int64) {
        gatheredAt = duration > Self.slow ? now + min(duration / 10, 250_000_000) : 0
    }
}
