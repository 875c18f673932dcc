import Glibc
import Jobs
import LinuxIO
import Synchronization
import Testing
import WorkerProtocol

@testable import WorkerPool

@Suite("One worker process", .serialized)
struct WorkerProcessTests {
    @Test("a worker greets, answers job after job, and ends when it is stopped")
    func good() async throws {
        try await FakeWorker.with("serve()") { fake in
            let worker = try await fake.start()
            #expect(worker.greeting?.libraries == ["fake": "1"])
            #expect(worker.isAlive)
            #expect(worker.memory > 0)
            for job in Int64(1)...20 { #expect(await worker.perform(job: job).repliedJob == job) }
            let pid = worker.processIdentifier
            #expect(pid > 0)
            await worker.stop()
            #expect(!worker.isAlive)
            #expect(!processExists(pid), "reaped")
            // Stopping again, and asking a worker that is gone: an answer, without blame.
            await worker.stop()
            #expect(await worker.perform(job: 21).death == Death(.stopped))
        }
    }

    @Test("descriptors travel with the request, and stay the caller's")
    func descriptors() async throws {
        let receiving = """
            import array, socket
            ready()
            link = socket.socket(fileno=0)
            data, ancillary, flags, address = link.recvmsg(1 << 16, 256)
            numbers = array.array("i", ancillary[0][2])
            os.write(numbers[1], os.read(numbers[0], 100).upper())
            finished(json.loads(data[4:])["job"]["_0"]["job"])
            request()
            """
        try await FakeWorker.with(receiving) { fake in
            let (input, output) = (try Wire.pipe(), try Wire.pipe())
            try Wire.write(Array("hello".utf8), to: input.write.number, subject: "test")
            let worker = try await fake.start()
            let outcome = await worker.perform(
                .job(jobRequest(1)), descriptors: [input.read.number, output.write.number], timeLimit: 300)
            #expect(outcome.repliedJob == 1)
            var bytes = [UInt8](repeating: 0, count: 100)
            let count = read(output.read.number, &bytes, bytes.count)
            #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "HELLO")
            await worker.stop()
            for end in [input.read, input.write, output.read, output.write] { #expect(fcntl(end.number, F_GETFD) >= 0) }
        }
    }

    @Test("renditions are told as they come, before the answer")
    func renditions() async throws {
        let telling = """
            ready()
            number = job()["job"]
            for name in ["a", "b"]:
                send({"rendition": {"job": number, "_1": {"name": name, "path": name, "format": "png", "width": 1,
                    "height": 1, "pages": 1, "bytes": 1, "sha256": "x", "seconds": 0}}})
            finished(number)
            request()
            """
        try await FakeWorker.with(telling) { fake in
            let worker = try await fake.start()
            let names = Mutex<[String]>([])
            let outcome = await worker.perform(.job(jobRequest(4)), descriptors: [], timeLimit: 300) { report in
                names.withLock { $0.append(report.name) }
            }
            #expect(outcome.repliedJob == 4)
            #expect(names.withLock { $0 } == ["a", "b"])
            await worker.stop()
        }
    }

    /// What a worker does with its job, and how its death is told.
    struct Misdeed: CustomTestStringConvertible {
        let name: String
        let statements: String
        let isExpected: @Sendable (Death.Cause) -> Bool
        var testDescription: String { name }

        static func exact(_ cause: Death.Cause) -> @Sendable (Death.Cause) -> Bool { { $0 == cause } }
        static let protocolBreach: @Sendable (Death.Cause) -> Bool = {
            if case .brokeProtocol = $0 { true } else { false }
        }

        static let all = [
            Misdeed(name: "ends with a status", statements: "os._exit(5)", isExpected: exact(.exited(5))),
            Misdeed(name: "ends with status 0", statements: "os._exit(0)", isExpected: exact(.exited(0))),
            Misdeed(
                name: "segmentation fault", statements: "os.kill(os.getpid(), signal.SIGSEGV)",
                isExpected: exact(.signalled(SIGSEGV))),
            Misdeed(name: "abort", statements: "os.abort()", isExpected: exact(.signalled(SIGABRT))),
            Misdeed(
                name: "killed for memory", statements: "os.kill(os.getpid(), signal.SIGKILL)",
                isExpected: exact(.killedFromOutside)),
            Misdeed(
                name: "garbage", statements: "raw(os.urandom(0) + b'\\xff' * 1000)\ntime.sleep(1000)",
                isExpected: protocolBreach),
            Misdeed(
                name: "over-long announcement", statements: "raw(struct.pack('>I', (256 << 10) + 1))\ntime.sleep(1000)",
                isExpected: exact(.brokeProtocol("\(FrameError.tooLong(256 << 10 | 1, allowed: Frame.longestReply))"))),
            Misdeed(
                name: "no JSON", statements: "raw(b'\\0\\0\\0\\5hello')\ntime.sleep(1000)", isExpected: protocolBreach),
            Misdeed(
                name: "unknown reply", statements: "send({'surprise': {}})\ntime.sleep(1000)",
                isExpected: protocolBreach),
            Misdeed(
                name: "another job's answer", statements: "finished(number + 1)\ntime.sleep(1000)",
                isExpected: protocolBreach),
            Misdeed(
                name: "closes its output and goes on", statements: "os.close(1)\ntime.sleep(1000)",
                isExpected: protocolBreach),
            Misdeed(
                name: "closes its output and floods its errors",
                statements: "os.close(1)\nwhile True: os.write(2, b'x' * 4096)", isExpected: protocolBreach),
            Misdeed(
                name: "cut off in a frame", statements: "raw(b'\\0\\0\\1\\0abc')\nos._exit(9)",
                isExpected: exact(.exited(9))),
        ]
    }

    @Test("a worker's end is told as what it was", arguments: Misdeed.all)
    func deaths(misdeed: Misdeed) async throws {
        try await FakeWorker.with("ready()\nnumber = job()['job']\n" + misdeed.statements) { fake in
            let worker = try await fake.start()
            let pid = worker.processIdentifier
            let death = try #require(await worker.perform(job: 1).death)
            #expect(misdeed.isExpected(death.cause), "\(death)")
            #expect((death.jobError == nil) == death.isKilledFromOutside)
            #expect(!worker.isAlive)
            #expect(!processExists(pid))
        }
    }

    @Test(
        "a job past its time limit is killed, whatever the worker does",
        arguments: [
            "time.sleep(1000)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
            // It has started something that holds its output.
            "os.fork()\ntime.sleep(1000)",
            // It keeps talking.
            "while True: os.write(2, b'still at it')",
        ])
    func hangs(statements: String) async throws {
        try await FakeWorker.with("ready()\njob()\n" + statements) { fake in
            let worker = try await fake.start()
            let death = await worker.perform(job: 1, timeLimit: 0.3).death
            #expect(death?.cause == .timedOut(0.3))
            #expect(death?.jobError?.code == .timedOut)
        }
    }

    @Test("a flood of errors is read and forgotten but for its end; the job goes on")
    func flood() async throws {
        let flooding = """
            ready()
            number = job()["job"]
            for round in range(2000):
                os.write(2, b"warning " * 100)
            os.write(2, b"\\nthe \\xff end\\n")
            finished(number)
            job()
            os._exit(4)
            """
        try await FakeWorker.with(flooding) { fake in
            let worker = try await fake.start()
            #expect(await worker.perform(job: 1).repliedJob == 1)
            let death = try #require(await worker.perform(job: 2).death)
            #expect(death.cause == .exited(4))
            #expect(death.stderrTail.hasSuffix(" · the \\xff end"), "\(death.stderrTail.suffix(40))")
            #expect(death.stderrTail.utf8.count < 8 << 10)
        }
    }

    @Test("an answer that nobody has asked for ends the worker, so that it is never taken for the next job's")
    func unasked() async throws {
        try await FakeWorker.with("ready()\nfinished(job()['job'])\nfinished(2)\nfinished(job()['job'])\nrequest()") {
            fake in
            let worker = try await fake.start()
            #expect(await worker.perform(job: 1).repliedJob == 1)
            await untilTrue { !worker.isAlive }
            #expect(await worker.perform(job: 2).death?.cause == .stopped, "job 2 has no part in it")
        }
    }

    @Test("a worker that will not end is killed after the patience that stop has")
    func stubborn() async throws {
        try await FakeWorker.with("ready()\nwhile True: time.sleep(1000)") { fake in
            let worker = try await fake.start()
            let pid = worker.processIdentifier
            await worker.stop(patience: 0.2)
            #expect(!processExists(pid))
        }
    }

    @Test("killing ends a running job as stopped")
    func killed() async throws {
        try await FakeWorker.with("ready()\njob()\ntime.sleep(1000)") { fake in
            let worker = try await fake.start()
            async let outcome = worker.perform(job: 1)
            worker.kill(for: .stopped)
            let death = await outcome.death
            #expect(death?.cause == .stopped)
            #expect(death?.jobError == nil)
        }
    }
}
