import Glibc
import LinuxIO
import Testing

@testable import Jobs

@Suite("sluice watch: what cannot be done", .enabled(if: Tool.python3.isInstalled))
struct WatchFailureTests {
    @Test("a bad file goes to quarantine with its reason, and the daemon goes on")
    func quarantine() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched(environment: ["SLUICE_CRASH": "segfault:crash"]) { program in
                try scratch.drop(Array("hello, this is no picture".utf8), at: "inbox/text.jpg")
                try scratch.drop([], at: "inbox/empty.png")
                try scratch.writePicture("inbox/sub/crash.png")
                try await place.settleAll(program)
                let all = try await eventually {
                    try scratch.files(below: "quarantine") == [
                        "empty.png", "empty.png.error.json", "sub/crash.png", "sub/crash.png.error.json", "text.jpg",
                        "text.jpg.error.json",
                    ]
                }
                #expect(all, "\(program.errorsSoFar)")
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            let expected: [(String, ErrorCode, Int)] = [
                ("text.jpg", .unsupportedFormat, 0), ("empty.png", .emptyFile, 0), ("sub/crash.png", .workerCrashed, 3),
            ]
            for (name, code, attempts) in expected {
                let error = try place.errorFile("\(name).error.json")
                #expect(error.code == code)
                #expect(error.source == name)
                #expect(error.attempts == attempts)
                #expect(!error.message.isEmpty)
                #expect(error.advice == code.advice)
            }
            #expect(try scratch.files(below: "inbox").isEmpty)
            try place.expectWholeOutbox()
        }
    }

    @Test("two failures under one name are both kept, each with its own reason")
    func quarantinedTwice() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try scratch.drop(Array("no picture".utf8), at: "inbox/a.png")
                try await expectSoon { try scratch.exists("quarantine/a.png") }
                try scratch.drop([], at: "inbox/a.png")
                try await expectSoon { try scratch.exists("quarantine/a~2.png") }
                #expect(try place.errorFile("a.png.error.json").code == .unsupportedFormat)
                #expect(try place.errorFile("a~2.png.error.json").code == .emptyFile)
                // A good one is done: what failed before is out of the way, with its reasons, and nothing of it is lost.
                try scratch.writePicture("inbox/a.png")
                try await expectSoon { try scratch.exists("archive/a.png") }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(
                try scratch.files(below: "quarantine", hidden: true)
                    == [
                        "a.png", "a.png.error.json", "a~2.png", "a~2.png.error.json",
                    ].map { ".superseded/" + $0 })
        }
    }

    @Test("case 15: a link stays where it is, and its reason is written once, over restarts too")
    func refusal() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.writePicture("elsewhere.png")
            #expect(symlink("../elsewhere.png", "\(scratch.path)/inbox/link.png") == 0)
            var first: FileFacts?
            for _ in 1...2 {
                try await place.watched { program in
                    try await expectSoon { try scratch.exists("quarantine/link.png.error.json") }
                    try await place.settleAll(program)
                    #expect(await place.stop(program).exitCode == 0)
                }
                #expect(try place.errorFile("link.png.error.json").code == .notARegularFile)
                let facts = try scratch.snapshot(below: "quarantine")["link.png.error.json"]
                #expect(facts == first ?? facts)
                first = facts
            }
            #expect(try scratch.exists("inbox/link.png"))
            #expect(try scratch.files(below: "quarantine") == ["link.png.error.json"])
            // Replaced by the file itself it is done, and the reason goes.
            try await place.watched { program in
                try scratch.remove("inbox/link.png")
                try scratch.writePicture("inbox/link.png")
                try await place.expectSidecars(["link.png.json"], program)
                try await expectSoon { try scratch.files(below: "quarantine").isEmpty }
            }
        }
    }

    struct BadConfiguration: Sendable, CustomTestStringConvertible {
        let text: String
        let message: String
        var testDescription: String { message }
    }

    @Test(
        "a bad configuration ends it with 78 and says where",
        arguments: [
            BadConfiguration(
                text: "version: 1\ninbox: in\npipeline: cheap\noutbox: in/out\n", message: "sluice.yaml:4:9: outbox"),
            BadConfiguration(text: "version: 1\ninbox: in\npipeline: chaep\n", message: "sluice.yaml:3:11: pipeline"),
            BadConfiguration(
                text: "version: 1\ninbox: in\npipeline: cheap\nmemory: { cap: 32MiB }\n",
                message: "sluice.yaml:4:16: memory.cap"),
        ])
    func badConfiguration(_ bad: BadConfiguration) async throws {
        try await withScratch { scratch in
            _ = try WatchedPlace(scratch)
            try scratch.write(text: bad.text, to: "sluice.yaml")
            let result = try await sluice("watch", "--config", "\(scratch.path)/sluice.yaml")
            #expect(result.exitCode == 78)
            #expect(result.errors.contains(bad.message), "\(result)")
        }
    }

    @Test("a second watch on the same directories is refused")
    func second() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                let other = try await sluice("watch", "--config", "\(scratch.path)/sluice.yaml")
                #expect(other.exitCode == 73)
                #expect(other.errors.contains("another sluice is running here"), "\(other)")
                try await place.settleAll(program)
            }
        }
    }
}
