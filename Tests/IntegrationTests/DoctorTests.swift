import Foundation
import Glibc
import LinuxIO
import Testing

@testable import Doctor

/// What `doctor --json` prints.
private struct DoctorAnswer: Decodable {
    struct Finding: Decodable {
        var section: String
        var name: String
        var state: String
        var detail: String
        var advice: String?
    }
    var usable: Bool
    var trouble: String?
    var findings: [Finding]

    func named(_ name: String) -> Finding? { findings.first { $0.name == name } }
}

@Suite("sluice doctor")
struct DoctorTests {
    private func doctor(
        _ arguments: [String], environment: [String: String?] = [:]
    ) async throws -> (exit: Int32?, answer: DoctorAnswer) {
        let result = try await runProgram(
            BuiltPrograms.sluice, ["doctor", "--json"] + arguments, environment: environment)
        return (result.exitCode, try JSONDecoder().decode(DoctorAnswer.self, from: Data(result.outputBytes)))
    }

    @Test("tells of kernel, memory, inotify, the worker's libraries and each piece of its sandbox")
    func machine() async throws {
        let (exit, answer) = try await doctor([])
        #expect(exit == 0 && answer.usable && answer.trouble == nil)
        for name in [
            "kernel", "memory", "memory cap", "max_user_watches", "max_user_instances", "max_queued_events", "program",
            "libvips", "SQLite", "libraries", "control group", "open files", "clock", "systemd", "reads", "writes",
            "descriptors", "limits", "no_new_privs", "landlock", "seccomp",
        ] {
            #expect(answer.named(name) != nil, "\(name)")
        }
        #expect(answer.named("reads")?.detail.hasPrefix("jpeg, png, webp, tiff, gif") == true)
        #expect(answer.findings.allSatisfy { $0.state == "ok" || $0.advice?.isEmpty == false })
    }

    @Test(
        "who may drop files is told from an inbox' rights",
        arguments: [
            (0o40750, "only its owner", nil), (0o42770, "members of its group", nil),
            (0o40770, "keep their owner's group", "chmod g+s /in"), (0o41777, "only their owners", "chmod -t /in"),
            (0o40777, "everyone", "chmod 2770 /in"),
        ] as [(UInt32, String, String?)])
    func permissions(mode: UInt32, words: String, advice: String?) {
        let permissions = InboxPermissions(mode: mode)
        #expect(permissions.words.contains(words))
        #expect((permissions.advice("/in") == nil) == (advice == nil))
        #expect(permissions.advice("/in")?.hasPrefix(advice ?? "") != false)
    }

    @Test(
        "how writers are noticed is told of an inbox",
        arguments: [
            (true, false, true, .leases), (true, false, false, .ownLeases), (false, false, true, .events),
            (nil, false, true, .events), (true, true, true, .none), (nil, true, false, .none),
        ] as [(Bool?, Bool, Bool, WriterDetection)])
    func writers(hasLeases: Bool?, isRemote: Bool, mayLease: Bool, veto: WriterDetection) {
        let traits = hasLeases.map { hasLeases in
            var traits = FileSystemTraits()
            traits.hasLeases = hasLeases
            return traits
        }
        #expect(WriterDetection(traits: traits, isRemote: isRemote, mayLease: mayLease) == veto)
        #expect((veto.advice != nil) == (veto == .none))
    }

    @Test("what a file system lacks is told; an ordinary one lacks nothing")
    func lacks() {
        #expect(FileSystemTraits.ordinary.lacks.isEmpty)
        var traits = FileSystemTraits()
        traits.renamesWithoutReplacing = false
        traits.hasStableInodes = false
        traits.hasChangeTimes = false
        #expect(traits.lacks.count == 3)
    }

    @Test("is quick: people run it again and again")
    func quick() async throws {
        let began = monotonicNanoseconds()
        _ = try await doctor([])
        // A second on a quiet machine is the aim; here others may build.
        #expect(monotonicNanoseconds() - began < 10_000_000_000)
    }

    @Test("is laid out for people: a heading a section, columns below each other, the verdict last")
    func text() async throws {
        let result = try await sluice("doctor")
        #expect(result.exitCode == 0, "\(result)")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.contains("machine") && lines.contains("worker") && lines.contains("sandbox"))
        #expect(lines.last { !$0.isEmpty }?.hasPrefix("Sluice works here: ") == true)
        let findings = lines.filter { $0.hasPrefix("  ok") || $0.hasPrefix("  warn") }
        #expect(findings.count > 10)
        // The third column begins where it does everywhere.
        let names = findings.compactMap { $0.dropFirst(8).range(of: "  ")?.lowerBound }
        #expect(names.count == findings.count)
        #expect(result.errors.isEmpty)
    }

    @Test("says that the sandbox is switched off")
    func switchedOff() async throws {
        let (exit, answer) = try await doctor([], environment: ["SLUICE_SANDBOX": "off"])
        #expect(exit == 0)
        #expect(answer.named("sandbox")?.state == "warn")
        #expect(answer.named("sandbox")?.detail.contains("SLUICE_SANDBOX=off") == true)
    }

    @Test("ends with 69 where no worker starts, and still tells the rest")
    func noWorker() async throws {
        for program in ["/bin/false", "/bin/echo"] {
            let (exit, answer) = try await doctor([], environment: ["SLUICE_WORKER": program])
            #expect(exit == 69 && answer.trouble == "missing-dependency" && !answer.usable)
            #expect(answer.named("program")?.state == "fail")
            #expect(answer.named("kernel") != nil)
        }
    }

    @Test("ends with 78 at a bad configuration, with its faults")
    func badConfiguration() async throws {
        try await withScratch { scratch in
            try scratch.write(text: "version: 1\ninbox: in\npipeline: wbe\n", to: "sluice.yaml")
            let (exit, answer) = try await doctor(["--config", "\(scratch.path)/sluice.yaml"])
            #expect(exit == 78 && answer.trouble == "bad-configuration")
            #expect(answer.named("configuration")?.detail.contains("sluice.yaml:3:11: pipeline") == true)
        }
    }

    @Test("looks at the directories of a configuration that is not in use yet, and makes none of them")
    func fresh() async throws {
        try await withScratch { scratch in
            _ = try WatchedPlace(scratch)
            let before = try scratch.snapshot(hidden: true)
            let (exit, answer) = try await doctor(["--config", "\(scratch.path)/sluice.yaml"])
            #expect(exit == 0, "\(answer)")
            #expect(answer.named("inbox main")?.detail.contains("written and synced") == true)
            #expect(answer.named("inbox main writers")?.detail.contains("events") == true)
            #expect(answer.named("outbox")?.detail.contains("will be created") == true)
            #expect(answer.named("journal")?.detail.contains("does not exist yet") == true)
            #expect(try scratch.snapshot(hidden: true) == before, "nothing is left behind")
            #expect(try !scratch.exists("outbox"))
        }
    }

    @Test(
        "leaves a supervisor that is at work alone, and says that it is there", .enabled(if: Tool.python3.isInstalled))
    func besideWatch() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try await place.settleAll(program)
                for _ in 0..<3 {
                    let (exit, answer) = try await doctor(["--config", "\(scratch.path)/sluice.yaml"])
                    #expect(exit == 0, "\(answer)")
                    #expect(answer.named("supervisor")?.detail.contains("\(program.processIdentifier)") == true)
                    #expect(answer.named("journal")?.detail.contains("WAL, intact, ") == true)
                    for name in ["staging → outbox", "main → archive", "main → quarantine"] {
                        #expect(answer.named(name)?.state == "ok", "\(name): \(answer)")
                    }
                }
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
                #expect(!program.errorsSoFar.contains("sluice-doctor"), "\(program.errorsSoFar)")
            }
            #expect(try scratch.files(below: "quarantine").isEmpty)
            #expect(try scratch.files(hidden: true).allSatisfy { !$0.contains("sluice-doctor") })
            try place.expectWholeOutbox()
            // When it is gone, that is told too.
            let (_, answer) = try await doctor(["--config", "\(scratch.path)/sluice.yaml"])
            #expect(answer.named("supervisor")?.detail.contains("not running") == true)
        }
    }

    @Test("looks at an output of process; a journal that is damaged, or none, is called so")
    func output() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            #expect(try await scratch.process().exitCode == 0)
            let (exit, answer) = try await doctor(["--out", "\(scratch.path)/out"])
            #expect(exit == 0, "\(answer)")
            #expect(answer.named("journal")?.detail.contains("1 job;") == true)
            #expect(answer.named("staging → outbox")?.state == "ok")
            let state = try scratch.files(below: "out/.sluice", hidden: true)
            #expect(state == ["division", "journal.sqlite", "staging/lock"], "nothing is left behind")

            try scratch.write([UInt8](repeating: 0x55, count: 8192), to: "out/.sluice/journal.sqlite")
            let damaged = try await doctor(["--out", "\(scratch.path)/out"])
            #expect(damaged.exit == 73 && damaged.answer.named("journal")?.state == "fail")
            #expect(try scratch.read("out/.sluice/journal.sqlite").count == 8192, "and left as it is")
        }
    }

    @Test("ends with 73 where a directory cannot be made or is none")
    func unwritable() async throws {
        try await withScratch { scratch in
            try scratch.write(text: "a file", to: "file")
            let (exit, answer) = try await doctor(["--out", "\(scratch.path)/file"])
            #expect(exit == 73 && answer.trouble == "unwritable")
            #expect(answer.named("outbox")?.state == "fail" && answer.named("outbox")?.advice != nil)
        }
    }

    @Test(
        "finds out that staging and outbox, or inbox and archive, are on different mounts",
        .enabled(if: access("/dev/shm", W_OK) == 0, "needs a second file system"))
    func mounts() async throws {
        try await withScratch { scratch in
            let elsewhere = "/dev/shm/sluice-doctor-test-\(uniqueRandomHex(6))"
            #expect(mkdir(elsewhere, 0o700) == 0)
            defer { rmdir(elsewhere) }
            for name in ["inbox", "outbox", "staging", "quarantine"] { try scratch.makeDirectory(name) }
            try scratch.write(text: Scratch.quickPipeline, to: "Pipelines/quick.yaml")
            let common = "version: 1\ninbox: inbox\npipeline: quick\noutbox: outbox\n"
            try scratch.write(text: common + "archive: \(elsewhere)\nstaging: staging\n", to: "archive.yaml")
            let (exit, answer) = try await doctor(["--config", "\(scratch.path)/archive.yaml"])
            #expect(exit == 0, "\(answer)")
            #expect(answer.named("inbox → archive")?.state == "warn")
            #expect(answer.named("inbox → archive")?.detail.contains("copied, verified") == true)
            #expect(answer.named("staging → outbox")?.state == "ok")

            try scratch.makeDirectory("archive")
            try scratch.write(text: common + "staging: \(elsewhere)\n", to: "staging.yaml")
            let apart = try await doctor(["--config", "\(scratch.path)/staging.yaml"])
            #expect(apart.exit == 73)
            #expect(apart.answer.named("staging → outbox")?.state == "fail", "\(apart.answer)")
        }
    }
}
