import Admission
import Jobs
import Journal

// A job's needs are known before it may start: headers are read ahead, and jobs that cannot be done leave the queue.
extension Engine {
    /// Reads the headers of the next jobs, so that their needs are known.
    func readAhead() {
        for job in waiting.toPrepare(atMost: 4 * window, ofEach: window, inFlight: inFlight) {
            let inbox = job.source.inbox
            guard preparing[inbox, default: 0] < (contexts.count > 1 ? windowOfInbox : window) else { continue }
            guard beingPrepared.insert(job.id).inserted else { continue }
            preparing[inbox, default: 0] += 1
            Task { await prepare(job) }
        }
    }

    private func prepare(_ job: JobRecord) async {
        let outcome = await look(at: job)
        // In its place among those whose headers are read: no more of them are copied or moved at a time.
        if case .other(let kind) = outcome, waiting.contains(job.id), inFlight.insert(SourceKey(job.source)).inserted {
            await removingFromQueue(job) { await dealWithOther(job, kind) }
            inFlight.remove(SourceKey(job.source))
        }
        let inbox = job.source.inbox
        preparing[inbox] = preparing[inbox].flatMap { $0 > 1 ? $0 - 1 : nil }
        beingPrepared.remove(job.id)
        if waiting.contains(job.id) {
            switch outcome {
            case .planned(let plan):
                if let error = admit(job, plan) { await refuse(job, error) }
            case .refused(let error):
                await refuse(job, error)
            case .gone:
                await removingFromQueue(job) { await supersede(job) }
            case .notAnswering:
                markUnresponsive(inbox: inbox, hangs: true)
            case .other:
                break
            }
        }
        pump()
    }

    private func refuse(_ job: JobRecord, _ error: JobError) async {
        await removingFromQueue(job) { await failUnlessChanged(job, error, countsFailure: false) }
    }

    /// Ends a waiting job.
    private func removingFromQueue(_ job: JobRecord, _ body: () async -> Void) async {
        waiting.remove(job.id)
        finishing += 1
        active.insert(job.id)
        await body()
        retire(job.id)
        finishing -= 1
    }

    /// - Parameter plan: one that fits; the guard is for a plan that is wrong, so that it cannot block the queue.
    private func admit(_ job: JobRecord, _ plan: MemoryPlan) -> JobError? {
        let amount = MemoryLedger.Amount(memory: plan.reservation, spill: plan.spill)
        guard let request = ledger.request(job: job.id, amount) else {
            return tooLarge(
                .init(whole: plan.reservation, memory: plan.reservation, spill: plan.spill), for: settings.cap)
        }
        waiting.admit(request, plan)
        return nil
    }
}
