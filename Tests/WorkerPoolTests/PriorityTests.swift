import Glibc
import LinuxIO
import Synchronization
import Testing

@testable import WorkerPool

@Suite("Workers and the priorities of their supervisor")
struct PriorityTests {
    /// PRIO_PROCESS, as a number.
    private let process = Int32(0)

    @Test("a worker has the nice value of the process, whatever the thread has that starts it")
    func nice() throws {
        let process = process
        let ours = getpriority(process, id_t(getpid()))
        guard getuid() == 0, ours <= 14 else {
            print("Not tried: only root may give a thread its priority back.")
            return
        }
        let started = Mutex<pid_t?>(nil)
        let done = try Wire.pipe()
        try startThread(named: "test-nice") {
            // As run-times do with threads of theirs.
            setpriority(process, 0, ours + 5)
            let worker = try? spawnWorker(executable: "/bin/sleep", arguments: ["30"], environment: [])
            started.withLock { $0 = worker?.pid }
            var byte: UInt8 = 1
            _ = write(done.write.number, &byte, 1)
            // The worker dies with this thread.
            sleep(2)
        }
        var byte: UInt8 = 0
        _ = read(done.read.number, &byte, 1)
        let pid = try #require(started.withLock { $0 })
        defer {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        #expect(getpriority(process, id_t(pid)) == ours)
    }
}
