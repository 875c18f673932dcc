import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Inbox

extension RealDirectories {
    @Suite("The watcher")
    struct WatcherTests {
        @Test("A rename, a close after writing and a new directory are told apart")
        func kinds() async throws {
            try await withTemporaryDirectory { directory in
                let watcher = try Watcher()
                #expect(watcher.watch(directory, inbox: 3, path: nil) == .watching)
                try directory.write("x", at: "a")
                try directory.rename(Array("a".utf8), to: directory, Array("b".utf8), replacing: false)
                #expect(mkdir(directory.path + "/d", 0o700) == 0)
                try directory.unlink(Array("b".utf8))
                let (a, b, d) = try (
                    #require(RelativePath("a")), #require(RelativePath("b")), #require(RelativePath("d"))
                )
                #expect(
                    watcher.drain() == [
                        .created(inbox: 3, a), .modified(inbox: 3, a), .closed(inbox: 3, a),
                        .arrived(inbox: 3, b, from: a), .directoryAppeared(inbox: 3, d, .other), .left(inbox: 3, b),
                    ])
                #expect(watcher.drain() == [])
            }
        }

        @Test("Its descriptor is closed on exec, and in this process when it ends")
        func descriptor() throws {
            #expect(inotifyDescriptors().isEmpty)
            var watcher: Watcher? = try Watcher()
            let number = try #require(watcher?.descriptor)
            #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
            watcher = nil
            #expect(inotifyDescriptors().isEmpty)
        }

        @Test("Events that were left in the buffer do not reach the next watcher")
        func leftOvers() async throws {
            try await withTemporaryDirectory { directory in
                var watcher: Watcher? = try Watcher()
                _ = watcher?.watch(directory, inbox: 1, path: nil)
                for number in 0..<50 { try directory.write("x", at: "f\(number)") }
                #expect(watcher?.drain(limit: 3).count == 3)
                watcher = nil
                let next = try Watcher()
                #expect(next.watch(directory, inbox: 1, path: nil) == .watching)
                #expect(next.drain() == [])
            }
        }

        @Test("A directory counts as watched where it is the same one, in the same place")
        func known() async throws {
            try await withTemporaryDirectory { directory in
                let watcher = try Watcher()
                #expect(watcher.watch(directory, inbox: 1, path: nil) == .watching)
                let path = try #require(RelativePath("d"))
                let below = try directory.openDirectory(path.bytes, create: true)
                let status = try FileStatus.of(below.descriptor)
                #expect(!watcher.isWatching(status, inbox: 1, path: path))
                #expect(watcher.watch(below, inbox: 1, path: path) == .watching)
                #expect(watcher.isWatching(status, inbox: 1, path: path))
                #expect(!watcher.isWatching(status, inbox: 2, path: path))
                var other = status
                other.inode += 1
                #expect(!watcher.isWatching(other, inbox: 1, path: path))
                // Moved away, it is no longer known, under whatever name it comes back.
                try directory.rename(path.bytes, to: directory, Array("e".utf8), replacing: false)
                _ = watcher.drain()
                #expect(!watcher.isWatching(status, inbox: 1, path: path))
            }
        }

        @Test("A directory that was met on another way is not told of; the next one of its name is")
        func metBefore() async throws {
            try await withTemporaryDirectory { directory in
                let watcher = try Watcher()
                #expect(watcher.watch(directory, inbox: 1, path: nil) == .watching)
                let (name, path) = (Array("d".utf8), try #require(RelativePath("d")))
                let first = try directory.openDirectory(name, create: true)
                #expect(watcher.watch(first, inbox: 1, path: path) == .watching)
                #expect(watcher.drain().isEmpty)
                // `first` stays open: its own end is not told of.
                try directory.removeDirectory(name)
                _ = try directory.openDirectory(name, create: true)
                #expect(watcher.drain().contains(.directoryAppeared(inbox: 1, path, .other)))
                withExtendedLifetime(first) {}
            }
        }

        @Test("Paths of events are right deep down, before and after something on the way was renamed")
        func deepPaths() async throws {
            try await withTemporaryDirectory { directory in
                let watcher = try Watcher()
                #expect(watcher.watch(directory, inbox: 1, path: nil) == .watching)
                _ = try directory.openDirectory(Array("a/b/c".utf8), create: true)
                func watchAll(_ paths: [String]) throws {
                    for path in paths {
                        let below = try directory.openDirectory(Array(path.utf8))
                        #expect(watcher.watch(below, inbox: 1, path: RelativePath(path)) == .watching)
                    }
                }
                try watchAll(["a", "a/b", "a/b/c"])
                _ = watcher.drain()
                for path in ["a/b/c/1", "a/b/2", "a/b/c/3", "4", "a/5"] {
                    try directory.write("x", at: path)
                    let file = try #require(RelativePath(path))
                    #expect(watcher.drain().contains(.closed(inbox: 1, file)), "\(path)")
                }
                try directory.write("x", at: "a/b/c/6")
                _ = watcher.drain()
                try directory.rename(Array("a".utf8), to: directory, Array("z".utf8), replacing: false)
                _ = watcher.drain()
                try watchAll(["z", "z/b", "z/b/c"])
                try directory.write("x", at: "z/b/c/7")
                let moved = try #require(RelativePath("z/b/c/7"))
                #expect(watcher.drain().contains(.closed(inbox: 1, moved)))
            }
        }

        /// Events that the kernel keeps; nil where it does not tell.
        static let queueLength = try? readNumber("/proc/sys/fs/inotify/max_queued_events")

        @Test(
            "More events than the kernel keeps end in an overflow",
            .enabled(if: (queueLength ?? .max) < 200_000, "the queue of this machine is too long to fill"))
        func overflow() async throws {
            let length = try #require(Self.queueLength)
            try await withTemporaryDirectory { directory in
                let watcher = try Watcher()
                _ = watcher.watch(directory, inbox: 1, path: nil)
                try directory.write("x", at: "a")
                let (a, b) = (Array("a".utf8), Array("b".utf8))
                for _ in 0..<(length / 4 + 10) {
                    try directory.rename(a, to: directory, b, replacing: true)
                    try directory.rename(b, to: directory, a, replacing: true)
                }
                var events: [WatchEvent] = []
                while case let more = watcher.drain(), !more.isEmpty { events += more }
                #expect(events.last == .overflow)
            }
        }

        @Test("A directory that takes another's place under the same path is watched in its stead")
        func replaced() async throws {
            try await withTemporaryDirectory { directory in
                let watcher = try Watcher()
                let path = try #require(RelativePath("d"))
                #expect(watcher.watch(directory, inbox: 1, path: nil) == .watching)
                let first = try directory.openDirectory(path.bytes, create: true)
                #expect(watcher.watch(first, inbox: 1, path: path) == .watching)
                #expect(watcher.watch(first, inbox: 1, path: path) == .watchedAlready)
                #expect(watcher.count == 2)
                // `first` is still open, so that the kernel does not yet tell of its end.
                try directory.removeDirectory(path.bytes)
                let second = try directory.openDirectory(path.bytes, create: true)
                #expect(watcher.watch(second, inbox: 1, path: path) == .watching)
                #expect(watcher.count == 2)
                try second.write("x", at: "f")
                let file = try #require(RelativePath("d/f"))
                #expect(watcher.drain().contains(.closed(inbox: 1, file)))
            }
        }

        private static func readNumber(_ path: String) throws -> Int {
            var bytes: [UInt8] = []
            let file = try Directory.open(path: "/proc/sys/fs/inotify").openFile(
                Array(path.split(separator: "/")[4].utf8))
            try file.forEachPiece(subject: path) { bytes += $0 }
            return try #require(Int(String(decoding: bytes.prefix { $0 >= 48 }, as: UTF8.self)))
        }
    }
}

extension Watcher {
    fileprivate func watch(_ directory: Directory, inbox: Int, path: RelativePath?) -> Outcome {
        guard let status = try? FileStatus.of(directory.descriptor) else {
            return .failed(SystemCallError("fstat", directory.path))
        }
        return watch(directory, status, inbox: inbox, path: path)
    }
}

/// This process' open inotify instances.
private func inotifyDescriptors() -> Set<Int32> {
    guard let directory = try? Directory.open(path: "/proc/self/fd"), let entries = try? directory.list() else {
        return []
    }
    let numbers = entries.compactMap { Int32(String(decoding: $0.name, as: UTF8.self)) }
    return Set(
        numbers.filter { number in
            var target = [CChar](repeating: 0, count: 64)
            let count = readlink("/proc/self/fd/\(number)", &target, target.count)
            return target.prefix(max(0, count)).elementsEqual("anon_inode:inotify".utf8.map { CChar($0) })
        })
}
