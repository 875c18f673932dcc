import Admission
import Journal

// What the status shows of the engine. The board is written here and read elsewhere, so that nobody who asks for the
// status has to wait for the engine.
extension Engine {
    func showLoad() { board.show(load, draining: isStopping) }

    /// Wraps a job's attempt, from its reservation to the worker's answer.
    func attemptShown(_ job: JobRecord, _ plan: MemoryPlan) async -> AttemptOutcome {
        board.began(job, plan)
        defer { board.ended(job.id) }
        return await attempt(job, plan)
    }
}
