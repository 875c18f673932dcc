import Glibc
import LinuxIO
import Synchronization
import Testing

@testable import Jobs

/// Case 24: a worker that segfaults, hangs, eats memory, floods its pipes or speaks nonsense, against the real engine.
@Suite("sluice process: a worker that misbehaves")
struct ProcessMisbehaviourTests {
    struct Misdeed: Sendable, CustomTestStringConvertible {
        let kind: String
        let code: ErrorCode
        let words: String
        /// Out of memory: once more with everything there is, and no third time.
        var attempts: Int { code == .memoryLimit ? 2 : 3 }
        var testDescription: String { kind }
    }

    @Test(
        "costs its own source its attempts and its place, and nobody else anything; the supervisor stays small",
        arguments: [
            Misdeed(kind: "segfault", code: .workerCrashed, words: "SIGSEGV"),
            Misdeed(kind: "hang", code: .timedOut, words: "limits.time"),
            Misdeed(kind: "spin", code: .timedOut, words: "limits.time"),
            Misdeed(kind: "escape", code: .timedOut, words: "limits.time"),
            Misdeed(kind: "nonsense", code: .workerProtocol, words: "a frame of"),
            Misdeed(kind: "noise", code: .workerProtocol, words: "a malformed message"),
            Misdeed(kind: "flood", code: .workerProtocol, words: "4 MiB of answers"),
            Misdeed(kind: "memory", code: .memoryLimit, words: "limit: "),
            Misdeed(kind: "floodstderr", code: .workerProtocol, words: "32 MiB of standard error"),
        ])
    func quarantined(_ misdeed: Misdeed) async throws {
        try await withScratch { scratch in
            for index in 0..<6 { try scratch.writePicture("in/p\(index).png", seed: UInt8(index)) }
            try scratch.writePicture("in/culprit.png")
            let time = misdeed.code == .timedOut ? "2s" : "60s"
            let pipeline = Scratch.quickPipeline + "\nlimits: { time: \(time) }\n"
            let arguments =
                try scratch.processArguments(pipeline: pipeline) + [
                    "--json", "--memory-cap", "160MiB", "--workers", "2",
                ]
            let seen = Peaks()
            let result = try await withProgram(
                BuiltPrograms.sluice, arguments, environment: ["SLUICE_CRASH": "\(misdeed.kind):culprit"]
            ) { program in
                let sampling = Task {
                    while !Task.isCancelled, program.isRunning {
                        seen.note(program.processIdentifier)
                        try? await Task.sleep(for: .milliseconds(20))
                    }
                }
                defer { sampling.cancel() }
                return await program.wait()
            }
            #expect(result.exitCode == 65, "\(result)")
            let report = try result.report()
            #expect(report.published == 6 && report.codes == [misdeed.code.rawValue: 1], "\(result)")
            #expect(try scratch.verifiedOutbox().count == 6)
            let error = try scratch.errorFile("culprit.png")
            #expect(error.code == misdeed.code && error.attempts == misdeed.attempts)
            #expect(error.message.contains(misdeed.words), "\(error.message)")
            // Idle 3 MiB, 8 at most; a debug build holds a little more.
            #expect(seen.supervisor < 16 << 20, "supervisor: \(seen.supervisor >> 20) MiB")
            #expect(seen.worker < 400 << 20, "a worker: \(seen.worker >> 20) MiB")
            let gone = await eventually { seen.workers.allSatisfy { kill($0, 0) != 0 } }
            #expect(gone, "workers outlived sluice")
        }
    }

    @Test("while the supervisor hangs, a worker that spins ends by itself, and the job goes on as a time-out")
    func hungSupervisor() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/culprit.png")
            let pipeline = Scratch.quickPipeline + "\nlimits: { time: 1s }\n"
            let arguments = try scratch.processArguments(pipeline: pipeline) + ["--json", "--workers", "1"]
            try await withProgram(
                BuiltPrograms.sluice, arguments, environment: ["SLUICE_CRASH": "spin:culprit"]
            ) { program in
                // A loaded machine takes its time to give the worker that much; one that goes beyond is not waited for.
                let second = Double(sysconf(Int32(_SC_CLK_TCK)))
                let beyond = Double(sysconf(Int32(_SC_NPROCESSORS_ONLN))) + 15
                // All of it by one thread: other tests may keep those of tasks for longer than the worker lives.
                let hung = try await onThread { () -> (worker: pid_t, spent: Double)? in
                    guard let worker = hangWithASpinningWorker(program) else { return nil }
                    var (spent, looks) = (0.0, 0)
                    // A zombie keeps its number until the supervisor looks; it has no memory any more.
                    while looks < 60_000, anonymousMemory(of: worker) != nil, spent <= beyond {
                        looks += 1
                        spent = max(spent, Double(ProcessFigures(of: worker)?.ticks ?? 0) / second)
                        usleep(10_000)
                    }
                    return (worker, spent)
                }
                let (worker, spent) = try #require(hung)
                #expect(spent > 4 && spent <= beyond, "more than five seconds, and one for each processor: \(spent)")
                #expect(anonymousMemory(of: worker) == nil)
                program.signal(SIGCONT)
                let result = await program.wait()
                #expect(result.exitCode == 65, "\(result)")
            }
            #expect(try scratch.errorFile("culprit.png").code == .timedOut)
        }
    }
}

/// Stops (SIGSTOP) the supervisor as soon as its worker has a job, at which it spins. Where its time-out came first, as it
/// may on a loaded machine, the job's next attempt is waited for. Blocks.
/// - Returns: the worker; nil where the program ended before.
private func hangWithASpinningWorker(_ program: RunningProgram) -> pid_t? {
    while program.isRunning {
        // A worker limits its processor time when it gets a job.
        for worker in children(of: program.processIdentifier) where limitsItsTime(worker) {
            program.signal(SIGSTOP)
            while program.isRunning, processState(program.processIdentifier) != "T" { usleep(1000) }
            // One that goes on to use its time was not being killed already.
            let before = ProcessFigures(of: worker)?.ticks ?? 0
            while let now = ProcessFigures(of: worker)?.ticks {
                if now > before + 20 { return worker }
                usleep(2000)
            }
            program.signal(SIGCONT)
        }
        usleep(2000)
    }
    return nil
}

private func limitsItsTime(_ process: pid_t) -> Bool {
    guard let limits = kernelText("/proc/\(process)/limits"), let ours = kernelText("/proc/self/limits"),
        let limit = limits.split(separator: "\n").first(where: { $0.hasPrefix("Max cpu time") })
    else { return false }
    return !ours.contains(limit)
}

/// The most memory that a supervisor and its workers were seen with.
private final class Peaks: Sendable {
    private struct Seen {
        var supervisor: UInt64 = 0
        var worker: UInt64 = 0
        var workers: Set<pid_t> = []
    }
    private let seen = Mutex(Seen())

    func note(_ supervisor: pid_t) {
        let own = anonymousMemory(of: supervisor) ?? 0
        let children = children(of: supervisor)
        let largest = children.compactMap { anonymousMemory(of: $0) }.max() ?? 0
        seen.withLock { seen in
            seen.supervisor = max(seen.supervisor, own)
            seen.worker = max(seen.worker, largest)
            seen.workers.formUnion(children)
        }
    }

    var supervisor: UInt64 { seen.withLock { $0.supervisor } }
    var worker: UInt64 { seen.withLock { $0.worker } }
    var workers: Set<pid_t> { seen.withLock { $0.workers } }
}
