package import Admission
import Jobs
package import Journal
package import LinuxIO
import Outbox
package import WorkerPool

/// Runs jobs: accepts sources, decides which may start under the memory cap, passes them to workers, publishes what
/// comes back. Decisions are made here, in order, on one actor; blocking work, on disks or the journal, runs on threads
/// of its own, so that the actor always answers.
package actor Engine {
    package struct Settings: Sendable {
        package var cap: MemoryCap
        /// Failed attempts until a job is quarantined.
        package var attempts = 3
        /// Process everything again and replace existing files, whoever made them.
        package var overwrite = false
        /// A fault of the environment ends the run instead of pausing it.
        package var stopsOnFault = false
        /// Whether missing results are made again although nothing has changed; otherwise they count as consumed.
        package var remakesMissing = false
        /// Whether to report every source that needs no work.
        package var reportsUnchanged = false

        package init(cap: MemoryCap) { self.cap = cap }
    }

    let settings: Settings
    let journal: Journal
    let pool: WorkerPool
    package var places: Places
    let clock: @Sendable () -> Double
    /// For outbox, staging, archive and quarantine. Each inbox has a pool of its own.
    package let disk: BlockingPool
    /// For what only waits for their disk to write: many at once share the file system's commits. These threads need hardly
    /// any stack, so that there may be many.
    let syncs = BlockingPool(name: "disk-sync", threads: 48)
    let onEvent: @Sendable (EngineEvent) -> Void
    /// Receives what the status shows.
    let observer: any EngineObserver

    /// Seconds since 1970.
    let startedAt: Double

    var contexts: [String: InboxContext]
    /// The newest contexts that were replaced, for jobs that were queued under them.
    var retired: [InboxContext] = []
    var waiting = JobQueue()
    /// What the journal holds for each inbox beyond the queue.
    var supplies: [String: Supply] = [:]
    var preparing: [String: Int] = [:]
    var beingPrepared: Set<Int64> = []
    private var running = 0
    /// The inboxes of the jobs that workers have.
    var withWorkers: [Int64: String] = [:]
    var finishing = 0
    /// By inbox: one whose disk hangs must not take all slots.
    private var finishingOf: [String: Int] = [:]
    var ahead = ClaimedAhead()
    var pace = ClaimPace()
    /// Jobs in progress in any way: those the journal still lists as queued must not be read again.
    var active: Set<Int64> = []
    /// Jobs that ended while the journal was being read: what was read about them is outdated.
    var endedMeanwhile: Set<Int64> = []
    /// Paths that have a job running or being published: a newer one of the same path waits for it.
    var inFlight: Set<SourceKey> = []
    /// Published by this run, and not done yet: not to be announced twice.
    var announced: Set<Int64> = []
    var ledger: MemoryLedger
    /// Overtaken jobs whose remains are being removed from staging.
    var discarding = 0
    var stopping = false
    /// The same for threads that copy films.
    let copyStop = StopFlag()
    var shortages = CopyShortages()
    var pausedUntil: Int64 = 0
    var pauses = 0
    /// Why nothing is started until `resume`; nil if jobs may start.
    var hold: String?
    var fault: EngineFault?
    var wakeUp: Task<Void, Never>?
    var whenIdle: [CheckedContinuation<Void, Never>] = []

    /// Jobs whose headers are read ahead, so that small ones can pass a big one that waits for memory.
    let window = 16
    /// Of one inbox: one that does not answer must not keep the others from being read.
    let windowOfInbox = 8
    var finishingSlots: FinishingSlots
    /// Monotonic nanoseconds.
    var slotsCheckedAt: Int64 = 0
    var mostFinishing: Int { finishingSlots.count }
    /// Jobs that are claimed while the workers are busy, so that none of these waits for a commit.
    private let claimedAhead = 2
    /// A job that a supervisor's end interrupted this often is given up.
    let mostInterruptions = 10

    package init(
        settings: Settings, journal: Journal, pool: WorkerPool, places: Places, contexts: [InboxContext],
        clock: @escaping @Sendable () -> Double = wallClock, observer: any EngineObserver = NoObserver(),
        disk: BlockingPool = BlockingPool(name: "disk", threads: 12), onEvent: @escaping @Sendable (EngineEvent) -> Void
    ) {
        self.settings = settings
        self.journal = journal
        self.pool = pool
        self.places = places
        self.contexts = Dictionary(uniqueKeysWithValues: contexts.map { ($0.name, $0) })
        self.clock = clock
        startedAt = clock()
        self.observer = observer
        self.disk = disk
        finishingSlots = FinishingSlots(descriptors: openFilesLimit(), share: MemoryCap.supervisor)
        self.onEvent = { event in
            observer.take(event)
            onEvent(event)
        }
        ledger = MemoryLedger(budget: .init(memory: settings.cap.budget, spill: settings.cap.spill))
        for context in contexts {
            waiting.setPriority(context.priority, of: context.name)
            supplies[context.name] = Supply()
        }
        observer.count(isAll: !settings.reportsUnchanged) { body in journal.withCounts(body) }
    }

    // MARK: In and out

    /// Waits until nothing is queued or running any more.
    /// - Throws: `EngineFault` if the run had to be given up.
    package func waitUntilIdle() async throws {
        if !isIdle { await withCheckedContinuation { whenIdle.append($0) } }
        try? await disk.run { [staging = places.staging] in staging.dropSpares() }
        if let fault { throw fault }
    }

    /// Resumes those who wait for the engine to become idle, although it is not.
    package func stopWaiting() {
        let ready = whenIdle
        whenIdle = []
        for continuation in ready { continuation.resume() }
    }

    /// Whether the run was given up.
    package var hasFault: Bool { fault != nil }

    package var isStopping: Bool { stopping }

    /// Starts nothing more. Jobs that run are finished; those that wait, claimed or not, stay queued in the journal.
    package func stop() {
        stopping = true
        copyStop.raise()
        Task { await pool.rejectWaiting() }
        waiting.removeAll()
        ahead.rejectWaiting()
        wakeUp?.cancel()
        showLoad()
        signalIdle()
    }

    /// Kills running workers after `stop()`; their jobs stay queued, without an attempt lost.
    package func abandon() async {
        stop()
        await pool.abandon()
    }

    /// Whether jobs wait for a worker.
    var hasMoreToDo: Bool { !stopping && !waiting.isEmpty }

    var isIdle: Bool {
        running == 0 && finishing == 0 && discarding == 0 && preparing.isEmpty && active.isEmpty
            && (stopping || waiting.isEmpty && journal.counts.isIdle)
    }

    // MARK: Starting jobs

    /// Starts every job that may start. Called after every change; never waits.
    func pump() {
        let now = monotonicNanoseconds()
        adaptSlots(now)
        defer {
            showLoad()
            signalIdle()
            scheduleWakeUp(after: now)
        }
        guard !stopping else { return }
        supply()
        guard now >= pausedUntil, hold == nil else { return }
        readAhead()
        while running < settings.cap.workers + claimedAhead, finishing < mostFinishing {
            guard let (job, usual) = next() else { break }
            let isAhead = ahead.contains(job.id)
            if !isAhead { take(job) }
            let isAlone = running == 0 && waiting.isEmpty && ahead.count == (isAhead ? 1 : 0)
            let plan = isAlone ? widened(usual, for: job) : usual
            running += 1
            if isAhead { ahead.grant(job.id, plan) } else { Task { await run(job, plan) } }
        }
        claimAhead()
    }

    /// Takes a job out of the queue: it is in progress from now on.
    func take(_ job: JobRecord) {
        waiting.remove(job.id)
        waiting.tookTurn(job.source.inbox)
        active.insert(job.id)
        inFlight.insert(SourceKey(job.source))
    }

    /// The next job that may start, with its memory reserved: claimed ones first, then queued ones. Nearly always the
    /// first fits, and the others need not be checked.
    private func next() -> (JobRecord, MemoryPlan)? {
        for count in [1, window * 4] {
            let claimed = ahead.ready.prefix(count)
            let ready = claimed + waiting.ready(atMost: count - claimed.count, inFlight: inFlight)
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

    func run(_ job: JobRecord, _ plan: MemoryPlan, isAhead: Bool = false) async {
        let outcome = await attempt(job, plan, isAhead: isAhead)
        observer.ended(job.id)
        withWorkers[job.id] = nil
        if !ahead.remove(job.id) {
            ledger.release(job.id)
            running -= 1
        }
        beginFinishing(job.source.inbox)
        // In another task: this one keeps the memory that the attempt took.
        Task { await finish(job, outcome) }
        pump()
    }

    private func beginFinishing(_ inbox: String) {
        finishing += 1
        let count = (finishingOf[inbox] ?? 0) + 1
        finishingOf[inbox] = count
        if contexts.count > 1 { waiting.fill(inbox, count >= mostFinishing / 2) }
    }

    private func endFinishing(_ inbox: String) {
        finishing -= 1
        let count = (finishingOf[inbox] ?? 1) - 1
        finishingOf[inbox] = count
        if contexts.count > 1 { waiting.fill(inbox, count >= mostFinishing / 2) }
    }

    private func finish(_ job: JobRecord, _ outcome: AttemptOutcome) async {
        await settle(job, outcome)
        endFinishing(job.source.inbox)
        retire(job.id)
        inFlight.remove(SourceKey(job.source))
        pump()
    }
}
