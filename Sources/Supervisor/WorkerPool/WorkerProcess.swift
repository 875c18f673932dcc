import Glibc
package import Jobs
import LinuxIO
import Synchronization
package import WorkerProtocol

/// How a request ended.
package enum WorkerOutcome: Sendable {
    /// The worker's final reply.
    case replied(WorkerReply, peakMemory: UInt64)
    /// There will be none.
    case died(Death, peakMemory: UInt64)
}

/// One worker process and the thread that owns it: the thread spawns it, reads its output, enforces its deadline,
/// samples its memory, and reaps it. Everything else talks to the thread through locked state and a wake-up pipe.
package final class WorkerProcess: Sendable {
    struct Pending {
        let continuation: CheckedContinuation<WorkerOutcome, Never>
        let onRendition: @Sendable (RenditionReport) -> Void
        let onTraining: @Sendable (_ done: Int, _ count: Int) -> Void
        /// Monotonic nanoseconds; nil waits for ever.
        let deadline: Int64?
        let seconds: Double
        /// Which job's answer is waited for; nil for an inspection.
        let job: Int64?
        let bound: MemoryBound?
        var peak: UInt64 = 0
    }

    struct State {
        var pid: pid_t = 0
        /// Counted references: the number is not free for another worker's socket while a request is being sent.
        var requests: Descriptor?
        var pending: Pending?
        var greeting: WorkerGreeting?
        /// Monotonic nanoseconds; the worker is ready by then, or is killed.
        var readyBy: Int64 = .max
        var startLimit = 0.0
        var whenReady: CheckedContinuation<WorkerGreeting, any Error>?
        var death: Death?
        var killedFor: Death.Cause?
        var whenGone: [CheckedContinuation<Void, Never>] = []
    }

    let state = Mutex(State())
    let wakeUp: (read: Descriptor, write: Descriptor)
    let executable: String
    let arguments: [String]

    private init(executable: String, arguments: [String]) throws {
        self.executable = executable
        self.arguments = arguments
        wakeUp = try Wire.pipe()
    }

    /// Starts a worker and waits until it is ready.
    /// - Parameters:
    ///   - staging: the one directory that it may write below, absolute; nil for a worker that only looks at pictures.
    ///   - models: bytes of models that it may keep between jobs; nil for one that runs none.
    ///   - onnxRuntime: the library that runs them; nil: where it is usually found.
    ///   - trains: whether it is to train classifiers.
    ///   - tellsFormats: whether its greeting is to have what it reads and writes.
    ///   - limit: seconds until it is given up.
    /// - Throws: `Death` when it cannot be started, is not ready in time or ends before, or speaks another version.
    package static func start(
        executable: String, staging: String? = nil, models: UInt64? = nil, onnxRuntime: String? = nil,
        trains: Bool = false, tellsFormats: Bool = false, limit: Double = 60
    ) async throws -> WorkerProcess {
        var arguments: [String] = []
        if let staging { arguments += ["--staging", staging] }
        if let models { arguments += ["--models", "\(models)"] }
        if let onnxRuntime { arguments += ["--onnxruntime", onnxRuntime] }
        if trains { arguments.append("--train") }
        if tellsFormats { arguments.append("--formats") }
        let worker = try WorkerProcess(executable: executable, arguments: arguments)
        let greeting = try await withCheckedThrowingContinuation { continuation in
            worker.state.withLock { state in
                state.whenReady = continuation
                state.readyBy = deadline(in: limit)
                state.startLimit = limit
            }
            do {
                try startThread(named: "sluice-worker") { worker.serve() }
            } catch {
                worker.finish(Death(.neverReady("\(error)")))
            }
        }
        guard greeting.version == workerProtocolVersion else {
            // Gone before another one is started in its place.
            await worker.stop(patience: 0)
            throw Death(
                .neverReady(
                    "\(executable) speaks protocol version \(greeting.version), this sluice speaks \(workerProtocolVersion): "
                        + "install both from the same build"))
        }
        return worker
    }

    package var processIdentifier: Int32 { state.withLock { $0.pid } }

    /// What the worker told at its start.
    package var greeting: WorkerGreeting? { state.withLock { $0.greeting } }

    /// The job that it has; nil where it has none.
    package var job: Int64? { state.withLock { $0.pending?.job } }

    package var isAlive: Bool { state.withLock { $0.death == nil && $0.killedFor == nil } }

    /// Bytes of anonymous memory right now.
    package var memory: UInt64 { anonymousMemory(of: processIdentifier) ?? 0 }

    /// Hands over one request. The descriptors stay the caller's.
    /// - Parameters:
    ///   - timeLimit: seconds until the worker is killed.
    ///   - grant: bytes of anonymous memory that it may hold beside what it holds now; it is killed when it is seen to
    ///     hold more. Nil: without a bound.
    ///   - untouched: of these, bytes that it may ask for and not hold.
    package func perform(
        _ request: WorkerRequest, descriptors: [Int32], timeLimit: Double?, grant: UInt64? = nil,
        untouched: UInt64 = 0,
        onRendition: @escaping @Sendable (RenditionReport) -> Void = { _ in },
        onTraining: @escaping @Sendable (_ done: Int, _ count: Int) -> Void = { _, _ in }
    ) async -> WorkerOutcome {
        await withCheckedContinuation { continuation in
            let socket: Descriptor? = state.withLock { state in
                guard state.death == nil, state.pending == nil, state.killedFor == nil, let socket = state.requests
                else { return nil }
                let now = RelaxedLimits.isEnabled ? nil : processMemory(of: state.pid)
                let bound = now.flatMap { now in grant.map { MemoryBound(now: now, grant: $0, untouched: untouched) } }
                state.pending = Pending(
                    continuation: continuation, onRendition: onRendition, onTraining: onTraining,
                    deadline: timeLimit.map(deadline(in:)),
                    seconds: timeLimit ?? 0, job: request.job, bound: bound)
                if let bound { bound.limitData(of: state.pid) } else { MemoryBound.liftLimit(of: state.pid) }
                return socket
            }
            guard let socket else {
                // Whatever it died of, this request had no part in it.
                continuation.resume(returning: .died(Death(.stopped), peakMemory: 0))
                return
            }
            do {
                try withExtendedLifetime(socket) {
                    try Wire.send(Frame.encode(request), descriptors: descriptors, to: socket.number)
                }
            } catch {
                // It is gone or going: the thread sees the end of its output and answers for it.
                kill(for: nil)
            }
            wake()
        }
    }

    /// Kills it at once; a pending request ends with this cause (nil: with what the kernel says).
    package func kill(for cause: Death.Cause?) {
        state.withLock { state in
            guard state.death == nil else { return }
            if state.killedFor == nil { state.killedFor = cause }
            guard state.pid > 0 else { return }
            // The whole group: what it may have started holds its pipes open. And the worker itself, should it have left.
            _ = Glibc.kill(-state.pid, SIGKILL)
            _ = Glibc.kill(state.pid, SIGKILL)
        }
    }

    /// Closes its input, which ends an idle worker, and kills it when it is still there after `patience` seconds.
    package func stop(patience: Double = 2) async {
        state.withLock { state in
            if let requests = state.requests { shutdown(requests.number, Int32(SHUT_RDWR)) }
            if state.killedFor == nil { state.killedFor = .stopped }
        }
        let killer = Task {
            try await Task.sleep(for: .seconds(patience))
            kill(for: .stopped)
        }
        await withCheckedContinuation { continuation in
            let gone = state.withLock { state in
                if state.death == nil { state.whenGone.append(continuation) }
                return state.death != nil
            }
            if gone { continuation.resume() }
        }
        killer.cancel()
    }

    private func wake() { _ = try? Wire.write([1], to: wakeUp.write.number, subject: "wake-up pipe") }
}

/// Monotonic nanoseconds.
func deadline(in seconds: Double) -> Int64 {
    monotonicNanoseconds() + Int64(min(max(0, seconds) * RelaxedLimits.timeFactor, 1e9) * 1e9)
}
