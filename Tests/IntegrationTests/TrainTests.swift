import Foundation
import Glibc
import Testing

@testable import Jobs
@testable import Training

@Suite("sluice train", .enabled(if: hasLinear, "liblinear4 is not installed"))
struct TrainTests {
    private static let labels = ["dark", "middle", "bright"]

    /// Pictures whose blue tells the label.
    private func makePictures(_ scratch: Scratch, each count: Int, from first: Int = 0, side: Int = 64) throws {
        for (place, label) in Self.labels.enumerated() {
            for number in first..<(first + count) {
                // The blue of a made picture is 17 times its seed; 241 is 17's inverse among bytes.
                let seed = UInt8(truncatingIfNeeded: (place * 115 + number % 20) * 241)
                try scratch.writePicture("in/\(label)/\(number).png", width: side, height: side, seed: seed)
            }
        }
    }

    private let arguments = ["train", "in", "--out", "model.yaml"]

    private func train(_ scratch: Scratch, _ more: [String] = []) async throws -> FinishedProgram {
        try await runProgram(BuiltPrograms.sluice, arguments + more, directory: scratch.path)
    }

    private func report(_ scratch: Scratch) throws -> TrainingReport {
        try JSONDecoder().decode(TrainingReport.self, from: Data(scratch.read("model.report/report.json")))
    }

    @Test("gives a model that is in order and labels pictures, and says how good it is")
    func whole() async throws {
        try await withScratch { scratch in
            try makePictures(scratch, each: 8)
            try scratch.write(text: "no picture", to: "in/dark/notes.txt")
            try scratch.write(Array(scratch.read("in/dark/0.png").prefix(2000)), to: "in/bright/cut.png")
            try scratch.write(text: "stray", to: "in/stray.txt")
            try scratch.writePicture("in/middle/below/more.png", seed: UInt8(truncatingIfNeeded: 118 * 241))
            let result = try await train(scratch, ["--min-score", "0.25"])
            #expect(result.exitCode == 0, "\(result)")
            for words in [
                "3 labels, 25 pictures", "from the built-in descriptor", "2 files skipped", "Accuracy",
                "1 file outside label folders skipped", "classify: { model:", "(as requested)",
                "notes.txt: unsupported-format",
            ] {
                #expect(result.output.contains(words), "\(words): \(result)")
            }
            let report = try report(scratch)
            #expect(report.labels.map(\.label) == ["bright", "dark", "middle"] && report.pictures == 25)
            #expect(report.labels.map(\.pictures) == [8, 8, 9] && report.folds == 5)
            #expect(report.leftOut.map(\.path).sorted() == ["bright/cut.png", "dark/notes.txt"])
            #expect((report.judgement?.accuracy ?? 0) > 0.9, "\(report)")
            let svg = String(decoding: try scratch.read("model.report/confusion.svg"), as: UTF8.self)
            #expect(Self.labels.allSatisfy { svg.contains(">\($0)</text>") })

            let check = try await sluice("check", "model.yaml", directory: scratch.path)
            #expect(check.exitCode == 0 && check.output.contains("3 labels"), "\(check)")
            try scratch.write(
                text: """
                    version: 1
                    stages: [ { classify: { model: model.yaml, name: blue } } ]
                    renditions: { small: { resize: { width: 16 }, format: png } }
                    """, to: "use.yaml")
            let use = try await sluice("process", "in", "-p", "use.yaml", "--out", "out", directory: scratch.path)
            #expect(use.exitCode == 65, "\(use)")
            for label in Self.labels {
                let sidecar = try JSONDecoder().decode(
                    Sidecar.self, from: Data(scratch.read("out/\(label)/3.png.json")))
                let found = sidecar.stages.compactMap(\.classification).first
                #expect(found?.label == label && found?.name == "blue", "\(sidecar)")
            }
        }
    }

    @Test("says which pictures have two labels, and holds copies out together")
    func twins() async throws {
        try await withScratch { scratch in
            for (place, label) in ["left", "right"].enumerated() {
                for number in 0..<5 { try texture(scratch, "in/\(label)/\(number).png", UInt32(place * 100 + number)) }
            }
            // The same file, the same picture with other bytes, and a copy within its label.
            try scratch.write(scratch.read("in/left/0.png"), to: "in/right/again.png")
            try texture(scratch, "in/right/alike.png", 1, brighter: 3)
            try scratch.write(scratch.read("in/right/2.png"), to: "in/right/copy.png")
            let result = try await train(scratch)
            #expect(result.exitCode == 0, "\(result)")
            for words in [
                "2 pictures with more than one label:", "left/0.png = right/again.png: the same file",
                "left/1.png = right/alike.png: nearly the same", "1 picture is a copy of another with the same label",
            ] {
                #expect(result.output.contains(words), "\(words): \(result)")
            }
            let report = try report(scratch)
            #expect(report.contradictionCount == 2 && report.copies == 1, "\(report.contradictions)")
            let same = report.contradictions.first { $0.identical }
            #expect(same?.pictures.map(\.label) == ["left", "right"])
            #expect(same?.pictures.map(\.path) == ["left/0.png", "right/again.png"])
        }
    }

    /// A picture of smooth shapes that the seed decides.
    private func texture(_ scratch: Scratch, _ name: String, _ seed: UInt32, brighter: Int = 0) throws {
        var state = seed &* 2_654_435_761 | 1
        let cells = (0..<64).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Int(state >> 24)
        }
        let picture = Pictures.drawnPNG(width: 96, height: 96) { x, y in
            let light = UInt8(cells[y / 12 * 8 + x / 12] * 9 / 10 + brighter)
            return [light, light, light / 2 + 40]
        }
        try scratch.write(picture, to: name)
    }

    @Test("makes no features again: what is new is added, what is gone or changed counts no more")
    func again() async throws {
        try await withScratch { scratch in
            try makePictures(scratch, each: 4)
            #expect(try await train(scratch).exitCode == 0)
            #expect(try scratch.files(below: "model.training/.sluice/training", hidden: true) == ["lock"])
            let before = try scratch.snapshot(below: "model.training")
            let model = try scratch.read("model.safetensors")
            #expect(try await train(scratch).exitCode == 0)
            #expect(try scratch.snapshot(below: "model.training") == before, "nothing was made again")
            #expect(try scratch.read("model.safetensors") == model, "the same pictures give the same model")

            try makePictures(scratch, each: 1, from: 9)
            try scratch.remove("in/dark/0.png")
            try scratch.writePicture("in/bright/1.png", seed: UInt8(truncatingIfNeeded: 239 * 241))
            let result = try await train(scratch, ["--json"])
            #expect(result.exitCode == 0, "\(result)")
            let report = try JSONDecoder().decode(TrainingReport.self, from: Data(result.outputBytes))
            #expect(report.labels.map(\.pictures) == [5, 4, 5], "\(report)")
            let after = try scratch.snapshot(below: "model.training")
            let changed = before.filter { after[$0.key] != $0.value }.keys
            #expect(changed.sorted() == ["bright/1.png.json"])
            #expect(try scratch.read("model.safetensors") != model)
        }
    }

    @Test("goes on where it was killed, and makes nothing twice", arguments: [SIGKILL, SIGINT])
    func killed(signal: Int32) async throws {
        try await withScratch { scratch in
            try makePictures(scratch, each: 150, side: 200)
            func made() throws -> [String: FileFacts] {
                guard try scratch.exists("model.training") else { return [:] }
                return try scratch.snapshot(below: "model.training").filter {
                    $0.key.hasSuffix(".json") && !$0.key.contains("/.")
                }
            }
            for least in [5, 30] {
                try await withProgram(BuiltPrograms.sluice, arguments, directory: scratch.path) { program in
                    let there = try await eventually { try !program.isRunning || made().count >= least }
                    #expect(there)
                    program.signal(signal)
                    let end = await program.wait()
                    if signal == SIGINT {
                        #expect(end.exitCode == 130 && end.errors.contains("Run the same command again"), "\(end)")
                    }
                }
                #expect(try !scratch.exists("model.yaml"))
            }
            let before = try made()
            #expect(before.count >= 30 && before.count < 450, "\(before.count)")
            #expect(try await train(scratch).exitCode == 0)
            let after = try made()
            #expect(after.count == 450 && before.allSatisfy { after[$0.key] == $0.value })
            #expect(try report(scratch).pictures == 450)
        }
    }

    @Test("one picture a label is enough for a model, and nobody is told that it is good")
    func single() async throws {
        try await withScratch { scratch in
            try makePictures(scratch, each: 1)
            let result = try await train(scratch, ["--no-keep-features"])
            #expect(result.exitCode == 0 && result.output.contains("accuracy is unknown"), "\(result)")
            #expect(!result.output.contains("Accuracy"))
            let report = try report(scratch)
            #expect(report.judgement == nil && report.folds == 0 && report.pictures == 3)
            #expect(try scratch.exists("model.yaml") && !scratch.exists("model.training"))
        }
    }

    @Test("ends with 66 where fewer than two labels have a picture that can be read, and leaves no model")
    func unreadable() async throws {
        try await withScratch { scratch in
            try makePictures(scratch, each: 2)
            for label in Self.labels.dropFirst() {
                for number in 0..<2 { try scratch.write(text: "none", to: "in/\(label)/\(number).png") }
            }
            let result = try await train(scratch)
            #expect(result.exitCode == 66 && result.errors.contains("only 1 of the folders"), "\(result)")
            #expect(try !scratch.exists("model.yaml") && !scratch.exists("model.safetensors"))
        }
    }

    @Test("a second training beside the first is told that it is at work")
    func locked() async throws {
        try await withScratch { scratch in
            try makePictures(scratch, each: 150, side: 200)
            try await withProgram(BuiltPrograms.sluice, arguments, directory: scratch.path) { program in
                let place = "model.training/.sluice/training/lock"
                #expect(try await eventually { try scratch.exists(place) && scratch.read(place).count > 1 })
                let second = try await train(scratch)
                #expect(second.exitCode == 73 && second.errors.contains("another sluice is running"), "\(second)")
                #expect(await program.wait().exitCode == 0)
            }
        }
    }

    @Test("does what it does under the smallest cap that there is")
    func cap() async throws {
        try await withScratch { scratch in
            try makePictures(scratch, each: 6)
            let result = try await train(scratch, ["--memory-cap", "64MiB"])
            #expect(result.exitCode == 0, "\(result)")
        }
    }
}
