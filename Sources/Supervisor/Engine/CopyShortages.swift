/// Copies for which the outbox has had no room, and since when. Others may make room, or nobody ever does: then what waits
/// behind a film must come to its turn. Pure.
struct CopyShortages {
    /// Seconds.
    static let limit = 600.0
    static let most = 100

    private var since: [Int64: Double] = [:]

    /// There was no room once more. Returns whether that has been so for too long.
    mutating func isOver(_ job: Int64, now: Double) -> Bool {
        if let first = since[job] {
            guard now - first >= Self.limit else { return false }
            since[job] = nil
            return true
        }
        if since.count >= Self.most, let oldest = since.min(by: { $0.value < $1.value }) { since[oldest.key] = nil }
        since[job] = now
        return false
    }

    mutating func end(_ job: Int64) { since[job] = nil }
}
