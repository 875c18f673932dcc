import Glibc
import LinuxIO
import Testing

@Suite("sluice process: two pipelines, one outbox")
struct ProcessPipelineTests {
    @Test("results of another pipeline are never deleted without a word")
    func otherPipeline() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            #expect(try await scratch.process().exitCode == 0)
            let before = try scratch.snapshot(below: "out")
            try scratch.write(text: Scratch.quickPipeline.replacing("tiny", with: "other"), to: "second.yaml")
            func second(_ more: String...) async throws -> FinishedProgram {
                try await runProgram(
                    BuiltPrograms.sluice,
                    ["process", "\(scratch.path)/in", "-p", "\(scratch.path)/second.yaml", "-o", "\(scratch.path)/out"]
                        + more)
            }
            for more in [[], ["--dry-run"]] {
                let refused = try await second(more.first ?? "--json")
                #expect(refused.exitCode == 64, "\(refused)")
                #expect(refused.errors.contains("'pipeline'") && refused.errors.contains("'second'"), "\(refused)")
                #expect(try scratch.snapshot(below: "out") == before)
            }
            // The same pipeline, changed, takes its own results' place; another one where that is wanted.
            let changed = Scratch.quickPipeline.replacing("width: 16", with: "width: 8")
            #expect(try await scratch.process(pipeline: changed).report().published == 1)
            #expect(try await second("--overwrite").exitCode == 0)
            #expect(try scratch.exists("out/a.other.png") && !scratch.exists("out/a.tiny.png"))
        }
    }

    @Test("what is missing is made again, unless only what is new is asked for")
    func onlyNew() async throws {
        try await withScratch { scratch in
            for name in ["a", "b"] { try scratch.writePicture("in/\(name).png", seed: name == "a" ? 1 : 2) }
            #expect(try await scratch.process().report().published == 2)
            try scratch.remove("out/a.tiny.png")
            let left = try await scratch.process("--only-new").report()
            #expect(left.published == 0 && left.unchanged == 2)
            #expect(try await scratch.process("--only-new", "--dry-run").output.contains(#""unchanged":2"#))
            #expect(try await scratch.process().report().published == 1)
        }
    }

    @Test(
        "an empty path is refused, whatever it is for",
        arguments: [
            ["process", "DIR", "-p", "web", "-o", ""], ["process", "", "-p", "web", "-o", "out"],
            ["watch", "--config", ""], ["status", "--out", ""], ["report", ""], ["doctor", "--out", ""],
            ["check", ""], ["explain", "", "-p", "web"], ["train", "DIR", "--out", ""],
        ])
    func emptyPaths(arguments: [String]) async throws {
        try await withScratch { scratch in
            let result = try await runProgram(
                BuiltPrograms.sluice, arguments.map { $0 == "DIR" ? scratch.path : $0 })
            #expect(result.exitCode == 64, "\(result)")
            #expect(result.errors.contains("is empty"), "\(result)")
        }
    }
}
