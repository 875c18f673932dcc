import Foundation
import Glibc
import Jobs
import Testing

@Suite("sluice: commands and exit codes")
struct ProcessCommandTests {
    @Test("prints its version, and help, and help again when asked for nothing")
    func version() async throws {
        let version = try await sluice("--version")
        #expect(version.exitCode == 0 && version.output == "\(sluiceVersion)\n")
        let help = try await sluice("--help")
        #expect(help.exitCode == 0)
        for command in ["process", "watch", "check", "explain", "schema"] { #expect(help.output.contains(command)) }
        let nothing = try await sluice()
        #expect(nothing.exitCode == 0 || nothing.exitCode == 64)
        #expect((nothing.output + nothing.errors).contains("USAGE"))
    }

    @Test(
        "ends with 64 and says what is wrong with the arguments",
        arguments: [
            (["process"], "Missing expected argument"), (["process", "in"], "--pipeline"),
            (["proces", "in"], "proces"),
            (["process", "in", "--pipeline", "web", "--out", "o", "--workers", "0"], "--workers must be a number"),
            (["process", "in", "--pipeline", "web", "--out", "o", "--workers", "x"], "workers"),
            (["process", "in", "--pipeline", "web", "--out", "o", "--memory-cap", "lots"], "memory-cap"),
            (["process", "in", "--pipeline", "web", "--out", "o", "--memory-cap", "48MiB"], "48 MiB is too small"),
            (
                ["process", "in", "--pipeline", "web", "--out", "o", "--memory-cap", "48MiB"],
                "at least 56 MiB in all"
            ),
            (["process", "in", "--pipeline", "web", "--out", "o", "--spill-limit", "lots"], "spill-limit"),
            (["process", "in", "--pipeline", "web", "--out", "in"], "is the input directory itself"),
            (["process", "in", "--pipeline", "web", "--out", "."], "is inside --out"),
            (["process", "in", "--pipeline", "web", "--out", "o", "--frobnicate"], "frobnicate"),
            (["schema", "poem"], "poem"),
        ])
    func usage(_ arguments: [String], _ message: String) async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let result = try await runProgram(BuiltPrograms.sluice, arguments, directory: scratch.path)
            #expect(result.exitCode == 64, "\(result)")
            #expect(result.errors.contains(message), "\(result)")
            #expect(result.output.isEmpty)
            #expect(try scratch.files(hidden: true) == ["in/a.png"], "nothing was written")
        }
    }

    @Test("ends with 66 where there is nothing to read", arguments: ["missing", "file.png", "empty"])
    func noInput(_ name: String) async throws {
        try await withScratch { scratch in
            try scratch.writePicture("file.png")
            try scratch.makeDirectory("empty")
            let result = try await sluice(
                "process", "\(scratch.path)/\(name)", "--pipeline", "web", "--out", "\(scratch.path)/out")
            #expect(result.exitCode == 66, "\(result)")
            #expect(result.errors.contains(name))
        }
    }

    @Test("ends with 78 for a pipeline that is unknown or bad, with the nearest name or the place")
    func badPipeline() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let unknown = try await sluice(
                "process", "in", "--pipeline", "thumbnail", "--out", "out", directory: scratch.path)
            #expect(unknown.exitCode == 78)
            #expect(unknown.errors.contains("thumbnails"), "\(unknown)")
            try scratch.write(
                text: "version: 1\nrenditions:\n  a: { formt: jpeg, quality: 300 }\n", to: "bad.yaml")
            let bad = try await sluice(
                "process", "in", "--pipeline", "bad.yaml", "--out", "out", directory: scratch.path)
            #expect(bad.exitCode == 78)
            #expect(bad.errors.contains("bad.yaml:3:") && bad.errors.contains("formt"), "\(bad)")
            #expect(try !scratch.exists("out"))
            let check = try await sluice("check", "bad.yaml", directory: scratch.path)
            #expect(check.exitCode == 78 && check.errors.contains("bad.yaml:3:"))
            let json = try await sluice("check", "--json", "bad.yaml", directory: scratch.path)
            #expect(json.exitCode == 78)
            #expect((try JSONSerialization.jsonObject(with: Data(json.outputBytes)) as? [Any])?.isEmpty == false)
        }
    }

    @Test("finds the pipelines that come with it in order")
    func check() async throws {
        let result = try await sluice(
            "check", "web", "thumbnails", "social", "shop", "archive", "photo-proof", "archive-denoise", "night",
            "scan-cleanup")
        #expect(result.exitCode == 0, "\(result)")
        #expect(result.output.split(separator: "\n").count == 9)
    }

    @Test("prints its schemas as JSON", arguments: ["pipeline", "sidecar"])
    func schema(_ document: String) async throws {
        let result = try await sluice("schema", document)
        #expect(result.exitCode == 0)
        let object = try JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any]
        #expect(object?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    }

    @Test("ends with 73 where the outbox cannot be written", arguments: ["out", "out/.sluice", "out/.sluice/staging"])
    func unwritable(_ obstacle: String) async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.write(text: "a file", to: obstacle)
            let result = try await scratch.process()
            #expect(result.exitCode == 73, "\(result)")
            #expect(result.errors.contains(obstacle), "\(result)")
            #expect(try scratch.read(obstacle) == Array("a file".utf8))
        }
    }

    @Test("ends with 69 where the worker is missing, or does not start")
    func noWorker() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.makeDirectory("bin")
            // By another process: a descriptor open for writing here could leak into a neighbour's child, and keep the
            // copy from being run.
            let copy = try await runProgram("/bin/cp", [BuiltPrograms.sluice, "\(scratch.path)/bin/sluice"])
            #expect(copy.exitCode == 0)
            let arguments = try scratch.processArguments()
            let missing = try await runProgram(
                "\(scratch.path)/bin/sluice", arguments, environment: ["SLUICE_WORKER": "/nonexistent/worker"])
            #expect(missing.exitCode == 69, "\(missing)")
            #expect(missing.errors.contains("/nonexistent/worker") && missing.errors.contains("bin/sluice-worker"))
            #expect(try !scratch.exists("out"))
            for program in ["/bin/true", "/bin/echo"] {
                let other = try await scratch.process(environment: ["SLUICE_WORKER": program])
                #expect(other.exitCode == 69, "\(other)")
                #expect(other.errors.contains("workers cannot be started"), "\(other)")
            }
            // Nothing was held against the picture.
            #expect(try await scratch.process().report().published == 1)
            #expect(try scratch.verifiedOutbox()["a.png"]?.attempts == 1)
        }
    }

    @Test("explains a picture: what it is, what it takes, what would become of it")
    func explain() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("a.jpg", width: 300, height: 200)
            let result = try await sluice("explain", "\(scratch.path)/a.jpg", "--pipeline", "web")
            #expect(result.exitCode == 0, "\(result)")
            for words in ["png", "300 × 200", "estimate", "renditions", "thumb: jpeg"] {
                #expect(result.output.contains(words), "\(words) in \(result)")
            }
            let json = try await sluice("explain", "\(scratch.path)/a.jpg", "--pipeline", "web", "--json")
            let object = try JSONSerialization.jsonObject(with: Data(json.outputBytes)) as? [String: Any]
            #expect(object?["content"] as? String == "png")
            #expect((object?["renditions"] as? [Any])?.count == 3)
            #expect((object?["memoryPlan"] as? [String: Any])?["way"] as? String == "in-memory")
        }
    }

    @Test("explains which plan a large picture gets under a cap, and what cap it needs where there is none")
    func explainPlans() async throws {
        try await withScratch { scratch in
            // Nothing is decoded to say this.
            try scratch.write(Pictures.pngHeader(width: 8192, height: 8192, isInterlaced: true), to: "i.png")
            try scratch.write(
                text: "version: 1\nrenditions: { flat: { format: png, palette: true } }\n", to: "flat.yaml")
            func explain(_ pipeline: String, _ more: String...) async throws -> (text: String, [String: Any]) {
                let arguments = ["explain", "\(scratch.path)/i.png", "--pipeline", pipeline] + more
                let text = try await runProgram(BuiltPrograms.sluice, arguments)
                let json = try await runProgram(BuiltPrograms.sluice, arguments + ["--json"])
                let object = try JSONSerialization.jsonObject(with: Data(json.outputBytes)) as? [String: Any]
                return (text.output, object ?? [:])
            }
            let restreamed = try await explain("thumbnails", "--memory-cap", "128MiB")
            #expect(restreamed.text.contains("plan: restreamed, as"), "\(restreamed)")
            let plan = restreamed.1["memoryPlan"] as? [String: Any]
            #expect(plan?["way"] as? String == "restreamed" && plan?["restreams"] as? Bool == true)

            let flat = "\(scratch.path)/flat.yaml"
            let spilled = try await explain(flat, "--memory-cap", "128MiB", "--spill-limit", "8GiB")
            #expect(spilled.text.contains("plan: spilled, as") && spilled.text.contains("may be spilled"), "\(spilled)")
            let terms = spilled.1["estimate"] as? [[String: Any]]
            #expect(terms?.contains { $0["kind"] as? String == "spillable" } == true)

            let refused = try await explain(flat, "--memory-cap", "128MiB", "--spill-limit", "0")
            #expect(refused.text.contains("REFUSED: too-large-for-cap"), "\(refused)")
            let needed = try #require(refused.1["capNeeded"] as? Int)
            #expect(needed > 1 << 30)
            let enough = try await explain(flat, "--memory-cap", "\(needed)", "--workers", "1", "--spill-limit", "0")
            #expect((enough.1["memoryPlan"] as? [String: Any])?["way"] as? String == "restreamed", "\(enough)")
        }
    }

    @Test(
        "explains why a file would be refused",
        arguments: [
            ("text", "unsupported-format", 65), ("empty", "empty-file", 65), ("huge.png", "too-", 65),
            ("directory", "not-a-regular-file", 65), ("fifo", "not-a-regular-file", 65), ("missing", "missing", 66),
        ] as [(String, String, Int32)])
    func explainRefusal(_ name: String, _ words: String, _ code: Int32) async throws {
        try await withScratch { scratch in
            try scratch.write(text: "just text", to: "text")
            try scratch.write([], to: "empty")
            try scratch.write(Pictures.pngHeader(width: 2_000_000, height: 2_000_000), to: "huge.png")
            try scratch.makeDirectory("directory")
            mkfifo("\(scratch.path)/fifo", 0o600)
            let result = try await sluice("explain", "\(scratch.path)/\(name)", "--pipeline", "web")
            #expect(result.exitCode == code, "\(result)")
            #expect((result.output + result.errors).contains(words), "\(result)")
        }
    }

    @Test("works with its standard streams closed, and prints into no file of its own")
    func closedStreams() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let run = try await runProgram(
                "/bin/sh",
                [
                    "-c", "exec \"$0\" \"$@\" <&- >&- 2>&-", BuiltPrograms.sluice, "process", "\(scratch.path)/in",
                    "-p",
                    "thumbnails", "--out", "\(scratch.path)/out",
                ])
            #expect(run.exitCode == 0)
            let again = try await sluice(
                "process", "\(scratch.path)/in", "-p", "thumbnails", "--out", "\(scratch.path)/out")
            #expect(again.exitCode == 0)
            #expect(again.output.contains("1 unchanged"))
        }
    }

    @Test("a summary that cannot be written is no success")
    func fullOutput() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let run = try await runProgram(
                "/bin/sh",
                [
                    "-c", "exec \"$0\" \"$@\" > /dev/full", BuiltPrograms.sluice, "process", "\(scratch.path)/in", "-p",
                    "thumbnails", "--out", "\(scratch.path)/out", "--json",
                ])
            #expect(run.exitCode == 73)
            #expect(run.errors.contains("standard output"))
        }
    }

    @Test("what is passed over by rules is counted")
    func passedOver() async throws {
        try await withScratch { scratch in
            let names = ["a.png", ".hidden.png", "b.png.part", "sub/.also.png", "#recycle/c.png", "sub/@eaDir/d.png"]
            for name in names { try scratch.writePicture("in/\(name)") }
            let arguments = ["process", "\(scratch.path)/in", "-p", "thumbnails", "--out", "\(scratch.path)/out"]
            let words = "3 files and 2 folders skipped: hidden, unfinished, or passed over by a rule"
            let forecast = try await runProgram(BuiltPrograms.sluice, arguments + ["--dry-run"])
            #expect(forecast.output.contains("1 to process") && forecast.output.contains(words), "\(forecast)")
            let json = try await runProgram(BuiltPrograms.sluice, arguments + ["--json"])
            let summary = try JSONSerialization.jsonObject(with: Data(json.outputBytes)) as? [String: Any]
            #expect(summary?["passedOver"] as? Int == 3)
            #expect(summary?["passedOverFolders"] as? Int == 2)
            #expect(summary?["total"] as? Int == 1)
            let text = try await runProgram(BuiltPrograms.sluice, arguments)
            #expect(text.output.contains(words))
        }
    }

    @Test("readers that go away do not end the work")
    func goneReaders() async throws {
        try await withScratch { scratch in
            for number in UInt8(1)...6 { try scratch.writePicture("in/\(number).png", seed: number) }
            let run = try await runProgram(
                "/bin/sh",
                [
                    "-c", "\"$0\" \"$@\" 2>&1 | exec true", BuiltPrograms.sluice, "process", "\(scratch.path)/in",
                    "-p", "tag", "--out", "\(scratch.path)/out", "--json",
                ])
            #expect(run.exitCode == 0)
            let done = try scratch.files(below: "out").count { $0.hasSuffix(".png.json") }
            #expect(done == 6)
        }
    }
}
