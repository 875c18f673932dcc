import Foundation
import Glibc
import LinuxIO
import Testing

@testable import Jobs
@testable import Retry
@testable import Text

@Suite("sluice retry", .enabled(if: Tool.python3.isInstalled))
struct RetryTests {
    private func retry(_ scratch: Scratch, _ arguments: [String], directory: String? = nil) async throws -> (
        program: FinishedProgram, report: RetryRun.Report?
    ) {
        let result = try await runProgram(
            BuiltPrograms.sluice, ["retry", "--config", "\(scratch.path)/sluice.yaml", "--json"] + arguments,
            directory: directory, timeout: 60)
        return (result, try? JSONDecoder().decode(RetryRun.Report.self, from: Data(result.outputBytes)))
    }

    /// Puts files where a watch would have put them: quarantined, with their reasons.
    private func quarantine(
        _ scratch: Scratch, _ path: String, source: String? = nil, inbox: String? = "main", day: Int = 1
    ) throws {
        let error = ErrorFile(
            sluice: "0.1", source: source ?? path, nameBytes: nil, inbox: inbox, error: JobError(.damaged, "x"),
            attempts: 1, firstSeen: "2026-01-01T00:00:00Z", lastSeen: "2026-01-0\(day)T00:00:00Z",
            pipeline: .init(name: "cheap", digest: "d"))
        try scratch.write(Array(JSONEncoder().encode(error)), to: unescaped("quarantine/\(path).error.json"))
        try scratch.write(Pictures.png(width: 9, height: 9), to: unescaped("quarantine/\(path)"))
    }

    @Test("beside a running watch: what comes back is tried afresh, whatever the journal says of it")
    func running() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let long = String(repeating: "n", count: 250) + ".png"
            try await place.watched(environment: ["SLUICE_CRASH": "segfault:crash"]) { program in
                try scratch.writePicture("inbox/sub/crash.png", seed: 1)
                try scratch.writePicture("inbox/\(long)", seed: 2)
                try scratch.drop(Array("no picture".utf8), at: "inbox/bad.png")
                try await place.settleAll(program)
                try await expectSoon(within: 60) { try scratch.files(below: "quarantine").count == 6 }
                #expect(await place.stop(program).exitCode == 0)
            }
            let before = try scratch.snapshot(below: "quarantine")
            #expect(before["sub/crash.png"] != nil && before[long] != nil)
            // With the cause gone, two of them will do, in fresh attempts.
            try await place.watched { program in
                let (result, report) = try await retry(scratch, ["--all"])
                #expect(result.exitCode == 0, "\(result)")
                #expect(report?.retried.map(\.source).sorted() == ["bad.png", long, "sub/crash.png"])
                #expect(report?.retried.allSatisfy { $0.inbox == "main" } == true)
                try await place.expectSidecars(["sub/crash.png.json"], program, within: 60)
                #expect(try place.sidecar("sub/crash.png.json").attempts == 1)
                // They fail again, for they are what they were: the journal's old row has not stopped them.
                try await expectSoon(within: 60) {
                    let both = try await [place.states(of: "bad.png"), place.states(of: long)]
                    return both.allSatisfy { $0 == ["superseded", "quarantined"] }
                }
                try await place.settleAll(program)
                let (again, one) = try await retry(scratch, ["quarantine/bad.png"], directory: scratch.path)
                #expect(again.exitCode == 0 && one?.retried.map(\.source) == ["bad.png"], "\(again)")
                try await expectSoon(within: 60) { try await place.states(of: "bad.png").count == 3 }
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            try place.expectWholeOutbox()
            let after = try scratch.snapshot(below: "quarantine")
            #expect(Set(after.keys) == Set(before.keys.filter { !$0.contains("crash") }))
            #expect(after["bad.png"]?.inode == before["bad.png"]?.inode, "the very file")
            #expect(try scratch.files(below: "inbox").isEmpty)
        }
    }

    @Test("a file is found by every name that it has")
    func names() async throws {
        try await withScratch { scratch in
            _ = try WatchedPlace(scratch)
            let odd = #"sub/\xff\x0a-rf %n%s.png"#
            func putAway() throws {
                if try scratch.exists("inbox/sub/a.png") { try scratch.remove("inbox/sub/a.png") }
                try quarantine(scratch, "sub/a~2.png", source: "sub/a.png")
                try quarantine(scratch, odd)
            }
            #expect(symlink("quarantine", "\(scratch.path)/alias") == 0)
            let absolute = "\(scratch.path)/quarantine/sub/a~2.png"
            for name in [
                absolute, "\(absolute).error.json", "\(scratch.path)/alias/sub/a~2.png", "sub/a~2.png", "./sub/a~2.png",
                "sub/a.png", "\(scratch.path)/inbox/sub/a.png", "../quarantine/sub/a~2.png",
            ] {
                try putAway()
                let (result, report) = try await retry(scratch, [name], directory: "\(scratch.path)/inbox")
                #expect(result.exitCode == 0, "\(name): \(result)")
                #expect(
                    report?.retried == [.init(source: "sub/a.png", inbox: "main", from: "sub/a~2.png")], "\(name)")
                #expect(try scratch.files(below: "inbox") == ["sub/a.png"])
                #expect(try scratch.files(below: "quarantine") == [odd, "\(odd).error.json"])
            }
            let (result, report) = try await retry(scratch, ["--", odd])
            #expect(result.exitCode == 0 && report?.retried.map(\.source) == [odd], "\(result)")
            #expect(try scratch.files(below: "inbox") == ["sub/a.png", odd].sorted())
            // As a shell passes it: bytes that are no text.
            try scratch.directory.unlink(unescaped("inbox/\(odd)"))
            try quarantine(scratch, odd)
            let script = #"cd "$1" && exec "$0" retry --config ../sluice.yaml -- sub/*rf*.png"#
            let globbed = try await runProgram(
                "/bin/sh", ["-c", script, BuiltPrograms.sluice, "\(scratch.path)/quarantine"])
            #expect(globbed.exitCode == 0, "\(globbed)")
            #expect(try scratch.files(below: "quarantine").isEmpty)
            // A folder stands for what is in it.
            try putAway()
            try scratch.directory.unlink(unescaped("inbox/\(odd)"))
            let (folder, both) = try await retry(scratch, ["sub/"])
            #expect(folder.exitCode == 0 && both?.retried.count == 2, "\(folder)")
        }
    }

    @Test(
        "of two files that had one name the newer comes back, whichever has the name in the quarantine",
        arguments: [1, 2])
    func newer(first: Int) async throws {
        try await withScratch { scratch in
            _ = try WatchedPlace(scratch)
            try quarantine(scratch, "sub/a.png", day: first)
            try quarantine(scratch, "sub/a~2.png", source: "sub/a.png", day: 3 - first)
            let (older, newer) = first == 1 ? ("sub/a.png", "sub/a~2.png") : ("sub/a~2.png", "sub/a.png")
            for arguments in [["--all"], ["sub/a.png"], ["sub"]] {
                let (_, report) = try await retry(scratch, arguments)
                #expect(report?.retried == [.init(source: "sub/a.png", inbox: "main", from: newer)], "\(arguments)")
                #expect(try scratch.files(below: "quarantine") == [older, "\(older).error.json"])
                try scratch.remove("inbox/sub/a.png")
                try quarantine(scratch, newer, source: "sub/a.png", day: 2)
            }
            // The older one where it is meant, and nothing else can be.
            let (result, report) = try await retry(scratch, ["\(scratch.path)/quarantine/\(older)"])
            #expect(report?.retried.map(\.from) == [older], "\(result)")
        }
    }

    @Test("a source that failed before another of its name was done is out of the way, and comes back when it is named")
    func superseded() async throws {
        try await withScratch { scratch in
            _ = try WatchedPlace(scratch)
            try quarantine(scratch, ".superseded/sub/a.png", source: "sub/a.png")
            #expect(try await retry(scratch, ["--all"]).program.exitCode == 66)
            #expect(try await retry(scratch, ["sub/a.png"]).program.exitCode != 0)
            let (result, report) = try await retry(scratch, [".superseded/sub/a.png"])
            #expect(result.exitCode == 0 && report?.retried.map(\.source) == ["sub/a.png"], "\(result)")
            #expect(try scratch.files(below: "inbox") == ["sub/a.png"])
        }
    }

    @Test("refusals: a name that is taken, an inbox that is not known, nothing there")
    func refusals() async throws {
        try await withScratch { scratch in
            let quick = WatchedPlace.quick
            _ = try WatchedPlace(
                scratch,
                inboxes: [
                    "one: { path: inbox, pipeline: cheap, \(quick) }",
                    "two: { path: second, pipeline: cheap, \(quick) }",
                ])
            #expect(try await retry(scratch, ["--all"]).program.exitCode == 66, "no quarantine yet")
            #expect(try await retry(scratch, []).program.exitCode == 64)
            #expect(try await retry(scratch, ["--all", "x"]).program.exitCode == 64)
            try scratch.makeDirectory("quarantine")
            #expect(try await retry(scratch, ["--all"]).program.exitCode == 66)

            try scratch.makeDirectory("second")
            try quarantine(scratch, "one/taken.png", source: "taken.png", inbox: "one")
            try scratch.write(text: "a new one", to: "inbox/taken.png")
            try quarantine(scratch, "one/old.png", source: "old.png", inbox: "formerly")
            try quarantine(scratch, "lost.png", source: "lost.png", inbox: nil)
            try quarantine(scratch, "two/told.png", source: "told.png", inbox: nil)
            let before = try scratch.snapshot(below: "quarantine")
            let (result, report) = try await retry(scratch, ["--all"])
            #expect(result.exitCode == 65, "\(result)")
            #expect(report?.retried == [.init(source: "told.png", inbox: "two", from: "two/told.png")])
            let reasons = Dictionary(uniqueKeysWithValues: (report?.left ?? []).map { ($0.file, $0.reason) })
            #expect(Set(reasons.keys) == ["one/taken.png", "one/old.png", "lost.png"])
            #expect(reasons["one/taken.png"]?.contains("left alone") == true)
            #expect(reasons["one/old.png"]?.contains("'one', 'two'") == true)
            #expect(reasons["lost.png"]?.contains("'one', 'two'") == true)
            #expect(result.errors.contains("left in quarantine: one/old.png"), "\(result)")
            #expect(try scratch.read("inbox/taken.png") == Array("a new one".utf8))
            #expect(try scratch.snapshot(below: "quarantine") == before.filter { !$0.key.contains("told") })
            #expect(try scratch.files(below: "second") == ["told.png"])

            let (missing, none) = try await retry(scratch, ["nowhere.png"])
            #expect(missing.exitCode == 65 && none?.left.map(\.file) == ["nowhere.png"], "\(missing)")
        }
    }

    @Test(
        "over two file systems it is copied; one that was copied before a crash is not copied twice",
        .enabled(if: geteuid() == 0))
    func otherFileSystem() async throws {
        try await withScratch { scratch in
            _ = try WatchedPlace(scratch)
            try scratch.makeDirectory("quarantine")
            let there = "\(scratch.path)/quarantine"
            guard try await runProgram("/bin/mount", ["-t", "tmpfs", "tmpfs", there]).exitCode == 0 else {
                return print("skipped: no file system can be mounted here")
            }
            do {
                for name in ["a.png", "again.png", "taken.png"] { try quarantine(scratch, name) }
                try scratch.writePicture("inbox/again.png", width: 9, height: 9)
                try scratch.writePicture("inbox/taken.png", width: 9, height: 9, seed: 1)
                let digest = try scratch.snapshot(below: "quarantine")["a.png"]?.sha256
                let (result, report) = try await retry(scratch, ["--all"])
                #expect(result.exitCode == 65, "\(result)")
                #expect(report?.retried.map(\.source) == ["a.png", "again.png"])
                #expect(try scratch.snapshot(below: "inbox")["a.png"]?.sha256 == digest)
                #expect(try scratch.files(below: "inbox") == ["a.png", "again.png", "taken.png"])
                #expect(try scratch.files(below: "quarantine") == ["taken.png", "taken.png.error.json"])
            } catch {
                _ = try? await runProgram("/bin/umount", ["-l", there])
                throw error
            }
            #expect(try await runProgram("/bin/umount", ["-l", there]).exitCode == 0)
        }
    }

    @Test("of process runs: the next run does them again; not while one is under way")
    func process() async throws {
        try await withScratch { scratch in
            let out = "\(scratch.path)/out"
            #expect(try await sluice("retry", "--out", out, "--all").exitCode == 66)
            try scratch.write(text: "no picture", to: "in/sub/bad.png")
            try scratch.write([], to: Array("in/".utf8) + [0xFF] + Array(".png".utf8))
            try scratch.writePicture("in/good.png")
            #expect(try await scratch.process().exitCode == 65)
            #expect(try await scratch.process().report().failures.allSatisfy(\.before))
            // Its content stays what it is; only the journal can make the next run look again.
            let result = try await sluice("retry", "--out", out, "--json", "sub/bad.png")
            #expect(result.exitCode == 0, "\(result)")
            #expect(try !scratch.exists("out/.sluice/quarantine/sub/bad.png.error.json"))
            var report = try await scratch.process().report()
            #expect(
                Set(report.failures.map { "\($0.source) \($0.before)" }) == ["sub/bad.png false", #"\xff.png true"#])
            #expect(try scratch.errorFile("sub/bad.png").code == .unsupportedFormat)
            #expect(try await sluice("retry", "--out", out, "nowhere.png").exitCode == 65)
            #expect(try await sluice("retry", "--out", out, "--all").exitCode == 0)
            #expect(try await sluice("retry", "--out", out, "--all").exitCode == 66)
            #expect(try scratch.files(below: "out/.sluice/quarantine").isEmpty)
            report = try await scratch.process().report()
            #expect(report.failures.count == 2 && !report.failures.contains { $0.before })

            try scratch.writePicture("in/stuck.png")
            let arguments = try scratch.processArguments()
            try await withProgram(BuiltPrograms.sluice, arguments, environment: ["SLUICE_CRASH": "hang:stuck"]) {
                program in
                let began = await eventually(within: 60) { !children(of: program.processIdentifier).isEmpty }
                #expect(began)
                let refused = try await sluice("retry", "--out", out, "--all")
                #expect(refused.exitCode == 73, "\(refused)")
                #expect(refused.errors.contains("another sluice is running here"), "\(refused)")
            }
            #expect(try await scratch.process().report().published == 1)
            #expect(try scratch.verifiedOutbox().count == 2)
        }
    }
}
