import Glibc
import Jobs
import LinuxIO
import Testing

@Suite("Hostile inboxes: what changes meanwhile", .enabled(if: Tool.python3.isInstalled))
struct HostileChangeTests {
    enum Change: String, CaseIterable {
        /// Another file under the name.
        case replaced
        /// The same file, cut.
        case truncated
        case removed
        /// A directory with a picture in it under the name.
        case directory
    }

    enum Moment: String, CaseIterable {
        /// In line, not begun.
        case queued
        /// With a worker that has not read it.
        case running
        /// Its renditions lie in staging, and the supervisor does not know it yet.
        case rendered
    }

    @Test(
        "case 20: a source that changes while it is processed: what is there in the end is what comes out",
        arguments: Change.allCases, Moment.allCases)
    func changed(_ change: Change, _ moment: Moment) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 1")
            let (old, new) = (Pictures.png(width: 64, height: 48), Pictures.png(width: 48, height: 64, seed: 1))
            var dropped: [String: String] = [:]
            try await place.watched { program in
                let held = try await place.holdWorkers(of: program)
                if moment == .queued {
                    // One at the worker, and those that are claimed while it is busy.
                    for name in (1...3).map({ "before-\($0).png" }) {
                        let bytes = Pictures.png(width: 30, height: 20)
                        dropped[name] = sha256(bytes)
                        try scratch.drop(bytes, at: "inbox/\(name)")
                        try await place.expectState("running", of: name, program)
                    }
                }
                try scratch.drop(old, at: "inbox/a.png")
                try await place.expectState(moment == .queued ? "queued" : "running", of: "a.png", program)
                if moment == .rendered {
                    program.signal(SIGSTOP)
                    held.release()
                    // The rendition is there, and the worker waits (or soon will) for its next job.
                    let written = try await eventually {
                        try place.stagedJobs().contains { try scratch.files(below: ".staging/jobs/\($0)") != [] }
                            && children(of: program.processIdentifier).allSatisfy { processState($0) == "S" }
                    }
                    #expect(written)
                }
                switch change {
                case .replaced:
                    try scratch.drop(new, at: "new.png")
                    try scratch.move("new.png", to: "inbox/a.png")
                    dropped["a.png"] = sha256(new)
                case .truncated:
                    #expect(truncate("\(scratch.path)/inbox/a.png", off_t(old.count / 2)) == 0)
                    dropped["a.png"] = sha256(Array(old.prefix(old.count / 2)))
                case .removed: try scratch.remove("inbox/a.png")
                case .directory:
                    try scratch.remove("inbox/a.png")
                    try scratch.makeDirectory("inbox/a.png")
                    try scratch.drop(new, at: "inbox/a.png/b.png")
                    dropped["a.png/b.png"] = sha256(new)
                }
                program.signal(SIGCONT)
                held.release()
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                try await place.settleAll(program)
                #expect(!program.errorsSoFar.contains("paused"), "\(program.errorsSoFar)")
                let states = try await place.states(of: "a.png")
                switch change {
                case .replaced: #expect(states == ["superseded", "done"])
                case .truncated: #expect(states == ["superseded", "quarantined"])
                case .removed, .directory: #expect(states == ["superseded"])
                }
                #expect(await place.stop(program).exitCode == 0)
            }
            switch change {
            case .replaced: #expect(try place.sidecar("a.png.json").source.sha256 == sha256(new))
            case .directory: #expect(try place.sidecar("a.png/b.png.json").source.sha256 == sha256(new))
            case .truncated, .removed: #expect(try !scratch.exists("outbox/a.png.json"))
            }
            try place.expectAccounted(dropped)
        }
    }

    @Test("case 20: other content of the same length, with the old time put back, after it was read: it comes out too")
    func rewritten() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 1")
            // No compression: equal sizes have equal lengths.
            let (old, new) = (Pictures.png(width: 64, height: 48), Pictures.png(width: 64, height: 48, seed: 1))
            try #require(old.count == new.count)
            try await place.watched { program in
                let held = try await place.holdWorkers(of: program)
                try scratch.drop(old, at: "inbox/a.png")
                try scratch.touch("inbox/a.png", seconds: 1_700_000_000)
                try await place.expectState("running", of: "a.png", program)
                program.signal(SIGSTOP)
                held.release()
                let written = try await eventually {
                    try place.stagedJobs().contains { try scratch.files(below: ".staging/jobs/\($0)") != [] }
                        && children(of: program.processIdentifier).allSatisfy { processState($0) == "S" }
                }
                #expect(written)
                try scratch.overwrite(new, at: "inbox/a.png")
                try scratch.touch("inbox/a.png", seconds: 1_700_000_000)
                program.signal(SIGCONT)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try place.sidecar("a.png.json").source.sha256 == sha256(new))
            try place.expectAccounted(["a.png": sha256(new)])
        }
    }

    @Test("case 19: a writer that is slow, closes, opens again and goes on is waited for to its end")
    func reopened() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let bytes = Pictures.png(width: 60, height: 40)
            let pieces = stride(from: 0, to: bytes.count, by: bytes.count / 3 + 1).map {
                bytes[$0..<min($0 + bytes.count / 3 + 1, bytes.count)]
            }
            try await place.watched { program in
                var file: OpenFile? = try OpenFile("\(scratch.path)/inbox/a.png")
                for piece in pieces {
                    try file?.write(piece)
                    try await place.settleAll(program)
                    #expect(try !scratch.exists("outbox/a.png.json"))
                    #expect(try await place.states(of: "a.png").isEmpty)
                    // The next one is open before this one is closed: at no time is it without a writer.
                    file = piece == pieces.last ? nil : try OpenFile("\(scratch.path)/inbox/a.png", appending: true)
                }
                try await place.expectSidecars(["a.png.json"], program)
                try await place.settleAll(program)
                #expect(try await place.states(of: "a.png") == ["done"])
                #expect(await place.stop(program).exitCode == 0)
            }
            try place.expectAccounted(["a.png": sha256(bytes)])
        }
    }

    @Test("case 19: a file that is written to again after it was taken is taken again, whole")
    func reopenedLater() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: "workers: 1")
            let (first, second) = (Pictures.png(width: 60, height: 40), Pictures.png(width: 61, height: 40, seed: 1))
            try await place.watched { program in
                let held = try await place.holdWorkers(of: program)
                try scratch.drop(first, at: "inbox/a.png")
                try await place.expectState("running", of: "a.png", program)
                var file: OpenFile? = try OpenFile("\(scratch.path)/inbox/a.png")
                try file?.write(second.prefix(second.count / 2))
                held.release()
                try await place.expectState("superseded", of: "a.png", program)
                try await place.settleAll(program)
                #expect(try !scratch.exists("outbox/a.png.json"))
                try file?.write(second.dropFirst(second.count / 2))
                file = nil
                try await place.expectSidecars(["a.png.json"], program)
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try place.sidecar("a.png.json").source.sha256 == sha256(second))
            try place.expectAccounted(["a.png": sha256(second)])
        }
    }

    @Test(
        "times of last change that no clock shows harm nothing",
        arguments: [-9_000_000_000, -1, 0, 4_000_000_000, 9_300_000_000, 15_000_000_000, 1 << 40])
    func times(_ seconds: Int) async throws {
        try await withScratch { scratch in
            // Where there is another file system, with the copy to the archive.
            let place = try WatchedPlace(scratch)
            let bytes = Pictures.png(width: 60, height: 40)
            try scratch.write(bytes, to: "inbox/a.png")
            try scratch.touch("inbox/a.png", seconds: seconds)
            try await place.watched { program in
                try await place.expectSidecars(["a.png.json"], program)
                try await place.settleAll(program)
                #expect(try await place.states(of: "a.png") == ["done"])
                #expect(await place.stop(program).exitCode == 0)
            }
            try place.expectAccounted(["a.png": sha256(bytes)])
        }
    }
}
