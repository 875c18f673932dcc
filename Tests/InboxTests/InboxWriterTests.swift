import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Inbox

extension RealDirectories {
    /// As in a service that does not own what others drop: leases say nothing.
    @Suite("Files that somebody writes to")
    struct InboxWriterTests {
        private func settings() -> InboxSettings {
            var settings = InboxSettings(
                settle: SettleTimes(afterRenameOrClose: .milliseconds(50), otherwise: .milliseconds(50)))
            settings.usesLeases = false
            settings.reportsHeldAfter = .milliseconds(100)
            return settings
        }

        private func withListener(
            _ settings: InboxSettings, prepare: (Directory) throws -> Void = { _ in },
            _ body: (Directory, Listener) async throws -> Void
        ) async throws {
            try await withTemporaryDirectory { directory in
                try prepare(directory)
                let inbox = try Listener([InboxRoot(id: 1, path: directory.path)], settings)
                try await body(directory, inbox)
                await inbox.end()
            }
        }

        @Test("A file that was created and not closed waits, which is told, until it is closed")
        func created() async throws {
            try await withListener(settings()) { directory, inbox in
                try await inbox.scanned()
                let path = try #require(RelativePath("slow"))
                var file: Descriptor? = try directory.createFile(path.bytes)
                try Array("half".utf8).withUnsafeBytes { try file?.writeAll($0, subject: "slow") }
                try await inbox.until { $0 == .held(inbox: 1, path, .writer) }
                #expect(inbox.source.isBeingWritten(path, inbox: 1))
                let told = await eventually { inbox.source.snapshot(inbox: 1).held.map(\.path) == [path] }
                #expect(told)
                #expect(inbox.source.snapshot(inbox: 1).held.first?.reason == .writer)
                #expect(inbox.source.snapshot(inbox: 1).heldCount == 1)
                try Array("half".utf8).withUnsafeBytes { try file?.writeAll($0, subject: "slow") }
                file = nil
                #expect(try await inbox.ready(1).map(\.status.size) == [8])
                #expect(!inbox.source.isBeingWritten(path, inbox: 1))
                let noneHeld = await eventually { inbox.source.snapshot(inbox: 1).heldCount == 0 }
                #expect(noneHeld)
            }
        }

        @Test("A file that is written to again after it was offered is seen to be, and one that is renamed while open")
        func modified() async throws {
            try await withListener(settings()) { directory, inbox in
                try await inbox.scanned()
                let (a, b) = try (#require(RelativePath("a")), #require(RelativePath("b")))
                try directory.write("x", at: "a")
                try await inbox.expect(["a"])
                let number = open(directory.path + "/a", O_WRONLY | O_APPEND | O_CLOEXEC)
                #expect(number >= 0)
                var file: Descriptor? = Descriptor(owning: number)
                try Array("y".utf8).withUnsafeBytes { try file?.writeAll($0, subject: "a") }
                let seen = await eventually { inbox.source.isBeingWritten(a, inbox: 1) }
                #expect(seen)
                try directory.rename(a.bytes, to: directory, b.bytes, replacing: false)
                let moved = await eventually { inbox.source.isBeingWritten(b, inbox: 1) }
                #expect(moved && !inbox.source.isBeingWritten(a, inbox: 1))
                try await inbox.until { $0 == .held(inbox: 1, b, .writer) }
                file = nil
                try await inbox.expect(["b"])
            }
        }

        @Test("A writer that never closes is not waited for longer than the limit", arguments: [false, true])
        func limit(leases: Bool) async throws {
            var settings = settings()
            settings.usesLeases = leases
            settings.hold.writerLimit = .milliseconds(500)
            try await withListener(settings) { directory, inbox in
                try await inbox.scanned()
                let path = try #require(RelativePath("open"))
                let file = try directory.createFile(path.bytes)
                try Array("all".utf8).withUnsafeBytes { try file.writeAll($0, subject: "open") }
                let told = try await inbox.all { told in
                    told.contains(.event(.takenWhileOpen(inbox: 1, path))) && told.contains { $0.source != nil }
                }
                #expect(told.compactMap(\.source?.path) == [path])
                #expect(!inbox.source.isBeingWritten(path, inbox: 1))
                try withExtendedLifetime(file) { try directory.unlink(path.bytes) }
            }
        }

        @Test("A hard link has no writer, whether the other name stays or goes")
        func links() async throws {
            try await withTemporaryDirectory { outside in
                for name in ["stays", "goes"] { try outside.write("x", at: name) }
                try await withListener(settings()) { directory, inbox in
                    try await inbox.scanned()
                    for name in ["stays", "goes"] {
                        #expect(link("\(outside.path)/\(name)", "\(directory.path)/\(name)") == 0)
                    }
                    try outside.unlink(Array("goes".utf8))
                    try await inbox.expect(["goes", "stays"])
                }
            }
        }

        @Test("A file waits while its companion lies beside it, whichever came first", arguments: [true, false])
        func companion(isThere: Bool) async throws {
            let path = try #require(RelativePath("d/a.jpg"))
            func drop(_ directory: Directory) throws {
                try directory.write("half", at: "d/a.jpg.part")
                try directory.write("half", at: "d/a.jpg")
            }
            try await withListener(settings(), prepare: { if isThere { try drop($0) } }) { directory, inbox in
                if !isThere { try drop(directory) }
                try await inbox.until { $0 == .held(inbox: 1, path, .placeholder) }
                try directory.unlink(Array("d/a.jpg.part".utf8))
                try await inbox.expect(["d/a.jpg"])
            }
        }

        @Test("An empty file waits for its content")
        func empty() async throws {
            try await withListener(settings()) { directory, inbox in
                let path = try #require(RelativePath("empty"))
                try directory.write("", at: "empty")
                try await inbox.until { $0 == .held(inbox: 1, path, .placeholder) }
                try run("/bin/sh", "-c", "echo x > \(directory.path)/empty")
                #expect(try await inbox.ready(1).map(\.status.size) == [2])
            }
        }

        @Test("Where numbers and change times of files are not to be trusted, they are not told")
        func untrusted() async throws {
            try await withTemporaryDirectory { directory in
                try directory.write("x", at: "a")
                #expect(symlink("a", directory.path + "/link") == 0)
                var root = InboxRoot(id: 1, path: directory.path)
                root.trustsInodes = false
                let inbox = try Listener([root], settings())
                let told = try await inbox.all { told in
                    told.contains { $0.source != nil } && told.contains { $0.refusal != nil }
                }
                let refused = told.compactMap(\.refusal?.status).first
                #expect(refused?.inode == 0 && refused?.ctime == 0)
                let status = told.compactMap(\.source?.status).first
                #expect(status?.inode == 0 && status?.ctime == 0 && status?.size == 1 && status?.mtime != 0)
                await inbox.end()
            }
        }
    }
}
