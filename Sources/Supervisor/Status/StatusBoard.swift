package import Admission
package import Engine
import Glibc
package import Inbox
import Jobs
package import Journal
package import LinuxIO
import Outbox
package import Pipeline
import Synchronization
import Text
package import WorkerPool

/// A supervisor's published state. Written by the engine at every change, read by the status thread without waiting
/// for the engine: it answers while the disk is full, the journal slow, or every task busy.
package final class StatusBoard: EngineObserver {
    struct Running {
        var job: SupervisorStatus.Job
        /// Monotonic nanoseconds.
        var startedAt: Int64
        /// The source's open file; its offset shows how far the worker has read.
        var file: Descriptor?
    }

    struct Trouble {
        var reason: String
        var since: Double
        var triesAgain: Double?
    }

    struct State {
        var load = Engine.Load(waiting: 0, running: 0, reserved: 0)
        var draining = false
        /// What waits, runs and is being published, as the journal has it.
        var count: @Sendable (_ body: (JournalCounts) -> Void) -> Void = { $0(JournalCounts()) }
        /// The journal's counts at the start; nil where ends are counted as they are reported (`process`, which tells
        /// of sources too that never were a job).
        var before: JournalCounts?
        /// What has been seen in an inbox and is not in the journal yet.
        var look: @Sendable (_ inbox: Int) -> InboxSnapshot = { _ in InboxSnapshot() }
        var running: [Int64: Running] = [:]
        var pause: Trouble?
        /// A directory that results go to is gone.
        var rootFault: Trouble?
        /// Why arriving sources cannot be journalled; the engine does not know about them.
        var intake: Trouble?
        var minute = MinuteOfThroughput()
        var total = SupervisorStatus.Throughput()
        var ends = SupervisorStatus.Ends()
        var inboxes: [SupervisorStatus.Inbox] = []
        /// Inboxes that do not answer, and since when.
        var hanging: [String: Trouble] = [:]
        var workers: [Int32] = []
        var peak: UInt64 = 0
        var whenBusy: (@Sendable () -> Void)?
        var page = PageBoard()
        /// For health and metrics.
        var tally = MetricsTally()
    }

    let state = Mutex(State())
    let clock: @Sendable () -> Double
    let monotonic: @Sendable () -> Int64
    let startedAt: Double
    let startedAtMonotonic: Int64

    /// - Parameters:
    ///   - clock: seconds since 1970.
    ///   - monotonic: nanoseconds of a clock that never jumps.
    package init(
        clock: @escaping @Sendable () -> Double = wallClock,
        monotonic: @escaping @Sendable () -> Int64 = monotonicNanoseconds
    ) {
        self.clock = clock
        self.monotonic = monotonic
        startedAt = clock()
        startedAtMonotonic = monotonic()
    }

    // MARK: What happens

    package func take(_ event: EngineEvent) {
        let (now, instant) = (clock(), monotonic())
        state.withLock { state in
            state.page.take(event, now: now, instant: instant / 1_000_000_000)
            state.tally.take(event, now: now, instant: instant)
            switch event {
            case .started(let job, _):
                state.running[job.id]?.job.attempt = job.attempts
            case .published(_, let sidecar):
                let counts = SupervisorStatus.Throughput(sidecar)
                state.minute.add(counts, at: instant / 1_000_000_000)
                state.total.add(counts)
            case .unchanged: state.ends.unchanged += 1
            case .quarantined: state.ends.quarantined += 1
            case .willRetry: state.ends.retries += 1
            case .superseded, .overtaken: state.ends.superseded += 1
            case .other: state.ends.others += 1
            case .followed, .stillQuarantined, .sourceNotRemoved, .sourceOfferedAgain, .requeued, .held,
                .journalSetAside:
                break
            case .paused(let reason, let seconds):
                state.pause = Trouble(reason: reason, since: state.pause?.since ?? now, triesAgain: now + seconds)
            case .resumed: state.pause = nil
            }
        }
    }

    package func show(_ load: Engine.Load, draining: Bool) {
        state.withLock { state in
            state.load = load
            state.draining = draining
        }
    }

    /// - Parameters:
    ///   - isAll: whether every end is one of a job, so that queue and ends are of one moment.
    ///   - read: gives the counts, which do not change while `body` runs. Waits for nothing.
    package func count(isAll: Bool, _ read: @escaping @Sendable (_ body: (JournalCounts) -> Void) -> Void) {
        var before: JournalCounts?
        if isAll { read { before = $0 } }
        state.withLock { [before] state in
            state.count = read
            state.before = before
        }
    }

    /// What is in the journal, and what has been seen and is not in it yet, of one moment.
    func moment() -> (counts: JournalCounts, seen: [InboxSnapshot]) {
        let (read, look, inboxes) = state.withLock { ($0.count, $0.look, $0.inboxes.count) }
        var moment = (counts: JournalCounts(), seen: [InboxSnapshot]())
        read { counts in moment = (counts, (0..<inboxes).map { look($0) }) }
        return moment
    }

    /// - Parameter body: waits for nothing. Given the inbox' place in `setInboxes`.
    package func look(_ body: @escaping @Sendable (_ inbox: Int) -> InboxSnapshot) { state.withLock { $0.look = body } }

    /// A directory that results go to is gone, and why (nil: it is there again).
    package func note(rootFault reason: String?) {
        let now = clock()
        state.withLock { state in
            state.rootFault = reason.map { Trouble(reason: $0, since: state.rootFault?.since ?? now) }
        }
    }

    /// - Parameter job: claimed.
    package func began(_ job: JobRecord, _ plan: MemoryPlan) {
        let now = monotonic()
        let whenBusy = state.withLock { state in
            let running = Running(
                job: SupervisorStatus.Job(
                    source: job.source.path.text, inbox: job.source.inbox, pipeline: job.pipelineName,
                    attempt: job.attempts, seconds: 0, estimate: plan.estimate, reserved: plan.reservation,
                    plan: plan.way.rawValue),
                startedAt: now)
            state.running[job.id] = running
            state.tally.began(job, now: clock(), instant: now)
            defer { state.whenBusy = nil }
            return state.whenBusy
        }
        whenBusy?()
    }

    /// The worker is about to read the source. The open file description is shared with the worker.
    package func reads(_ job: Int64, _ file: Descriptor, bytes: Int64) {
        state.withLock { state in
            state.running[job]?.file = file
            state.running[job]?.job.size = UInt64(max(0, bytes))
        }
    }

    package func note(_ death: Death) { state.withLock { $0.tally.note(death) } }

    /// A journal transaction took this many seconds.
    package func note(commit seconds: Double) { state.withLock { $0.tally.commitSeconds.add(seconds) } }

    /// The models that these pipelines run are in use.
    package func note(models pipelines: [Pipeline]) {
        let names = Set(pipelines.flatMap(\.modelNames)).sorted()
        state.withLock { $0.tally.models = names }
    }

    package func ended(_ job: Int64) { state.withLock { _ = $0.running.removeValue(forKey: job) } }

    /// Why arriving sources cannot be journalled (nil: they can again).
    package func note(intakeFault reason: String?) {
        let now = clock()
        state.withLock { state in
            state.intake = reason.map { Trouble(reason: $0, since: state.intake?.since ?? now) }
        }
    }

    package func setInboxes(_ inboxes: [(name: String, path: String, pipeline: String)]) {
        state.withLock { state in
            state.inboxes = inboxes.map {
                .init(name: $0.name, path: escaped($0.path.utf8), state: .watched, pipeline: $0.pipeline)
            }
        }
    }

    package func note(inbox index: Int, _ inboxState: SupervisorStatus.Inbox.State, reason: String? = nil) {
        let now = clock()
        state.withLock { state in
            guard state.inboxes.indices.contains(index) else { return }
            if state.inboxes[index].state != inboxState { state.inboxes[index].since = timestamp(now) }
            state.inboxes[index].state = inboxState
            state.inboxes[index].reason = reason
        }
    }

    /// An inbox does not answer (nil: it does).
    /// - Returns: whether that is news.
    @discardableResult
    package func note(inbox: String, hangs reason: String?) -> Bool {
        let now = clock()
        return state.withLock { state in
            defer { state.hanging[inbox] = reason.map { state.hanging[inbox] ?? Trouble(reason: $0, since: now) } }
            return (state.hanging[inbox] == nil) != (reason == nil)
        }
    }

    // MARK: Memory

    package func note(workers: [Int32], started: UInt64) {
        state.withLock { state in
            state.workers = workers
            state.tally.workers = workers.count
            state.tally.workersStarted = started
        }
    }

    /// Looks at the memory of all processes, for the peak.
    @discardableResult
    package func sampleMemory() -> (supervisor: UInt64, workers: UInt64) {
        let own = anonymousMemory() ?? 0
        let others = state.withLock { $0.workers }.reduce(UInt64(0)) { $0 + (anonymousMemory(of: $1) ?? 0) }
        let instant = monotonic() / 1_000_000_000
        state.withLock { state in
            state.peak = max(state.peak, own + others)
            state.tally.note(supervisor: own, workers: others)
            state.page.sample(used: own + others, reserved: state.load.reserved, at: instant)
        }
        return (own, others)
    }

    package func sample(cap: MemoryCap) -> MemorySample {
        let (own, others) = sampleMemory()
        return state.withLock { state in
            MemorySample(
                supervisor: own, workers: others, peak: state.peak, reserved: state.load.reserved, cap: cap.total)
        }
    }

    package var isBusy: Bool { state.withLock { !$0.running.isEmpty } }

    /// If nothing is running, calls `body` once, from any thread, when a job starts.
    /// - Returns: false if a job is already running; then `body` is not called.
    package func whenBusy(_ body: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.running.isEmpty else { return false }
            state.whenBusy = body
            return true
        }
    }
}
