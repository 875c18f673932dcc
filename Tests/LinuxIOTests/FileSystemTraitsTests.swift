import Glibc
import Testing

@testable import LinuxIO

@Suite("What file systems can do")
struct FileSystemTraitsTests {
    @Test("an ordinary one does all of it; looking leaves nothing, nor what a crash has left of an earlier look")
    func probe() throws {
        try withTemporaryDirectory { directory in
            let old = Array(".sluice-traits-0".utf8)
            try directory.write("of a crash", at: ".sluice-traits-0")
            try directory.write("of a crash", at: ".sluice-traits-0.b")
            try directory.write("of somebody who looks just now", at: ".sluice-traits-1")
            let file = try directory.openOrCreateFile(old, mode: 0o600, writable: true)
            let then = timespec(tv_sec: 1_000_000_000, tv_nsec: 0)
            #expect(futimens(file.number, [then, then]) == 0)
            var traits = try FileSystemTraits.probe(directory)
            // The directory for temporary files may have none.
            traits.hasLeases = true
            #expect(traits == .ordinary)
            #expect(try directory.list().map(\.name) == [Array(".sluice-traits-1".utf8)])
        }
    }

    @Test("one that cannot be written to is no answer")
    func unwritable() throws {
        #expect(throws: SystemCallError.self) { try FileSystemTraits.probe(Directory.open(path: "/proc/self")) }
    }

    @Test("what a directory was found to do holds below it, and is found out once")
    func learning() throws {
        try withTemporaryDirectory { directory in
            let below = try directory.openDirectory(.init(text: "a/b"), create: true)
            var odd = FileSystemTraits()
            odd.keepsInodeOnRename = false
            directory.assume(odd)
            #expect(below.traits == odd)
            #expect(try directory.openDirectory(.init(text: "a")).learnTraits() == odd)
            #expect(Directory(holding: directory.descriptor, path: "x").traits == .ordinary)
        }
    }

    /// Without the flag: by a hard link, or after a look.
    static let plans = [false, true].map { hasHardLinks in
        var traits = FileSystemTraits()
        traits.renamesWithoutReplacing = false
        traits.hasHardLinks = hasHardLinks
        return traits
    }

    @Test("without the flag a taken name is refused still, and a free one given", arguments: plans)
    func withoutFlag(traits: FileSystemTraits) throws {
        try withTemporaryDirectory { directory in
            directory.assume(traits)
            try directory.write("old", at: "old")
            try directory.write("new", at: "new")
            let error = #expect(throws: SystemCallError.self) {
                try directory.rename(.init(text: "new"), to: directory, .init(text: "old"), replacing: false)
            }
            #expect(error?.errno == EEXIST)
            #expect(try directory.text(at: "old") == "old" && directory.text(at: "new") == "new")
            let inode = try directory.stat(.init(text: "new"))?.inode
            try directory.rename(.init(text: "new"), to: directory, .init(text: "newer"), replacing: false)
            #expect(try directory.list().count == 2)
            #expect(try directory.stat(.init(text: "newer"))?.inode == inode)
            let gone = #expect(throws: SystemCallError.self) {
                try directory.rename(.init(text: "new"), to: directory, .init(text: "newest"), replacing: false)
            }
            #expect(gone?.errno == ENOENT)
            // A directory has no hard links.
            _ = try directory.openDirectory(.init(text: "spare"), create: true)
            try directory.rename(.init(text: "spare"), to: directory, .init(text: "job"), replacing: false)
            #expect(try directory.stat(.init(text: "job"))?.isDirectory == true)
            #expect(try directory.list().count == 3)
        }
    }

    @Test("numbers that say nothing are left out")
    func trusted() {
        let status = FileStatus(device: 1, inode: 2, size: 3, mtime: 4, ctime: 5, mode: 6)
        var traits = FileSystemTraits()
        #expect(status.trusted(traits) == status)
        traits.hasStableInodes = false
        #expect(status.trusted(traits).inode == 0 && status.trusted(traits).ctime == 5)
    }
}
