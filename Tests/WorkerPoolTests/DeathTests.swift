import Glibc
import Jobs
import Testing

@testable import WorkerPool

@Suite("Deaths as failures of jobs")
struct DeathTests {
    @Test(
        "the job is told what happened, in a code that is worth another attempt",
        arguments: [
            (.exited(3), .workerCrashed, "status 3"),
            (.signalled(SIGSEGV), .workerCrashed, "SIGSEGV (segmentation fault)"),
            (.signalled(63), .workerCrashed, "signal 63"),
            (.timedOut(89.6), .timedOut, "limits.time (90 s)"),
            (.signalled(SIGXCPU), .timedOut, "CPU time"),
            (
                .overMemory(peak: 101 << 20, limit: 64 << 20), .memoryLimit,
                "held 101 MiB of memory (limit: 64 MiB)"
            ),
            (.brokeProtocol("a frame of 9 bytes"), .workerProtocol, "a frame of 9 bytes"),
        ] as [(Death.Cause, ErrorCode, String)])
    func blamed(cause: Death.Cause, code: ErrorCode, text: String) throws {
        let error = try #require(Death(cause).jobError)
        #expect(error.code == code)
        #expect(error.message.contains(text))
        #expect(!error.message.contains("Last output"))
        #expect(error.code.isTransient)
    }

    @Test(
        "a job has no part in these", arguments: [Death.Cause.stopped, .neverReady("no such file"), .killedFromOutside])
    func blameless(cause: Death.Cause) {
        let death = Death(cause, stderrTail: "bye")
        #expect(death.jobError == nil)
        #expect(death.isKilledFromOutside == (cause == .killedFromOutside))
        #expect(!death.message.isEmpty)
    }

    @Test("what ends a worker before it has greeted is held against no job")
    func beforeAnyJob() {
        #expect(Death.beforeAnyJob(Death(.stopped)) == Death(.stopped))
        let death = Death.beforeAnyJob(Death(.brokeProtocol("a frame of 757953396 bytes"), stderrTail: "hm"))
        #expect(death.jobError == nil && death.stderrTail == "hm")
        guard case .neverReady(let why) = death.cause else {
            Issue.record("\(death)")
            return
        }
        #expect(why.contains("757953396"))
    }

    @Test("the last output is passed on")
    func words() {
        let error = Death(.exited(1), stderrTail: "free(): invalid pointer").jobError
        #expect(error?.message.hasSuffix("Last output: free(): invalid pointer") == true)
    }
}
