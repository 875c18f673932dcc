import Foundation
import Glibc
import LinuxIO
import Testing
import WebClient

@testable import Web

extension WatchedPlace {
    /// With a free port of this machine.
    static let listening = "http: { listen: '127.0.0.1:0' }"

    /// The port that the log tells.
    func port(of program: RunningProgram) throws -> UInt16 {
        let match = program.errorsSoFar.firstMatch(of: /http:\/\/127\.0\.0\.1:([0-9]+)\//)
        return try #require(match.flatMap { UInt16($0.1) }, "\(program.errorsSoFar)")
    }

    /// What `/health` says, with its status; nil where it does not answer within a second.
    func health(_ port: UInt16) throws -> (status: Int, health: Health)? {
        let client = try WebClient(port: port)
        client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        guard let answer = client.answer(within: 1) else { return nil }
        return (answer.status, try JSONDecoder().decode(Health.self, from: Data(answer.body)))
    }

    func healthBecomes(
        _ status: Health.Status, _ port: UInt16, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Health {
        var last: (status: Int, health: Health)?
        _ = try await eventually(within: 60) {
            last = try health(port)
            return last?.health.status == status
        }
        let found = try #require(last, sourceLocation: sourceLocation)
        #expect(found.health.status == status, "\(found.health)", sourceLocation: sourceLocation)
        #expect(found.status == (status == .ok ? 200 : 503), sourceLocation: sourceLocation)
        return found.health
    }
}

@Suite("Health and metrics of sluice watch, over HTTP")
struct WebTests {
    @Test("a life: idle, at work, done; metrics that Prometheus takes; what is not there, not allowed, or too long")
    func life() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: WatchedPlace.listening)
            try await place.watched { program in
                let port = try place.port(of: program)
                let idle = try await place.healthBecomes(.ok, port)
                #expect(idle.why == [] && idle.lastSuccess == nil && idle.queue.oldestSeconds == nil)
                #expect(
                    idle.memory.cap == 256 << 20 && idle.memory.used > 1 << 20 && idle.memory.used < idle.memory.cap)
                #expect(idle.models == [])
                try scratch.drop(Array("no picture".utf8), at: "inbox/bad.png")
                try await place.settleAll(program)
                let done = try await place.healthBecomes(.ok, port)
                #expect(done.queue.quarantined == 1 && (done.lastSuccessSeconds ?? 99) < 60)
                usleep(250_000)
                let metrics = try #require(try get("/metrics", port: port))
                #expect(metrics.status == 200)
                #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
                try expectPrometheusText(metrics.text)
                for line in [
                    #"sluice_jobs_total{state="done",code=""} 2"#,
                    #"sluice_jobs_total{state="quarantined",code="unsupported-format"} 1"#,
                    "sluice_job_duration_seconds_count 2", "sluice_memory_estimate_ratio_count 2",
                    #"sluice_rendition_duration_seconds_count{format="png"} 2"#,
                    #"sluice_stage_duration_seconds_count{stage="resize"} 2"#,
                ] {
                    #expect(metrics.text.contains("\n\(line)\n"), "\(line) is missing in\n\(metrics.text)")
                }
                #expect(metrics.text.contains(/sluice_journal_commit_duration_seconds_count [1-9]/))
                #expect(metrics.text.contains(/sluice_workers_started_total [1-9]/))
                if let promtool = Tool.promtool.path {
                    try scratch.write(text: metrics.text, to: "metrics.txt")
                    let result = try await runProgram(
                        "/bin/sh", ["-c", #"exec "$0" check metrics < "$1""#, promtool, "\(scratch.path)/metrics.txt"])
                    #expect(result.exitCode == 0 && result.errors == "", "\(result)")
                } else {
                    print("promtool is not there (package prometheus): the form was checked, its own opinion was not")
                }
                let healthz = try #require(try get("/healthz", port: port))
                #expect(healthz.status == 200 && healthz.headers["content-type"] == "application/json")
                let head = try #require(try get("/health", port: port, method: "HEAD"))
                #expect(head.status == 200 && head.body == [] && (Int(head.headers["content-length"] ?? "") ?? 0) > 100)
                #expect(try get("/no/such", port: port)?.status == 404)
                #expect(try get("/health", port: port, method: "DELETE")?.status == 405)
                #expect(try get("/../../etc/passwd", port: port)?.status == 400)
                #expect(try get("/" + String(repeating: "x", count: 3000), port: port)?.status == 414)
                let long = ["Host: localhost", "X: " + String(repeating: "y", count: 9000)]
                #expect(try get("/health", port: port, headers: long)?.status == 431)
                let tls = try WebClient(port: port)
                tls.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01])
                #expect(tls.answer()?.status == 400)
                // A page elsewhere whose name was given this machine's address.
                #expect(try get("/health", port: port, headers: ["Host: evil.example:\(port)"])?.status == 421)
                #expect(await place.stop(program).exitCode == 0)
                #expect(throws: (any Error).self) { try WebClient(port: port) }
            }
        }
    }

    @Test("degraded while an inbox is gone; ok again by itself; stopping while it drains")
    func degraded() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 1\ndrain: 60s\n\(WatchedPlace.listening)")
            try await place.watched(environment: ["SLUICE_CRASH": "hang:stuck"]) { program in
                let port = try place.port(of: program)
                _ = try await place.healthBecomes(.ok, port)
                try scratch.move("inbox", to: "elsewhere")
                let gone = try await place.healthBecomes(.degraded, port)
                #expect(gone.why.count == 1 && gone.why[0].contains("the inbox 'main'"), "\(gone.why)")
                try scratch.move("elsewhere", to: "inbox")
                let back = try await place.healthBecomes(.ok, port)
                #expect(back.why == [])
                try await place.settleAll(program)

                try scratch.writePicture("inbox/stuck.png")
                let busy = try await eventually(within: 60) { try place.health(port)?.health.queue.running == 1 }
                #expect(busy)
                program.signal(SIGTERM)
                let stopping = try await place.healthBecomes(.stopping, port)
                #expect(stopping.why.first?.contains("stopping: finishing") == true)
            }
        }
    }

    @Test(
        "a full disk: degraded with the reason, answered all the while; ok again by itself",
        .enabled(if: geteuid() == 0))
    func fullDisk() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, more: "workers: 1\noutbox: small/outbox\nstaging: small/.staging\n\(WatchedPlace.listening)")
            try scratch.makeDirectory("small")
            let mounted = try await runProgram(
                "/bin/mount", ["-t", "tmpfs", "-o", "size=4m,nr_inodes=40", "tmpfs", "\(scratch.path)/small"])
            guard mounted.exitCode == 0 else { return print("skipped: no file system can be mounted here") }
            do {
                try await place.watched { program in
                    let port = try place.port(of: program)
                    _ = try await place.healthBecomes(.ok, port)
                    var ballast = 0
                    while (try? OpenFile("\(scratch.path)/small/ballast-\(ballast)")) != nil { ballast += 1 }
                    try scratch.writePicture("inbox/a.png")
                    let paused = try await place.healthBecomes(.degraded, port)
                    #expect(paused.why.first?.contains("No space left on device") == true, "\(paused.why)")
                    usleep(250_000)
                    #expect(try get("/metrics", port: port)?.text.contains("\nsluice_paused 1\n") == true)
                    for number in 0..<ballast { try scratch.remove("small/ballast-\(number)") }
                    let well = try await place.healthBecomes(.ok, port)
                    #expect(well.why == [])
                    let came = try await eventually(within: 90) { try scratch.exists("small/outbox/a.png.json") }
                    #expect(came, "\(program.errorsSoFar)")
                }
            } catch {
                _ = try? await runProgram("/bin/umount", ["-l", "\(scratch.path)/small"])
                throw error
            }
            #expect(try await runProgram("/bin/umount", ["-l", "\(scratch.path)/small"]).exitCode == 0)
        }
    }

    @Test(
        "with a token everything needs it, over TCP; what is too short, open to everybody, or wide without one is refused"
    )
    func token() async throws {
        try await withScratch { scratch in
            try scratch.write(text: "a-secret-of-some-length\nand more\n", to: "token")
            let place = try WatchedPlace(scratch, more: "http: { listen: '127.0.0.1:0', token-file: token }")
            func refused(_ http: String) async throws -> String {
                let place = try WatchedPlace(scratch, more: "http: \(http)")
                _ = place
                let result = try await sluice("watch", "--config", "\(scratch.path)/sluice.yaml", timeout: 60)
                #expect(result.exitCode == 78, "\(result)")
                return result.errors
            }
            #expect(chmod("\(scratch.path)/token", 0o600) == 0)
            try await place.watched { program in
                let port = try place.port(of: program)
                #expect(try get("/health", port: port)?.status == 401)
                let asked = try get("/metrics", port: port)
                #expect(asked?.headers["www-authenticate"]?.hasPrefix("Basic realm=") == true)
                let right = ["Host: anything.example", "Authorization: Bearer a-secret-of-some-length"]
                #expect(try get("/health", port: port, headers: right)?.status == 200)
                // "x:a-secret-of-some-length"
                let basic = ["Host: a", "Authorization: Basic eDphLXNlY3JldC1vZi1zb21lLWxlbmd0aA=="]
                #expect(try get("/health", port: port, headers: basic)?.status == 200)
                #expect(!program.errorsSoFar.contains("a-secret"))
            }
            let wide = try await refused("{ listen: '0.0.0.0:0' }")
            #expect(wide.contains("http.listen") && wide.contains("token-file"), "\(wide)")
            #expect(chmod("\(scratch.path)/token", 0o644) == 0)
            let open = try await refused("{ listen: '0.0.0.0:0', token-file: token }")
            #expect(open.contains("chmod o-r"), "\(open)")
            try scratch.write(text: "short\n", to: "token")
            #expect(chmod("\(scratch.path)/token", 0o600) == 0)
            #expect(try await refused("{ listen: '127.0.0.1:0', token-file: token }").contains("at least 16"))
            #expect(try await refused("{ listen: '127.0.0.1:0', token-file: none }").contains("No such file"))
        }
    }

    @Test("a port that is taken is an error that names the key")
    func takenPort() async throws {
        try await withScratch { scratch in
            let socket = try ListeningSocket.tcp(host: "127.0.0.1", port: 0)
            _ = try WatchedPlace(scratch, more: "http: { listen: '\(socket.address)' }")
            let result = try await sluice("watch", "--config", "\(scratch.path)/sluice.yaml", timeout: 60)
            #expect(result.exitCode == 69 && result.errors.contains("http.listen"), "\(result)")
            #expect(result.errors.contains("Address already in use"))
        }
    }

    @Test("a Unix socket: for any Host; gone when it ends, and a dead one's place is taken")
    func unixSocket() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "http: { listen: 'unix:page.sock' }")
            for killed in [true, false] {
                try await place.watched { program in
                    let client = try WebClient(path: "\(scratch.path)/page.sock")
                    client.send("GET /health HTTP/1.1\r\nHost: anything.example\r\n\r\n")
                    #expect(client.answer()?.status == 200)
                    if !killed { #expect(await place.stop(program).exitCode == 0) }
                }
                #expect(try scratch.exists("page.sock") == killed)
            }
        }
    }

    /// Becomes the command that follows, with a socket that listens on the address for descriptor 3.
    private static let passing = """
        import os, socket, sys
        made = socket.socket(); made.bind((sys.argv[1], 0)); made.listen(16)
        print(made.getsockname()[1], flush=True)
        os.dup2(made.detach(), 3); os.set_inheritable(3, True)
        os.environ.update(LISTEN_PID=sys.argv[2] or str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="http")
        os.execv(sys.argv[3], sys.argv[3:])
        """

    @Test("sockets of a service manager are served, without the key http; workers inherit neither socket nor variables")
    func passedSockets() async throws {
        try await withScratch { scratch in
            let python = try #require(Tool.python3.path)
            let place = try WatchedPlace(scratch, more: "workers: 1")
            try await place.watched(through: [python, "-c", Self.passing, "127.0.0.1", ""]) { program in
                let port = try #require(UInt16(program.outputSoFar.split(separator: "\n").first ?? ""))
                _ = try await place.healthBecomes(.ok, port)
                try await place.settleAll(program)
                let workers = children(of: program.processIdentifier)
                #expect(!workers.isEmpty)
                for process in workers + [program.processIdentifier] {
                    let environment = try? Directory.open(path: "/proc/\(process)").openFile(Array("environ".utf8))
                    var bytes: [UInt8] = []
                    try environment?.forEachPiece(subject: "environ") { bytes += $0 }
                    if process != program.processIdentifier {
                        #expect(!String(decoding: bytes, as: UTF8.self).contains("LISTEN_"))
                        let listening = try sockets(of: process).intersection(sockets(of: program.processIdentifier))
                        #expect(listening.isEmpty, "a worker holds the supervisor's sockets: \(listening)")
                    }
                }
                #expect(await place.stop(program).exitCode == 0)
            }
            // Of another process: not ours.
            try await place.watched(through: [python, "-c", Self.passing, "127.0.0.1", "1"]) { program in
                #expect(!program.errorsSoFar.contains("listening"))
            }
            // Wider than this machine, without a token.
            let command = ["-c", Self.passing, "0.0.0.0", "", BuiltPrograms.sluice, "watch", "--config"]
            let wide = try await runProgram(python, command + ["\(scratch.path)/sluice.yaml"], timeout: 60)
            #expect(wide.exitCode == 78 && wide.errors.contains("http.token-file"), "\(wide)")
        }
    }

    /// The kernel's names of the sockets that a process has open.
    private func sockets(of process: pid_t) throws -> Set<String> {
        var found: Set<String> = []
        for (name, _) in try Directory.open(path: "/proc/\(process)/fd").list() {
            var text = [CChar](repeating: 0, count: 128)
            let count = readlink("/proc/\(process)/fd/\(String(decoding: name, as: UTF8.self))", &text, 127)
            let target = String(decoding: text.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if target.hasPrefix("socket:") { found.insert(target) }
        }
        return found
    }

    @Test("without descriptors to spare it waits, neither ends nor spins, and answers again")
    func noDescriptors() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: WatchedPlace.listening)
            try await place.watched { program in
                let port = try place.port(of: program)
                try await place.settleAll(program)
                let pid = program.processIdentifier
                func limit(_ files: String) async throws {
                    let result = try await runProgram("/usr/bin/prlimit", ["--pid", "\(pid)", "--nofile=\(files):"])
                    #expect(result.exitCode == 0, "\(result)")
                }
                try await limit("3")
                let before = try #require(ProcessFigures(of: pid))
                let clients = try (0..<20).map { _ in try WebClient(port: port) }
                clients[0].send("GET /health HTTP/1.0\r\n\r\n")
                #expect(clients[0].answer(within: 2) == nil)
                let after = try #require(ProcessFigures(of: pid))
                #expect(after.ticks - before.ticks < 50, "it spins")
                try await limit("1024")
                _ = try await place.healthBecomes(.ok, port)
                usleep(250_000)
                let metrics = try #require(try get("/metrics", port: port)).text
                #expect(metrics.contains(/sluice_http_accept_failures_total [1-9]/))
                try await place.settleAll(program)
            }
        }
    }
}
