import Journal
import PipelineModel

@testable import Supervisor

extension StatusBoard {
    /// What engine and journal show together.
    func show(_ load: Engine.Load, finishing: Int, draining: Bool) {
        var counts = JournalCounts()
        counts.present = [.queued: load.waiting, .running: load.running, .staged: finishing]
        counts.oldest = load.oldest
        count { [counts] body in body(counts) }
        show(load, draining: draining)
    }
}
