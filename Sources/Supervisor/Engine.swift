package import Admission
package import Journal
import LinuxIO
package import Outbox
import PipelineModel
package import WorkerPool

/// Runs jobs: takes sources in, decides which may start under the memory cap, hands them to workers, publishes what
/// comes back. Decisions are made here, in order, on one actor; what blocks runs on threads of its own.
package actor Engine {
    package struct Settings: Sendable {
        package var cap: MemoryCap
        /// Failed attempts until a job is quarantined.
        package var attempts = 3
        /// Do everything again and replace what lies there, whoever made it.
        package var overwrite = false
        /// A fault of the environment ends the run instead of pausing it.
        package var stopsOnFault = false

        package init(cap: MemoryCap) { self.cap = cap }
    }

    let settings: Settings
    let journal: Journal
    let pool: WorkerPool
    let staging: Staging
    let publisher: Publisher
    let quarantine: Quarantine
    let clock: @Sendable () -> Double
    /// What waits here waits for fsync nearly always: many at once share the file system's commits.
    let disk = BlockingPool(threads: 24)
    let onEvent: @Sendable (EngineEvent) -> Void
    /// What the status shows.
    let board: StatusBoard

    /// Seconds since 1970.
    let startedAt: Double

    var contexts: [String: InboxContext]
    /// The newest contexts that were replaced, for jobs that were queued under them.
    private var retired: [InboxContext] = []
    private var waiting = WaitingLine()
    private var preparing = 0
    private var running = 0
    private var finishing = 0
    /// Paths that have a job running or being published: a newer one of the same path waits for it.
    private var inFlight: Set<SourceKey> = []
    /// Published by this run, and not done yet: nobody is told twice.
    var announced: Set<Int64> = []
    private var ledger: MemoryLedger
    private var stopping = false
    private var pausedUntil: Int64 = 0
    private var pauses = 0
    private var fault: EngineFault?
    private var wakeUp: Task<Void, Never>?
    private var whenRoom: [CheckedContinuation<Void, Never>] = []
    private var whenIdle: [CheckedContinuation<Void, Never>] = []

    /// Jobs held in memory at most, a kilobyte each; more wait in the inbox.
    static let mostWaiting = 500
    /// Jobs whose headers are read ahead, so that small ones can pass a big one that waits for memory.
    private let window = 16
    /// Jobs that are published at the same time, so that they share commits and fsyncs.
    private let mostFinishing = 64
    /// Jobs that are claimed while the workers are busy, so that none of these waits for a commit.
    private let claimedAhead = 2
    /// A job that a supervisor's end interrupted this often is given up.
    let mostInterruptions = 10

    package init(
        settings: Settings, journal: Journal, pool: WorkerPool, staging: Staging, publisher: Publisher,
        quarantine: Quarantine, contexts: [InboxContext], clock: @escaping @Sendable () -> Double = wallClock,
        board: StatusBoard = StatusBoard(), onEvent: @escaping @Sendable (EngineEvent) -> Void
    ) {
        self.settings = settings
        self.journal = journal
        self.pool = pool
        self.staging = staging
        self.publisher = publisher
        self.quarantine = quarantine
        self.contexts = Dictionary(uniqueKeysWithValues: contexts.map { ($0.name, $0) })
        self.clock = clock
        startedAt = clock()
        self.board = board
        self.onEvent = { event in
            board.take(event)
            onEvent(event)
        }
        ledger = MemoryLedger(budget: .init(memory: settings.cap.budget, spill: settings.cap.spill))
    }

    // MARK: In and out

    /// Puts a queued job of the journal in line. Waits while the line is full.
    func line(up job: JobRecord) async {
        while waiting.count >= Self.mostWaiting && !stopping {
            await withCheckedContinuation { whenRoom.append($0) }
        }
        guard !stopping else { return }
        // A failure's delay holds over restarts, unless the clock was set back meanwhile.
        let delay = max(job.retryAt.map { min(max(0, $0 - clock()), 60) } ?? 0, suspicion(of: job))
        waiting.append(.init(job: job, notBefore: delay > 0 ? monotonicNanoseconds() + Int64(delay * 1e9) : 0))
        pump()
    }

    /// Seconds that a job waits which may be what takes the supervisor down, so that other work gets done before it: the
    /// more often it was running then, the longer. One that merely happened to run is not interrupted in this time.
    private func suspicion(of job: JobRecord) -> Double {
        guard job.state == .queued, job.interruptions >= 3 else { return 0 }
        return min(Double(1 << min(job.interruptions - 3, 6)), 60)
    }

    /// Waits until nothing is queued or running any more.
    /// - Throws: `EngineFault` when the run had to be given up.
    package func waitUntilIdle() async throws {
        if !isIdle { await withCheckedContinuation { whenIdle.append($0) } }
        try? await disk.run { [staging] in staging.dropSpares() }
        if let fault { throw fault }
    }

    /// Whether the run was given up.
    package var hasFault: Bool { fault != nil }

    var isStopping: Bool { stopping }

    /// Starts nothing more. Jobs that run are finished; those that wait, claimed or not, stay queued in the journal.
    package func stop() {
        stopping = true
        Task { await pool.turnAway() }
        waiting.removeAll()
        wakeUp?.cancel()
        showLoad()
        signalRoom()
        signalIdle()
    }

    /// Kills running workers after `stop()`; their jobs stay queued, without an attempt lost.
    package func abandon() async {
        stop()
        await pool.abandon()
    }

    /// From now on, new sources of this inbox go through this pipeline. Jobs that are queued or run keep theirs.
    package func replace(_ context: InboxContext) {
        if let old = contexts[context.name], old.pipelineDigest != context.pipelineDigest {
            retired.removeAll { $0.name == old.name && $0.pipelineDigest == old.pipelineDigest }
            retired = Array((retired + [old]).suffix(16))
        }
        contexts[context.name] = context
    }

    /// The inbox's directory was made anew: from now on its sources are opened there.
    package func reopen(inbox: String) throws {
        guard let path = contexts[inbox]?.directory.path else { return }
        let directory = try Directory.open(path: path)
        contexts[inbox]?.directory = directory
        for index in retired.indices where retired[index].name == inbox { retired[index].directory = directory }
    }

    /// The context that the job was queued under; nil where that is no more.
    func context(of job: JobRecord) -> InboxContext? {
        if let current = contexts[job.source.inbox], current.pipelineDigest == job.pipelineDigest { return current }
        return retired.first { $0.name == job.source.inbox && $0.pipelineDigest == job.pipelineDigest }
    }

    package struct Load: Sendable, Equatable {
        package var waiting: Int
        package var running: Int
        /// Bytes of the budget, and of the spill limit.
        package var reserved: UInt64
        package var spillReserved: UInt64 = 0
        /// When the first in line was queued, seconds since 1970.
        package var oldest: Double?
    }

    package var load: Load {
        let reserved = ledger.reserved
        return Load(
            waiting: waiting.count, running: running, reserved: reserved.memory, spillReserved: reserved.spill,
            oldest: waiting.first?.queuedAt)
    }

    var jobsFinishing: Int { finishing }

    /// Whether jobs wait for a worker.
    var hasMoreToDo: Bool { !stopping && !waiting.isEmpty }

    private var isIdle: Bool {
        running == 0 && finishing == 0 && preparing == 0 && (waiting.isEmpty || stopping)
    }

    // MARK: Starting jobs

    /// Starts whatever may start. Called after every change; never waits.
    func pump() {
        let now = monotonicNanoseconds()
        defer {
            showLoad()
            signalRoom()
            signalIdle()
            scheduleWakeUp(after: now)
        }
        guard !stopping, now >= pausedUntil else { return }
        readAhead(now: now)
        while running < settings.cap.workers + claimedAhead, finishing < mostFinishing {
            guard let (job, usual) = next(now: now) else { break }
            waiting.remove(job.id)
            let plan = running == 0 && waiting.isEmpty ? widened(usual, for: job) : usual
            running += 1
            inFlight.insert(SourceKey(job.source))
            Task { await run(job, plan) }
        }
    }

    /// The job that may start, its memory reserved. Nearly always the first in line fits, and the others need no look.
    private func next(now: Int64) -> (JobRecord, MemoryPlan)? {
        for count in [1, window * 4] {
            let ready = waiting.ready(now: now, atMost: count, inFlight: inFlight)
            if let index = ledger.start(oneOf: ready.map(\.request)) { return (ready[index].job, ready[index].plan) }
        }
        return nil
    }

    /// A job that has the machine to itself may use two cores, where memory allows.
    private func widened(_ plan: MemoryPlan, for job: JobRecord) -> MemoryPlan {
        guard settings.cap.workers > 1, let wide = plan.overlapped(within: settings.cap.budget),
            ledger.extend(job.id, to: .init(memory: wide.reservation, spill: wide.spill))
        else { return plan }
        return wide
    }

    /// Has the headers of the next jobs read, so that their needs are known.
    private func readAhead(now: Int64) {
        for job in waiting.toPrepare(now: now, atMost: window) {
            guard preparing < window else { return }
            guard beingPrepared.insert(job.id).inserted else { continue }
            preparing += 1
            Task { await prepare(job) }
        }
    }

    private var beingPrepared: Set<Int64> = []

    private func prepare(_ job: JobRecord) async {
        let outcome = await look(at: job)
        preparing -= 1
        beingPrepared.remove(job.id)
        if waiting.contains(job.id) {
            switch outcome {
            case .planned(let plan):
                if let error = admit(job, plan) { await refuse(job, error) }
            case .refused(let error):
                await refuse(job, error)
            case .gone:
                waiting.remove(job.id)
                finishing += 1
                await supersede(job)
                finishing -= 1
            }
        }
        pump()
    }

    private func refuse(_ job: JobRecord, _ error: JobError) async {
        waiting.remove(job.id)
        finishing += 1
        await failUnlessChanged(job, error, countsFailure: false)
        finishing -= 1
    }

    /// - Parameter plan: one that fits; the guard is for a plan that is wrong, so that it cannot hold up the line.
    private func admit(_ job: JobRecord, _ plan: MemoryPlan) -> JobError? {
        let amount = MemoryLedger.Amount(memory: plan.reservation, spill: plan.spill)
        guard let request = ledger.request(job: job.id, amount) else {
            return tooLarge(
                .init(whole: plan.reservation, memory: plan.reservation, spill: plan.spill), for: settings.cap)
        }
        waiting.admit(request, plan)
        return nil
    }

    private func run(_ job: JobRecord, _ plan: MemoryPlan) async {
        let outcome = await attemptShown(job, plan)
        ledger.release(job.id)
        running -= 1
        finishing += 1
        pump()
        await settle(job, outcome)
        finishing -= 1
        inFlight.remove(SourceKey(job.source))
        pump()
    }

    // MARK: Pauses and retries

    /// Puts a job back in line: at its end after a failure, to be tried after `delay` seconds, so that many that fail do
    /// not hold up the others; in front where it is not at fault.
    func requeue(_ job: JobRecord, after delay: Double) {
        guard !stopping else { return }
        if delay > 0 {
            waiting.append(.init(job: job, notBefore: monotonicNanoseconds() + Int64(delay * 1e9)))
        } else {
            waiting.insertFirst(.init(job: job))
        }
        pump()
    }

    /// The environment is at fault: start nothing for a while, longer each time, up to a minute.
    func pause(_ fault: EngineFault) {
        if settings.stopsOnFault || fault.isFinal {
            self.fault = self.fault ?? fault
            return stop()
        }
        // Jobs that were under way fail of the same cause: that is one pause.
        guard monotonicNanoseconds() >= pausedUntil else { return }
        pauses = min(pauses + 1, 7)
        let seconds = min(Double(1 << pauses) / 2, 60)
        pausedUntil = monotonicNanoseconds() + Int64(seconds * 1e9)
        onEvent(.paused(reason: "\(fault)", seconds: seconds))
        pump()
    }

    /// The environment did not let a source be taken in: waits until it is worth another try.
    package func waitOut(_ error: any Error) async {
        pause(environmentFault(error))
        while !stopping, monotonicNanoseconds() < pausedUntil {
            // A task that is cancelled has nothing to wait for.
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    /// Waits until the run had to be given up, or the task is cancelled.
    package func waitForFault() async throws {
        while fault == nil { try await Task.sleep(for: .milliseconds(500)) }
    }

    /// Something went through: the environment is well again.
    func noteSuccess() {
        guard pauses > 0 else { return }
        pauses = 0
        pausedUntil = 0
        onEvent(.resumed)
    }

    /// - Parameter now: when `pump` looked; what has come due since then must not be passed over.
    private func scheduleWakeUp(after now: Int64) {
        wakeUp?.cancel()
        wakeUp = nil
        let soonest = waiting.nextDue(after: now)
        guard !stopping, let next = now < pausedUntil ? pausedUntil : soonest else { return }
        wakeUp = Task {
            try? await Task.sleep(for: .nanoseconds(next - now + 1_000_000))
            if !Task.isCancelled { pump() }
        }
    }

    private func signalRoom() {
        guard waiting.count < Self.mostWaiting || stopping else { return }
        let ready = whenRoom
        whenRoom = []
        for continuation in ready { continuation.resume() }
    }

    private func signalIdle() {
        guard isIdle else { return }
        let ready = whenIdle
        whenIdle = []
        for continuation in ready { continuation.resume() }
    }
}
