import Jobs
import Journal
import LinuxIO

/// What an inbox has in the journal beyond the queue, as far as known. All waiting jobs are in the journal: the
/// queue holds the first of them.
struct Supply {
    /// Whether there may be more due jobs.
    var mayHaveMore = false
    /// Whether it is being looked for.
    var isReading = false
    /// Counts what has come, so that a look that began before is known to have missed it.
    var arrivals = 0
    /// When the next job's turn comes that has not yet, monotonic nanoseconds.
    var due: Int64?
}

extension Engine {
    /// Maximum jobs in an inbox's lane, about a kilobyte each.
    private var laneCapacity: Int { max(32, 128 / max(1, contexts.count)) }

    /// Reads the journal for each lane that runs low. Never waits.
    func supply() {
        let now = monotonicNanoseconds()
        for (inbox, supply) in supplies {
            if let due = supply.due, due <= now {
                supplies[inbox]?.due = nil
                supplies[inbox]?.mayHaveMore = true
            }
            guard supplies[inbox]?.mayHaveMore == true, !supply.isReading, !waiting.isHeld(inbox),
                waiting.startable(of: inbox, inFlight: inFlight) < laneCapacity / 2
            else { continue }
            supplies[inbox]?.isReading = true
            Task { await read(inbox) }
        }
    }

    private func read(_ inbox: String) async {
        let arrivals = supplies[inbox]?.arrivals
        let limit = laneCapacity + waiting.count(of: inbox) + active.count
        do {
            let now = clock()
            let jobs = try await journal.line(of: inbox, now: now, limit: limit)
            var due: Int64?
            if jobs.count < limit, let next = try await journal.nextTurn(after: now, inboxes: [inbox]) {
                due = monotonicNanoseconds() + Int64(min(max(0, next - now), 60) * 1e9)
            }
            var supply = supplies[inbox] ?? Supply()
            supply.isReading = false
            supply.due = [due, supply.due].compactMap(\.self).min()
            if jobs.count < limit, supply.arrivals == arrivals { supply.mayHaveMore = false }
            supplies[inbox] = supply
            for job in jobs where !active.contains(job.id) && !endedMeanwhile.contains(job.id) && !stopping {
                if waiting.count(of: inbox) >= laneCapacity + inFlight.count {
                    supplies[inbox]?.mayHaveMore = true
                    break
                }
                // Another pipeline now, and the old one is forgotten: the scan says what is to be done.
                if context(of: job) == nil { await supersede(job) } else { waiting.append(job) }
            }
            if !isReading { endedMeanwhile = [] }
        } catch {
            supplies[inbox]?.isReading = false
            return pause(environmentFault(error))
        }
        pump()
    }

    private var isReading: Bool { supplies.values.contains(where: \.isReading) }

    /// A job is no longer in progress.
    func retire(_ job: Int64) {
        active.remove(job)
        if isReading { endedMeanwhile.insert(job) }
    }

    /// A job was added to the journal. It is queued at once if everything before it is queued too.
    func enqueue(_ job: JobRecord) {
        guard !stopping else { return }
        let inbox = job.source.inbox
        supplies[inbox, default: Supply()].arrivals += 1
        let isFree =
            supplies[inbox]?.mayHaveMore == false && waiting.count(of: inbox) < laneCapacity + inFlight.count
        if isFree { waiting.append(job) } else { supplies[inbox]?.mayHaveMore = true }
    }

    /// A job of the inbox is to be tried again in `delay` seconds: until then it waits in the journal.
    func expect(inbox: String, in delay: Double) {
        let due = monotonicNanoseconds() + Int64(delay * 1e9)
        var supply = supplies[inbox] ?? Supply()
        supply.arrivals += 1
        supply.due = min(supply.due ?? .max, due)
        supplies[inbox] = supply
    }

    /// When a turn comes that has not yet, monotonic nanoseconds. While jobs are queued and none is in line or under way,
    /// the journal is looked at again all the same: nothing that waits depends on one hint alone.
    func nextSupply(after now: Int64) -> Int64? {
        let due = supplies.values.compactMap(\.due).filter { $0 > now }.min()
        guard waiting.isEmpty, active.isEmpty, journal.counts.queued > 0 else { return due }
        for inbox in supplies.keys where !waiting.isHeld(inbox) { supplies[inbox]?.mayHaveMore = true }
        return min(due ?? .max, now + 2_000_000_000)
    }
}
