import Jobs
import Journal

@testable import Engine
@testable import Status

extension StatusBoard {
    /// What engine and journal show together.
    func show(_ load: Engine.Load, finishing: Int, draining: Bool) {
        var counts = JournalCounts()
        counts.present = [.queued: load.waiting, .running: load.running, .staged: finishing]
        counts.oldest = load.oldest
        count(isAll: false) { [counts] body in body(counts) }
        show(load, draining: draining)
    }
}
