import Glibc
import Jobs
import LinuxIO
import Synchronization
import Testing

@testable import Outbox

@Suite("A writer comes while a source is taken away")
struct WriterTests {
    /// What takes a source away.
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case delete, archive, otherFileSystem
        var testDescription: String { rawValue }

        static var possible: [Way] {
            allCases.filter { $0 != .otherFileSystem || SourceDisposalTests.otherFileSystem != nil }
        }
    }

    private func take(
        _ source: SourceIdentity, _ way: Way, _ disposal: SourceDisposal, _ archive: Directory
    ) throws -> Disposed {
        way == .delete ? try disposal.delete(source) : try disposal.move(source, below: archive)
    }

    private func withPlaces(_ way: Way, _ body: (Directory, Directory) throws -> Void) throws {
        ignoreLeaseSignal()
        try withTemporaryDirectory { directory in
            let inbox = try directory.make("inbox")
            guard way == .otherFileSystem else { return try body(inbox, directory.make("archive")) }
            try withTemporaryDirectory(in: SourceDisposalTests.otherFileSystem) { try body(inbox, $0) }
        }
    }

    @Test(
        "who has it open already keeps it where it is", .enabled(if: hasLeases, "needs leases"),
        arguments: Way.possible)
    func before(way: Way) throws {
        try withPlaces(way) { inbox, archive in
            try inbox.write("picture", at: "s/a.jpg")
            let source = try inbox.identity("s/a.jpg")
            let writer = try openForWriting("\(inbox.path)/s/a.jpg")
            #expect(try take(source, way, SourceDisposal(inbox: inbox), archive) == .beingWritten)
            #expect(try inbox.tree() == ["s/a.jpg": "picture"])
            #expect(try archive.tree().values.allSatisfy { $0.isEmpty })
            withExtendedLifetime(writer) {}
        }
    }

    @Test("the same where only the events tell", arguments: Way.possible)
    func told(way: Way) throws {
        try withPlaces(way) { inbox, archive in
            try inbox.write("picture", at: "a.jpg")
            var disposal = SourceDisposal(inbox: inbox)
            disposal.hasWriter = { _ in false }
            disposal.isBeingWritten = { $0.path.text == "a.jpg" }
            #expect(try take(inbox.identity("a.jpg"), way, disposal, archive) == .beingWritten)
            #expect(try inbox.tree() == ["a.jpg": "picture"])
            #expect(try archive.tree().isEmpty)
        }
    }

    @Test(
        "who opens it just then gets it back under its name, and what they write is there",
        .enabled(if: hasLeases, "needs leases"), arguments: Way.possible)
    func during(way: Way) throws {
        try withPlaces(way) { inbox, archive in
            try inbox.write("picture", at: "s/a.jpg")
            let source = try inbox.identity("s/a.jpg")
            let writer = Mutex<Descriptor?>(nil)
            var disposal = SourceDisposal(inbox: inbox)
            // After the first look, before the rename.
            disposal.hasWriter = { file in
                let isFirst = writer.withLock { $0 == nil }
                if !isFirst { return file.hasWriter() == true }
                let opened = try? openForWriting("\(inbox.path)/s/a.jpg")
                writer.withLock { $0 = opened }
                return false
            }
            #expect(try take(source, way, disposal, archive) == .beingWritten)
            #expect(try inbox.tree() == ["s/a.jpg": "picture"])
            #expect(try archive.tree().values.allSatisfy { $0.isEmpty })
            let file = try #require(writer.withLock { $0 })
            try Array("PICTURES".utf8).withUnsafeBytes { try file.writeAll($0, subject: "a.jpg") }
            #expect(try inbox.text(at: "s/a.jpg") == "PICTURES")
        }
    }

    @Test(
        "who has written it and gone just then: the new content is in the inbox, under its name",
        arguments: Way.possible)
    func writtenDuring(way: Way) throws {
        try withPlaces(way) { inbox, archive in
            try inbox.write("picture", at: "s/a.jpg")
            let source = try inbox.identity("s/a.jpg")
            let isDone = Mutex(false)
            var disposal = SourceDisposal(inbox: inbox)
            disposal.hasWriter = { _ in
                isDone.withLock { isDone in
                    if !isDone, let file = try? openForWriting("\(inbox.path)/s/a.jpg") {
                        try? Array("other pictures".utf8).withUnsafeBytes { try file.writeAll($0, subject: "a.jpg") }
                    }
                    isDone = true
                    return false
                }
            }
            #expect(try take(source, way, disposal, archive) == .changed)
            #expect(try inbox.tree() == ["s/a.jpg": "other pictures"])
            #expect(try archive.tree().values.allSatisfy { $0.isEmpty })
        }
    }

    @Test("a copy that was in the archive before is left there where the source has changed")
    func earlierCopy() throws {
        guard let other = SourceDisposalTests.otherFileSystem else { return }
        try withTemporaryDirectory { inbox in
            try withTemporaryDirectory(in: other) { archive in
                try archive.write("picture", at: "a.jpg")
                try inbox.write("picture", at: "a.jpg")
                var disposal = SourceDisposal(inbox: inbox)
                let looks = Mutex(0)
                // The first is before the copy.
                disposal.hasWriter = { _ in
                    looks.withLock {
                        $0 += 1; return $0 > 1
                    }
                }
                #expect(try disposal.move(inbox.identity("a.jpg"), below: archive) == .beingWritten)
                #expect(try archive.tree() == ["a.jpg": "picture"])
                #expect(try inbox.tree() == ["a.jpg": "picture"])
            }
        }
    }

    @Test("what a crash left aside and somebody writes to still is not deleted")
    func asideAndWritten() throws {
        try withTemporaryDirectory { inbox in
            try inbox.write("picture", at: "a.jpg")
            let source = try inbox.identity("a.jpg")
            var disposal = SourceDisposal(inbox: inbox)
            try inbox.rename(source.path.bytes, to: inbox, disposal.asideName(source), replacing: false)
            disposal.hasWriter = { _ in true }
            #expect(try disposal.delete(source) == .beingWritten)
            #expect(try inbox.tree() == ["a.jpg": "picture"])
        }
    }
}

private func openForWriting(_ path: String) throws -> Descriptor {
    let number = open(path, O_WRONLY | O_CLOEXEC)
    guard number >= 0 else { throw SystemCallError("open", path) }
    return Descriptor(owning: number)
}

/// Whether the directory for temporary files has leases.
private let hasLeases: Bool = {
    ignoreLeaseSignal()
    return (try? withTemporaryDirectory { try FileSystemTraits.probe($0).hasLeases }) ?? false
}()
