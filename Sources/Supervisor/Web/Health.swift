import Admission
import Outbox
import Pipeline
import Status
import Text

/// The answer of `/health`. Times RFC 3339, UTC; sizes in bytes.
package struct Health: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable {
        /// Pictures are worked on as they come.
        case ok
        /// They wait for an intervention, or until the reason is gone.
        case degraded
        /// The process was told to stop, and finishes what runs.
        case stopping
    }

    package struct Queue: Codable, Sendable, Equatable {
        /// Seen in the inboxes, and not complete or not queued yet.
        package var settling: Int? = 0
        package var waiting: Int
        package var running: Int
        package var finishing: Int
        /// How long the first in line has been waiting; nil where nothing waits.
        package var oldestSeconds: Double?
        /// Since the start.
        package var quarantined: Int
    }

    package struct Memory: Codable, Sendable, Equatable {
        package var cap: UInt64
        /// By supervisor and workers together, now and at most.
        package var used: UInt64
        package var peak: UInt64
        /// What jobs may reserve, what of it they have, and what is left for the next.
        package var budget: UInt64
        package var reserved: UInt64
        package var available: UInt64
    }

    package var schema = 1
    package var status: Status
    /// For people: why it is not `ok`, and what does not stop the work and should be known all the same.
    package var why: [String]
    package var queue: Queue
    package var memory: Memory
    /// That the pipelines run.
    package var models: [String]
    /// When results were published last; nil: not yet, since the start.
    package var lastSuccess: String?
    package var lastSuccessSeconds: Double?
    package var sluice: String
    package var since: String
    package var seconds: Double
}

extension Health {
    /// Seconds that jobs may wait without any that runs, begins or ends, until that is a fault.
    static let longestStandstill = 120.0

    /// What a supervisor's state means to its operator. Pure.
    init(_ vitals: Vitals) {
        let (status, tally) = (vitals.status, vitals.tally)
        var faults: [String] = []
        var notes: [String] = []
        if let pause = status.pause {
            faults.append("paused since \(pause.since): \(pause.reason)")
        }
        for inbox in status.inboxes {
            let reason = inbox.reason.map { ": \($0)" } ?? ""
            switch inbox.state {
            case .watched: break
            case .polled: notes.append("the inbox '\(inbox.name)' is polled, so sources are noticed later\(reason)")
            case .gone: faults.append("the inbox '\(inbox.name)' (\(inbox.path)) is gone\(reason)")
            }
        }
        for inbox in status.inboxes {
            guard let held = inbox.held, held > 0, let first = inbox.holds?.first else { continue }
            notes.append(
                "\(counted(held, "source")) waiting in the inbox '\(inbox.name)': \(first.source) is "
                    + "\(first.reason) since \(first.since)")
        }
        let queue = status.queue
        if queue.finishing > 0, queue.running == 0, status.pause == nil, vitals.still >= Self.longestStandstill {
            faults.append(
                "\(counted(queue.finishing, "result")) waiting to be published for "
                    + "\(Int(vitals.still)) s: check the disk")
        } else if queue.waiting > 0, queue.running + queue.finishing == 0, status.pause == nil,
            vitals.still >= Self.longestStandstill
        {
            faults.append(
                "\(counted(queue.waiting, "job")) waiting, and none has started or ended for "
                    + "\(Int(vitals.still)) s")
        }
        if status.memory.used > status.memory.cap {
            faults.append(
                "the processes hold \(mebibytes(status.memory.used)), more than the cap of "
                    + mebibytes(status.memory.cap))
        }
        let stops = status.state == .draining
        if stops { notes.insert("stopping: finishing running jobs", at: 0) }
        self.init(
            status: stops ? .stopping : faults.isEmpty ? .ok : .degraded,
            // A reason may quote paths of any length.
            why: (faults + notes).prefix(32).map { String($0.prefix(2000)) },
            queue: .init(
                settling: queue.settling ?? 0, waiting: queue.waiting, running: queue.running,
                finishing: queue.finishing,
                oldestSeconds: vitals.oldest.map { rounded(vitals.now - $0) },
                quarantined: status.ends.quarantined),
            memory: .init(
                cap: status.memory.cap, used: status.memory.used, peak: status.memory.peak,
                budget: status.memory.budget, reserved: status.memory.reserved,
                available: status.memory.budget - min(status.memory.budget, status.memory.reserved)),
            models: tally.models, lastSuccess: tally.lastSuccess.map(timestamp),
            lastSuccessSeconds: tally.lastSuccess.map { rounded(vitals.now - $0) }, sluice: status.sluice,
            since: status.since, seconds: status.seconds)
    }
}

/// Seconds that a clock set back does not make negative, to the millisecond.
private func rounded(_ seconds: Double) -> Double { (max(0, seconds) * 1e3).rounded() / 1e3 }
