import Glibc
package import Jobs
import Text

/// How a worker ended that should have kept running.
package struct Death: Error, Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// It exited by itself, with this status.
        case exited(Int32)
        /// It was killed by a signal that the supervisor did not send: a crash.
        case signalled(Int32)
        /// SIGKILL ended it, which the supervisor did not send and no fault of its own raises: the kernel's
        /// out-of-memory killer, for memory that others took, as it held no more than it was allowed to; or a user.
        case killedFromOutside
        /// It was killed for running longer than this many seconds.
        case timedOut(Double)
        /// It was killed for holding more memory than its job had been given. Bytes, anonymous.
        case overMemory(peak: UInt64, limit: UInt64)
        /// It was killed because it violated the protocol.
        case brokeProtocol(String)
        /// It was killed because the supervisor is stopping.
        case stopped
        /// It could not be started, or ended before it was ready.
        case neverReady(String)
    }
    package let cause: Cause
    /// The last lines it wrote to standard error; usually empty.
    package let stderrTail: String

    package init(_ cause: Cause, stderrTail: String = "") {
        self.cause = cause
        self.stderrTail = stderrTail
    }

    /// Whatever kept a worker from its greeting, the waiting job is not to blame: perhaps some other program was
    /// started in the worker's place.
    static func beforeAnyJob(_ error: any Error) -> Death {
        guard let death = error as? Death else { return Death(.neverReady("\(error)")) }
        guard let blame = death.jobError else { return death }
        return Death(.neverReady(blame.message), stderrTail: death.stderrTail)
    }

    /// The death as the job's failure. Nil if the job did not cause it.
    package var jobError: JobError? {
        if let refusal = MemoryRefusal(stderrTail), cause.mayFollowRefusal { return refusal.jobError }
        let words = stderrTail.isEmpty ? "" : " Last output: \(stderrTail)"
        switch cause {
        case .exited(let status):
            return JobError(.workerCrashed, "The worker exited with status \(status) while it had this job.\(words)")
        case .signalled(SIGXCPU):
            return JobError(
                .timedOut, "The worker used more CPU time than limits.time allows on all processors, and was stopped.")
        case .signalled(let signal):
            return JobError(
                .workerCrashed, "The worker was killed by \(signalName(signal)) while it had this job.\(words)")
        case .timedOut(let seconds):
            return JobError(
                .timedOut, "The attempt took longer than limits.time (\(Int(seconds.rounded())) s) and was stopped.")
        case .overMemory(let peak, let limit):
            return JobError(
                .memoryLimit,
                "The worker held \(mebibytes(peak)) of memory (limit: \(mebibytes(limit))) and was stopped.\(words)"
            )
        case .brokeProtocol(let what):
            return JobError(.workerProtocol, "The worker sent \(what).\(words)")
        case .stopped, .neverReady, .killedFromOutside:
            return nil
        }
    }

    /// Whether the machine (or a user on it) killed the worker: the job may be retried without blame.
    package var isKilledFromOutside: Bool { cause == .killedFromOutside }

    /// For people.
    package var message: String {
        if let error = jobError { return error.message }
        switch cause {
        case .killedFromOutside:
            return "The worker was killed from outside, by \(signalName(SIGKILL)): the machine may be short of memory."
        case .neverReady(let why): return "The worker could not be started: \(why)"
        default: return "The worker was stopped."
        }
    }
}

/// `SIGSEGV (segmentation fault)` and the like.
package func signalName(_ number: Int32) -> String {
    let names: [Int32: String] = [
        SIGABRT: "SIGABRT (abort)", SIGBUS: "SIGBUS (bus error)", SIGFPE: "SIGFPE (arithmetic error)",
        SIGILL: "SIGILL (illegal instruction)", SIGKILL: "SIGKILL (killed, perhaps out of memory)",
        SIGSEGV: "SIGSEGV (segmentation fault)", SIGTERM: "SIGTERM", SIGTRAP: "SIGTRAP (assertion)",
        SIGXCPU: "SIGXCPU (CPU time limit)", SIGSYS: "SIGSYS (forbidden system call)",
    ]
    return names[number] ?? "signal \(number)"
}
