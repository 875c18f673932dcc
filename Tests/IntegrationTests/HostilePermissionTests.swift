import Glibc
import LinuxIO
import Testing

@testable import Jobs
@testable import Schema

@Suite("Hostile inboxes: what may not be touched", .enabled(if: Tool.python3.isInstalled))
struct HostilePermissionTests {
    private static let nobody: uid_t = 65534
    private static let asNobody = [
        "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--",
    ]

    /// Whether this is root, and the programs under test are within everybody's reach.
    private static let mayBecomeNobody: @Sendable () async -> Bool = {
        guard geteuid() == 0 else { return false }
        let command = asNobody + [BuiltPrograms.sluice, "--version"]
        return (try? await runProgram(command[0], Array(command.dropFirst())))?.exitCode == 0
    }

    /// Where the inbox lies: beside the archive, or on another file system.
    enum Place: String, CaseIterable {
        case beside, elsewhere
    }

    @Test(
        "files and folders that it may not read, empty or enter hold nobody up",
        .enabled("needs root, setpriv, and programs that everybody may run", mayBecomeNobody),
        arguments: Place.allCases)
    func notOurs(_ where: Place) async throws {
        try await withScratch { scratch in
            try await withInbox(`where`, scratch) { inbox in
                let place = try WatchedPlace(
                    scratch, inboxes: ["main: { path: \(inbox.path), pipeline: cheap, \(WatchedPlace.quick) }"])
                // Ours: all but what is made from here on.
                try await chown(scratch, inbox)
                try inbox.writePicture("unreadable.png")
                #expect(chmod("\(inbox.path)/unreadable.png", 0) == 0)
                // A folder as an upload by another user makes it: to be read by all, to be changed by its owner.
                try inbox.writePicture("foreign/a.png")
                try inbox.drop(Array("no picture".utf8), at: "foreign/bad.png")
                try inbox.writePicture("closed/a.png")
                #expect(chmod("\(inbox.path)/closed", 0o700) == 0)
                try inbox.writePicture("listed/a.png")
                #expect(chmod("\(inbox.path)/listed", 0o744) == 0)
                for path in ["foreign/a.png", "foreign/bad.png"] { #expect(chmod("\(inbox.path)/\(path)", 0o644) == 0) }
                try await place.watched(through: Self.asNobody) { program in
                    let done = try await eventually {
                        try scratch.exists("outbox/foreign/a.png.json")
                            && [
                                "unreadable.png", "foreign/bad.png", "closed", "listed",
                            ].allSatisfy { try scratch.exists("quarantine/\($0).error.json") }
                    }
                    #expect(done, "\(program.errorsSoFar)")
                    // Others go through, and nothing goes round in circles.
                    for name in ["one.png", "two.png"] {
                        try inbox.writePicture(name, seed: 5)
                        #expect(Glibc.chown("\(inbox.path)/\(name)", Self.nobody, Self.nobody) == 0)
                        let gone = try await eventually { try scratch.exists("archive/\(name)") && !inbox.exists(name) }
                        #expect(gone, "\(program.errorsSoFar)")
                    }
                    #expect(try await place.states(of: "foreign/a.png") == ["done"])
                    #expect(try await place.states(of: "foreign/bad.png") == ["quarantined"])
                    #expect(!program.errorsSoFar.contains("paused"), "\(program.errorsSoFar)")
                    #expect(await place.stop(program).exitCode == 0)
                }
                for (name, code) in [
                    ("unreadable.png", ErrorCode.unreadable), ("closed", .unreadable), ("listed", .unreadable),
                    ("foreign/bad.png", .unsupportedFormat),
                ] { #expect(try place.errorFile("\(name).error.json").code == code) }
                // What could not be taken away is there still.
                for path in ["foreign/a.png", "foreign/bad.png", "closed/a.png", "listed/a.png"] {
                    #expect(try inbox.exists(path), "\(path)")
                }
                let unreadable = try inbox.exists("unreadable.png")
                #expect(try unreadable != scratch.exists("quarantine/unreadable.png"))
                try place.expectWholeOutbox()
                // And the next start finds nothing new to do.
                let before = try scratch.snapshot(below: "outbox")
                try await place.watched(through: Self.asNobody) { program in
                    try inbox.writePicture("three.png", seed: 6)
                    #expect(Glibc.chown("\(inbox.path)/three.png", Self.nobody, Self.nobody) == 0)
                    try await place.expectSidecars(["three.png.json"], program)
                    #expect(!program.errorsSoFar.contains("paused"), "\(program.errorsSoFar)")
                    #expect(await place.stop(program).exitCode == 0)
                }
                let after = try scratch.snapshot(below: "outbox").filter { !$0.key.hasPrefix("three") }
                #expect(after == before)
            }
        }
    }

    private func withInbox(_ place: Place, _ scratch: Scratch, _ body: (Scratch) async throws -> Void) async throws {
        guard place == .elsewhere else {
            try scratch.makeDirectory("inbox")
            return try await body(
                Scratch(
                    path: "\(scratch.path)/inbox", directory: scratch.directory.openDirectory(Array("inbox".utf8))))
        }
        guard access("/dev/shm", W_OK) == 0 else { return }
        try await withScratch(in: "/dev/shm") { try await body($0) }
    }

    private func chown(_ scratch: Scratch, _ inbox: Scratch) async throws {
        for path in [scratch.path, inbox.path] {
            #expect(try await runProgram("/bin/chown", ["-R", "\(Self.nobody):\(Self.nobody)", path]).exitCode == 0)
        }
    }
}
