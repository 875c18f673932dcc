/// Limits how much a worker may write to one pipe, and how fast. Pure: no descriptor, no clock.
struct OutputLimiter {
    /// Bytes per request.
    let mostBytes: Int
    private var bytes = 0
    /// Start of the current second, in monotonic nanoseconds.
    private var since: Int64 = 0
    private var inThisSecond = 0

    /// Bytes per second; more has to wait in the pipe. A flooding worker takes no more than a hundredth of a core.
    static let mostPerSecond = 16 << 20

    init(mostBytes: Int) { self.mostBytes = mostBytes }

    /// Starts counting for a new request.
    mutating func restart() { bytes = 0 }

    /// - Throws: `LimitExceeded` when the request's limit is exceeded.
    mutating func take(_ count: Int, at now: Int64, from source: String) throws {
        guard count > 0 else { return }
        if now - since >= 1_000_000_000 { (since, inThisSecond) = (now, 0) }
        bytes += count
        inThisSecond += count
        if bytes > mostBytes { throw LimitExceeded(source: source, allowed: mostBytes) }
    }

    /// Milliseconds to wait before more is read; nil when it can be read now.
    func pause(at now: Int64) -> Int32? {
        guard inThisSecond > Self.mostPerSecond else { return nil }
        let left = since + 1_000_000_000 - now
        return left > 0 ? Int32(left / 1_000_000) + 1 : nil
    }

    struct LimitExceeded: Error, CustomStringConvertible {
        let source: String
        let allowed: Int

        var description: String { "more than \(allowed >> 20) MiB of \(source) for one request" }
    }
}
