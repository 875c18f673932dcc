import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Inbox

extension RealDirectories {
    /// Real directories, real events, of which a user may watch few: one at a time.
    @Suite("Inboxes")
    struct InboxSourceTests {
        private let quick = SettleTimes(afterRenameOrClose: .milliseconds(50), otherwise: .milliseconds(50))

        @Test("What is there at start is offered once, in any sub-folder")
        func start() async throws {
            try await withInbox(settle: quick) { directory in
                for number in 0..<100 { try directory.write("x", at: "d\(number % 7)/f\(number)") }
            } body: { directory, inbox in
                let ready = try await inbox.ready(100)
                #expect(Set(ready.map(\.path)).count == 100)
                let status = try directory.stat(ready[0].path.bytes)
                #expect(ready[0].status == status)
            }
        }

        @Test("Directories made and filled at once lose no file")
        func nested() async throws {
            try await withInbox(settle: quick) { directory, inbox in
                try await inbox.scanned()
                for number in 0..<40 {
                    try run(
                        "/bin/sh", "-c",
                        "mkdir -p \(directory.path)/\(number)/b/c && echo x > \(directory.path)/\(number)/b/c/f")
                }
                try await inbox.expect((0..<40).map { "\($0)/b/c/f" })
            }
        }

        @Test("cp -r, mv of a tree, and a temporary name that is renamed: each file once")
        func arrivals() async throws {
            try await withTemporaryDirectory { outside in
                for number in 0..<300 { try outside.write("content \(number)", at: "t/d\(number % 9)/e/f\(number)") }
                try await withInbox(settle: quick) { directory, inbox in
                    try await inbox.scanned()
                    try run("/bin/cp", "-r", outside.path + "/t", directory.path + "/copied")
                    try run("/bin/mv", outside.path + "/t", directory.path + "/moved")
                    for number in 0..<100 {
                        try directory.write("x", at: ".synced\(number).tmp")
                        try directory.rename(
                            Array(".synced\(number).tmp".utf8), to: directory, Array("synced\(number)".utf8),
                            replacing: false)
                    }
                    let trees = ["copied", "moved"].flatMap { tree in (0..<300).map { "\(tree)/d\($0 % 9)/e/f\($0)" } }
                    try await inbox.expect(trees + (0..<100).map { "synced\($0)" })
                }
            }
        }

        @Test("2,000 files at once are offered once each, none missed")
        func many() async throws {
            try await withInbox(settle: quick) { directory, inbox in
                try await inbox.scanned()
                for number in 0..<2_000 { try directory.write("x", at: "f\(number)") }
                try await inbox.expect((0..<2_000).map { "f\($0)" })
            }
        }

        @Test("A directory renamed within the inbox is watched under its new name")
        func renamedDirectory() async throws {
            try await withInbox(settle: quick) { directory in
                try directory.write("x", at: "old/sub/first")
            } body: { directory, inbox in
                try await inbox.expect(["old/sub/first"])
                try directory.rename(Array("old".utf8), to: directory, Array("new".utf8), replacing: false)
                try await inbox.expect(["new/sub/first"])
                try directory.write("x", at: "new/sub/second")
                try await inbox.expect(["new/sub/second"])
                try directory.removeDirectory(Array("new".utf8), afterEmptying: true)
                try directory.write("x", at: "new/sub/third")
                try await inbox.expect(["new/sub/third"])
            }
        }

        @Test("With no time to settle, a file that is being written waits for its writer")
        func slowWriter() async throws {
            let none = SettleTimes(afterRenameOrClose: .zero, otherwise: .zero)
            try await withInbox(settle: none) { directory, inbox in
                try await inbox.scanned()
                var file: Descriptor? = try directory.createFile(Array("slow".utf8))
                for _ in 0..<3 {
                    try [UInt8](repeating: 1, count: 1_000).withUnsafeBytes { try file?.writeAll($0, subject: "slow") }
                    // Whatever comes after this marker has looked at the slow file too.
                    let marker = "m\(uniqueRandomHex(4))"
                    try directory.write("x", at: marker)
                    try await inbox.expect([marker])
                }
                file = nil
                let ready = try await inbox.ready(1)
                #expect(ready[0].path.text == "slow")
                #expect(ready[0].status.size == 3_000)
            }
        }

        @Test("A file that changes after it was offered is offered again, an unchanged one is not")
        func changedAfterwards() async throws {
            try await withInbox(settle: quick) { directory, inbox in
                try directory.write("one", at: "a")
                try directory.write("one", at: "b")
                try await inbox.expect(["a", "b"])
                try run("/bin/sh", "-c", "echo more >> \(directory.path)/a")
                inbox.source.rescan(inbox: 1)
                try await inbox.expect(["a"])
                let file = try #require(RelativePath("b"))
                inbox.source.retry(file, inbox: 1)
                try await inbox.expect(["b"])
                inbox.source.done(file, inbox: 1)
                inbox.source.rescan(inbox: 1)
                try await inbox.scanned()
                try directory.write("x", at: "marker")
                try await inbox.expect(["marker"])
            }
        }

        @Test("A name that was done with and is used again is a new source")
        func usedAgain() async throws {
            try await withInbox(settle: quick) { directory, inbox in
                let file = try #require(RelativePath("d/a"))
                for _ in 0..<3 {
                    try directory.write("same", at: "d/a")
                    try await inbox.expect(["d/a"])
                    try directory.unlink(file.bytes)
                    inbox.source.done(file, inbox: 1)
                }
            }
        }

        @Test("A link and a FIFO are refused once")
        func refusals() async throws {
            try await withInbox(settle: quick) { directory, inbox in
                try await inbox.scanned()
                #expect(symlink("/etc/passwd", directory.path + "/link") == 0)
                #expect(mkfifo(directory.path + "/fifo", 0o600) == 0)
                #expect(try await inbox.refusal().path.text == "link")
                #expect(try await inbox.refusal().path.text == "fifo")
                inbox.source.rescan(inbox: 1)
                try directory.write("x", at: "marker")
                try await inbox.expect(["marker"])
            }
        }

        @Test("An inbox that is moved away is missed, and taken up again when it is back")
        func rootMoved() async throws {
            try await withTemporaryDirectory { parent in
                let name = Array("inbox".utf8)
                try parent.write("x", at: "inbox/a")
                var settings = InboxSettings(settle: quick)
                settings.pollInterval = .milliseconds(20)
                let inbox = try Listener([InboxRoot(id: 1, path: parent.path + "/inbox")], settings)
                try await inbox.expect(["a"])
                try parent.rename(name, to: parent, Array("away".utf8), replacing: false)
                try await inbox.until { if case .rootGone = $0 { true } else { false } }
                try parent.write("x", at: "inbox/b")
                try await inbox.expect(["b"])
                try parent.write("x", at: "inbox/c/d")
                try await inbox.expect(["c/d"])
                await inbox.end()
            }
        }

        @Test("Without events an inbox is polled: nothing is missed")
        func polled() async throws {
            try await withTemporaryDirectory { directory in
                var settings = InboxSettings(settle: quick)
                settings.pollInterval = .milliseconds(20)
                settings.usesEvents = false
                let inbox = try Listener([InboxRoot(id: 1, path: directory.path)], settings)
                try await inbox.until { $0 == .polling(inbox: 1, reason: "events are disabled") }
                for number in 0..<50 { try directory.write("x", at: "d\(number % 3)/f\(number)") }
                try await inbox.expect((0..<50).map { "d\($0 % 3)/f\($0)" })
                await inbox.end()
            }
        }

        @Test("More directories than are watched: the rest is polled, which is told, and nothing is missed")
        func manyDirectories() async throws {
            try await withTemporaryDirectory { directory in
                for number in 0...Watcher.mostWatches { #expect(mkdir("\(directory.path)/d\(number)", 0o700) == 0) }
                var settings = InboxSettings(settle: quick)
                settings.pollInterval = .milliseconds(20)
                let inbox = try Listener([InboxRoot(id: 1, path: directory.path)], settings)
                try await inbox.until { event in
                    guard case .polling(_, let reason) = event else { return false }
                    return reason.contains("\(Watcher.mostWatches)")
                }
                let last = "d\(Watcher.mostWatches)/f"
                try directory.write("x", at: last)
                try directory.write("x", at: "d9/new/f")
                try await inbox.expect([last, "d9/new/f"])
                // With room again, everything is watched.
                for number in 10..<20 { #expect(rmdir("\(directory.path)/d\(number)") == 0) }
                try await inbox.until { $0 == .watching(inbox: 1) }
                await inbox.end()
            }
        }

        @Test("Two inboxes are kept apart, and so are two watchers in a process")
        func several() async throws {
            try await withTemporaryDirectory { directory in
                try directory.write("x", at: "one/a")
                try directory.write("x", at: "two/a")
                let roots = [1, 2].map { InboxRoot(id: $0, path: directory.path + ($0 == 1 ? "/one" : "/two")) }
                let inbox = try Listener(roots, InboxSettings(settle: quick))
                let ready = try await inbox.ready(2)
                #expect(Set(ready.map(\.inbox)) == [1, 2])
                let second = try Listener(roots, InboxSettings(settle: quick))
                let told = try await second.all { told in told.count { $0.source != nil } == 2 }
                #expect(!told.contains { if case .event(.polling) = $0 { true } else { false } })
                await second.end()
                await inbox.end()
            }
        }
    }
}

private func withInbox(
    settle: SettleTimes, prepare: (Directory) throws -> Void = { _ in },
    body: (Directory, Listener) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        try prepare(directory)
        let inbox = try Listener([InboxRoot(id: 1, path: directory.path)], InboxSettings(settle: settle))
        try await body(directory, inbox)
        await inbox.end()
    }
}
