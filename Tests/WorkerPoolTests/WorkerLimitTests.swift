import Foundation
import Glibc
import Jobs
import LinuxIO
import Synchronization
import Testing
import WorkerProtocol

@testable import WorkerPool

@Suite("Limits of a worker, from outside", .serialized)
struct WorkerLimitTests {
    @Test("a worker that holds more than its job was given is killed, and the next job has another limit")
    func overMemory() async throws {
        let eating = """
            ready()
            finished(job()["job"])
            number = job()["job"]
            hoard = []
            while True:
                hoard.append(bytearray(1 << 20))
                time.sleep(0.0005)
            """
        try await FakeWorker.with(eating) { fake in
            let worker = try await fake.start()
            let grant: UInt64 = 96 << 20
            let first = await worker.perform(
                .job(jobRequest(1)), descriptors: [], timeLimit: 60, grant: grant)
            #expect(first.repliedJob == 1)
            let death = await worker.perform(
                .job(jobRequest(2)), descriptors: [], timeLimit: 120, grant: grant
            ).death
            guard case .overMemory(let peak, let told) = death?.cause else {
                Issue.record("\(String(describing: death))")
                return
            }
            // Beside what it held before the job.
            #expect(told > grant && peak > told)
            #expect(death?.jobError?.code == .memoryLimit)
        }
    }

    @Test("RLIMIT_DATA is set for each request, with room to spare, of the soft limit alone, and lifted again")
    func dataLimit() async throws {
        let telling = """
            import resource
            ready()
            while True:
                number = job()["job"]
                open(DIRECTORY + "/log", "a").write("%d %d\\n" % resource.getrlimit(resource.RLIMIT_DATA))
                finished(number)
            """
        try await FakeWorker.with(telling) { fake in
            let worker = try await fake.start()
            for (job, grant) in [(1, 100 << 20), (2, 300 << 20), (3, nil)] as [(Int64, UInt64?)] {
                let outcome = await worker.perform(
                    .job(jobRequest(job)), descriptors: [], timeLimit: 60, grant: grant)
                #expect(outcome.repliedJob == job)
            }
            await worker.stop()
            let limits = fake.notes("log").map { $0.split(separator: " ").compactMap { Int64($0) } }
            try #require(limits.count == 3)
            #expect(limits[0][0] > 100 << 20)
            // Beside what it reserves already, which is the same both times, but for what Python does.
            #expect(abs(limits[1][0] - limits[0][0] - (200 << 20)) < 16 << 20)
            #expect(Set(limits.map { $0[1] }).count == 1, "the hard limit stays")
            #expect(limits[2][0] == limits[2][1], "no limit: as high as it goes")
        }
    }

    @Test("answers without end are cut off, and so are endless words")
    func floods() async throws {
        let rendition = """
            send({"rendition": {"job": number, "_1": {"name": "a", "path": "a", "format": "png", "width": 1,
                "height": 1, "pages": 1, "bytes": 1, "sha256": "x", "seconds": 0}}})
            """
        for (statement, words) in [(rendition, "answers"), ("os.write(2, b'warning ' * 8000)", "standard error")] {
            let statements =
                "ready()\nnumber = job()['job']\nwhile True:\n"
                + statement.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
            try await FakeWorker.with(statements) { fake in
                let worker = try await fake.start()
                let death = await worker.perform(job: 1, timeLimit: 300).death
                guard case .brokeProtocol(let what) = death?.cause else {
                    Issue.record("\(String(describing: death))")
                    return
                }
                #expect(what.contains("MiB of \(words)"), "\(what)")
            }
        }
    }

    @Test("renditions of a job that nobody asked for, and a second greeting, end the worker")
    func unasked() async throws {
        let rendition = """
            send({"rendition": {"job": 7, "_1": {"name": "a", "path": "a", "format": "png", "width": 1,
                "height": 1, "pages": 1, "bytes": 1, "sha256": "x", "seconds": 0}}})
            """
        for statement in [rendition, "ready()"] {
            try await FakeWorker.with("ready()\nnumber = job()['job']\n\(statement)\ntime.sleep(1000)") { fake in
                let worker = try await fake.start()
                let death = await worker.perform(job: 1).death
                guard case .brokeProtocol = death?.cause else {
                    Issue.record("\(String(describing: death))")
                    return
                }
            }
        }
    }

    @Test("a worker that leaves its process group is killed all the same")
    func escaped() async throws {
        let leaving = "ready()\njob()\nos.setpgid(0, os.getpgid(os.getppid()))\ntime.sleep(1000)"
        try await FakeWorker.with(leaving) { fake in
            let worker = try await fake.start()
            let pid = worker.processIdentifier
            #expect(await worker.perform(job: 1, timeLimit: 1).death?.cause == .timedOut(1))
            #expect(!processExists(pid))
        }
    }

    @Test("the pool tells workers their staging directory, and tells of the first greeting once")
    func staging() async throws {
        let telling = """
            open(DIRECTORY + "/log", "a").write("%s\\n" % " ".join(sys.argv[1:]))
            ready()
            finished(job()["job"])
            """
        try await FakeWorker.with(telling) { fake in
            var settings = fake.settings(size: 1)
            settings.staging = "/a/staging place"
            let greetings = Mutex(0)
            settings.onFirstGreeting = { greeting in
                if greeting.libraries == ["fake": "1"] { greetings.withLock { $0 += 1 } }
            }
            let pool = WorkerPool(settings)
            for job in Int64(1)...3 { _ = await pool.run(poolJob(job), timeLimit: 60) }
            await pool.shutDown()
            let log = fake.notes("log")
            #expect(log.count >= 2 && log.allSatisfy { $0 == "--staging /a/staging place" }, "\(log)")
            #expect(greetings.withLock { $0 } == 1)
        }
    }
}
