import Glibc
import LinuxIO
import Synchronization
import WorkerProtocol

// On the worker's own thread, from its start to its end.
extension WorkerProcess {
    /// How often memory is sampled while a job runs.
    private static let sampling: Int64 = 20_000_000

    func serve() {
        var words = StderrTail()
        let pid: pid_t
        let errors: Descriptor
        do {
            // Its input and output are closed after this: it ends, and so does what it started.
            (pid, errors) = try spawnAndListen(&words)
        } catch {
            finish(Death(.neverReady("\(error)")))
            return
        }
        waitForExit(pid, errors.number, words: &words)
        let cause = state.withLock { state in
            // Reaped under the lock: `kill` never hits a number that is another process' by now.
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
            state.pid = 0
            return state.killedFor ?? (state.greeting == nil ? .neverReady(describe(status)) : exitCause(status))
        }
        finish(Death(cause, stderrTail: words.text))
    }

    /// - Returns: the process, and its standard error.
    private func spawnAndListen(_ words: inout StderrTail) throws -> (pid_t, Descriptor) {
        let spawned = try spawnWorker(
            executable: executable, arguments: arguments, environment: workerEnvironment())
        state.withLock { state in
            state.pid = spawned.pid
            state.requests = spawned.requests
        }
        withExtendedLifetime(spawned) { listen(to: spawned, words: &words) }
        state.withLock { $0.requests = nil }
        return (spawned.pid, spawned.words)
    }

    /// Reads until its output ends.
    private func listen(to worker: SpawnedWorker, words: inout StderrTail) {
        var buffer = FrameBuffer(longest: Frame.longestReply)
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        let (replies, errors) = (worker.replies.number, worker.words.number)
        var sets = [replies, errors, wakeUp.read.number].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var limiters = (
            replies: OutputLimiter(mostBytes: Frame.longest), words: OutputLimiter(mostBytes: Self.mostWords)
        )
        var watchedAt: Int64 = 0
        while true {
            let now = monotonicNanoseconds()
            // A worker that writes too fast has to wait: it must not take the supervisor's time.
            let pause = limiters.words.pause(at: now)
            sets[1].events = pause == nil ? Int16(POLLIN) : 0
            let patience = patience()
            let ready = poll(
                &sets, nfds_t(sets.count), pause.map { patience < 0 ? $0 : min($0, patience) } ?? patience)
            if ready < 0 && errno != EINTR { break }
            // No more often than needed, however much it writes.
            if monotonicNanoseconds() - watchedAt >= Self.sampling / 2 || sets[2].revents != 0 {
                enforceLimits(worker.pid)
                watchedAt = monotonicNanoseconds()
            }
            guard ready > 0 else { continue }
            if sets[2].revents != 0 {
                _ = read(wakeUp.read.number, &chunk, chunk.count)
                limiters.replies.restart()
                limiters.words.restart()
            }
            do {
                if sets[1].revents != 0 {
                    let count = read(errors, &chunk, chunk.count)
                    if count > 0 { words.append(chunk[..<count]) } else { sets[1].fd = -1 }
                    try limiters.words.take(count, at: now, from: "standard error")
                }
                if sets[0].revents != 0 {
                    let count = read(replies, &chunk, chunk.count)
                    guard count > 0 else { break }
                    try limiters.replies.take(count, at: now, from: "answers")
                    buffer.append(chunk[..<count])
                    while let body = try buffer.next() { try take(Frame.decode(WorkerReply.self, body: body)) }
                }
            } catch {
                kill(for: .brokeProtocol("\(error)"))
                break
            }
        }
    }

    /// Bytes of standard error per job. Even a library that warns on every line stays far below.
    private static let mostWords = 32 << 20

    /// Waits until the process has ended, and kills it if it keeps running without output. Reads its final output,
    /// which explains its death, meanwhile.
    private func waitForExit(_ pid: pid_t, _ errors: Int32, words: inout StderrTail) {
        let patience = deadline(in: Self.afterEnd)
        while !hasEnded(pid) {
            if monotonicNanoseconds() >= patience {
                kill(for: .brokeProtocol("nothing more: it closed its output but kept running"))
            }
            words.read(from: errors, milliseconds: 5)
        }
        // A pipe holds no more than this; a process started by the worker may keep writing for ever.
        for _ in 0..<16 where !words.read(from: errors, milliseconds: 0) { break }
    }

    /// Seconds that the process may take to end after its output has.
    private static let afterEnd = 1.0

    /// Milliseconds until the next look at a running job; -1 when nothing runs.
    private func patience() -> Int32 {
        state.withLock { state in
            let now = monotonicNanoseconds()
            guard let pending = state.pending else {
                return state.greeting == nil ? Int32(clamping: max(0, state.readyBy - now) / 1_000_000 + 1) : -1
            }
            let left = pending.deadline.map { $0 > now ? $0 - now : 0 } ?? .max
            return Int32(min(left, Self.sampling) / 1_000_000) + 1
        }
    }

    private func enforceLimits(_ pid: pid_t) {
        let late = state.withLock { state -> Death.Cause? in
            let now = monotonicNanoseconds()
            if state.greeting == nil, now >= state.readyBy {
                return .neverReady("the worker was not ready after \(state.startLimit) s")
            }
            guard let pending = state.pending, let deadline = pending.deadline else { return nil }
            return now >= deadline ? .timedOut(pending.seconds) : nil
        }
        if let late { kill(for: late) }
        guard let memory = anonymousMemory(of: pid) else { return }
        let limit = state.withLock { state -> UInt64? in
            guard let pending = state.pending else { return nil }
            state.pending?.peak = max(pending.peak, memory)
            return pending.bound?.anonymous
        }
        if let limit, memory > limit { kill(for: .overMemory(peak: memory, limit: limit)) }
    }

    private func take(_ reply: WorkerReply) throws {
        switch reply {
        case .ready(let greeting):
            let waiting = state.withLock { state in
                if state.greeting == nil { state.greeting = greeting }
                defer { state.whenReady = nil }
                return state.whenReady
            }
            guard let waiting else { throw UnexpectedReply() }
            waiting.resume(returning: greeting)
        case .rendition(let job, let report):
            let pending = state.withLock { $0.pending }
            guard let pending, pending.job == job else { throw UnexpectedReply() }
            pending.onRendition(report)
        case .training(let done, let count):
            let pending = state.withLock { $0.pending }
            guard let pending, pending.job == nil else { throw UnexpectedReply() }
            pending.onTraining(done, count)
        case .finished, .unchanged, .failed, .inspected, .examined, .trained:
            let pending = state.withLock { state -> Pending? in
                guard let pending = state.pending, pending.job == reply.job else { return nil }
                state.pending = nil
                return pending
            }
            // Otherwise one job's results would be mistaken for another's.
            guard let pending else { throw UnexpectedReply() }
            pending.continuation.resume(returning: .replied(reply, peakMemory: pending.peak))
        }
    }

    func finish(_ death: Death) {
        let waiting = state.withLock { state in
            defer {
                state.pending = nil
                state.whenReady = nil
                state.whenGone = []
            }
            state.death = death
            return (state.pending, state.whenReady, state.whenGone)
        }
        waiting.0?.continuation.resume(returning: .died(death, peakMemory: waiting.0?.peak ?? 0))
        waiting.1?.resume(throwing: death)
        for gone in waiting.2 { gone.resume() }
    }
}
