import Glibc
import Jobs
import LinuxIO
import Testing
import Text

@testable import Inbox

extension RealDirectories {
    @Suite("What a watched inbox passes over")
    struct WatchedIgnoreTests {
        private func withInbox(
            events: Bool = true, prepare: (Directory) throws -> Void = { _ in },
            body: (Directory, Listener) async throws -> Void
        ) async throws {
            try await withTemporaryDirectory { directory in
                try prepare(directory)
                let quick = SettleTimes(afterRenameOrClose: .milliseconds(50), otherwise: .milliseconds(50))
                var settings = InboxSettings(settle: quick)
                settings.usesEvents = events
                if !events { settings.pollInterval = .milliseconds(100) }
                let rules = IgnoreRules(own: [try IgnorePattern("/own/*.png")])
                let inbox = try Listener([InboxRoot(id: 1, path: directory.path, rules: rules)], settings)
                try await body(directory, inbox)
                await inbox.end()
            }
        }

        @Test(
            "Patterns of files and of the configuration hold for what is there, and for what comes",
            arguments: [true, false])
        func both(events: Bool) async throws {
            try await withInbox(events: events) { directory in
                try directory.write("*.png\n!keep.png\nraw/\n", at: "a/.sluiceignore")
                for path in ["a/1.png", "a/1.jpg", "a/raw/1.jpg", "own/1.png", "own/1.jpg", "b/1.png"] {
                    try directory.write("x", at: path)
                }
            } body: { directory, inbox in
                try await inbox.expect(["a/1.jpg", "own/1.jpg", "b/1.png"])
                inbox.source.rescan(inbox: 1)
                try await inbox.scanned()
                for path in [
                    "a/2.png", "a/keep.png", "a/raw/2.jpg", "a/raw/new/3.jpg", "own/2.png", "a/deep/2.png",
                    "a/deep/raw/2.jpg",
                    "a/deep/2.jpg", "b/2.png", "@eaDir/2.jpg", "b/#recycle/2.jpg",
                ] {
                    try directory.write("x", at: path)
                }
                try await inbox.expect(["a/keep.png", "a/deep/2.jpg", "b/2.png"])
                try await expectNothingMore(directory, inbox)
            }
        }

        @Test(
            "A file with patterns that changes holds for what comes from then on, and brings back what is no longer named"
        )
        func changes() async throws {
            try await withInbox { directory in
                try directory.write("*.png\n", at: ".sluiceignore")
                try directory.write("x", at: "sub/1.png")
                try directory.write("x", at: "sub/1.jpg")
            } body: { directory, inbox in
                try await inbox.expect(["sub/1.jpg"])
                inbox.source.rescan(inbox: 1)
                try await inbox.scanned()
                try replace(directory, ".sluiceignore", "*.jpg\n")
                try await inbox.expect(["sub/1.png"])
                try directory.write("x", at: "sub/2.jpg")
                try directory.write("x", at: "sub/2.png")
                try await inbox.expect(["sub/2.png"])
                try directory.unlink(Array(".sluiceignore".utf8))
                try await inbox.expect(["sub/2.jpg"])
            }
        }

        @Test("A folder that is named once it is watched is passed over from then on")
        func folderNamedLater() async throws {
            try await withInbox { directory in
                try directory.write("x", at: "raw/deep/1.jpg")
            } body: { directory, inbox in
                try await inbox.expect(["raw/deep/1.jpg"])
                inbox.source.rescan(inbox: 1)
                try await inbox.scanned()
                try replace(directory, ".sluiceignore", "raw\n")
                try await inbox.scanned()
                try directory.write("x", at: "raw/deep/2.jpg")
                try directory.write("x", at: "raw/new/2.jpg")
                try directory.write("x", at: "other.jpg")
                try await inbox.expect(["other.jpg"])
                try await expectNothingMore(directory, inbox)
            }
        }

        @Test("Outboxes are passed over, those too that a run makes meanwhile; each is told once")
        func outboxes() async throws {
            try await withInbox { directory in
                try directory.write("x", at: "old/1.webp")
                try directory.write("x", at: "old/.sluice/journal.sqlite")
            } body: { directory, inbox in
                func notices(_ told: [Told]) -> [String] {
                    told.compactMap { if case .event(.noticed(_, let notice)) = $0 { "\(notice)" } else { nil } }
                }
                let first = try await inbox.all { !notices($0).isEmpty }
                #expect(notices(first).first?.hasPrefix("'old' is an outbox") == true)
                _ = try directory.openDirectory(Array("new".utf8), create: true)
                try directory.write("x", at: "old/2.webp")
                try directory.write("x", at: "new/.sluice/division")
                for number in 0..<20 { try directory.write("x", at: "new/sub/\(number).webp") }
                try directory.write("x", at: "a.jpg")
                inbox.source.rescan(inbox: 1)
                let second = try await inbox.all { told in
                    told.contains { $0.source != nil } && !notices(told).isEmpty
                }
                #expect(second.compactMap(\.source?.path.text) == ["a.jpg"])
                #expect(notices(second).map { $0.prefix(5) } == ["'new'"])
                try await expectNothingMore(directory, inbox)
            }
        }

        @Test("More folders with patterns than are remembered hold all the same")
        func many() async throws {
            try await withInbox { directory in
                for number in 0..<1100 { try directory.write("*.png\n", at: "f\(number)/.sluiceignore") }
            } body: { directory, inbox in
                try await inbox.scanned()
                for number in [0, 500, 1099] {
                    try directory.write("x", at: "f\(number)/a.png")
                    try directory.write("x", at: "f\(number)/a.jpg")
                }
                try await inbox.expect(["f0/a.jpg", "f500/a.jpg", "f1099/a.jpg"])
                try await expectNothingMore(directory, inbox)
            }
        }

        /// What comes last is seen last: what should not have been seen would have come before.
        private func expectNothingMore(_ directory: Directory, _ inbox: Listener) async throws {
            for name in ["last-1", "last-2"] {
                inbox.source.rescan(inbox: 1)
                try await inbox.scanned()
                try directory.write("x", at: name)
                try await inbox.expect([name])
            }
        }

        private func replace(_ directory: Directory, _ name: String, _ text: String) throws {
            try writeDurably(Array(text.utf8), to: directory, name: Array(name.utf8), replacing: true)
        }
    }
}
