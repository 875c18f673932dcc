package import Admission
import Engine
import Glibc
import Inbox
package import Jobs
package import Journal
import LinuxIO
import Outbox
import Pipeline
import Synchronization
import Text
import WorkerPool

// The status, assembled from what was reported to the board.
extension StatusBoard {
    /// The data behind health and metrics, with the status. Never blocks.
    package func vitals(use: String, cap: MemoryCap) -> Vitals {
        let moment = moment()
        let counts = moment.counts
        let status = status(use: use, cap: cap, process: getpid(), moment)
        let (now, instant) = (clock(), monotonic())
        return state.withLock { state in
            var tally = state.tally
            if let before = state.before { tally.setEnds(counts, since: before) }
            return Vitals(
                status: status, tally: tally, now: now, startedAt: startedAt,
                oldest: [counts.oldest, state.intake?.since].compactMap(\.self).min(),
                still: Double(instant - max(startedAtMonotonic, state.tally.lastMove)) / 1e9)
        }
    }

    package func status(use: String, cap: MemoryCap, process: Int32) -> SupervisorStatus {
        status(use: use, cap: cap, process: process, moment())
    }

    private func status(
        use: String, cap: MemoryCap, process: Int32, _ moment: (counts: JournalCounts, seen: [InboxSnapshot])
    ) -> SupervisorStatus {
        let (counts, seen) = moment
        let memory = sampleMemory()
        let (now, instant) = (clock(), monotonic())
        let age = Double(instant - startedAtMonotonic) / 1e9
        return state.withLock { state in
            let hasWork = !counts.isIdle
            // Claimed, and yet without a place.
            let ahead = min(state.load.ahead, counts.running)
            let trouble = trouble(in: state, hasWork: hasWork, now: now)
            let word: SupervisorStatus.State =
                state.draining ? .draining : trouble != nil ? .paused : hasWork ? .running : .idle
            let jobs = state.running.values.sorted { $0.startedAt < $1.startedAt }.map { running in
                var job = running.job
                job.read = running.file?.position
                job.seconds = (Double(instant - running.startedAt) / 1e6).rounded() / 1e3
                return job
            }
            return SupervisorStatus(
                sluice: sluiceVersion, process: process, use: use, since: timestamp(startedAt),
                seconds: (age * 1e3).rounded() / 1e3, state: word, pause: trouble,
                queue: .init(
                    settling: seen.reduce(0) { $0 + $1.settling + $1.ready }, waiting: counts.queued + ahead,
                    running: counts.running - ahead, finishing: counts.finishing,
                    oldest: counts.oldest.map { ((max(0, now - $0)) * 1e3).rounded() / 1e3 }),
                jobs: jobs, lastMinute: state.minute.sum(at: instant / 1_000_000_000, age: age),
                sinceStart: total(in: state, counts).perSecond(over: age), ends: ends(in: state, counts),
                memory: .init(
                    cap: cap.total, budget: cap.budget, reserved: state.load.reserved, spillLimit: cap.spill,
                    spillReserved: state.load.spillReserved, supervisor: memory.supervisor, workers: memory.workers,
                    used: memory.supervisor + memory.workers, peak: state.peak),
                inboxes: zip(state.inboxes, seen).map { inbox, seen in
                    var inbox = inbox
                    inbox.held = seen.heldCount
                    inbox.holds = seen.held.map {
                        .init(source: escaped($0.path.bytes), since: timestamp($0.since), reason: $0.reason.words)
                    }
                    let counts = state.page.inboxes[inbox.name]
                    inbox.pictures = counts?.pictures ?? 0
                    inbox.quarantined = counts?.quarantined ?? 0
                    if let trouble = state.hanging[inbox.name] {
                        inbox.state = .gone
                        inbox.reason = trouble.reason
                        inbox.since = timestamp(trouble.since)
                    }
                    return inbox
                })
        }
    }

    private func total(in state: State, _ counts: JournalCounts) -> SupervisorStatus.Throughput {
        var total = state.total
        if let before = state.before { total.pictures = counts.published(since: before) }
        return total
    }

    private func ends(in state: State, _ counts: JournalCounts) -> SupervisorStatus.Ends {
        var ends = state.ends
        if let before = state.before {
            ends.unchanged = counts.everUnchanged - before.everUnchanged
            ends.others = counts.everOthers - before.everOthers
            ends.quarantined = counts.came(into: .quarantined, since: before)
            ends.superseded = counts.came(into: .superseded, since: before)
        }
        return ends
    }

    /// - Parameter body: is given what ended, seconds since 1970, and seconds of a clock that never goes back.
    package func withPage<Result: Sendable>(
        _ body: (inout PageBoard, SupervisorStatus.Ends, _ now: Double, _ instant: Int64) -> Result
    ) -> Result {
        let (now, instant) = (clock(), monotonic() / 1_000_000_000)
        return state.withLock { body(&$0.page, $0.ends, now, instant) }
    }

    private func trouble(in state: State, hasWork: Bool, now: Double) -> SupervisorStatus.Pause? {
        // A pause with nothing left to retry (the source was removed) does not count.
        let pause = state.pause.flatMap { hasWork || now < $0.triesAgain ?? 0 ? $0 : nil }
        return (state.rootFault ?? pause ?? state.intake).map {
            .init(
                reason: String($0.reason.prefix(2000)), since: timestamp($0.since),
                triesAgain: $0.triesAgain.map(timestamp))
        }
    }
}

extension JournalCounts {
    package func came(into state: JobState, since before: JournalCounts) -> Int {
        (ever[state] ?? 0) - (before.ever[state] ?? 0)
    }

    /// Jobs that are done, and of which something was made.
    package func published(since before: JournalCounts) -> Int {
        came(into: .done, since: before) - (everUnchanged - before.everUnchanged) - (everOthers - before.everOthers)
    }
}
