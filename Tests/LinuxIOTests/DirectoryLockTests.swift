import Glibc
import Testing

@testable import LinuxIO

@Suite("Locks on directories")
struct DirectoryLockTests {
    @Test("one holder at a time, by whatever path; let go with the object")
    func exclusive() throws {
        try withTemporaryDirectory { directory in
            let again = try Directory.open(
                path: "\(directory.path)/../\(directory.path.split(separator: "/").last ?? "")")
            var held: DirectoryLock?
            guard case .taken(let lock) = try DirectoryLock.acquire(directory) else {
                Issue.record("a temporary directory cannot be locked")
                return
            }
            held = lock
            withExtendedLifetime(held) {}
            guard case .heldByAnother = try DirectoryLock.acquire(again) else {
                Issue.record("locked twice")
                return
            }
            let status = try FileStatus.of(directory.descriptor)
            // Where /proc/locks does not show it (another namespace, an overlay), nobody is named, and nobody wrong.
            #expect([nil, getpid()].contains(DirectoryLock.holder(of: status)))
            // Below and above are other directories.
            guard case .taken = try DirectoryLock.acquire(directory.openDirectory([0x61], create: true)) else {
                Issue.record("a directory below is locked too")
                return
            }
            #expect(try directory.list().map(\.name) == [[0x61]], "nothing is left in it")
        }
    }

    @Test("the lock file tells who holds it, and means nothing once nobody does")
    func lockFile() throws {
        try withTemporaryDirectory { directory in
            let name = Array("lock".utf8)
            try directory.write("99999999\nand a longer text of an earlier time", at: "lock")
            var lock = try DirectoryLock.acquire(in: directory, name: name)
            #expect(lock != nil)
            #expect(try DirectoryLock.acquire(in: directory, name: name) == nil)
            #expect(try directory.text(at: "lock") == "\(getpid())\n")
            #expect(DirectoryLock.number(in: directory, name: name) == getpid())
            lock = nil
            #expect(try DirectoryLock.acquire(in: directory, name: name) != nil)
        }
    }

    @Test("the kernel's list is read: the holder, not those that wait, nor locks of other kinds or files")
    func kernelList() {
        let status = FileStatus(
            device: 0xFE01, inode: 1234, size: 0, mtime: 0, ctime: 0, mode: S_IFDIR)
        let locks = """
            1: POSIX  ADVISORY  WRITE 41 fe:01:1234 0 EOF
            2: FLOCK  ADVISORY  WRITE 42 fe:01:1235 0 EOF
            3: FLOCK  ADVISORY  WRITE 43 fe:02:1234 0 EOF
            4: -> FLOCK  ADVISORY  WRITE 44 fe:01:1234 0 EOF
            5: FLOCK  ADVISORY  WRITE 0 fe:01:1234 0 EOF
            6: FLOCK  ADVISORY  WRITE 45 fe:01:1234 0 EOF
            """
        #expect(DirectoryLock.holder(of: status, locks: locks) == 45)
        #expect(DirectoryLock.holder(of: status, locks: "") == nil)
        #expect(DirectoryLock.holder(of: status, locks: "1: FLOCK nonsense\n\n::") == nil)
    }
}
