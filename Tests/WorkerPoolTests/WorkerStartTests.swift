import Glibc
import Testing
import WorkerProtocol

@testable import WorkerPool

@Suite("Starting a worker")
struct WorkerStartTests {
    @Test(
        "a worker that cannot be used is given up before any job: never ready, and the reason",
        arguments: [
            ("exit 7", "status 7 before it was ready"),
            ("kill -SEGV $$", "SIGSEGV (segmentation fault) before it was ready"),
            ("exec sleep 1000", "not ready after 0.3 s"),
            // What it starts does not keep it alive either.
            ("sleep 1000 & sleep 1000", "not ready after 0.3 s"),
        ])
    func neverReady(script: String, reason: String) async throws {
        try await FakeWorker.withShell(script) { fake in
            let death = await #expect(throws: Death.self) {
                try await fake.start(limit: script.contains("sleep") ? 0.3 : 300)
            }
            guard case .neverReady(let why) = death?.cause else {
                Issue.record("\(String(describing: death))")
                return
            }
            #expect(why.contains(reason), "\(why)")
            #expect(death?.jobError == nil)
        }
    }

    @Test(
        "nonsense instead of a greeting is a breach of the protocol",
        arguments: ["echo hello world", "printf '\\0\\0\\0\\2[]'"])
    func badGreeting(script: String) async throws {
        try await FakeWorker.withShell(script + "; exec sleep 1000") { fake in
            let death = await #expect(throws: Death.self) { try await fake.start() }
            guard case .brokeProtocol = death?.cause else {
                Issue.record("\(String(describing: death))")
                return
            }
        }
    }

    @Test("another version is refused, with both numbers, and the process does not stay")
    func version() async throws {
        try await FakeWorker.with("open(DIRECTORY + '/pid', 'w').write(str(os.getpid()))\nready(99)\nrequest()") {
            fake in
            let death = await #expect(throws: Death.self) { try await fake.start() }
            guard case .neverReady(let why) = death?.cause else {
                Issue.record("\(String(describing: death))")
                return
            }
            #expect(why.contains("99") && why.contains("\(workerProtocolVersion)"))
            let pid = try #require(fake.notes("pid").first.flatMap { Int32($0) })
            await untilTrue { !processExists(pid) }
        }
    }

    @Test("an executable that is not there is never ready")
    func noExecutable() async {
        let death = await #expect(throws: Death.self) {
            try await WorkerProcess.start(executable: "/nonexistent/sluice-worker")
        }
        guard case .neverReady(let why) = death?.cause else {
            Issue.record("\(String(describing: death))")
            return
        }
        #expect(why.contains("/nonexistent/sluice-worker"))
    }

    @Test("where descriptors run out half-way, those that there were are closed")
    func outOfDescriptors() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let old = limit.rlim_cur
            // The next number that is free: a socket pair, two pipes and what the start itself needs come after it.
            let next = dup(0)
            close(next)
            var failures = 0
            for more in 0..<8 {
                // Each time: the run-time opens some of its own when it first needs them.
                let before = try openDescriptors()
                limit.rlim_cur = UInt(next) + UInt(more)
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                do {
                    let worker = try spawnWorker(executable: "/bin/cat", arguments: [], environment: [])
                    kill(worker.pid, SIGKILL)
                    waitpid(worker.pid, nil, 0)
                } catch {
                    failures += 1
                }
                limit.rlim_cur = old
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                #expect(try openDescriptors() == before, "with room for \(more)")
            }
            #expect(failures >= 5)
        }
    }

    @Test("fifty rounds of starting and ending leave no descriptor open")
    func leaks() async {
        // In a process of its own: other tests open and close descriptors all the time.
        await #expect(processExitsWith: .success) {
            // "ready" in a frame, then the end of the input.
            let greeting = """
                body='{"ready":{"_0":{"version":\(workerProtocolVersion),"libraries":{}}}}'
                printf "\\\\000\\\\000\\\\000\\\\$(printf %o ${#body})%s" "$body"
                exec cat > /dev/null
                """
            try await FakeWorker.withShell(greeting) { fake in
                try await FakeWorker.withShell("exit 3") { broken in
                    try await fake.start().stop()
                    let before = try openDescriptors()
                    for round in 0..<50 {
                        switch round % 5 {
                        case 0...2: try await fake.start().stop()
                        case 3: _ = try? await broken.start()
                        default: _ = try? await WorkerProcess.start(executable: "/nonexistent")
                        }
                    }
                    // The thread of the last worker may still hold its pipe for a moment, that of the first one may
                    // have held its when they were counted; what is left open by any kind of round shows ten times.
                    await untilTrue { (try? openDescriptors()).map { $0 < before + 10 } == true }
                }
            }
        }
    }
}
