import Glibc
import Jobs
import LinuxIO
import Synchronization
import Testing

@testable import Outbox

@Suite("What becomes of a source when something comes between")
struct SourceDisposalFaultTests {
    @Test(
        "a source that a crash left aside is deleted by the next try, whoever has its name by then",
        arguments: [false, true])
    func crashWhileDeleting(nameIsTaken: Bool) throws {
        try withTemporaryDirectory { inbox in
            try inbox.write("picture", at: "s/a.jpg")
            let source = try inbox.identity("s/a.jpg")
            let disposal = SourceDisposal(inbox: inbox)
            let folder = try inbox.make("s")
            try folder.rename(Array("a.jpg".utf8), to: folder, disposal.asideName(source), replacing: false)
            if nameIsTaken { try inbox.write("a newer one", at: "s/a.jpg") }
            try disposal.delete(source)
            #expect(try inbox.tree() == (nameIsTaken ? ["s/a.jpg": "a newer one"] : ["s/": ""]))
        }
    }

    @Test("what was put aside and is not the source comes back under its name, or beside it", arguments: [false, true])
    func strangerAside(nameIsTaken: Bool) throws {
        try withTemporaryDirectory { inbox in
            try inbox.write("picture", at: "a.jpg")
            let source = try inbox.identity("a.jpg")
            let disposal = SourceDisposal(inbox: inbox)
            try inbox.write("a stranger's", at: String(decoding: disposal.asideName(source), as: UTF8.self))
            if !nameIsTaken { try inbox.unlink(Array("a.jpg".utf8)) }
            try disposal.delete(source)
            #expect(try inbox.tree() == [nameIsTaken ? "a~2.jpg" : "a.jpg": "a stranger's"])
        }
    }

    @Test(
        "it is synced once, where it lies, before it goes; not again where that is done", arguments: [false, true],
        [false, true])
    func synced(isSynced: Bool, deletes: Bool) throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try inbox.write("picture", at: "s/a.jpg")
            let places = Mutex<[Bool]>([])
            var disposal = SourceDisposal(inbox: inbox)
            disposal.isSynced = isSynced
            disposal.sync = { file, _ in
                let isThere = try inbox.stat(Array("s/a.jpg".utf8))?.inode == FileStatus.of(file).inode
                places.withLock { $0.append(isThere) }
            }
            let source = try inbox.identity("s/a.jpg")
            let disposed = try deletes ? disposal.delete(source) : disposal.move(source, below: archive)
            #expect(disposed == .gone(deletes ? nil : source.path))
            #expect(places.withLock { $0 } == (isSynced ? [] : [true]))
        }
    }

    @Test("a source that cannot be made durable stays where it is, and that is thrown", arguments: [false, true])
    func failedSync(deletes: Bool) throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try inbox.write("picture", at: "s/a.jpg")
            let source = try inbox.identity("s/a.jpg")
            var disposal = SourceDisposal(inbox: inbox)
            disposal.sync = { throw SystemCallError(syncSource, $1, errno: EIO) }
            let error = #expect(throws: SystemCallError.self) {
                _ = try deletes ? disposal.delete(source) : disposal.move(source, below: archive)
            }
            #expect(error?.call == syncSource && error?.subject.hasSuffix("/s/a.jpg") == true)
            #expect(try inbox.tree() == ["s/a.jpg": "picture"])
            #expect(try archive.tree().isEmpty)
        }
    }

    @Test(
        "a source that may not be taken away stays, is told of, and fails nothing",
        .enabled(if: isImmutablePossible, "needs chattr +i"), arguments: [false, true])
    func immutable(deletes: Bool) throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try inbox.write("picture", at: "s/a.jpg")
            #expect(setImmutable("\(inbox.path)/s/a.jpg", true))
            defer { _ = setImmutable("\(inbox.path)/s/a.jpg", false) }
            let source = try inbox.identity("s/a.jpg")
            let disposal = SourceDisposal(inbox: inbox)
            let disposed = try deletes ? disposal.delete(source) : disposal.move(source, below: archive)
            guard case .notRemoved(let reason) = disposed else {
                Issue.record("\(disposed)")
                return
            }
            #expect(reason.contains("s/a.jpg") && reason.contains("Operation not permitted"))
            #expect(try inbox.tree() == ["s/a.jpg": "picture"])
        }
    }

    @Test(
        "an archive that cannot be written is nobody's fault but the archive's: that is thrown",
        .enabled(if: isImmutablePossible, "needs chattr +i"))
    func immutableArchive() throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try inbox.write("picture", at: "a.jpg")
            #expect(setImmutable(archive.path, true))
            defer { _ = setImmutable(archive.path, false) }
            let source = try inbox.identity("a.jpg")
            #expect(throws: SystemCallError.self) { try SourceDisposal(inbox: inbox).move(source, below: archive) }
            #expect(try inbox.tree() == ["a.jpg": "picture"])
        }
    }

    @Test(
        "to another file system: what a crash left half copied goes, and nothing hidden stays",
        .enabled(if: SourceDisposalTests.otherFileSystem != nil, "needs a second file system, /dev/shm"))
    func halfCopied() throws {
        try withTemporaryDirectory { inbox in
            try withTemporaryDirectory(in: SourceDisposalTests.otherFileSystem) { archive in
                try inbox.write("picture", at: "a.jpg")
                let source = try inbox.identity("a.jpg")
                let disposal = SourceDisposal(inbox: inbox)
                try archive.write("pict", at: String(decoding: disposal.asideName(source), as: UTF8.self))
                #expect(try disposal.move(source, below: archive) == .gone(path("a.jpg")))
                #expect(try archive.tree() == ["a.jpg": "picture"])
                #expect(try inbox.tree().isEmpty)
            }
        }
    }

    @Test(
        "to another file system: a file that has come in the source's place is not taken for it",
        .enabled(if: SourceDisposalTests.otherFileSystem != nil, "needs a second file system, /dev/shm"))
    func replacedBeforeCopy() throws {
        try withTemporaryDirectory { inbox in
            try withTemporaryDirectory(in: SourceDisposalTests.otherFileSystem) { archive in
                try inbox.write("picture", at: "a.jpg")
                let source = try inbox.identity("a.jpg")
                try inbox.write("a newer one", at: "a.jpg")
                #expect(try SourceDisposal(inbox: inbox).moveUnlessReplaced(source, below: archive) == .changed)
                #expect(try inbox.tree() == ["a.jpg": "a newer one"])
                #expect(try archive.tree().isEmpty)
            }
        }
    }
}

private let isImmutablePossible: Bool = {
    (try? withTemporaryDirectory { directory in
        try directory.write("x", at: "a")
        let path = "\(directory.path)/a"
        defer { _ = setImmutable(path, false) }
        return setImmutable(path, true)
    }) ?? false
}()

/// `chattr ±i`; false where it cannot be had.
private func setImmutable(_ path: String, _ isImmutable: Bool) -> Bool {
    let words = ["chattr", isImmutable ? "+i" : "-i", path]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process = pid_t()
    guard posix_spawnp(&process, "chattr", nil, nil, &arguments, environ) == 0 else { return false }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status == 0
}
