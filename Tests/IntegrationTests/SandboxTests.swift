import Foundation
import Glibc
import LinuxIO
import Testing
import WorkerProtocol

@Suite(
    "The worker's sandbox: what is forbidden is tried from inside the real worker",
    .enabled(if: isDebugBuild, "only debug builds of the worker can be asked to try"))
struct SandboxTests {
    /// A worker's staging directory, and another one beside it with a file.
    private struct Cell {
        let scratch: Scratch
        var staging: String { "\(scratch.path)/staging" }
        var other: String { "\(scratch.path)/other" }

        init(_ scratch: Scratch) throws {
            self.scratch = scratch
            try scratch.write(text: "staged", to: "staging/file")
            try scratch.write(text: "private", to: "other/file")
        }

        /// What a worker says of an attempt that it makes after it has confined itself.
        func attempt(
            _ attempt: String, hasStaging: Bool = true, environment: [String: String?] = [:], inherited: String = ""
        ) async throws -> String {
            // The shell stays: a worker dies with the thread that started it.
            let command = "\"$0\" \"$@\" \(inherited); exit $?"
            let arguments =
                ["-c", command, BuiltPrograms.worker] + (hasStaging ? ["--staging", staging] : []) + ["--try", attempt]
            let result = try await runProgram("/bin/sh", arguments, environment: environment)
            try #require(result.exitCode == 0, "\(attempt): \(result)")
            return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        func report(environment: [String: String?] = [:]) async throws -> ConfinementReport {
            let text = try await attempt("report", environment: environment)
            return try JSONDecoder().decode(ConfinementReport.self, from: Data(text.utf8))
        }

        /// `OTHER` and `STAGING` stand for the directories.
        func placed(_ attempt: String) -> String {
            attempt.replacing("OTHER", with: other).replacing("STAGING", with: staging)
        }
    }

    private func withCell(_ body: (Cell) async throws -> Void) async throws {
        try await withScratch { try await body(Cell($0)) }
    }

    private func holds(_ piece: ConfinementReport.Piece, _ name: String) -> Bool {
        guard case .missing(let why) = piece else { return true }
        print("skipped: no \(name) here (\(why))")
        return false
    }

    @Test(
        "no file but libraries and staging can be read, written, made, listed or removed",
        arguments: [
            "read:/etc/passwd", "read:OTHER/file", "list:OTHER", "list:/", "list:/etc", "list:/proc",
            "write:OTHER/file",
            "write:/proc/self/clear_refs", "create:OTHER/new", "create:/tmp/sluice-escaped", "make-directory:OTHER/new",
            "remove:OTHER/file", "link:STAGING/link", "link:OTHER/link", "read:/dev/kmsg", "work:OTHER",
        ])
    func files(attempt: String) async throws {
        try await withCell { cell in
            guard holds(try await cell.report().landlock, "Landlock") else { return }
            let before = try cell.scratch.snapshot()
            let answer = try await cell.attempt(cell.placed(attempt))
            #expect(answer.hasPrefix("refused 13 ") || answer.hasPrefix("refused 1 "), "\(attempt): \(answer)")
            #expect(try cell.scratch.snapshot() == before)
        }
    }

    @Test("all that a job does in staging can be done, libraries can be read, and /dev/null be written")
    func work() async throws {
        try await withCell { cell in
            let allowed = [
                "work:STAGING", "read:STAGING/file", "list:STAGING", "create:STAGING/new", "remove:STAGING/new",
                "list:/usr/lib", "read:/proc/self/maps", "write:/dev/null", "read:/dev/urandom", "thread",
            ]
            for attempt in allowed {
                let answer = try await cell.attempt(cell.placed(attempt))
                #expect(answer == "done", "\(attempt): \(answer)")
            }
        }
    }

    @Test("a worker without staging writes nowhere")
    func withoutStaging() async throws {
        try await withCell { cell in
            guard holds(try await cell.report().landlock, "Landlock") else { return }
            for attempt in ["create:STAGING/new", "read:STAGING/file", "work:STAGING"] {
                let answer = try await cell.attempt(cell.placed(attempt), hasStaging: false)
                #expect(answer.hasPrefix("refused 13 "), "\(attempt): \(answer)")
            }
        }
    }

    @Test(
        "no socket, no other process, no new program or process, no other part of the kernel can be reached",
        arguments: [
            "tcp", "udp", "unix", "pair", "ptrace", "read-memory", "signal", "limit-parent", "leave-group",
            "forget-parent", "execve", "fork", "user-namespace", "cloned-namespace", "bpf", "io_uring", "keyctl",
            "mount", "userfaultfd", "truncate:STAGING/file", "chmod:STAGING/file", "chmod:OTHER/file",
            "touch:OTHER/file", "pipe:STAGING/pipe",
        ])
    func systemCalls(attempt: String) async throws {
        try await withCell { cell in
            guard holds(try await cell.report().seccomp, "seccomp") else { return }
            let before = try cell.scratch.snapshot()
            let answer = try await cell.attempt(cell.placed(attempt))
            #expect(answer.hasPrefix("refused \(EPERM) "), "\(attempt): \(answer)")
            #expect(try cell.scratch.snapshot() == before)
        }
    }

    @Test("clone3 seems not to exist, so that libraries take clone; x32 calls are refused")
    func otherCalls() async throws {
        try await withCell { cell in
            guard holds(try await cell.report().seccomp, "seccomp") else { return }
            #expect(try await cell.attempt("clone3").hasPrefix("refused \(ENOSYS) "))
            #if arch(x86_64)
                #expect(try await cell.attempt("x32").hasPrefix("refused \(EPERM) "))
            #endif
        }
    }

    @Test("the kernel itself says NoNewPrivs 1 and Seccomp 2")
    func status() async throws {
        try await withCell { cell in
            let report = try await cell.report()
            if holds(report.noNewPrivileges, "no_new_privs") {
                #expect(try await cell.attempt("status:NoNewPrivs") == "1")
            }
            if holds(report.seccomp, "seccomp") { #expect(try await cell.attempt("status:Seccomp") == "2") }
        }
    }

    @Test("what a worker inherits beyond standard input, output and error is closed")
    func descriptors() async throws {
        try await withCell { cell in
            let open = try await cell.attempt("descriptors", inherited: "7</etc/passwd 9>>/dev/null 3</etc/hostname")
                .split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
            #expect(open.contains { $0[0] == "0" } && open.contains { $0[0] == "2" })
            for entry in open where !["0", "1", "2"].contains(entry[0]) {
                let target = entry.count > 1 ? entry[1] : ""
                let isFigure = ["/status", "/statm", "/clear_refs"].contains { target.hasSuffix($0) }
                #expect(target.hasPrefix("/proc/") && isFigure, "only its own figures are open: \(entry)")
            }
        }
    }

    @Test("core files have no size, descriptors are few, and neither limit can be raised again")
    func limits() async throws {
        try await withCell { cell in
            #expect(try await cell.attempt("limit:core") == "0 0")
            let files = try await cell.attempt("limit:nofile").split(separator: " ").compactMap { UInt64($0) }
            #expect(files.count == 2 && files.allSatisfy { $0 <= 256 }, "\(files)")
        }
    }

    @Test("switched off for development, it says so, and the same attempts go through: the tests above are no accident")
    func switchedOff() async throws {
        try await withCell { cell in
            let off: [String: String?] = ["SLUICE_SANDBOX": "off"]
            let report = try await cell.report(environment: off)
            #expect(report.isSwitchedOff)
            #expect(report.shortfall?.contains("SLUICE_SANDBOX=off") == true)
            for attempt in [
                "read:/etc/passwd", "read:OTHER/file", "list:OTHER", "create:OTHER/new", "remove:OTHER/new", "tcp",
                "udp",
                "unix", "pair", "signal", "fork", "chmod:STAGING/file", "touch:OTHER/file", "pipe:STAGING/pipe",
                "forget-parent",
            ] {
                let answer = try await cell.attempt(cell.placed(attempt), environment: off)
                #expect(answer == "done", "\(attempt): \(answer)")
            }
        }
    }

    @Test(
        "where the kernel lacks a piece the worker carries on without it, keeps the others, and says so",
        .enabled(if: Tool.strace.isInstalled, "strace stands in for the older kernel"),
        arguments: [
            ("landlock_create_ruleset", "ENOSYS", "landlock"), ("landlock_create_ruleset", "EOPNOTSUPP", "landlock"),
            ("landlock_restrict_self", "EPERM", "landlock"), ("seccomp", "EINVAL", "seccomp"),
        ])
    func olderKernel(call: String, error: String, piece: String) async throws {
        try await withCell { cell in
            let strace = try #require(Tool.strace.path)
            func run(_ attempt: String) async throws -> FinishedProgram {
                try await runProgram(
                    strace,
                    [
                        "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):error=\(error)",
                        BuiltPrograms.worker, "--staging", cell.staging, "--try", attempt,
                    ])
            }
            let result = try await run("report")
            guard result.exitCode == 0 else {
                // Containers may forbid ptrace.
                print("skipped: strace does not work here: \(result.errors)")
                return
            }
            let report = try JSONDecoder().decode(ConfinementReport.self, from: Data(result.outputBytes))
            let missing = report.pieces.filter { if case .missing = $0.piece { true } else { false } }.map(\.name)
            let missingAnyway = try await cell.report().pieces
                .filter { if case .missing = $0.piece { true } else { false } }.map(\.name)
            #expect(Set(missing) == Set(missingAnyway + [piece]))
            #expect(report.shortfall?.contains(piece) == true)
            let read = try await run(cell.placed("read:OTHER/file"))
            #expect(read.output.hasPrefix("done") == missing.contains("landlock"), "\(read)")
            let socket = try await run("tcp")
            #expect(socket.output.hasPrefix("refused 1 ") == !missing.contains("seccomp"), "\(socket)")
        }
    }

    @Test(
        "before Linux 5.9 inherited descriptors are closed one by one",
        .enabled(if: Tool.strace.isInstalled, "strace stands in for the older kernel"))
    func withoutCloseRange() async throws {
        try await withCell { cell in
            let strace = try #require(Tool.strace.path)
            let command =
                "\"$0\" -f -qq -o /dev/null -e trace=close_range -e inject=close_range:error=ENOSYS \"$@\" "
                + "7</etc/hostname 9</etc/hostname; exit $?"
            let result = try await runProgram(
                "/bin/sh",
                ["-c", command, strace, BuiltPrograms.worker, "--staging", cell.staging, "--try", "descriptors"])
            guard result.exitCode == 0 else {
                print("skipped: strace does not work here: \(result.errors)")
                return
            }
            #expect(!result.output.contains("hostname"), "\(result)")
            #expect(result.output.contains("0 "))
        }
    }

    @Test("a staging directory that cannot be opened ends the worker, which says why")
    func missingStaging() async throws {
        let result = try await runProgram(
            "/bin/sh", ["-c", "\"$0\" \"$@\"; exit $?", BuiltPrograms.worker, "--staging", "/nonexistent/staging"])
        #expect(result.exitCode == 73, "\(result)")
        #expect(result.errors.contains("/nonexistent/staging"))
    }
}
