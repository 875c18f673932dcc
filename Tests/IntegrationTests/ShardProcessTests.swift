import Foundation
import Glibc
import Testing

@testable import Jobs
@testable import Outbox

@Suite("sluice process: shards")
struct ShardProcessTests {
    /// Pictures in several folders; some of which would have results of one name, some that fail.
    private func fill(_ scratch: Scratch, _ count: Int = 18) async throws {
        for index in 0..<count {
            try scratch.writePicture("in/d\(index % 3)/p\(index).png", width: 40, height: 30, seed: UInt8(index))
        }
        for index in 0..<6 {
            // The content counts, not the name: two of one stem, and one whose stem is the others' whole name.
            try scratch.writePicture("in/same/s\(index).png", seed: UInt8(index))
            try scratch.writePicture("in/same/s\(index).jpg", seed: UInt8(index + 100))
            try scratch.writePicture("in/same/s\(index).png.gif", seed: UInt8(index + 200))
            try scratch.write(text: "no picture", to: "in/broken/b\(index).jpg")
        }
    }

    private func states(_ count: Int) -> [String] { (1...count).map { ".sluice/shard-\($0)-of-\(count)" } }

    private func contents(_ scratch: Scratch, _ out: String) throws -> [String: String] {
        // Sidecars tell of times and memory too, which no two runs share.
        try scratch.snapshot(below: out).mapValues(\.sha256).filter { !$0.key.hasSuffix(".json") }
    }

    private func run(_ scratch: Scratch, out: String = "out", _ more: [String] = []) async throws -> FinishedProgram {
        try await runProgram(BuiltPrograms.sluice, scratch.processArguments(out: out) + ["--json"] + more)
    }

    @Test("shards side by side make what one run makes, each source once, names that collide among them")
    func sideBySide() async throws {
        try await withScratch { scratch in
            try await fill(scratch)
            #expect(try await run(scratch, out: "one").exitCode == 65)
            let arguments = try scratch.processArguments() + ["--json"]
            let reports = try await withThrowingTaskGroup { group in
                for number in 1...3 {
                    group.addTask {
                        let result = try await runProgram(
                            BuiltPrograms.sluice, arguments + ["--shard", "\(number)/3"])
                        #expect([0, 65].contains(result.exitCode), "\(result)")
                        return try result.report()
                    }
                }
                var reports: [RunReport] = []
                for try await report in group { reports.append(report) }
                return reports
            }
            #expect(reports.allSatisfy { $0.total > 0 })
            #expect(reports.reduce(0) { $0 + $1.published } == 36 && reports.reduce(0) { $0 + $1.quarantined } == 6)
            let one = try scratch.verifiedOutbox("one")
            let many = try scratch.verifiedOutbox(states: states(3))
            #expect(Set(one.keys) == Set(many.keys) && digests(one) == digests(many))
            #expect(try contents(scratch, "one") == contents(scratch, "out"))
            #expect(one.values.contains { !$0.warnings.isEmpty }, "some names collide")
            for (source, sidecar) in one {
                #expect(many[source]?.warnings == sidecar.warnings)
                #expect(many[source]?.renditions.map(\.path) == sidecar.renditions.map(\.path))
            }
            // A reason lies where its shard's state is.
            let reasons = try states(3).flatMap { try scratch.files(below: "out/\($0)/quarantine") }
            #expect(Set(reasons) == Set((0..<6).map { "broken/b\($0).jpg.error.json" }) && reasons.count == 6)

            // Again, in as many parts, in another number, and in one: nothing is published twice.
            let before = try scratch.snapshot(below: "out")
            for more in [["--shard", "2/3"], ["--shard", "1/2"], ["--shard", "2/2"], [], ["--shard", "3/3"]] {
                let report = try await run(scratch, more).report()
                #expect(report.published == 0 && report.total > 0, "\(more): \(report)")
            }
            #expect(try scratch.snapshot(below: "out") == before)
        }
    }

    @Test("names that one division gave hold in the next, though the sources would come in another order")
    func namesStay() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/s.png", seed: 1)
            #expect(try await run(scratch).exitCode == 0)
            // Of one part now, and before the other in order: without what the first run knew, it had the short name.
            try scratch.writePicture("in/s.jpg", seed: 2)
            for number in 1...2 { #expect(try await run(scratch, ["--shard", "\(number)/2"]).exitCode == 0) }
            let sidecars = try scratch.verifiedOutbox(states: states(2))
            #expect(sidecars["s.png"]?.renditions.map(\.path) == ["s.small.jpg", "s.tiny.png"])
            #expect(sidecars["s.jpg"]?.renditions.map(\.path) == ["s.jpg.small.jpg", "s.jpg.tiny.png"])
            // The first run's journal knows nothing of the second picture, and of a third only what the folder says.
            let last = try await run(scratch).report()
            #expect(last.unchanged == 2 && last.published == 0)
            try scratch.overwrite(Pictures.png(width: 30, height: 20, seed: 9), at: "in/s.png")
            #expect(try await run(scratch, ["--shard", "1/2"]).exitCode == 0)
            #expect(try await run(scratch, ["--shard", "2/2"]).exitCode == 0)
            #expect(try scratch.verifiedOutbox()["s.png"]?.renditions.map(\.path) == ["s.small.jpg", "s.tiny.png"])
        }
    }

    @Test("a shard that is killed goes on where it stood, beside another that works; others are kept out meanwhile")
    func killed() async throws {
        try await withScratch { scratch in
            for index in 0..<40 {
                try scratch.writePicture("in/p\(index).png", width: 40, height: 30, seed: UInt8(index))
            }
            try scratch.writePicture("in/stuck.png")
            let shards = [1, 2].compactMap { Shard(number: $0, of: 2) }
            let path = try #require(RelativePath("stuck.png"))
            let stuck = try #require(shards.first { $0.contains(path, by: .name) })
            let other = try #require(shards.first { $0 != stuck })
            let arguments = try scratch.processArguments(pipeline: Scratch.slowPipeline)
            // One is kept at work by a picture that takes for ever.
            try await withProgram(
                BuiltPrograms.sluice, arguments + ["--shard", "\(stuck)"], environment: ["SLUICE_CRASH": "hang:stuck"]
            ) { program in
                let began = await eventually(within: 60) { !children(of: program.processIdentifier).isEmpty }
                #expect(began, "\(program.errorsSoFar)")
                try await withProgram(BuiltPrograms.sluice, arguments + ["--shard", "\(other)"]) { program in
                    try await onThread {
                        while program.isRunning, try scratch.files(below: "out").count < 4 { usleep(5000) }
                        program.signal(SIGKILL)
                    }
                    _ = await program.wait()
                }
                for (more, words) in [
                    ([], "runs with 2 shards are in progress here"), (["--shard", "1/3"], "not 3"),
                    (["--shard", "\(stuck)"], "another sluice is running here"),
                ] {
                    let refused = try await runProgram(BuiltPrograms.sluice, arguments + more, timeout: 60)
                    #expect(refused.exitCode == 73 && refused.errors.contains(words), "\(more): \(refused)")
                }
                let refused = try await sluice("retry", "--out", "\(scratch.path)/out", "--all", timeout: 60)
                #expect(refused.exitCode == 73, "\(refused)")
                let status = try await sluice("status", "--out", "\(scratch.path)/out", timeout: 60)
                #expect(status.exitCode == 0 && status.output.contains("1 of 2 shards"), "\(status)")
                let resumed = try await runProgram(BuiltPrograms.sluice, arguments + ["--json", "--shard", "\(other)"])
                #expect(resumed.exitCode == 0, "\(resumed)")
                program.signal(SIGKILL)
                _ = await program.wait()
            }
            let last = try await runProgram(BuiltPrograms.sluice, arguments + ["--json", "--shard", "\(stuck)"])
            #expect(last.exitCode == 0, "\(last)")
            #expect(try scratch.verifiedOutbox(states: states(2)).count == 41)
        }
    }

    @Test("status adds the shards up, retry brings back what failed in any of them")
    func statusAndRetry() async throws {
        try await withScratch { scratch in
            for index in 0..<8 { try scratch.write(text: "no picture", to: "in/b\(index).jpg") }
            for number in 1...2 { #expect(try await run(scratch, ["--shard", "\(number)/2"]).exitCode == 65) }
            let status = try await sluice("status", "--out", "\(scratch.path)/out", "--json", timeout: 60)
            let report = try JSONDecoder().decode(ShardedReport.self, from: Data(status.outputBytes))
            #expect(report.journal.jobs == ["quarantined": 8] && report.journal.failures.count == 8)
            #expect(report.shards.map(\.shard) == ["1/2", "2/2"] && !report.running)
            let retried = try await sluice("retry", "--out", "\(scratch.path)/out", "--all", timeout: 60)
            #expect(retried.exitCode == 0, "\(retried)")
            for index in 0..<8 { try scratch.overwrite(Pictures.png(width: 20, height: 10), at: "in/b\(index).jpg") }
            for number in 1...2 { #expect(try await run(scratch, ["--shard", "\(number)/2"]).exitCode == 0) }
            #expect(try scratch.verifiedOutbox(states: states(2)).count == 8)
            #expect(try states(2).allSatisfy { try scratch.files(below: "out/\($0)/quarantine").isEmpty })
        }
    }

    @Test("a shard without sources is done; a dry run tells of its own sources only; nonsense is a usage error")
    func smallThings() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            var counts: [String] = []
            for number in 1...3 {
                let dry = try await run(scratch, ["--dry-run", "--shard", "\(number)/3"])
                counts.append(dry.output.trimmingCharacters(in: .whitespacesAndNewlines))
                let result = try await run(scratch, ["--shard", "\(number)/3"])
                #expect(result.exitCode == 0, "\(result)")
            }
            #expect(
                counts.count { $0.contains(#""process":1"#) } == 1
                    && counts[1].contains(#""shard":"2\/3""#.replacing("\\", with: "")))
            #expect(try scratch.verifiedOutbox(states: states(3)).count == 1)
            for word in ["0/3", "4/3", "nonsense"] {
                #expect(try await run(scratch, ["--shard", word]).exitCode == 64, "\(word)")
            }
            let environment: [String: String?] = [
                "SLURM_ARRAY_TASK_ID": nil, "JOB_COMPLETION_INDEX": nil, "PARALLEL_SEQ": nil,
            ]
            let nowhere = try await scratch.process("--shard", "auto", environment: environment)
            #expect(nowhere.exitCode == 64 && nowhere.errors.contains("SLURM_ARRAY_TASK_ID"), "\(nowhere)")
        }
    }
}

/// What `status --json` prints of a divided outbox.
private struct ShardedReport: Decodable {
    struct Shard: Decodable {
        var shard: String
    }
    struct Journal: Decodable {
        struct Failure: Decodable {
            var source: String
        }
        var jobs: [String: Int]
        var failures: [Failure]
    }
    var running: Bool
    var shards: [Shard]
    var journal: Journal
}
