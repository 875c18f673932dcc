import Foundation
import Glibc
import Jobs
import Pipeline
import Testing
import WorkerProtocol

@testable import WorkerPool

/// A small worker that speaks the protocol, or misbehaves: Python, with what it does given as statements.
///
/// The statements may use `ready(version=1)`, `request()` (a dictionary; ends the program at the end of its input),
/// `finished(job)`, `send(object)` and `raw(bytes)`.
struct FakeWorker {
    let directory: String
    var executable: String { directory + "/worker" }

    private static let prelude = """
        import json, os, signal, struct, sys, time
        def read(count):
            data = b""
            while len(data) < count:
                piece = os.read(0, count - len(data))
                if not piece:
                    sys.exit(0)
                data += piece
            return data
        def request():
            return json.loads(read(struct.unpack(">I", read(4))[0]))
        def raw(data):
            while data:
                data = data[os.write(1, data):]
        def send(message):
            body = json.dumps(message).encode()
            raw(struct.pack(">I", len(body)) + body)
        def ready(version=VERSION):
            send({"ready": {"_0": {"version": version, "libraries": {"fake": "1"}}}})
        def job():
            return request()["job"]["_0"]
        def finished(number):
            send({"unchanged": {"job": number}})
        def serve():
            ready()
            while True:
                finished(job()["job"])
        """

    /// Makes the worker for the duration of `body`. `DIRECTORY` in the statements is a directory to leave notes in.
    static func with<Result>(_ statements: String, _ body: (FakeWorker) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.path + "/sluice-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let worker = FakeWorker(directory: directory)
        let text = "#!/usr/bin/python3 -IS\n" + prelude + "\nDIRECTORY = '\(directory)'\n" + statements + "\n"
        try worker.write(text.replacing("VERSION", with: "\(workerProtocolVersion)"))
        return try await body(worker)
    }

    /// The same, as a shell script.
    static func withShell<Result>(
        _ script: String, _ body: (FakeWorker) async throws -> Result
    ) async throws -> Result {
        try await with("") { worker in
            try worker.write("#!/bin/sh\n" + script + "\n")
            return try await body(worker)
        }
    }

    /// Copied into place by a process that has ended before this returns: had this one the file open for writing, any
    /// process that another test starts just then would have it too, and running it would fail with ETXTBSY.
    private func write(_ text: String) throws {
        let draft = directory + "/draft"
        try Data(text.utf8).write(to: URL(filePath: draft))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: draft)
        let copy = Process()
        copy.executableURL = URL(filePath: "/bin/cp")
        copy.arguments = ["--preserve=mode", "--remove-destination", draft, executable]
        try copy.run()
        copy.waitUntilExit()
        try #require(copy.terminationStatus == 0)
    }

    /// Lines that workers have left in a file of their directory.
    func notes(_ name: String) -> [String] {
        guard let text = try? String(contentsOfFile: directory + "/" + name, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init)
    }

    func start(limit: Double = 300) async throws -> WorkerProcess {
        try await WorkerProcess.start(executable: executable, limit: limit)
    }

    func pool(size: Int) -> WorkerPool { WorkerPool(settings(size: size)) }

    func settings(size: Int) -> WorkerPool.Settings { WorkerPool.Settings(executable: executable, size: size) }
}

func jobRequest(_ job: Int64, digest: String = "d") -> JobRequest {
    JobRequest(
        job: job, sourceName: "a.jpg", sourceSize: 1, pipelineDigest: digest, pipeline: nil, renditions: [],
        knownDigest: nil, grant: MemoryGrant(memory: 1))
}

func poolJob(_ job: Int64, digest: String = "d") -> PoolJob {
    PoolJob(
        request: jobRequest(job, digest: digest),
        pipeline: Pipeline(name: "web", renditions: [Rendition(name: "out", encoder: .jpeg(JPEG()))]),
        descriptors: [])
}

extension WorkerOutcome {
    /// The job of a reply.
    var repliedJob: Int64? {
        if case .replied(.unchanged(let job), _) = self { job } else { nil }
    }

    var death: Death? {
        if case .died(let death, _) = self { death } else { nil }
    }
}

extension WorkerProcess {
    func perform(job: Int64, timeLimit: Double? = 300) async -> WorkerOutcome {
        await perform(.job(jobRequest(job)), descriptors: [], timeLimit: timeLimit)
    }
}

/// Descriptors that this process has open.
func openDescriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }

func processExists(_ pid: Int32) -> Bool { kill(pid, 0) == 0 }

/// Waits for what comes soon, but not at once; fails after five minutes, so that a loaded machine is no failure.
func untilTrue(_ condition: @Sendable () -> Bool) async {
    let end = ContinuousClock.now + .seconds(300)
    while !condition() {
        if ContinuousClock.now > end {
            Issue.record("it never came true")
            return
        }
        try? await Task.sleep(for: .milliseconds(2))
    }
}
