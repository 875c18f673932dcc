import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Outbox

@Suite("Sources on file systems that lack something")
struct OddFileSystemTests {
    /// As unionfs and sshfs are.
    private var odd: FileSystemTraits {
        var traits = FileSystemTraits()
        traits.renamesWithoutReplacing = false
        traits.hasHardLinks = false
        traits.hasStableInodes = false
        traits.keepsInodeOnRename = false
        return traits
    }

    @Test("numbers that are made up for names do not keep a source from going its way", arguments: [false, true])
    func inodes(deletes: Bool) throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            for place in [inbox, archive] { place.assume(odd) }
            try inbox.write("picture", at: "s/a.jpg")
            var source = try inbox.identity("s/a.jpg")
            #expect(source.inode == 0)
            // As it was recorded before anybody knew.
            source.inode = 4711
            let disposal = SourceDisposal(inbox: inbox)
            #expect(try disposal.isStill(source))
            let expected = deletes ? Disposed.gone(nil) : .gone(source.path)
            #expect(
                try deletes ? disposal.delete(source) == expected : disposal.move(source, below: archive) == expected)
            #expect(try inbox.tree() == ["s/": ""])
            #expect(try archive.tree() == (deletes ? [:] : ["s/a.jpg": "picture"]))
        }
    }

    @Test("a name that is taken gets a number there too")
    func taken() throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            for place in [inbox, archive] { place.assume(odd) }
            try archive.write("first", at: "a.jpg")
            try inbox.write("second", at: "a.jpg")
            let moved = try SourceDisposal(inbox: inbox).move(inbox.identity("a.jpg"), below: archive)
            #expect(moved == .gone(try path("a~2.jpg")))
            #expect(try archive.tree() == ["a.jpg": "first", "a~2.jpg": "second"])
        }
    }

    @Test("a file that only looks like another one once it is moved stays, and is not offered again and again")
    func neverTheSame() throws {
        try withTemporaryDirectory { directory in
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            try inbox.write("picture", at: "a.jpg")
            var disposal = SourceDisposal(inbox: inbox)
            disposal.seenAfterRename = { status in
                var status = status
                status.mtime += 1
                return status
            }
            for deletes in [false, true] {
                // A rename and another one back have changed its ctime.
                let source = try inbox.identity("a.jpg")
                let disposed = try deletes ? disposal.delete(source) : disposal.move(source, below: archive)
                guard case .notRemoved = disposed else {
                    Issue.record("\(disposed)")
                    return
                }
            }
            #expect(try inbox.tree() == ["a.jpg": "picture"])
            #expect(try archive.tree().isEmpty)
        }
    }

    /// A directory on any file system, to try the whole way with real files: sshfs, mergerfs, unionfs, … .
    static let realPlace = getenv("SLUICE_ODD_PLACE").map { String(cString: $0) }

    @Test("on a real one: sources go their way, once", .enabled(if: realPlace != nil, "SLUICE_ODD_PLACE names none"))
    func real() throws {
        ignoreLeaseSignal()
        try withTemporaryDirectory(in: Self.realPlace) { directory in
            print("\(try FileSystemTraits.probe(directory))")
            let (inbox, archive) = (try directory.make("inbox"), try directory.make("archive"))
            for isKnown in [false, true] {
                if isKnown { try inbox.learnTraits() }
                for name in ["s/a.jpg", "s/b.jpg", "s/c.jpg"] { try inbox.write("picture of \(name)", at: name) }
                let disposal = SourceDisposal(inbox: inbox)
                for name in ["s/a.jpg", "s/b.jpg"] {
                    let source = try inbox.identity(name)
                    #expect(try disposal.isStill(source))
                    let disposed = try disposal.move(source, below: archive)
                    guard case .gone(_?) = disposed else {
                        Issue.record("\(name): \(disposed)")
                        continue
                    }
                    #expect(try disposal.move(source, below: archive) == .gone(nil))
                }
                let last = try inbox.identity("s/c.jpg")
                #expect(try disposal.delete(last) == .gone(nil))
                #expect(try inbox.tree() == ["s/": ""])
            }
            #expect(
                try archive.tree() == [
                    "s/a.jpg": "picture of s/a.jpg", "s/a~2.jpg": "picture of s/a.jpg",
                    "s/b.jpg": "picture of s/b.jpg", "s/b~2.jpg": "picture of s/b.jpg",
                ])
            let job = try Publication(directory)
            try job.stage()
            try job.publish()
            #expect(try job.outbox.tree() == job.complete)
        }
    }

    @Test("a source that cannot be synced is left where it is, and that is told")
    func failedSync() throws {
        // /proc has files, and no fsync: that is no failure.
        let file = try Directory.open(path: "/proc/self").openFile(Array("status".utf8))
        try file.syncSource(subject: "status")
        // A descriptor that is none fails.
        let error = #expect(throws: SystemCallError.self) {
            let none = Descriptor(owning: -1)
            try none.syncSource(subject: "a.jpg")
        }
        #expect(error?.call == syncSource && error?.errno == EBADF)
    }
}
