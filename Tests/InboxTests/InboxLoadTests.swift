import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Inbox

extension RealDirectories {
    @Suite("Inboxes with more than is taken")
    struct InboxLoadTests {
        private let quick = SettleTimes(afterRenameOrClose: .milliseconds(50), otherwise: .milliseconds(50))

        /// Inboxes share what they may keep in memory: eight of them leave about 900 files to each.
        private func roots(_ directory: Directory) throws -> [InboxRoot] {
            try (1...8).map { number in
                _ = try directory.openDirectory(Array("\(number)".utf8), create: true)
                return InboxRoot(id: number, path: "\(directory.path)/\(number)")
            }
        }

        @Test("A scan stands still where nothing is taken, holds little, and misses nothing in the end")
        func backPressure() async throws {
            try await withTemporaryDirectory { directory in
                let roots = try roots(directory)
                for number in 0..<3_000 { _ = try directory.createFile(Array("1/f\(number)".utf8)) }
                var settings = InboxSettings(settle: quick)
                settings.hold.settleEmpty = .zero
                let source = try InboxSource(roots: roots, settings: settings)
                try source.start()
                let full = await eventually {
                    let snapshot = source.snapshot(inbox: 1)
                    return snapshot.ready == 512 && snapshot.settling > 500
                }
                #expect(full)
                #expect(source.snapshot(inbox: 1).settling < 1024)
                #expect(source.snapshot(inbox: 1).isScanning)
                // Another inbox goes on meanwhile, and this one with what is dropped now.
                try directory.write("x", at: "2/f")
                #expect(await source.nextReady(inbox: 2)?.map(\.path.text) == ["f"])
                var seen: [String: Int] = [:]
                while seen.count < 3_000, let batch = await source.nextReady(inbox: 1) {
                    #expect(batch.count <= 256)
                    for ready in batch { seen[ready.path.text, default: 0] += 1 }
                }
                #expect(seen.values.allSatisfy { $0 == 1 })
                let done = await eventually { !source.snapshot(inbox: 1).isScanning }
                #expect(done)
                source.stop()
                #expect(await source.nextReady(inbox: 1) == nil)
                while await source.nextEvents() != nil {}
            }
        }

        @Test("Thousands of refusals that nobody takes keep no picture waiting; in the end each is told once")
        func refusals() async throws {
            try await withTemporaryDirectory { directory in
                for number in 0..<2_500 { #expect(symlink("x", "\(directory.path)/link\(number)") == 0) }
                try directory.write("x", at: "picture")
                let source = try InboxSource(
                    roots: [InboxRoot(id: 1, path: directory.path)], settings: InboxSettings(settle: quick))
                try source.start()
                #expect(await source.nextReady(inbox: 1)?.map(\.path.text) == ["picture"])
                #expect(source.snapshot(inbox: 1).refusals == 512)
                try directory.write("x", at: "another")
                #expect(await source.nextReady(inbox: 1)?.map(\.path.text) == ["another"])
                var seen: [String: Int] = [:]
                while seen.count < 2_500, let batch = await source.nextRefusals(inbox: 1) {
                    for refusal in batch { seen[refusal.path.text, default: 0] += 1 }
                }
                #expect(seen.values.allSatisfy { $0 == 1 })
                source.rescan(inbox: 1)
                let rescanned = await eventually { source.snapshot(inbox: 1).listings >= 3 }
                #expect(rescanned)
                // A few may have fallen out of the table, were it full; it is not.
                #expect(source.snapshot(inbox: 1).refusals == 0)
                source.stop()
                while await source.nextEvents() != nil {}
            }
        }

        @Test("Directories that come one after the other are read about once each, deep or flat")
        func growth() async throws {
            try await withTemporaryDirectory { directory in
                let inbox = try Listener(
                    [InboxRoot(id: 1, path: directory.path)], InboxSettings(settle: quick))
                try await inbox.scanned()
                var deepest = directory
                for _ in 0..<400 {
                    #expect(mkdirat(deepest.descriptor.number, "d", 0o700) == 0)
                    deepest = try deepest.openDirectory(Array("d".utf8))
                }
                for number in 0..<1_000 { #expect(mkdir("\(directory.path)/f\(number)", 0o700) == 0) }
                _ = try deepest.createFile(Array("last".utf8))
                try directory.write("x", at: "f999/last")
                var settled: [ReadySource] = try await inbox.ready(1)
                #expect(settled.removeFirst().path.text == "f999/last")
                let idle = await eventually {
                    let snapshot = inbox.source.snapshot(inbox: 1)
                    return snapshot.listings >= 1_401 && !snapshot.isScanning
                }
                #expect(idle)
                #expect(inbox.source.snapshot(inbox: 1).listings <= 2 * 1_401)
                await inbox.end()
            }
        }

        @Test("An inbox whose directory was replaced offers nothing before it was told")
        func rootBack() async throws {
            try await withTemporaryDirectory { directory in
                try directory.write("x", at: "inbox/a")
                var settings = InboxSettings(settle: SettleTimes(afterRenameOrClose: .zero, otherwise: .zero))
                settings.pollInterval = .milliseconds(20)
                let source = try InboxSource(
                    roots: [InboxRoot(id: 1, path: directory.path + "/inbox")], settings: settings)
                try source.start()
                #expect(await source.nextReady(inbox: 1)?.map(\.path.text) == ["a"])
                try directory.rename(Array("inbox".utf8), to: directory, Array("away".utf8), replacing: false)
                try directory.write("x", at: "inbox/b")
                let found = await eventually { source.snapshot(inbox: 1).settling == 1 }
                #expect(found)
                // What was taken is in hand until it is dealt with.
                #expect(source.snapshot(inbox: 1).ready == 1)
                source.acknowledgeReady(inbox: 1)
                #expect(source.snapshot(inbox: 1).ready == 0)
                var isBack = false
                while !isBack, let events = await source.nextEvents() { isBack = events.contains(.rootBack(inbox: 1)) }
                let taking = Task { while await source.nextEvents() != nil {} }
                #expect(await source.nextReady(inbox: 1)?.map(\.path.text) == ["b"])
                source.stop()
                await taking.value
            }
        }

        @Test(
            "An inbox whose file system hangs stops itself only, and nobody waits for it",
            .enabled(if: geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0, "needs root and FUSE"))
        func hung() async throws {
            try await withTemporaryDirectory { directory in
                for name in ["hung", "fine"] { _ = try directory.openDirectory(Array(name.utf8), create: true) }
                // Without close-on-exec, for mount(8). Whoever asks this file system waits for an answer for ever.
                let device = open("/dev/fuse", O_RDWR)
                try #require(device >= 0)
                defer { close(device) }
                try run(
                    "/bin/mount", "-i", "-t", "fuse", "-o", "fd=\(device),rootmode=40000,user_id=0,group_id=0", "none",
                    directory.path + "/hung")
                defer { umount2(directory.path + "/hung", Int32(MNT_DETACH)) }
                let roots = ["hung", "fine"].enumerated().map { InboxRoot(id: $0, path: "\(directory.path)/\($1)") }
                let source = try InboxSource(roots: roots, settings: InboxSettings(settle: quick))
                try source.start()
                for name in ["a", "b"] {
                    try directory.write("x", at: "fine/\(name)")
                    #expect(await source.nextReady(inbox: 1)?.map(\.path.text) == [name])
                }
                let lifeless = await eventually {
                    monotonicNanoseconds() - source.snapshot(inbox: 0).lastSignOfLife > 500_000_000
                }
                #expect(lifeless)
                let fine = await eventually {
                    monotonicNanoseconds() - source.snapshot(inbox: 1).lastSignOfLife < 100_000_000
                }
                #expect(fine)
                source.stop()
                #expect(await source.nextReady(inbox: 0) == nil)
                while await source.nextEvents() != nil {}
            }
        }
    }
}
