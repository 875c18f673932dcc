import Glibc
import Jobs
import LinuxIO
import Testing

@Suite("sluice watch: results are taken, sources edited", .enabled(if: Tool.python3.isInstalled))
struct WatchConsumerTests {
    private static let keep = ["main: { path: inbox, pipeline: cheap, after: keep, \(WatchedPlace.quick) }"]

    @Test(
        "results that were taken are not made again, not at a restart, nor where only permissions or the name changed")
    func taken() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, inboxes: Self.keep)
            let names = (1...4).map { "\($0).png" }
            for name in names { try scratch.writePicture("inbox/\(name)") }
            try await place.watched { program in
                try await place.expectSidecars(names.map { "\($0).json" }, program)
                for file in try scratch.files(below: "outbox") { try scratch.remove("outbox/\(file)") }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(chmod("\(scratch.path)/inbox/1.png", 0o600) == 0)
            try await place.watched { program in
                try await place.settleAll(program)
                // One line for all of them.
                await expectSoon { program.errorsSoFar.contains("unchanged since an earlier run") }
                #expect(await place.stop(program).exitCode == 0)
            }
            let there = try scratch.files(below: "outbox").filter { !$0.hasPrefix("marker") }
            #expect(there.isEmpty, "\(there)")
            // A new picture under an old name is another thing.
            try scratch.writePicture("inbox/2.png", seed: 9)
            try await place.watched { program in
                try await place.expectSidecars(["2.png.json"], program)
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("an edit that keeps size and time is seen")
    func edited() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, inboxes: Self.keep)
            let (old, new) = (Pictures.png(width: 30, height: 20), Pictures.png(width: 30, height: 20, seed: 5))
            #expect(old.count == new.count)
            try scratch.drop(old, at: "inbox/a.png")
            try scratch.touch("inbox/a.png", seconds: 1_700_000_000)
            try await place.watched { program in
                try await place.expectSidecars(["a.png.json"], program)
                try scratch.overwrite(new, at: "inbox/a.png")
                try scratch.touch("inbox/a.png", seconds: 1_700_000_000)
                let seen = try await eventually { try place.sidecar("a.png.json").source.sha256 == sha256(new) }
                #expect(seen, "\(program.errorsSoFar)")
            }
        }
    }

    @Test("a quarantined picture is not in the way of a good one of its name")
    func quarantinedBefore() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try scratch.drop(Array("no picture".utf8), at: "inbox/a.png")
                try await expectSoon { try scratch.exists("quarantine/a.png") }
                try scratch.writePicture("inbox/a.png")
                try await place.expectSidecars(["a.png.json"], program)
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            let retried = try await sluice("retry", "--config", "\(scratch.path)/sluice.yaml", "--all")
            #expect(try !scratch.exists("inbox/a.png"), "\(retried)")
        }
    }
}
