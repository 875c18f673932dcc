package import Jobs
package import Pipeline
package import WorkerProtocol

/// A job for the next free worker.
package struct PoolJob: Sendable {
    package var request: JobRequest
    package var pipeline: Pipeline
    /// Source, staging directory, then the files of the request that could be opened. The caller keeps ownership.
    package var descriptors: [Int32]

    package init(request: JobRequest, pipeline: Pipeline, descriptors: [Int32]) {
        self.request = request
        self.pipeline = pipeline
        self.descriptors = descriptors
    }
}

/// Up to `size` warm workers. They are started when first needed, replaced after a death, and recycled after
/// `recycleAfter` jobs or when one keeps more than `recycleAbove` bytes after a job.
package actor WorkerPool {
    private struct Member {
        let worker: WorkerProcess
        var jobs = 0
        /// The pipeline it holds from its last job.
        var pipelineDigest: String?
        var generation = 0
    }

    package struct Settings: Sendable {
        package var executable: String
        package var size: Int
        package var recycleAfter = 1000
        /// Bytes of anonymous memory while idle.
        package var recycleAbove: UInt64 = 48 << 20
        /// Seconds that a worker may take to become ready.
        package var startLimit = 60.0
        /// The one directory that workers may write below, absolute; nil for workers that only inspect pictures.
        package var staging: String?
        /// Bytes of models that each may keep between jobs; nil for workers that run none.
        package var models: UInt64?
        /// The library that runs them; nil: where it is usually found.
        package var onnxRuntime: String?
        /// Whether workers train classifiers.
        package var trains = false
        /// Called once, with the first worker's greeting.
        package var onFirstGreeting: @Sendable (WorkerGreeting) -> Void = { _ in }

        package init(executable: String, size: Int, staging: String? = nil) {
            self.executable = executable
            self.size = size
            self.staging = staging
        }
    }

    private let settings: Settings
    private var idle: [Member] = []
    private var busy: [Int32: WorkerProcess] = [:]
    private var inUse = 0
    /// Resumed with whether a slot was passed on.
    private var waiting: [CheckedContinuation<Bool, Never>] = []
    private var stopping = false
    private var generation = 0
    private var rejecting = false
    private var lastGreeting: WorkerGreeting?
    /// Worker processes that became ready, so far.
    package private(set) var started: UInt64 = 0

    package init(_ settings: Settings) { self.settings = settings }

    /// Runs a job on the next free worker.
    /// - Parameter timeLimit: seconds.
    package func run(
        _ job: PoolJob, timeLimit: Double, onRendition: @escaping @Sendable (RenditionReport) -> Void = { _ in }
    ) async -> WorkerOutcome {
        await withMember { member in
            var request = job.request
            request.pipeline = member.pipelineDigest == request.pipelineDigest ? nil : job.pipeline
            member.pipelineDigest = request.pipelineDigest
            return await member.worker.perform(
                .job(request), descriptors: job.descriptors, timeLimit: timeLimit, grant: request.grant.most,
                untouched: request.grant.untouched, onRendition: onRendition)
        }
    }

    /// Has the next free worker inspect a source.
    /// - Parameter companions: of the request, those that could be opened.
    package func inspect(
        _ request: InspectRequest, source: Int32, companions: [Int32] = [], timeLimit: Double
    ) async -> WorkerOutcome {
        await withMember { member in
            await member.worker.perform(
                .inspect(request), descriptors: [source] + companions, timeLimit: timeLimit, grant: request.grant.memory
            )
        }
    }

    /// Has the next free worker examine a model.
    package func examine(_ request: ExamineRequest, files: [Int32], timeLimit: Double) async -> WorkerOutcome {
        await withMember { member in
            await member.worker.perform(
                .examine(request), descriptors: files, timeLimit: timeLimit, grant: request.grant.memory)
        }
    }

    /// Has the next free worker train a classifier.
    /// - Parameters:
    ///   - files: numbers, labels, and the directory for the results. The caller keeps ownership.
    package func train(
        _ request: TrainRequest, files: [Int32], onProgress: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
    ) async -> WorkerOutcome {
        await withMember { member in
            await member.worker.perform(
                .train(request), descriptors: files, timeLimit: TrainRequest.timeLimit, grant: request.grant.memory,
                onTraining: onProgress)
        }
    }

    /// Whether its workers run models.
    package nonisolated var runsModels: Bool { settings.models != nil }

    /// What a worker reports about itself: library versions, formats, confinement. Starts one if none has been started,
    /// in a slot like a job's, so that there are never more than `size`.
    package func greeting() async throws -> WorkerGreeting? {
        if let lastGreeting { return lastGreeting }
        guard await acquireSlot() else { throw Death(.stopped) }
        defer { releaseSlot() }
        // The previous holder of the slot may have started one.
        if let lastGreeting { return lastGreeting }
        let member = try await checkOut()
        // Stops it again if the pool has been stopped meanwhile.
        await checkIn(member)
        return member.worker.greeting
    }

    /// Bytes of anonymous memory of all workers.
    package func memory() -> UInt64 {
        idle.reduce(0) { $0 + $1.worker.memory } + busy.values.reduce(0) { $0 + $1.memory }
    }

    package var processIdentifiers: [Int32] {
        idle.map(\.worker.processIdentifier) + Array(busy.keys)
    }

    /// From now on, jobs waiting for a worker end as `.stopped`, without losing an attempt; running ones continue.
    package func rejectWaiting() {
        rejecting = true
        let rejected = waiting
        waiting = []
        for continuation in rejected { continuation.resume(returning: false) }
    }

    /// Kills the worker of a job, which ends as `.stopped`.
    package func cancel(job: Int64) {
        for worker in busy.values where worker.job == job { worker.kill(for: .stopped) }
    }

    /// From now on jobs get new workers: the directory the existing ones may write to is gone.
    package func renew() async {
        generation += 1
        let old = idle
        idle = []
        for member in old { await member.worker.stop() }
    }

    /// Kills running jobs, which end as `.stopped` without losing an attempt.
    package func abandon() {
        stopping = true
        for worker in busy.values { worker.kill(for: .stopped) }
    }

    /// Ends every worker and waits until they are gone.
    package func shutDown() async {
        stopping = true
        let workers = idle.map(\.worker) + busy.values
        idle = []
        for worker in busy.values { worker.kill(for: .stopped) }
        await withDiscardingTaskGroup { group in
            for worker in workers { group.addTask { await worker.stop() } }
        }
    }

    private func withMember(_ body: (inout Member) async -> WorkerOutcome) async -> WorkerOutcome {
        guard await acquireSlot() else { return .died(Death(.stopped), peakMemory: 0) }
        defer { releaseSlot() }
        var member: Member
        do {
            member = try await checkOut()
        } catch {
            return .died(Death.beforeAnyJob(error), peakMemory: 0)
        }
        // The pool may have been stopped while the worker started.
        guard !stopping else {
            await member.worker.stop()
            return .died(Death(.stopped), peakMemory: 0)
        }
        let pid = member.worker.processIdentifier
        busy[pid] = member.worker
        let outcome = await body(&member)
        busy[pid] = nil
        member.jobs += 1
        if outcome.ranOutOfMemory {
            // Its heap is what that job has made of it: the next one begins with a fresh one.
            await member.worker.stop()
        } else {
            await checkIn(member)
        }
        return outcome
    }

    /// Waits for one of the `size` slots, to be returned with `releaseSlot`.
    /// - Returns: false if the pool is stopped or rejects new jobs: there is no slot to release.
    private func acquireSlot() async -> Bool {
        if rejecting || stopping { return false }
        if inUse < settings.size {
            inUse += 1
        } else if !(await withCheckedContinuation { waiting.append($0) }) {
            return false
        }
        if stopping { releaseSlot() }
        return !stopping
    }

    /// Passes the slot on to the longest waiter.
    private func releaseSlot() {
        if waiting.isEmpty { inUse -= 1 } else { waiting.removeFirst().resume(returning: true) }
    }

    private func checkOut() async throws -> Member {
        while let member = idle.popLast() {
            if member.worker.isAlive { return member }
            // One that was killed while idle may not have ended yet.
            await member.worker.stop(patience: 0)
        }
        let generation = generation
        return Member(worker: try await startWorker(), generation: generation)
    }

    /// A worker that is killed while it starts (by the kernel, for memory that others took) does not mean that
    /// none can be started: tried three times, unless it is a slow failure.
    private func startWorker() async throws -> WorkerProcess {
        let clock = ContinuousClock()
        let begin = clock.now
        var attempt = 1
        while true {
            do {
                let worker = try await WorkerProcess.start(
                    executable: settings.executable, staging: settings.staging, models: settings.models,
                    onnxRuntime: settings.onnxRuntime,
                    trains: settings.trains, limit: settings.startLimit)
                started += 1
                if let greeting = worker.greeting {
                    if lastGreeting == nil { settings.onFirstGreeting(greeting) }
                    lastGreeting = greeting
                }
                return worker
            } catch {
                if attempt == 3 || stopping || clock.now - begin > .seconds(10) { throw error }
                attempt += 1
            }
        }
    }

    private func checkIn(_ member: Member) async {
        guard member.worker.isAlive else { return }
        if stopping || member.jobs >= settings.recycleAfter || member.generation < generation
            || member.worker.memory > settings.recycleAbove
        {
            await member.worker.stop()
        } else {
            idle.append(member)
        }
    }
}

extension WorkerOutcome {
    fileprivate var ranOutOfMemory: Bool {
        if case .replied(.failed(let failure), _) = self { failure.error.code == .memoryLimit } else { false }
    }
}
