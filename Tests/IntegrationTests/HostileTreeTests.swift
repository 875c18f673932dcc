import Glibc
import Jobs
import LinuxIO
import Testing
import Text

@Suite("Hostile inboxes: what is no ordinary file in an ordinary place", .enabled(if: Tool.python3.isInstalled))
struct HostileTreeTests {
    @Test("case 14: a tree 1,500 deep, paths near 4,096 bytes: published and archived under the same path")
    func deep() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            // At the end of 1,500 directories; at 4,095 bytes (PATH_MAX without the NUL), one more, and far beyond.
            var paths = [
                [UInt8](Array(repeating: "d", count: 1500).joined(separator: "/").utf8) + Array("/deep.png".utf8)
            ]
            for length in [4095, 4096, 6000] {
                let directories = Array(repeating: String(repeating: "x", count: 199), count: (length - 50) / 200)
                let folder = "\(length)/" + directories.joined(separator: "/") + "/"
                paths.append(
                    Array((folder + String(repeating: "n", count: length - folder.utf8.count - 4) + ".png").utf8))
            }
            #expect(paths.map(\.count) == [3008, 4095, 4096, 6000])
            var dropped: [String: String] = [:]
            try await place.watched { program in
                for (index, path) in paths.enumerated() {
                    let bytes = Pictures.png(width: 20 + index, height: 20)
                    dropped[escaped(path)] = sha256(bytes)
                    try scratch.writeDeep(bytes, to: Array("inbox/".utf8) + path)
                }
                let done = try await eventually(within: 600) {
                    try paths.allSatisfy { try scratch.directory.stat(Array("archive/".utf8) + $0) != nil }
                }
                #expect(done, "\(program.errorsSoFar.suffix(3000))")
                try await place.settleAll(program)
                #expect(!program.errorsSoFar.contains("paused"))
                #expect(await place.stop(program).exitCode == 0)
            }
            for path in paths {
                #expect(try scratch.directory.stat(Array("outbox/".utf8) + path + Array(".json".utf8)) != nil)
            }
            try place.expectAccounted(dropped)
        }
    }

    @Test("case 14: beyond what is looked at there is a reason, and the rest goes on")
    func tooDeep() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let folder = Array(repeating: "d", count: 2001).joined(separator: "/")
            try await place.watched { program in
                try scratch.writeDeep(Pictures.png(width: 9, height: 9), to: Array("inbox/\(folder)/a.png".utf8))
                await expectSoon(within: 600) { program.errorsSoFar.contains("directories deep") }
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.directory.stat(Array("inbox/\(folder)/a.png".utf8)) != nil, "left where it is")
            let reason = Array("quarantine/\(folder).error.json".utf8)
            #expect(try scratch.directory.stat(reason) != nil)
        }
    }

    @Test("case 15: links to a file, to a directory, to nothing and to themselves are refused and never followed")
    func links() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.writePicture("elsewhere/a.png")
            let before = try scratch.snapshot(below: "elsewhere")
            let links = [
                "file.png": "../elsewhere/a.png", "directory": "../elsewhere", "nothing.png": "nowhere",
                "itself.png": "itself.png", "one.png": "two.png", "two.png": "one.png", "up": "..",
                "absolute.png": "/etc/hostname", "sub/link.png": "../../elsewhere/a.png",
            ]
            try await place.watched { program in
                try scratch.makeDirectory("inbox/sub")
                for (name, target) in links { #expect(symlink(target, "\(scratch.path)/inbox/\(name)") == 0) }
                let told = try await eventually {
                    try links.keys.allSatisfy { try scratch.exists("quarantine/\($0).error.json") }
                }
                #expect(told, "\(program.errorsSoFar)")
                try await place.settleAll(program)
                // A real directory in a link's place is entered.
                try scratch.remove("inbox/directory")
                try scratch.writePicture("inbox/directory/a.png")
                try await place.expectSidecars(["directory/a.png.json"], program)
                #expect(await place.stop(program).exitCode == 0)
            }
            for name in links.keys {
                #expect(try place.errorFile("\(name).error.json").code == .notARegularFile)
            }
            #expect(try scratch.snapshot(below: "elsewhere") == before)
            try place.expectAccounted([:], staying: Set(links.keys).subtracting(["directory"]))
        }
    }

    @Test("case 16: a FIFO, a socket and devices are refused; nothing waits for them")
    func special() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.makeDirectory("inbox/sub")
            var special = ["fifo.png", "sub/fifo.png", "socket.png"]
            #expect(mkfifo("\(scratch.path)/inbox/fifo.png", 0o666) == 0)
            try await place.watched { program in
                #expect(mkfifo("\(scratch.path)/inbox/sub/fifo.png", 0o666) == 0)
                let listening = try scratch.makeSocket("inbox/socket.png")
                // The null device, and a block device that does not exist: opening either would tell.
                for (name, kind, number) in [("null.png", S_IFCHR, 0x103), ("block.png", S_IFBLK, 0xFE_FE)]
                where mknod("\(scratch.path)/inbox/\(name)", kind | 0o666, dev_t(number)) == 0 {
                    special.append(name)
                }
                let told = try await eventually {
                    try special.allSatisfy { try scratch.exists("quarantine/\($0).error.json") }
                }
                #expect(told, "\(program.errorsSoFar)")
                // A FIFO that takes the place of a file which is settling.
                for index in 0..<10 {
                    try scratch.writePicture("inbox/turns-\(index).png")
                    try scratch.remove("inbox/turns-\(index).png")
                    #expect(mkfifo("\(scratch.path)/inbox/turns-\(index).png", 0o666) == 0)
                    special.append("turns-\(index).png")
                }
                let again = try await eventually {
                    try special.allSatisfy { try scratch.exists("quarantine/\($0).error.json") }
                }
                #expect(again, "\(program.errorsSoFar)")
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
                withExtendedLifetime(listening) {}
            }
            for name in special { #expect(try place.errorFile("\(name).error.json").code == .notARegularFile) }
            try place.expectAccounted([:], staying: Set(special))
        }
    }

    @Test("case 17: every hard link is a source of its own; names outside the inbox keep the file")
    func hardLinks() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let bytes = Pictures.png(width: 30, height: 20)
            try scratch.write(bytes, to: "outside.png")
            let names = ["one.png", "sub/two.png", "three.png"]
            try await place.watched { program in
                try scratch.makeDirectory("inbox/sub")
                for name in names {
                    #expect(link("\(scratch.path)/outside.png", "\(scratch.path)/inbox/\(name)") == 0)
                }
                try await place.expectSidecars(names.map { "\($0).json" }, program)
                try await expectSoon { try scratch.files(below: "archive").count { !$0.contains("marker") } == 3 }
                // A link to what lies in the archive, under the same name: rename(2) between the two does nothing.
                #expect(link("\(scratch.path)/archive/one.png", "\(scratch.path)/inbox/one.png") == 0)
                try await expectSoon { try scratch.exists("archive/one~2.png") }
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.read("outside.png") == bytes)
            let digest = sha256(bytes)
            try place.expectAccounted(Dictionary(uniqueKeysWithValues: (names + ["again"]).map { ($0, digest) }))
        }
    }

    @Test("case 17: hard links in an inbox whose sources are deleted: each name goes, the file outside stays")
    func deletedHardLinks() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, inboxes: ["main: { path: inbox, pipeline: cheap, after: delete, \(WatchedPlace.quick) }"])
            try scratch.writePicture("outside.png")
            try await place.watched { program in
                for name in ["one.png", "two.png"] {
                    #expect(link("\(scratch.path)/outside.png", "\(scratch.path)/inbox/\(name)") == 0)
                }
                try await place.expectSidecars(["one.png.json", "two.png.json"], program)
                try await expectSoon { try scratch.files(below: "inbox", hidden: true).isEmpty }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.exists("outside.png"))
            try place.expectWholeOutbox()
        }
    }
}

extension Scratch {
    /// As `write`, for paths of any depth and length: nothing is synced on the way.
    func writeDeep(_ bytes: [UInt8], to path: [UInt8]) throws {
        var parts = path.split(separator: 0x2F).map(Array.init)
        let name = parts.removeLast()
        var here = directory
        for part in parts {
            let text = part.map { CChar(bitPattern: $0) } + [0]
            if mkdirat(here.descriptor.number, text, 0o777) != 0, errno != EEXIST {
                throw SystemCallError("mkdirat", escaped(part))
            }
            here = try here.openDirectory(part)
        }
        let file = try here.createFile(name)
        try bytes.withUnsafeBytes { try file.writeAll($0, subject: escaped(name)) }
    }

    /// A Unix socket that listens at this path.
    func makeSocket(_ path: String) throws -> Descriptor {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard number >= 0 else { throw SystemCallError("socket", path) }
        let descriptor = Descriptor(owning: number)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let text = Array("\(self.path)/\(path)".utf8)
        guard text.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemCallError("bind", path, errno: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(number, 1) == 0 else { throw SystemCallError("bind", path) }
        return descriptor
    }
}
