import Foundation
import Synchronization
import Testing
import WorkerProtocol

@testable import WorkerPool

@Suite("The pool of workers", .serialized)
struct WorkerPoolTests {
    /// Notes when each job begins and ends, so that the test can see how many ran at a time.
    private static let noting = """
        def note(text):
            log = os.open(DIRECTORY + "/log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(log, (text + "\\n").encode())
            os.close(log)
        ready()
        note("start %d" % os.getpid())
        while True:
            asked = job()
            note("begin %d" % asked["job"])
            time.sleep(0.01)
            note("end %d" % asked["job"])
            finished(asked["job"])
        """

    @Test("never more jobs at a time than its size, and each gets its own answer", arguments: [1, 3])
    func concurrency(size: Int) async throws {
        try await FakeWorker.with(Self.noting) { fake in
            let pool = fake.pool(size: size)
            await withTaskGroup { group in
                for job in Int64(1)...24 {
                    group.addTask {
                        let outcome = await pool.run(poolJob(job), timeLimit: 300)
                        #expect(outcome.repliedJob == job)
                    }
                }
            }
            var running = 0
            var most = 0
            for line in fake.notes("log") {
                if line.hasPrefix("begin") { running += 1 }
                if line.hasPrefix("end") { running -= 1 }
                most = max(most, running)
            }
            #expect(fake.notes("log").count { $0.hasPrefix("end") } == 24)
            #expect(most <= size)
            #expect(fake.notes("log").count { $0.hasPrefix("start") } <= size, "warm workers are used again")
            #expect(await pool.processIdentifiers.count <= size)
            await pool.shutDown()
        }
    }

    @Test("never more processes than its size, also where a greeting is asked for beside jobs")
    func processes() async throws {
        // The kernel holds the lock until the process has ended.
        let alone = """
            import fcntl
            lock = os.open(DIRECTORY + "/lock", os.O_RDWR | os.O_CREAT)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                open(DIRECTORY + "/log", "a").write("two at once\\n")
            open(DIRECTORY + "/log", "a").write("start\\n")
            serve()
            """
        try await FakeWorker.with(alone) { fake in
            for round in Int64(0)..<20 {
                var settings = fake.settings(size: 1)
                settings.recycleAfter = 1
                let pool = WorkerPool(settings)
                async let greeting = pool.greeting()
                async let outcome = pool.run(poolJob(round), timeLimit: 300)
                let (greeted, ended) = (try await greeting, await outcome)
                #expect(greeted != nil && ended.repliedJob == round)
                #expect(await pool.processIdentifiers.count <= 1)
                await pool.shutDown()
            }
            #expect(!fake.notes("log").contains("two at once"))
            #expect(fake.notes("log").count >= 20)
        }
    }

    @Test("a pool that is stopped or turns away greets nobody, and starts nothing for it", arguments: [false, true])
    func noGreeting(turnsAway: Bool) async throws {
        try await FakeWorker.with("open(DIRECTORY + '/log', 'a').write('start\\n')\nserve()") { fake in
            let pool = fake.pool(size: 1)
            if turnsAway { await pool.rejectWaiting() } else { await pool.shutDown() }
            await #expect(throws: Death(.stopped)) { try await pool.greeting() }
            #expect(fake.notes("log").isEmpty)
        }
    }

    @Test("the death of one worker is its own job's alone, and the pool goes on")
    func isolation() async throws {
        let dying = """
            ready()
            while True:
                number = job()["job"]
                if number % 5 == 0:
                    os.kill(os.getpid(), signal.SIGSEGV)
                time.sleep(0.005)
                finished(number)
            """
        try await FakeWorker.with(dying) { fake in
            let pool = fake.pool(size: 2)
            await withTaskGroup { group in
                for job in Int64(1)...20 {
                    group.addTask {
                        let outcome = await pool.run(poolJob(job), timeLimit: 300)
                        if job % 5 == 0 {
                            #expect(outcome.death?.cause == .signalled(11), "job \(job)")
                        } else {
                            #expect(outcome.repliedJob == job, "job \(job): \(outcome)")
                        }
                    }
                }
            }
            await pool.shutDown()
        }
    }

    @Test("the pipeline is sent only when the worker does not have it from its last job")
    func pipelines() async throws {
        let telling = """
            ready()
            while True:
                asked = job()
                open(DIRECTORY + "/log", "a").write("%d %s\\n" % (asked["job"], "pipeline" in asked))
                finished(asked["job"])
            """
        try await FakeWorker.with(telling) { fake in
            let pool = fake.pool(size: 1)
            for (job, digest) in [(1, "a"), (2, "a"), (3, "b"), (4, "b"), (5, "a")] as [(Int64, String)] {
                _ = await pool.run(poolJob(job, digest: digest), timeLimit: 300)
            }
            #expect(fake.notes("log") == ["1 True", "2 False", "3 True", "4 False", "5 True"])
            await pool.shutDown()
        }
    }

    @Test("a worker is replaced after so many jobs, or when it keeps too much memory", arguments: [false, true])
    func recycling(forMemory: Bool) async throws {
        try await FakeWorker.with(Self.noting) { fake in
            var settings = fake.settings(size: 1)
            if forMemory { settings.recycleAbove = 1 } else { settings.recycleAfter = 2 }
            let pool = WorkerPool(settings)
            for job in Int64(1)...5 { #expect(await pool.run(poolJob(job), timeLimit: 300).repliedJob == job) }
            #expect(fake.notes("log").count { $0.hasPrefix("start") } == (forMemory ? 5 : 3))
            await pool.shutDown()
        }
    }

    @Test("a worker whose job ran out of memory is not used again; one whose job merely failed is")
    func ranOutOfMemory() async throws {
        let failing = """
            open(DIRECTORY + "/log", "a").write("start\\n")
            ready()
            while True:
                number = job()["job"]
                code = "memory-limit" if number == 2 else "damaged"
                send({"failed": {"_0": {"job": number, "isEnvironment": False,
                    "error": {"code": code, "message": "x"},
                    "cost": {"wallSeconds": 0, "cpuSeconds": 0, "peakMemory": 0, "spilled": 0}}}})
            """
        try await FakeWorker.with(failing) { fake in
            let pool = fake.pool(size: 1)
            for job in Int64(1)...4 {
                guard case .replied(.failed, _) = await pool.run(poolJob(job), timeLimit: 300) else {
                    Issue.record("no failure of job \(job)")
                    return
                }
            }
            #expect(fake.notes("log").count == 2)
            await pool.shutDown()
        }
    }

    @Test("a job past its limit costs its worker, not those that wait")
    func timeLimit() async throws {
        let hanging = """
            ready()
            while True:
                number = job()["job"]
                if number == 1:
                    time.sleep(1000)
                finished(number)
            """
        try await FakeWorker.with(hanging) { fake in
            let pool = fake.pool(size: 1)
            async let first = pool.run(poolJob(1), timeLimit: 0.3)
            #expect(await first.death?.cause == .timedOut(0.3))
            #expect(await pool.run(poolJob(2), timeLimit: 300).repliedJob == 2)
            await pool.shutDown()
        }
    }

    @Test("workers that do not start fail their jobs without blame, and free their places")
    func neverReady() async throws {
        try await FakeWorker.withShell("exit 1") { fake in
            let pool = fake.pool(size: 2)
            for job in Int64(1)...6 {
                let death = await pool.run(poolJob(job), timeLimit: 300).death
                guard case .neverReady = death?.cause else {
                    Issue.record("\(String(describing: death))")
                    return
                }
            }
            await #expect(throws: Death.self) { try await pool.greeting() }
        }
    }

    @Test("shutting down ends every worker and every job, those that wait too", arguments: [false, true])
    func shutDown(whileStarting: Bool) async throws {
        let first = "open(DIRECTORY + '/log', 'a').write('%d\\n' % os.getpid())\n"
        // The one that starts is not ready before the pool has been told: it waits for a file.
        let starting = "while not os.path.exists(DIRECTORY + '/go'): time.sleep(0.01)\nserve()"
        let statements = first + (whileStarting ? starting : "ready()\njob()\ntime.sleep(1000)")
        try await FakeWorker.with(statements) { fake in
            let pool = fake.pool(size: 2)
            await withTaskGroup { group in
                for job in Int64(1)...6 {
                    group.addTask {
                        let outcome = await pool.run(poolJob(job), timeLimit: 300)
                        #expect(outcome.death?.cause == .stopped, "\(outcome)")
                    }
                }
                await untilTrue { fake.notes("log").count == 2 }
                await pool.shutDown()
                #expect(FileManager.default.createFile(atPath: fake.directory + "/go", contents: nil))
            }
            let started = fake.notes("log").compactMap { Int32($0) }
            #expect(started.count == 2)
            #expect(started.allSatisfy { !processExists($0) })
            #expect(await pool.run(poolJob(9), timeLimit: 300).death?.cause == .stopped)
        }
    }

    @Test("abandoning kills what runs, without blame")
    func abandon() async throws {
        try await FakeWorker.with("ready()\njob()\nopen(DIRECTORY + '/log', 'a').write('x\\n')\ntime.sleep(1000)") {
            fake in
            let pool = fake.pool(size: 1)
            async let outcome = pool.run(poolJob(1), timeLimit: 300)
            await untilTrue { fake.notes("log").count == 1 }
            await pool.abandon()
            let death = await outcome.death
            #expect(death?.cause == .stopped && death?.jobError == nil)
            await pool.shutDown()
        }
    }
}
