import Testing

@Suite("What 'sluice process' passes over")
struct ProcessIgnoreTests {
    private func process(_ scratch: Scratch, _ more: String..., out: String = "out") async throws -> FinishedProgram {
        try scratch.write(text: Scratch.quickPipeline, to: "pipeline.yaml")
        return try await runProgram(
            BuiltPrograms.sluice, ["process", "in", "--pipeline", "pipeline.yaml", "--out", out] + more,
            directory: scratch.path)
    }

    private func sidecars(_ scratch: Scratch, _ out: String = "out") throws -> [String] {
        try scratch.files(below: out).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".sluice/") }.sorted()
    }

    @Test("follows --ignore and the files of the tree, the command line first")
    func patterns() async throws {
        try await withScratch { scratch in
            for name in ["a.png", "b.png", "raw/c.png", "2019/d.png", "2019/raw/e.png", "#recycle/f.png"] {
                try scratch.writePicture("in/\(name)")
            }
            try scratch.write(text: "# originals\nraw/\n", to: "in/.sluiceignore")
            try scratch.write(text: "*.png\n", to: "in/2019/.sluiceignore")
            let first = try await process(scratch, "--ignore", "/b.*")
            #expect(first.exitCode == 0, "\(first)")
            #expect(try sidecars(scratch) == ["a.png.json"])
            let second = try await process(
                scratch, "--ignore", "*.png", "--ignore", "!d.png", "--ignore", "!#recycle", "--ignore", "!f.png")
            #expect(second.exitCode == 0, "\(second)")
            #expect(try sidecars(scratch) == ["#recycle/f.png.json", "2019/d.png.json", "a.png.json"])
        }
    }

    @Test("refuses what is no pattern, and names it")
    func faults() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let result = try await process(scratch, "--ignore", "*.bak", "--ignore", "[a-")
            #expect(result.exitCode == 64, "\(result)")
            #expect(result.errors.contains("--ignore: '[a-' has a '[' without its ']'"), "\(result)")
            #expect(try !scratch.exists("out"))
        }
    }

    @Test("goes on where a line of a file is no pattern, and tells file and line, even when quiet")
    func faultyFile() async throws {
        try await withScratch { scratch in
            for name in ["a.png", "sub/b.png", "sub/c.png"] { try scratch.writePicture("in/\(name)") }
            try scratch.write(text: "b.png\n\n[x\n", to: "in/sub/.sluiceignore")
            for more in [["--dry-run"], ["--quiet"]] {
                let result = try await runProgram(
                    BuiltPrograms.sluice, ["process", "in", "--pipeline", "thumbnails", "--out", "out"] + more,
                    directory: scratch.path)
                #expect(result.exitCode == 0, "\(result)")
                let times = result.errors.split(separator: "\n").count {
                    $0.contains("'sub/.sluiceignore' line 3: '[x'")
                }
                #expect(times == 1, "\(result)")
            }
            #expect(try sidecars(scratch) == ["a.png.json", "sub/c.png.json"])
        }
    }

    @Test("passes over outboxes of earlier runs, whatever they are called, and tells it")
    func outboxes() async throws {
        try await withScratch { scratch in
            for name in ["a.png", "sub/b.png"] { try scratch.writePicture("in/\(name)") }
            #expect(try await process(scratch, out: "in/out-old").exitCode == 0)
            #expect(try await process(scratch, "--shard", "1/2", out: "in/sub/halves").exitCode == 0)
            let result = try await process(scratch, out: "in/out")
            #expect(result.exitCode == 0 && result.output.contains("2 sources in"), "\(result)")
            #expect(result.output.contains("2 folders skipped"), "\(result)")
            #expect(result.errors.contains("'out-old' is an outbox of Sluice: passed over"), "\(result)")
            #expect(result.errors.contains("'sub/halves' is an outbox of Sluice: passed over"), "\(result)")
            #expect(!result.errors.contains("'out'"), "\(result)")
            #expect(try sidecars(scratch, "in/out") == ["a.png.json", "sub/b.png.json"])
            let quiet = try await process(scratch, "--quiet", out: "in/out")
            #expect(quiet.errors.isEmpty, "\(quiet)")
        }
    }
}
