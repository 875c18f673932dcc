import Foundation
import Glibc
import LinuxIO
import Status
import Testing

@testable import Jobs

/// Files that are no pictures, and what belongs to pictures.
@Suite("Files that are no pictures", .enabled(if: Tool.python3.isInstalled))
struct OthersTests {
    private let movie = [0, 0, 0, 0x14] + Array("ftypqt  ".utf8) + [UInt8](repeating: 7, count: 3000)
    private let json = Array("{\"title\": \"a.png\"}\n".utf8)

    private func writeFolder(_ scratch: Scratch, in folder: String = "in") throws {
        for name in ["a.png", "b.png"] { try scratch.writePicture("\(folder)/\(name)") }
        try scratch.write(movie, to: "\(folder)/a.MOV")
        try scratch.write(json, to: "\(folder)/a.png.json")
        try scratch.write(text: "<plist/>", to: "\(folder)/b.AAE")
        try scratch.write(text: "words", to: "\(folder)/notes.txt")
        if folder == "in" { try scratch.write(text: "words too", to: "in/README") }
    }

    @Test("process leaves them, counts them by kind, and ends well; the next run says the same")
    func left() async throws {
        try await withScratch { scratch in
            try writeFolder(scratch)
            let before = try scratch.snapshot(below: "in")
            for published in [2, 0] {
                let run = try await scratch.process()
                #expect(run.exitCode == 0, "\(run)")
                let report = try run.report()
                #expect(report.published == published && report.unchanged == 2 - published && report.quarantined == 0)
                #expect(report.others == ["mov": 1, "json": 1, "aae": 1, "txt": 1, "text": 1])
                #expect(report.othersRule == "leave")
            }
            let arguments = try scratch.processArguments()
            let text = try await runProgram(BuiltPrograms.sluice, arguments)
            #expect(text.output.contains("5 others left: 1 aae, 1 json, 1 mov, 1 text, 1 txt"), "\(text)")
            let dry = try await runProgram(BuiltPrograms.sluice, arguments + ["-n"])
            #expect(dry.output.contains("no pictures: 1 aae, 1 json, 1 mov, 1 text, 1 txt"), "\(dry)")
            #expect(try scratch.snapshot(below: "in") == before)
            #expect(try scratch.files(below: "out/.sluice/quarantine").isEmpty)
            // The picture has the short name, whatever lies beside it.
            #expect(try scratch.exists("out/a.small.jpg") && scratch.exists("out/a.png.json"))
            let status = try await sluice("status", "--out", "out", directory: scratch.path)
            #expect(status.output.contains("1 aae, 1 json, 1 mov, 1 text, 1 txt"), "\(status)")
            let html = try await sluice("report", "out", directory: scratch.path)
            #expect(html.exitCode == 0, "\(html)")
            let page = String(decoding: try scratch.read("out/report.html"), as: UTF8.self)
            #expect(page.contains("Files that are no pictures: 1 aae, 1 json, 1 mov, 1 text, 1 txt."))
        }
    }

    @Test("process copies them once, under their own path, and again where a copy is gone")
    func copied() async throws {
        try await withScratch { scratch in
            try writeFolder(scratch, in: "in/sub")
            #expect(try await scratch.process("--others", "copy").report().others.values.reduce(0, +) == 4)
            #expect(try scratch.read("out/sub/a.MOV") == movie)
            // Beside the picture's own sidecar.
            #expect(try scratch.read("out/sub/a.png.original.json") == json)
            #expect(try scratch.read("out/sub/notes.txt") == Array("words".utf8))
            let first = try scratch.snapshot(below: "out/sub")["a.MOV"]
            try scratch.remove("out/sub/notes.txt")
            #expect(try await scratch.process("--others", "copy").exitCode == 0)
            #expect(try scratch.snapshot(below: "out/sub")["a.MOV"] == first)
            #expect(try scratch.exists("out/sub/notes.txt"))
            // A changed one replaces its own copy.
            try scratch.write(movie + [1], to: "in/sub/a.MOV")
            #expect(try await scratch.process("--others", "copy").exitCode == 0)
            #expect(try scratch.read("out/sub/a.MOV") == movie + [1])
        }
    }

    @Test("a copy never takes the place of somebody else's file")
    func occupied() async throws {
        try await withScratch { scratch in
            try scratch.write(movie, to: "in/a.MOV")
            try scratch.write(text: "mine", to: "out/a.MOV")
            #expect(try await scratch.process("--others", "copy").exitCode == 0)
            #expect(try scratch.read("out/a.MOV") == Array("mine".utf8))
            #expect(try scratch.read("out/a.original.MOV") == movie)
        }
    }

    @Test("a copy whose name would be too long is a failure of that file alone")
    func longName() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.write(json, to: "in/" + String(repeating: "n", count: 246) + ".jpg.json")
            let run = try await scratch.process("--others", "copy")
            #expect(run.exitCode == 65, "\(run)")
            #expect(try run.report().published == 1)
        }
    }

    @Test("process quarantines them where that is asked for, and no longer once it is not")
    func quarantined() async throws {
        try await withScratch { scratch in
            try writeFolder(scratch)
            let run = try await scratch.process("--others", "quarantine")
            #expect(run.exitCode == 65)
            #expect(try run.report().quarantined == 5)
            let again = try await scratch.process()
            #expect(again.exitCode == 0, "\(again)")
            #expect(try again.report().others.count == 5)
            #expect(try scratch.files(below: "out/.sluice/quarantine").isEmpty)
        }
    }

    @Test("archive is nothing that a one-shot run does")
    func noArchive() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            #expect(try await scratch.process("--others", "archive").exitCode == 64)
        }
    }

    @Test("a camera's own file beside its picture is no failure; alone it is one")
    func pairs() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/IMG_1.JPG")
            for name in ["IMG_1.CR2", "IMG_2.CR2"] {
                try scratch.write(Array("II*\0\u{10}\0\0\0CR\u{2}\0".utf8), to: "in/\(name)")
            }
            let run = try await scratch.process()
            let report = try run.report()
            #expect(report.others == ["cr2": 1] && report.published == 1)
            #expect(report.failures.map(\.source) == ["IMG_2.CR2"])
            #expect(try scratch.exists("out/IMG_1.small.jpg"))
        }
    }

    @Test("watch archives pictures with what belongs to them, and leaves the rest", arguments: ["archive", "delete"])
    func groups(_ after: String) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, inboxes: ["main: { path: inbox, pipeline: cheap, after: \(after), \(WatchedPlace.quick) }"])
            try await place.watched { program in
                try writeFolder(scratch, in: "inbox")
                try await expectSoon { try scratch.files(below: "inbox") == ["notes.txt"] }
                // What comes after its picture has gone follows it; what is nobody's companion stays.
                try scratch.write(movie, to: "inbox/b.MOV")
                try scratch.write(movie, to: "inbox/c.MOV")
                try await expectSoon { try scratch.files(below: "inbox") == ["c.MOV", "notes.txt"] }
                try await place.settleAll(program)
                _ = try await place.statusBecomes {
                    $0.journal?.others == ["aae": 1, "json": 1, "mov": 3, "txt": 1]
                }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.files(below: "quarantine").isEmpty)
            guard after == "archive" else { return }
            let archived = try scratch.files(below: "archive").filter { !$0.hasPrefix("marker") }
            #expect(archived == ["a.MOV", "a.png", "a.png.json", "b.AAE", "b.MOV", "b.png"])
        }
    }

    @Test("what belongs to a picture that is numbered in the archive has the same number")
    func numbered() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                for seed in [UInt8(1), 2] {
                    try scratch.writePicture("inbox/a.png", seed: seed)
                    // Before it they would follow the first one, late.
                    if seed == 2 {
                        for name in ["a.MOV", "a.png.xmp"] { try scratch.write(movie, to: "inbox/\(name)") }
                    }
                    try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                }
                // Late ones, too.
                try scratch.write(text: "<plist/>", to: "inbox/a.AAE")
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                #expect(await place.stop(program).exitCode == 0)
            }
            let archived = try scratch.files(below: "archive").sorted()
            #expect(archived == ["a.png", "a~2.AAE", "a~2.MOV", "a~2.png", "a~2.png.xmp"])
        }
    }

    @Test("a picture that fails keeps its companions in the inbox")
    func failing() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try scratch.write(movie, to: "inbox/a.MOV")
                try scratch.drop(Array("no picture".utf8), at: "inbox/a.png")
                try await expectSoon { try scratch.exists("quarantine/a.png") }
                try await place.settleAll(program)
                #expect(try scratch.files(below: "inbox") == ["a.MOV"])
                // Once it is a good one, both go.
                try scratch.writePicture("inbox/a.png")
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                #expect(try scratch.read("archive/a.MOV") == movie)
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("watch archives or copies all of them where that is asked for", arguments: ["archive", "copy"])
    func rules(_ rule: String) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch,
                inboxes: [
                    "main: { path: inbox, pipeline: cheap, after: archive, others: \(rule), \(WatchedPlace.quick) }"
                ])
            try await place.watched { program in
                try writeFolder(scratch, in: "inbox")
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.read("archive/notes.txt") == Array("words".utf8))
            #expect(try scratch.exists("outbox/notes.txt") == (rule == "copy"))
        }
    }

    @Test("a copy that may be the only one is never replaced nor removed")
    func onlyCopies() async throws {
        try await withScratch { scratch in
            func inbox(_ others: String) -> [String] {
                ["main: { path: inbox, pipeline: cheap, after: delete, others: \(others), \(WatchedPlace.quick) }"]
            }
            let place = try WatchedPlace(scratch, inboxes: inbox("copy"))
            try await place.watched { program in
                for (number, name) in ["a.MOV", "a.original.MOV", "a.original~2.MOV"].enumerated() {
                    try scratch.drop(movie + [UInt8(number)], at: "inbox/a.MOV")
                    try await expectSoon { try scratch.exists("outbox/\(name)") && !scratch.exists("inbox/a.MOV") }
                }
                #expect(await place.stop(program).exitCode == 0)
            }
            _ = try WatchedPlace(scratch, inboxes: inbox("leave"))
            try await place.watched { program in
                try scratch.drop(movie + [9], at: "inbox/a.MOV")
                try scratch.drop(Array("no picture".utf8), at: "inbox/b.jpg")
                try await expectSoon { try scratch.exists("quarantine/b.jpg") }
                try await place.settleAll(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            for (number, name) in ["a.MOV", "a.original.MOV", "a.original~2.MOV"].enumerated() {
                #expect(try scratch.read("outbox/\(name)") == movie + [UInt8(number)])
            }
            #expect(try scratch.read("inbox/a.MOV") == movie + [9])
        }
    }

    @Test("what belongs to two pictures stays while one of them is there or has failed")
    func shared() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, inboxes: ["main: { path: inbox, pipeline: cheap, after: delete, \(WatchedPlace.quick) }"])
            try await place.watched { program in
                try scratch.write(movie, to: "inbox/a.MOV")
                try scratch.drop(Array("no picture".utf8), at: "inbox/a.jpg")
                try await expectSoon { try scratch.exists("quarantine/a.jpg") }
                try scratch.writePicture("inbox/a.png")
                // A film and a sound of their own are not deleted, and what is no picture's goes nowhere.
                try scratch.write(movie, to: "inbox/c.MP4")
                try scratch.write(json, to: "inbox/package.json")
                try scratch.writePicture("inbox/c.png")
                try await expectSoon { try !scratch.exists("inbox/a.png") && !scratch.exists("inbox/c.png") }
                try await place.settleAll(program)
                #expect(try scratch.files(below: "inbox") == ["a.MOV", "c.MP4", "package.json"])
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("a camera's own file that comes after its picture follows it into the archive")
    func lateRaw() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try await place.watched { program in
                try scratch.writePicture("inbox/IMG_1.JPG")
                try await expectSoon { try scratch.exists("archive/IMG_1.JPG") }
                try scratch.write(Array("II*\0\u{10}\0\0\0CR\u{2}\0".utf8), to: "inbox/IMG_1.CR2")
                try await expectSoon { try scratch.exists("archive/IMG_1.CR2") }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.files(below: "quarantine").isEmpty)
        }
    }
}
