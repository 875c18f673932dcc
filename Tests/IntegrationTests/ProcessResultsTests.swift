import Foundation
import Jobs
import Testing

@Suite("sluice process: results")
struct ProcessResultsTests {
    @Test(
        "makes every rendition and a sidecar of pictures in sub-folders, and tells the truth about them",
        .enabled(if: Tool.vips.isInstalled, "the vips command makes the pictures"))
    func tree() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 64, height: 48)
            for (seed, path) in ["x/b.jpg", "x/y/c.webp", "x/y/d.gif", "z/e.tif"].enumerated() {
                try await scratch.convertPicture(to: "in/\(path)", width: 64, height: 48, seed: UInt8(seed))
            }
            let result = try await scratch.process()
            #expect(result.exitCode == 0, "\(result)")
            let report = try result.report()
            #expect(report.published == 5 && report.renditions == 10 && report.total == 5)
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars.keys.sorted() == ["a.png", "x/b.jpg", "x/y/c.webp", "x/y/d.gif", "z/e.tif"])
            #expect(sidecars["x/y/c.webp"]?.renditions.map(\.path) == ["x/y/c.small.jpg", "x/y/c.tiny.png"])
            for (path, sidecar) in sidecars {
                #expect(sidecar.source.width == 64 && sidecar.source.height == 48, "\(path)")
                #expect(sidecar.source.sha256 == (try scratch.snapshot(below: "in")[path]?.sha256), "\(path)")
                for rendition in sidecar.renditions {
                    let size = try await dimensions("\(scratch.path)/out/\(rendition.path)")
                    #expect(size == "\(rendition.width)x\(rendition.height)", "\(rendition.path)")
                }
            }
            #expect(sidecars["z/e.tif"]?.source.format == .tiff && sidecars["x/b.jpg"]?.source.format == .jpeg)
        }
    }

    private func dimensions(_ path: String) async throws -> String {
        let header = try #require(Tool.vips.path).dropLast("vips".count) + "vipsheader"
        let width = try await runProgram(String(header), ["-f", "width", path])
        let height = try await runProgram(String(header), ["-f", "height", path])
        return [width, height].map { $0.output.trimmingCharacters(in: .whitespacesAndNewlines) }.joined(separator: "x")
    }

    @Test("does nothing the second time: no output is touched")
    func secondRun() async throws {
        try await withScratch { scratch in
            for seed in 0..<4 { try scratch.writePicture("in/d/p\(seed).png", seed: UInt8(seed)) }
            try scratch.write(text: "no picture", to: "in/bad.jpg")
            #expect(try await scratch.process().exitCode == 65)
            let before = try scratch.snapshot(below: "out")
            let result = try await scratch.process()
            #expect(result.exitCode == 65)
            let report = try result.report()
            #expect(report.unchanged == 4 && report.published == 0 && report.quarantined == 1)
            #expect(report.failures.map(\.before) == [true])
            #expect(try scratch.snapshot(below: "out") == before, "same inodes, same times, same bytes")
        }
    }

    @Test("takes a source that was only touched as unchanged, by its content")
    func touched() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            _ = try await scratch.process()
            let before = try scratch.snapshot(below: "out")
            try scratch.touch("in/a.png", seconds: 1_000_000_000)
            let report = try await scratch.process().report()
            #expect(report.unchanged == 1 && report.published == 0)
            #expect(try scratch.snapshot(below: "out") == before)
            // And the new time is remembered.
            #expect(try await scratch.process().report().unchanged == 1)
        }
    }

    @Test("replaces the results of a source whose content changed, with one complete set")
    func changed() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", seed: 1)
            try scratch.writePicture("in/b.png", seed: 2)
            _ = try await scratch.process()
            let before = try scratch.verifiedOutbox()
            try scratch.writePicture("in/a.png", seed: 9)
            let report = try await scratch.process().report()
            #expect(report.published == 1 && report.unchanged == 1)
            let after = try scratch.verifiedOutbox()
            #expect(before["b.png"] == after["b.png"])
            #expect(before["a.png"]?.source.sha256 != after["a.png"]?.source.sha256)
            #expect(before["a.png"]?.renditions.map(\.sha256) != after["a.png"]?.renditions.map(\.sha256))
        }
    }

    @Test("does everything again for another pipeline, and removes what the new one no longer makes")
    func changedPipeline() async throws {
        try await withScratch { scratch in
            for seed in 0..<3 { try scratch.writePicture("in/p\(seed).png", seed: UInt8(seed)) }
            _ = try await scratch.process()
            #expect(try scratch.exists("out/p0.tiny.png"))
            let other = """
                version: 1
                renditions:
                  small: { resize: { width: 20 }, format: jpeg }
                """
            let report = try await scratch.process(pipeline: other).report()
            #expect(report.published == 3 && report.renditions == 3)
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars.values.allSatisfy { $0.renditions.map(\.width) == [20] })
            #expect(try !scratch.exists("out/p0.tiny.png"))
        }
    }

    @Test(
        "makes a rendition again that was deleted, and says so in a dry run", arguments: ["a.small.jpg", "a.png.json"])
    func deleted(_ name: String) async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            _ = try await scratch.process()
            let before = digests(try scratch.verifiedOutbox())
            try scratch.remove("out/\(name)")
            let forecast = try await scratch.process("--dry-run")
            #expect(forecast.output.contains(#""process":1"#), "\(forecast)")
            #expect(try await scratch.process().report().published == 1)
            #expect(digests(try scratch.verifiedOutbox()) == before)
        }
    }

    @Test(
        "gives the second of two sources with one stem full names, and says so in its sidecar",
        .enabled(if: Tool.vips.isInstalled, "the vips command makes the pictures"))
    func collision() async throws {
        try await withScratch { scratch in
            try await scratch.convertPicture(to: "in/a.jpg", seed: 1)
            try scratch.writePicture("in/a.png", seed: 2)
            let first = try await scratch.process()
            #expect(try first.report().published == 2, "\(first)")
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars["a.jpg"]?.renditions.map(\.path) == ["a.small.jpg", "a.tiny.png"])
            #expect(sidecars["a.jpg"]?.warnings == [])
            #expect(sidecars["a.png"]?.renditions.map(\.path) == ["a.png.small.jpg", "a.png.tiny.png"])
            #expect(sidecars["a.png"]?.warnings.count { $0.hasPrefix("name-collision") } == 1)
            // Names stay, whichever of them changes.
            try scratch.writePicture("in/a.png", seed: 3)
            _ = try await scratch.process()
            #expect(try scratch.verifiedOutbox()["a.png"]?.renditions.first?.path == "a.png.small.jpg")
        }
    }

    @Test("leaves a stranger's file in the outbox alone", arguments: ["a.small.jpg", "a.tiny.png", "a.png.json"])
    func foreign(_ name: String) async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.writePicture("in/b.png")
            try scratch.write(text: "mine", to: "out/\(name)")
            let before = try scratch.snapshot(below: "out")
            for _ in 0..<2 {
                let result = try await scratch.process()
                #expect(result.exitCode == 65)
                #expect(try result.report().codes == ["name-taken": 1])
                #expect(try scratch.snapshot(below: "out")[name] == before[name])
                let sidecars = try scratch.verifiedOutbox(foreign: [name])
                #expect(sidecars.keys.sorted() == ["b.png"], "nothing of a.png but its reason")
                #expect(try scratch.errorFile("a.png").message.contains(name))
            }
            // Another pipeline, which does not make that name: what was never its own is not swept away.
            let other = "version: 1\nrenditions:\n  other: { resize: { width: 9 }, format: webp }\n"
            _ = try await scratch.process(pipeline: other)
            #expect(try scratch.snapshot(below: "out")[name] == before[name])
            // Out of the way, it goes through, though neither source nor pipeline changed.
            try scratch.remove("out/\(name)")
            #expect(try await scratch.process().exitCode == 0)
            #expect(try scratch.verifiedOutbox().keys.sorted() == ["a.png", "b.png"])
            #expect(try !scratch.exists("out/.sluice/quarantine/a.png.error.json"))
        }
    }

    @Test("meets a name of a new pipeline that a stranger's file has: it is not replaced")
    func foreignLater() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            _ = try await scratch.process()
            try scratch.write(text: "mine", to: "out/a.other.webp")
            let other = "version: 1\nrenditions:\n  other: { resize: { width: 9 }, format: webp }\n"
            for _ in 0..<2 {
                let result = try await scratch.process(pipeline: other)
                #expect(result.exitCode == 65)
                #expect(try scratch.read("out/a.other.webp") == Array("mine".utf8))
            }
            // What was published before is still whole.
            #expect(try scratch.verifiedOutbox(foreign: ["a.other.webp"]).keys.sorted() == ["a.png"])
        }
    }

    @Test("quarantines a source whose result meets a directory or a file in a directory's place, and goes on")
    func directoryInTheWay() async throws {
        try await withScratch { scratch in
            for name in ["a", "b", "d/c"] { try scratch.writePicture("in/\(name).png") }
            try scratch.makeDirectory("out/a.small.jpg")
            try scratch.write(text: "mine", to: "out/d")
            for more in ["--recursive", "--overwrite"] {
                let result = try await scratch.process(more)
                #expect(result.exitCode == 65, "\(result)")
                #expect(try result.report().codes == ["name-taken": 2], "\(result)")
                #expect(try scratch.verifiedOutbox(foreign: ["d"]).keys.sorted() == ["b.png"])
            }
        }
    }

    @Test("replaces strangers' files and does everything again with --overwrite")
    func overwrite() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.writePicture("in/b.png")
            try scratch.write(text: "mine", to: "out/a.small.jpg")
            _ = try await scratch.process()
            let result = try await scratch.process("--overwrite")
            #expect(result.exitCode == 0, "\(result)")
            #expect(try result.report().published == 2)
            #expect(try scratch.verifiedOutbox().keys.sorted() == ["a.png", "b.png"])
        }
    }

    @Test("writes nothing in a dry run")
    func dryRun() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.write(text: "no picture", to: "in/b.jpg")
            let before = try scratch.snapshot(below: "in")
            let arguments = try scratch.processArguments() + ["--dry-run"]
            let result = try await runProgram(BuiltPrograms.sluice, arguments)
            #expect(result.exitCode == 0)
            #expect(result.output.contains("would process a.png") && result.output.contains("would refuse b.jpg"))
            #expect(result.output.contains("1 to process, 0 unchanged, 1 to refuse"))
            #expect(try !scratch.exists("out"))
            #expect(try scratch.snapshot(below: "in") == before)
        }
    }

    @Test("says nothing with --quiet but what failed")
    func quiet() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let arguments = try scratch.processArguments() + ["--quiet"]
            let good = try await runProgram(BuiltPrograms.sluice, arguments)
            #expect(good.exitCode == 0 && good.output.isEmpty && good.errors.isEmpty, "\(good)")
            try scratch.write(text: "no picture", to: "in/b.jpg")
            let bad = try await runProgram(BuiltPrograms.sluice, arguments)
            #expect(bad.exitCode == 65)
            #expect(bad.errors.contains("b.jpg: unsupported-format"), "\(bad)")
        }
    }

    @Test("looks at the directory itself only with --no-recursive")
    func flat() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.writePicture("in/d/b.png")
            let result = try await scratch.process("--no-recursive")
            #expect(result.exitCode == 0, "\(result)")
            #expect(try result.report().total == 1)
            #expect(try scratch.verifiedOutbox().keys.sorted() == ["a.png"])
        }
    }

    @Test("passes over hidden files, and what programs write while a transfer is under way")
    func ignored() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let ignored = [".hidden.png", "b.png.part", "c.crdownload", "d.png~", "Thumbs.db", "._a.png", ".git/e.png"]
            for name in ignored + ["@eaDir/f.png"] { try scratch.writePicture("in/\(name)") }
            let result = try await scratch.process()
            #expect(result.exitCode == 0)
            #expect(try result.report().total == 1)
            #expect(try scratch.verifiedOutbox().keys.sorted() == ["a.png"])
        }
    }

    @Test("does not take results as sources where the outbox lies in the directory", arguments: ["out", "x/../out"])
    func outputInside(_ out: String) async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.write(text: Scratch.quickPipeline, to: "pipeline.yaml")
            for expected in ["1 published", "1 unchanged"] {
                let result = try await sluice(
                    "process", "in", "--pipeline", "pipeline.yaml", "--out", "in/\(out)", directory: scratch.path)
                #expect(result.exitCode == 0, "\(result)")
                #expect(result.output.contains("1 source in") && result.output.contains(expected), "\(result)")
            }
            #expect(try scratch.verifiedOutbox("in/out").count == 1)
        }
    }

    @Test("counts every source once after another run was cut short")
    func countsAfterResume() async throws {
        try await withScratch { scratch in
            for seed in 0..<12 { try scratch.writePicture("in/p\(seed).png", seed: UInt8(seed)) }
            let arguments = try scratch.processArguments()
            try await withProgram(BuiltPrograms.sluice, arguments) { program in
                let began = try await eventually { try scratch.exists("out/p0.png.json") }
                #expect(began)
                program.signal(9)
                _ = await program.wait()
            }
            let report = try await scratch.process().report()
            #expect(report.total == 12)
            #expect(try scratch.verifiedOutbox().count == 12)
        }
    }

    @Test(
        "writes sidecars that validate against the published schema",
        .enabled(if: Tool.python3.isInstalled, "python3 with jsonschema validates"))
    func schema() async throws {
        let python = try #require(Tool.python3.path)
        let present = try await runProgram(python, ["-c", "import jsonschema"])
        guard present.exitCode == 0 else { return }
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.writePicture("in/a.jpg", seed: 3)
            try scratch.write(Pictures.png(width: 40, height: 30), to: Array("in/n".utf8) + [0xFF] + Array(".png".utf8))
            _ = try await scratch.process()
            let schema = try await sluice("schema", "sidecar")
            #expect(schema.exitCode == 0)
            try scratch.write(schema.outputBytes, to: "schema.json")
            let check = """
                import json, sys, glob, jsonschema
                schema = json.load(open(sys.argv[1]))
                validator = jsonschema.Draft202012Validator(schema)
                validator.check_schema(schema)
                files = glob.glob(sys.argv[2] + '/*.json')
                for file in files: validator.validate(json.load(open(file)))
                print(len(files))
                """
            let result = try await runProgram(
                python, ["-W", "ignore", "-c", check, "\(scratch.path)/schema.json", "\(scratch.path)/out"])
            #expect(result.output == "3\n", "\(result)")
        }
    }
}
