import Glibc
import LinuxIO
import Synchronization
import Testing

@testable import Outbox

@Suite("Results whose directory could not be synced")
struct TakingBackTests {
    @Test("are taken back, once their directory in staging is gone", arguments: [true, false])
    func failedSync(forgets: Bool) async throws {
        struct Stays: Error {}
        let parent = try Directory.open(path: "/tmp")
        let name = Array("sluice-test-\(uniqueRandomHex(8))".utf8)
        let directory = try parent.openDirectory(name, create: true)
        defer {
            try? removeContents(of: directory)
            try? parent.removeDirectory(name)
        }
        let job = try Publication(directory)
        try job.stage()
        try Publisher.stage(sidecar: job.text, in: job.staging)
        let pending = PendingSyncs()
        let published = Mutex<[String: String]?>(nil)
        try Publisher(outbox: job.outbox).publish(
            job.items, sidecar: job.mark, text: job.text, at: path("sub/a.jpg.json"), from: job.staging, isNew: true,
            owned: false, overwrite: false, pending: pending,
            forget: { [outbox = job.outbox] in
                // In this order: a job with a directory and no results counts as published, and taken away since.
                let there = try outbox.tree()
                published.withLock { $0 = there }
                if !forgets { throw Stays() }
            })
        // A descriptor that is only a path (O_PATH) cannot be synced.
        let number = open("/tmp", 0o10_000_000 | O_CLOEXEC)
        try pending.add(Directory(holding: Descriptor(owning: number), path: "nowhere"))
        await #expect(throws: SystemCallError.self) { try await pending.finish(on: BlockingPool(threads: 1)) }
        let complete = try job.complete
        #expect(published.withLock { $0?.filter { !$0.value.isEmpty } } == complete)
        let left = try job.outbox.tree().filter { !$0.value.isEmpty }
        #expect(left == (forgets ? [:] : complete))
    }
}
