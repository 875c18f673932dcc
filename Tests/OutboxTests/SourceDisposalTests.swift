import Glibc
import Jobs
import LinuxIO
import Synchronization
import Testing

@testable import Outbox

@Suite("What becomes of a source")
struct SourceDisposalTests {
    @Test("it goes to the archive, at the same path")
    func archive() throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try inbox.write("picture", at: "sub/deep/a.jpg")
            let source = try inbox.identity("sub/deep/a.jpg")
            let disposal = SourceDisposal(inbox: inbox)
            #expect(try disposal.isStill(source))
            #expect(try disposal.move(source, below: archive) == .gone(source.path))
            #expect(try archive.tree() == ["sub/deep/a.jpg": "picture"])
            #expect(try inbox.tree() == ["sub/deep/": ""])
            #expect(try !disposal.isStill(source))
            // Again, as after a crash before the journal knew: it is gone, and that is fine.
            #expect(try disposal.move(source, below: archive) == .gone(nil))
            #expect(try archive.tree() == ["sub/deep/a.jpg": "picture"])
        }
    }

    @Test("where the name is taken it gets a number, and what lies there stays")
    func taken() throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            for number in 1...3 {
                try inbox.write("picture \(number)", at: "s/a.b.jpg")
                let moved = try SourceDisposal(inbox: inbox).move(inbox.identity("s/a.b.jpg"), below: archive)
                #expect(moved == .gone(try path(number == 1 ? "s/a.b.jpg" : "s/a.b~\(number).jpg")))
            }
            #expect(
                try archive.tree() == [
                    "s/a.b.jpg": "picture 1", "s/a.b~2.jpg": "picture 2", "s/a.b~3.jpg": "picture 3",
                ])
        }
    }

    @Test("a name too long for a number is cut before it: one such name that comes twice must not hold up anything")
    func tooLong() throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            let name = String(repeating: "n", count: 251) + ".jpg"
            try archive.write("first", at: name)
            try inbox.write("second", at: name)
            let source = try inbox.identity(name)
            let moved = String(repeating: "n", count: 249) + "~2.jpg"
            #expect(try SourceDisposal(inbox: inbox).destination(of: source, below: archive).text == moved)
            #expect(try SourceDisposal(inbox: inbox).move(source, below: archive) == .gone(path(moved)))
            #expect(try inbox.tree().isEmpty)
            #expect(try archive.tree() == [name: "first", moved: "second"])
        }
    }

    @Test("a file where the archive needs a folder does not stop anything: the folder gets a number")
    func folderTaken() throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try archive.write("a file of that name came first", at: "photos")
            for name in ["photos/x/a.jpg", "photos/x/b.jpg"] {
                try inbox.write(name, at: name)
                let moved = try SourceDisposal(inbox: inbox).move(inbox.identity(name), below: archive)
                #expect(moved == .gone(try path("photos~2" + name.dropFirst(6))))
            }
            #expect(try archive.tree().count == 3)
            #expect(try inbox.tree() == ["photos/x/": ""])
        }
    }

    enum Change: String, CaseIterable, CustomTestStringConvertible {
        case grown, touched, editedWithOldTime, replaced, gone, link, directory
        var testDescription: String { rawValue }

        func apply(to inbox: Directory) throws {
            let name = Array("a.jpg".utf8)
            switch self {
            case .grown: try inbox.write("longer than before", at: "a.jpg")
            case .touched:
                var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 5)]
                #expect(utimensat(AT_FDCWD, "\(inbox.path)/a.jpg", &times, 0) == 0)
            case .editedWithOldTime:
                // As `exiftool -P` and editors do that restore times: the kernel's own time tells.
                let path = "\(inbox.path)/a.jpg"
                var before = stat()
                #expect(stat(path, &before) == 0)
                let file = Descriptor(owning: open(path, O_WRONLY))
                try Array("PICTURE".utf8).withUnsafeBytes { try file.writeAll($0, subject: path) }
                #expect(futimens(file.number, [before.st_atim, before.st_mtim]) == 0)
            case .replaced:
                try inbox.write("PICTURE", at: "b.jpg")
                try inbox.rename(Array("b.jpg".utf8), to: inbox, name, replacing: true)
            case .gone: try inbox.unlink(name)
            case .link:
                try inbox.unlink(name)
                #expect(symlink("/etc/hostname", "\(inbox.path)/a.jpg") == 0)
            case .directory:
                try inbox.unlink(name)
                _ = try inbox.make("a.jpg")
            }
        }
    }

    @Test("a source that has changed meanwhile stays where it is", arguments: Change.allCases, [false, true])
    func changed(change: Change, deletes: Bool) throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try inbox.write("picture", at: "a.jpg")
            let source = try inbox.identity("a.jpg")
            try change.apply(to: inbox)
            let before = try inbox.stat(Array("a.jpg".utf8))
            let disposal = SourceDisposal(inbox: inbox)
            #expect(try !disposal.isStill(source))
            let expected = change == .gone ? Disposed.gone(nil) : .changed
            if deletes {
                #expect(try disposal.delete(source) == expected)
            } else {
                #expect(try disposal.move(source, below: archive) == expected)
            }
            #expect(try inbox.stat(Array("a.jpg".utf8)) == before)
            #expect(try archive.tree().isEmpty)
        }
    }

    @Test(
        "a file that came between the look and the act stays, or is put back", arguments: [false, true], [false, true])
    func replacedBetween(deletes: Bool, isGone: Bool) throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try inbox.write("picture", at: "s/a.jpg")
            let source = try inbox.identity("s/a.jpg")
            try inbox.write("a newer one", at: "s/b.jpg")
            let sub = try inbox.make("s")
            try sub.rename(Array("b.jpg".utf8), to: sub, Array("a.jpg".utf8), replacing: true)
            if isGone { try inbox.unlink(source.path.bytes) }
            let disposal = SourceDisposal(inbox: inbox)
            let expected = isGone ? Disposed.gone(nil) : .changed
            if deletes {
                #expect(try disposal.deleteUnlessReplaced(source) == expected)
            } else {
                #expect(try disposal.moveUnlessReplaced(source, below: archive) == expected)
            }
            #expect(try inbox.tree() == (isGone ? ["s/": ""] : ["s/a.jpg": "a newer one"]))
            #expect(try archive.tree().keys.allSatisfy { $0 == "s/" })
        }
    }

    @Test("deleting removes exactly the source, and once")
    func delete() throws {
        try withTemporaryDirectory { directory in
            try directory.write("picture", at: "s/a.jpg")
            try directory.write("other", at: "s/b.jpg")
            let source = try directory.identity("s/a.jpg")
            #expect(try SourceDisposal(inbox: directory).delete(source) == .gone(nil))
            #expect(try SourceDisposal(inbox: directory).delete(source) == .gone(nil))
            #expect(try directory.tree() == ["s/b.jpg": "other"])
        }
    }

    @Test("a file that takes the source's place at just that moment is never lost", arguments: [false, true])
    func race(deletes: Bool) throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            let aside = try directory.make("aside")
            let rounds = 300
            try inbox.write("picture 0", at: "a.jpg")
            let ended = Mutex(false)
            let racerDone = Mutex(false)
            // Puts new pictures in the source's place, keeping the one that it takes away.
            try startThread(named: "racer") {
                for round in 1...rounds {
                    let name = Array("a.jpg".utf8)
                    try? inbox.rename(name, to: aside, Array("kept-\(round)".utf8), replacing: false)
                    try? inbox.write("picture \(round)", at: "new.jpg")
                    // Somebody may have put one back: then this one keeps its name.
                    do {
                        try inbox.rename(Array("new.jpg".utf8), to: inbox, name, replacing: false)
                    } catch {
                        try? inbox.rename(
                            Array("new.jpg".utf8), to: aside, Array("second-\(round)".utf8), replacing: false)
                    }
                }
                racerDone.withLock { $0 = true }
            }
            var deleted: [UInt64] = []
            let disposal = SourceDisposal(inbox: inbox)
            while !ended.withLock({ $0 }) {
                if racerDone.withLock({ $0 }) { ended.withLock { $0 = true } }
                guard let source = try inbox.identityIfThere("a.jpg"),
                    let text = try? inbox.text(at: "a.jpg"), try disposal.isStill(source)
                else { continue }
                if deletes {
                    // EEXIST: a third file has come; then the one in between stays aside.
                    _ = try? disposal.delete(source)
                    if try inbox.stat(Array("a.jpg".utf8))?.inode != source.inode,
                        let number = UInt64(text.dropFirst("picture ".count))
                    {
                        deleted.append(number)
                    }
                } else {
                    _ = try? disposal.move(source, below: archive)
                }
            }
            var found = Set<UInt64>()
            for tree in [try inbox.tree(), try archive.tree(), try aside.tree()] {
                for text in tree.values {
                    if let number = UInt64(text.dropFirst("picture ".count)) { found.insert(number) }
                }
            }
            let lost = Set(0...UInt64(rounds)).subtracting(found).subtracting(deleted)
            #expect(lost.isEmpty, "lost: \(lost)")
        }
    }

    /// Another file system than that of temporary files, if this machine has one that can be written.
    static let otherFileSystem: String? = {
        var (here, there) = (stat(), stat())
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        guard stat(base, &here) == 0, stat("/dev/shm", &there) == 0, access("/dev/shm", W_OK) == 0 else { return nil }
        return here.st_dev == there.st_dev ? nil : "/dev/shm"
    }()

    @Test(
        "to another file system it is copied, compared and then removed; a copy of a crash is used",
        .enabled(if: otherFileSystem != nil, "needs a second file system, /dev/shm"), arguments: [false, true])
    func toOtherFileSystem(copiedBefore: Bool) throws {
        try withTemporaryDirectory { inbox in
            try withTemporaryDirectory(in: Self.otherFileSystem) { archive in
                try inbox.write("picture", at: "s/a.jpg")
                if copiedBefore { try archive.write("picture", at: "s/a.jpg") }
                let source = try inbox.identity("s/a.jpg")
                #expect(try SourceDisposal(inbox: inbox).move(source, below: archive) == .gone(path("s/a.jpg")))
                #expect(try archive.tree() == ["s/a.jpg": "picture"])
                #expect(try inbox.tree() == ["s/": ""])
                try inbox.write("another", at: "s/a.jpg")
                let second = try inbox.identity("s/a.jpg")
                #expect(try SourceDisposal(inbox: inbox).move(second, below: archive) == .gone(path("s/a~2.jpg")))
                #expect(try archive.text(at: "s/a~2.jpg") == "another")
            }
        }
    }
}
