import Jobs
import Journal
import LinuxIO
import Outbox
import Status
import Synchronization

/// The quarantine as the journal has it, by code. Read in the background, rarely and on request: requests get what
/// was read last.
final class QuarantineOnPage: Sendable {
    struct Overview: Sendable, Equatable, Encodable {
        struct Group: Sendable, Equatable, Encodable {
            var code: ErrorCode
            var advice: String
            var count: Int
            /// The newest first.
            var cases: [Case]
        }
        struct Case: Sendable, Equatable, Encodable {
            var source: String
            var inbox: String
            var message: String
            var stage: String?
            var attempts: Int
            /// RFC 3339, UTC.
            var when: String
        }
        var total = 0
        /// The code that failed last first.
        var groups: [Group] = []
    }

    private struct State {
        var overview: Overview?
        var mark: Journal.QuarantineMark?
        /// Failures that there had been when it was read last.
        var failures = -1
        var isReading = false
        /// Monotonic nanoseconds.
        var notBefore: Int64 = .min
    }

    /// Failures that are listed.
    static let most = 50
    private static let pause: Int64 = 2_000_000_000

    private let state = Mutex(State())
    private let journal: Journal

    init(_ journal: Journal) { self.journal = journal }

    /// Nil until it has been read, and while something has failed since that is not in it yet. Waits for nothing.
    /// - Parameter failures: how many there have been, since whenever.
    func current(failures: Int) -> Overview? {
        let (overview, mustRead) = state.withLock { state in
            let mustRead = !state.isReading && monotonicNanoseconds() >= state.notBefore
            if mustRead { state.isReading = true }
            return (state.failures == failures ? state.overview : nil, mustRead)
        }
        if mustRead { Task { await read(failures: failures) } }
        return overview
    }

    func read(failures: Int) async {
        let began = monotonicNanoseconds()
        let found = try? await journal.quarantined(most: Self.most, since: state.withLock { $0.mark })
        let now = monotonicNanoseconds()
        state.withLock { state in
            state.failures = failures
            if let found {
                state.mark = found.mark
                state.overview = Overview(found)
            }
            state.isReading = false
            // Commits wait behind it: a hundredth of the time at most.
            state.notBefore = now + max(Self.pause, (now - began) * 100)
        }
    }
}

extension QuarantineOnPage.Overview {
    init(_ found: Journal.Quarantined) {
        total = found.mark.total
        for job in found.newest {
            guard let error = job.error else { continue }
            let place =
                groups.firstIndex { $0.code == error.code }
                ?? {
                    groups.append(
                        .init(
                            code: error.code, advice: error.code.advice, count: found.counts[error.code] ?? 0,
                            cases: []))
                    return groups.count - 1
                }()
            groups[place].cases.append(
                .init(
                    source: shortened(job.source.path.text), inbox: job.source.inbox,
                    message: shortened(error.message), stage: error.stage, attempts: job.attempts,
                    when: timestamp(job.finishedAt ?? job.queuedAt)))
        }
        // Codes of which all are older than those listed.
        for (code, count) in found.counts.sorted(by: { $0.value > $1.value })
        where !groups.contains(where: { $0.code == code }) {
            groups.append(.init(code: code, advice: code.advice, count: count, cases: []))
        }
    }
}
