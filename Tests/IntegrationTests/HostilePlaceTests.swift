import Glibc
import Jobs
import LinuxIO
import Testing

@Suite("Hostile inboxes: the place itself", .enabled(if: Tool.python3.isInstalled))
struct HostilePlaceTests {
    /// Events that the kernel keeps for one reader.
    private static let queueLength = number(in: "/proc/sys/fs/inotify/max_queued_events")

    @Test(
        "case 10: 20,000 files while nobody reads the events: the queue runs over, and every picture comes out",
        .enabled(if: (queueLength ?? .max) < 40_000, "the queue of this machine holds them all"))
    func overflow() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            var dropped: [String: String] = [:]
            var staying: Set<String> = []
            for folder in 0..<20 { try scratch.makeDirectory("inbox/\(folder)") }
            try await place.watched { program in
                try await place.settleAll(program)
                program.signal(SIGSTOP)
                for index in 0..<20_000 {
                    // One in forty is a picture; the rest is ignored by rule, and makes as many events.
                    let isPicture = index % 40 == 0
                    let path = "\(index % 20)/\(index).png" + (isPicture ? "" : ".part")
                    let bytes = isPicture ? Pictures.png(width: 10 + index / 400, height: 8 + index % 400 / 40) : [1]
                    try scratch.drop(bytes, at: "inbox/\(path)")
                    if isPicture { dropped[path] = sha256(bytes) } else { staying.insert(path) }
                }
                // In a directory that it has never heard of, too.
                try scratch.drop(Pictures.png(width: 9, height: 9), at: "new.png")
                try scratch.makeDirectory("inbox/new/folder")
                try scratch.move("new.png", to: "inbox/new/folder/new.png")
                dropped["new/folder/new.png"] = sha256(Pictures.png(width: 9, height: 9))
                program.signal(SIGCONT)
                let done = try await eventually(within: 900) {
                    try scratch.files(below: "archive").count { !$0.contains("marker") } == dropped.count
                }
                #expect(done, "\(program.errorsSoFar.suffix(3000))")
                #expect(
                    program.errorsSoFar.contains("the kernel dropped events"), "\(program.errorsSoFar.suffix(3000))")
                try await place.settleAll(program)
                // Watches hold again: nothing is left to the next scan, a minute away.
                try scratch.writePicture("inbox/7/later.png", seed: 9)
                try await place.expectSidecars(["7/later.png.json"], program)
                try await expectSoon { try scratch.exists("archive/7/later.png") }
                #expect(await place.stop(program).exitCode == 0)
            }
            for (path, _) in dropped { #expect(try scratch.exists("outbox/\(path).json"), "\(path)") }
            try place.expectAccounted(dropped, staying: staying)
        }
    }

    @Test("case 11: `mkdir -p a/b/c` and a file in one go, and whole trees that are copied or moved in")
    func trees() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let picture = Pictures.png(width: 24, height: 20)
            try scratch.write(picture, to: "a.png")
            var paths: [String] = []
            for tree in ["copied", "moved"] {
                for index in 0..<60 {
                    try scratch.drop(
                        picture, at: try scratch.folder("\(tree)/\(index % 7)/\(index % 3)") + "/\(index).png")
                    paths.append("\(tree)/\(index % 7)/\(index % 3)/\(index).png")
                }
            }
            try await place.watched { program in
                try await place.settleAll(program)
                let script = """
                    for i in $(seq 40); do mkdir -p inbox/$i/b/c && cp a.png inbox/$i/b/c/x.png; done
                    cp -r copied inbox/copied && mv moved inbox/moved
                    # Made, filled and renamed at once.
                    for i in $(seq 10); do mkdir -p inbox/t$i/b && cp a.png inbox/t$i/b/x.png && mv inbox/t$i inbox/u$i; done
                    """
                let result = try await runProgram("/bin/sh", ["-ec", script], directory: scratch.path)
                #expect(result.exitCode == 0, "\(result)")
                paths += (1...40).map { "\($0)/b/c/x.png" } + (1...10).map { "u\($0)/b/x.png" }
                let done = try await eventually(within: 600) {
                    try scratch.files(below: "archive").count { !$0.contains("marker") } == paths.count
                }
                #expect(done, "\(program.errorsSoFar.suffix(3000))")
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            for path in paths { #expect(try scratch.exists("outbox/\(path).json"), "\(path)") }
            let digest = sha256(picture)
            try place.expectAccounted(Dictionary(uniqueKeysWithValues: paths.map { ($0, digest) }))
        }
    }

    /// `unshare` into a user namespace of its own, in which these limits hold.
    private static func limited(_ limits: String...) -> [String] {
        let settings = limits.map {
            "echo \($0.split(separator: "=")[1]) > /proc/sys/user/\($0.split(separator: "=")[0])"
        }
        return ["/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-ec"]
            + [(settings + ["exec \"$0\" \"$@\""]).joined(separator: "; ")]
    }

    private static let mayLimit: @Sendable () async -> Bool = {
        let command = limited("max_inotify_watches=3")
        let result = try? await runProgram(command[0], command.dropFirst() + ["/bin/true"])
        return result?.exitCode == 0
    }

    @Test(
        "case 12: without watches or instances it polls, says so, and misses nothing",
        .enabled("user namespaces with limits of their own are not permitted here", mayLimit),
        arguments: ["max_inotify_watches=3", "max_inotify_watches=0", "max_inotify_instances=0"])
    func withoutWatches(_ limit: String) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            for folder in 0..<10 { try scratch.makeDirectory("inbox/\(folder)") }
            var dropped: [String: String] = [:]
            try await place.watched(through: Self.limited(limit)) { program in
                await expectSoon { program.errorsSoFar.contains("polling") }
                let line = program.errorsSoFar.split(separator: "\n").first { $0.contains("polling") } ?? ""
                #expect(line.contains(" warning "), "\(line)")
                #expect(line.contains("reason="), "\(line)")
                for index in 0..<20 {
                    let bytes = Pictures.png(width: 20 + index, height: 20)
                    dropped["\(index % 10)/\(index).png"] = sha256(bytes)
                    try scratch.drop(bytes, at: "inbox/\(index % 10)/\(index).png")
                }
                try scratch.writePicture("inbox/new/folder/a.png")
                dropped["new/folder/a.png"] = sha256(Pictures.png(width: 60, height: 40))
                try await place.expectSidecars(dropped.keys.map { "\($0).json" }, program)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                #expect(await place.stop(program).exitCode == 0)
            }
            try place.expectAccounted(dropped)
        }
    }

    private static let mayMount: @Sendable () async -> Bool = {
        (try? await withScratch { scratch in
            try scratch.makeDirectory("inbox")
            let mounted = try await mount(scratch, "inbox")
            if mounted { try await unmount(scratch, "inbox") }
            return mounted
        }) ?? false
    }

    private static func mount(_ scratch: Scratch, _ path: String) async throws -> Bool {
        try await runProgram("/bin/mount", ["-t", "tmpfs", "tmpfs", "\(scratch.path)/\(path)"]).exitCode == 0
    }

    private static func unmount(_ scratch: Scratch, _ path: String) async throws {
        #expect(try await runProgram("/bin/umount", ["--lazy", "\(scratch.path)/\(path)"]).exitCode == 0)
    }

    @Test(
        "case 13: an inbox that is unmounted, and mounted again, goes on each time; its sources cross file systems",
        .enabled("mounting is not permitted here", mayMount))
    func unmounted() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            var dropped: [String: String] = [:]
            func drop(_ name: String, _ program: RunningProgram) async throws {
                let bytes = Pictures.png(width: 20 + dropped.count, height: 20)
                dropped[name] = sha256(bytes)
                try scratch.writeDeep(bytes, to: Array("inbox/\(name)".utf8))
                try await place.expectSidecars(["\(name).json"], program)
                try await expectSoon { try scratch.files(below: "inbox", hidden: true).isEmpty }
            }
            #expect(try await Self.mount(scratch, "inbox"))
            try await place.watched { program in
                do {
                    try await drop("sub/mounted.png", program)
                    try scratch.drop(Array("no picture".utf8), at: "inbox/sub/bad.png")
                    dropped["sub/bad.png"] = sha256(Array("no picture".utf8))
                    try await expectSoon { try scratch.exists("quarantine/sub/bad.png") }
                } catch {
                    try await Self.unmount(scratch, "inbox")
                    throw error
                }
                try await Self.unmount(scratch, "inbox")
                await expectSoon { program.errorsSoFar.contains("an inbox is gone") }
                // What is inside the mount is an inbox like any other.
                try await drop("below.png", program)
                #expect(try await Self.mount(scratch, "inbox"))
                do {
                    try await drop("again.png", program)
                    #expect(await place.stop(program).exitCode == 0)
                } catch {
                    try await Self.unmount(scratch, "inbox")
                    throw error
                }
                try await Self.unmount(scratch, "inbox")
            }
            try place.expectAccounted(dropped)
        }
    }

    @Test("case 13: an inbox that is deleted, replaced or moved while files settle in it and wait: none is lost")
    func goneWhileBusy() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 1")
            let bytes = (0..<10).map { Pictures.png(width: 20 + $0, height: 20) }
            try await place.watched { program in
                let held = try await place.holdWorkers(of: program)
                for index in 0..<5 { try scratch.drop(bytes[index], at: "inbox/\(index).png") }
                try await place.expectState("queued", of: "4.png", program)
                // Moved away with what was taken in; another stands in its place, with the same names in it.
                try scratch.move("inbox", to: "away")
                try scratch.makeDirectory("inbox")
                for index in 0..<5 { try scratch.drop(bytes[index + 5], at: "inbox/\(index).png") }
                await expectSoon { program.errorsSoFar.contains("an inbox is back") }
                held.release()
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                try await place.settleAll(program)
                // Deleted with what settles in it.
                try scratch.drop(bytes[0], at: "inbox/settling.png")
                #expect(try await runProgram("/bin/rm", ["-r", "\(scratch.path)/inbox"]).exitCode == 0)
                try scratch.makeDirectory("inbox")
                try await place.settleAll(program)
                #expect(!program.errorsSoFar.contains("paused"), "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
            }
            // What was moved away lies there still, or was done before the move was noticed.
            let found = try ["away", "archive"].flatMap { try scratch.snapshot(below: $0).values.map(\.sha256) }
            for index in bytes.indices { #expect(found.contains(sha256(bytes[index])), "\(index)") }
            for index in 0..<5 {
                #expect(try place.sidecar("\(index).png.json").source.sha256 == sha256(bytes[index + 5]))
            }
            try place.expectWholeOutbox()
        }
    }

    @Test("what an earlier run put aside, and could not delete any more, comes back and is done")
    func broughtBack() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let (bytes, other) = (Pictures.png(width: 30, height: 20), Pictures.png(width: 31, height: 20))
            try scratch.write(bytes, to: "inbox/sub/.a.png.sluice-0123456789abcdef")
            // Only looks like one.
            try scratch.write(other, to: "inbox/.b.png.sluice-0123")
            try await place.watched { program in
                try await place.expectSidecars(["sub/a.png.json"], program)
                #expect(program.errorsSoFar.contains("restored a source"))
                // One of this run is in somebody's hands.
                try scratch.write(other, to: "inbox/.c.png.sluice-0123456789abcdef")
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            try place.expectAccounted(
                ["sub/a.png": sha256(bytes)], staying: [".b.png.sluice-0123", ".c.png.sluice-0123456789abcdef"])
        }
    }
}

/// The number that a file of /proc holds.
private func number(in path: String) -> Int? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 64)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    return Int(String(decoding: line.prefix { $0 >= 48 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
}

extension Scratch {
    /// Makes a directory and gives its path.
    func folder(_ path: String) throws -> String {
        try makeDirectory(path)
        return path
    }
}
