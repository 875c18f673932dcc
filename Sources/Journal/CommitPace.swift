/// How soon the next commit may begin. A job that is alone never waits for others; where many are under way, what comes
/// meanwhile shares a commit and its fsync. Pure: time is given, in monotonic nanoseconds.
struct CommitPace: Sendable {
    /// Between the beginnings of two commits in the long run. A job waits for four commits.
    static let interval: Int64 = 8_000_000
    /// Commits that may follow each other at once after a while without: those of two jobs.
    static let most: Int64 = 8

    /// When all of `most` may follow each other again.
    private var restedAt: Int64 = 0

    /// Nanoseconds until the next commit may begin; 0 where it may at once.
    func wait(now: Int64) -> Int64 { max(0, restedAt - now - Self.interval * (Self.most - 1)) }

    mutating func note(commitAt now: Int64) { restedAt = max(restedAt, now) + Self.interval }
}
