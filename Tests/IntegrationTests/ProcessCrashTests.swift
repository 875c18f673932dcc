import Foundation
import Glibc
import Testing

@testable import Jobs

@Suite("sluice process: crashes and interrupts")
struct ProcessCrashTests {
    private func fill(_ scratch: Scratch, _ count: Int) throws {
        for index in 0..<count {
            try scratch.writePicture("in/d\(index % 3)/p\(index).png", width: 40, height: 30, seed: UInt8(index))
        }
    }

    @Test(
        "quarantines the one source whose worker dies, after three attempts, and publishes the rest",
        arguments: [
            ("segfault", "worker-crashed", "SIGSEGV"), ("exit", "worker-crashed", "status 3"),
            ("hang", "timed-out", "limits.time"), ("nonsense", "worker-protocol", "sent"),
        ])
    func dyingWorker(_ kind: String, _ code: String, _ words: String) async throws {
        try await withScratch { scratch in
            try fill(scratch, 8)
            try scratch.writePicture("in/d1/culprit.png")
            // Only the one that hangs is to be over its time, three times: the others may have to wait for a processor.
            let pipeline = Scratch.quickPipeline + (kind == "hang" ? "\nlimits: { time: 5s }\n" : "\n")
            let result = try await scratch.process(
                pipeline: pipeline, environment: ["SLUICE_CRASH": "\(kind):culprit"])
            #expect(result.exitCode == 65, "\(result)")
            let report = try result.report()
            #expect(report.published == 8 && report.codes == [code: 1], "\(result)")
            #expect(try scratch.verifiedOutbox().count == 8)
            let error = try scratch.errorFile("d1/culprit.png")
            #expect(error.code.rawValue == code && error.attempts == 3 && error.source == "d1/culprit.png")
            #expect(error.message.contains(words), "\(error.message)")
            #expect(error.advice == error.code.advice && error.firstSeen <= error.lastSeen)
            // Mended, and asked to do it again.
            #expect(try await scratch.process("--overwrite", pipeline: pipeline).exitCode == 0)
            #expect(try scratch.verifiedOutbox().count == 9)
            #expect(try !scratch.exists("out/.sluice/quarantine/d1/culprit.png.error.json"))
        }
    }

    @Test("gives a job to another worker when its worker is killed from outside")
    func killedWorkers() async throws {
        try await withScratch { scratch in
            try fill(scratch, 12)
            let arguments = try scratch.processArguments(pipeline: Scratch.slowPipeline) + ["--json"]
            try await withProgram(BuiltPrograms.sluice, arguments) { program in
                let killed = try await onThread {
                    var killed = 0
                    // Twice only: a third time might hit the same job, which would be its last attempt.
                    while program.isRunning, killed < 2 {
                        let published = try scratch.exists("out") ? try scratch.files(below: "out").count : 0
                        let worker = children(of: program.processIdentifier).randomElement()
                        if published >= killed * 6, let worker, kill(worker, SIGKILL) == 0 { killed += 1 }
                        usleep(5000)
                    }
                    return killed
                }
                let result = await program.wait()
                #expect(result.exitCode == 0, "\(result)")
                #expect(killed == 2)
                #expect(try result.report().published == 12)
            }
            #expect(try scratch.verifiedOutbox().count == 12)
        }
    }

    @Test("stops at Ctrl-C without leaving anything half, and goes on in the next run")
    func interrupt() async throws {
        try await withScratch { scratch in
            try fill(scratch, 24)
            let undisturbed = try scratch.processArguments(pipeline: Scratch.slowPipeline, out: "undisturbed")
            #expect(try await runProgram(BuiltPrograms.sluice, undisturbed).exitCode == 0)
            let arguments = try scratch.processArguments(pipeline: Scratch.slowPipeline)
            let workers = try await withProgram(BuiltPrograms.sluice, arguments) { program in
                let workers = try await onThread {
                    while program.isRunning, try !scratch.exists("out/d0") || scratch.files(below: "out/d0").isEmpty {
                        usleep(5000)
                    }
                    defer { program.signal(SIGINT) }
                    return children(of: program.processIdentifier)
                }
                #expect(!workers.isEmpty)
                let result = await program.wait()
                #expect(result.exitCode == 130, "\(result)")
                #expect(result.output.contains("Interrupted. Run the same command again to continue."), "\(result)")
                return workers
            }
            // Not inside #expect: Swift 6.3.1 has been seen to run a neighbour's closure there.
            let noOrphans = await eventually { workers.allSatisfy { kill($0, 0) != 0 } }
            #expect(noOrphans)
            let partial = try scratch.verifiedOutbox()
            #expect(!partial.isEmpty && partial.count < 24, "\(partial.count)")
            let result = try await scratch.process(pipeline: Scratch.slowPipeline)
            #expect(result.exitCode == 0)
            let report = try result.report()
            #expect(report.total == 24 && report.unchanged == partial.count, "\(result)")
            #expect(digests(try scratch.verifiedOutbox()) == digests(try scratch.verifiedOutbox("undisturbed")))
        }
    }

    @Test("abandons what runs at a second Ctrl-C")
    func interruptTwice() async throws {
        try await withScratch { scratch in
            try fill(scratch, 2)
            let arguments = try scratch.processArguments()
            let environment = ["SLUICE_CRASH": "hang:p1"]
            try await withProgram(BuiltPrograms.sluice, arguments, environment: environment) { program in
                let began = try await eventually { try scratch.exists("out/d0/p0.png.json") }
                #expect(began)
                let hasWorkers = await eventually { !children(of: program.processIdentifier).isEmpty }
                #expect(hasWorkers)
                program.signal(SIGINT)
                program.signal(SIGTERM)
                let result = await program.wait()
                #expect(result.exitCode == 130, "\(result)")
            }
            #expect(try scratch.verifiedOutbox().count == 1)
            #expect(try await scratch.process().report().total == 2)
            #expect(try scratch.verifiedOutbox()["d1/p1.png"]?.attempts == 1, "no attempt was counted")
        }
    }

    @Test("loses and doubles nothing when it is killed again and again")
    func killedSupervisor() async throws {
        try await withScratch { scratch in
            try fill(scratch, 60)
            let undisturbed = try scratch.processArguments(out: "undisturbed")
            #expect(try await runProgram(BuiltPrograms.sluice, undisturbed).exitCode == 0)
            let arguments = try scratch.processArguments()
            var random = SeededGenerator(state: 20_261_121)
            var kills = 0
            for _ in 0..<15 {
                try await withProgram(BuiltPrograms.sluice, arguments) { program in
                    // From before the first worker is ready to somewhere in the midst of publishing.
                    let moment = UInt32.random(in: 20_000...450_000, using: &random)
                    kills += try await onThread { killed(program, after: moment) }
                }
                try everySidecarIsComplete(scratch)
            }
            #expect(kills > 0)
            let result = try await scratch.process()
            #expect(result.exitCode == 0, "\(result)")
            #expect(try result.report().total == 60, "\(result)")
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars.count == 60)
            #expect(digests(sidecars) == digests(try scratch.verifiedOutbox("undisturbed")))
        }
    }

    /// At any moment: where a sidecar stands, all that it tells of is there, whole.
    private func everySidecarIsComplete(_ scratch: Scratch) throws {
        guard try scratch.exists("out") else { return }
        let files = try scratch.snapshot(below: "out")
        for name in files.keys where name.hasSuffix(".json") {
            let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("out/\(name)")))
            for rendition in sidecar.renditions {
                #expect(files[rendition.path]?.sha256 == rendition.sha256, "\(rendition.path)")
            }
        }
        // The probe of a start that was killed lies there until the next start.
        let hidden = files.keys.filter { name in
            name != ".sluice-probe" && name.split(separator: "/").last?.hasPrefix(".") == true
        }
        #expect(hidden.isEmpty, "no temporary file")
    }

    @Test("replaces results whole when it is killed while sources change")
    func killedWhileReplacing() async throws {
        try await withScratch { scratch in
            try fill(scratch, 20)
            _ = try await scratch.process()
            for index in 0..<20 {
                try scratch.writePicture(
                    "in/d\(index % 3)/p\(index).png", width: 40, height: 30, seed: 100 + UInt8(index))
            }
            let arguments = try scratch.processArguments()
            var random = SeededGenerator(state: 7)
            for _ in 0..<5 {
                try await withProgram(BuiltPrograms.sluice, arguments) { program in
                    let moment = UInt32.random(in: 50_000...350_000, using: &random)
                    _ = try await onThread { killed(program, after: moment) }
                }
                try everySidecarIsComplete(scratch)
            }
            // And once more: some sources change again, before what was queued for them has run.
            for index in 0..<5 {
                try scratch.writePicture("in/d\(index % 3)/p\(index).png", width: 41, height: 30, seed: UInt8(index))
            }
            let result = try await scratch.process()
            #expect(result.exitCode == 0, "\(result)")
            let sidecars = try scratch.verifiedOutbox()
            let sources = try scratch.snapshot(below: "in")
            #expect(sidecars.count == 20)
            for (path, sidecar) in sidecars { #expect(sidecar.source.sha256 == sources[path]?.sha256, "\(path)") }
        }
    }

    @Test("refuses a second run into the same outbox while one is at work")
    func twoAtOnce() async throws {
        try await withScratch { scratch in
            try fill(scratch, 3)
            let arguments = try scratch.processArguments()
            try await withProgram(
                BuiltPrograms.sluice, arguments, environment: ["SLUICE_CRASH": "hang:p2"]
            ) { program in
                let began = try await eventually { try scratch.exists("out/d0/p0.png.json") }
                #expect(began)
                let second = try await runProgram(BuiltPrograms.sluice, arguments)
                #expect(second.exitCode == 73, "\(second)")
                #expect(second.errors.contains("another sluice is running here"), "\(second)")
                #expect(program.isRunning)
            }
            #expect(try await scratch.process().exitCode == 0)
            #expect(try scratch.verifiedOutbox().count == 3)
        }
    }
}

/// 1 where it was still running after so many microseconds, and was killed.
func killed(_ program: RunningProgram, after microseconds: UInt32) -> Int {
    usleep(microseconds)
    defer { program.signal(SIGKILL) }
    return program.isRunning ? 1 : 0
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
