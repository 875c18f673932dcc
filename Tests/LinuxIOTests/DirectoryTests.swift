import Glibc
import Testing

@testable import LinuxIO

@Suite("Held directories")
struct DirectoryTests {
    @Test("A link on the way or at the end is never followed")
    func linksAreNotFollowed() throws {
        try withTemporaryDirectory { directory in
            try directory.write("secret", at: "elsewhere/file")
            #expect(symlink("elsewhere", directory.path + "/link") == 0)
            #expect(symlink("elsewhere/file", directory.path + "/filelink") == 0)
            #expect(throws: SystemCallError.self) { try directory.openFile(.init(text: "link/file")) }
            #expect(throws: SystemCallError.self) { try directory.openFile(.init(text: "filelink")) }
            #expect(throws: SystemCallError.self) { try directory.openDirectory(.init(text: "link")) }
            #expect(throws: SystemCallError.self) { try directory.openDirectory(.init(text: "link/new"), create: true) }
            #expect(throws: SystemCallError.self) { try directory.createFile(.init(text: "link/new")) }
            #expect(try directory.stat(.init(text: "link/file")) == nil)
            #expect(try directory.stat(.init(text: "link"))?.isSymbolicLink == true)
            #expect(try directory.stat(.init(text: "elsewhere"))?.isDirectory == true)
        }
    }

    @Test("A path cannot leave the directory", arguments: ["..", "a/../../b", "../etc/passwd"])
    func staysBelow(path: String) throws {
        try withTemporaryDirectory { directory in
            #expect(throws: SystemCallError.self) { try directory.openFile(.init(text: path)) }
            #expect(throws: SystemCallError.self) { try directory.stat(.init(text: path)) }
        }
    }

    @Test("Paths beyond PATH_MAX and 1,500 levels deep work")
    func deepPaths() throws {
        try withTemporaryDirectory { directory in
            let path = Array("level".utf8) + Array(repeatElement("/level", count: 1_499).joined().utf8)
            let deepest = try directory.openDirectory(path, create: true)
            _ = try deepest.createFile(.init(text: "file"))
            let file = path + .init(text: "/file")
            #expect(file.count > 8_000)
            #expect(try directory.stat(file)?.isRegular == true)
            _ = try directory.openFile(file)
            try directory.rename(file, to: directory, .init(text: "moved"), replacing: false)
            #expect(try directory.stat(file) == nil)
            #expect(try directory.stat(.init(text: "moved")) != nil)
        }
    }

    @Test("Names are bytes: not UTF-8, a newline, 255 bytes")
    func names() throws {
        try withTemporaryDirectory { directory in
            let names: [[UInt8]] = [[0xFF, 0xFE, 0x41], .init(text: "a\nb"), .init(repeating: 0x61, count: 255)]
            for name in names {
                try writeDurably([1], to: directory, name: name, replacing: false)
            }
            let listed = try directory.list()
            #expect(Set(listed.map(\.name)) == Set(names))
            #expect(listed.allSatisfy { $0.type == .regular })
            #expect(try directory.list().count == 3, "listing again starts over")
        }
    }

    @Test("Renaming refuses a taken name unless told to replace")
    func renaming() throws {
        try withTemporaryDirectory { directory in
            try directory.write("old", at: "old")
            try directory.write("new", at: "new")
            let error = #expect(throws: SystemCallError.self) {
                try directory.rename(.init(text: "new"), to: directory, .init(text: "old"), replacing: false)
            }
            #expect(error?.errno == EEXIST)
            #expect(try directory.text(at: "old") == "old")
            try directory.rename(.init(text: "new"), to: directory, .init(text: "old"), replacing: true)
            #expect(try directory.text(at: "old") == "new")
        }
    }

    @Test("A FIFO opens without waiting for its writer and is told apart")
    func fifo() throws {
        try withTemporaryDirectory { directory in
            #expect(mkfifo(directory.path + "/fifo", 0o600) == 0)
            let opened = try directory.openFile(.init(text: "fifo"))
            #expect(try FileStatus.of(opened).type == .fifo)
            #expect(try directory.list().map(\.type) == [.fifo])
        }
    }

    @Test("Errors name the call and the path")
    func errors() throws {
        try withTemporaryDirectory { directory in
            let error = #expect(throws: SystemCallError.self) { try directory.openFile(.init(text: "absent")) }
            #expect(error?.description == "open \(directory.path)/absent: No such file or directory")
        }
    }

    @Test("A lock is held by one, and free again once its holder is gone")
    func lock() throws {
        try withTemporaryDirectory { directory in
            let name = [UInt8](text: "lock")
            var held = try DirectoryLock.acquire(in: directory, name: name)
            #expect(held != nil)
            #expect(try DirectoryLock.acquire(in: directory, name: name) == nil)
            held = nil
            #expect(try DirectoryLock.acquire(in: directory, name: name) != nil)
        }
    }
}
