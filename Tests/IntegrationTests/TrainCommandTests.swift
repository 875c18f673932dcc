import Foundation
import Glibc
import Testing

@Suite("sluice train: what it refuses")
struct TrainCommandTests {
    private func train(
        _ scratch: Scratch, _ more: [String] = [], environment: [String: String?] = [:]
    ) async throws -> FinishedProgram {
        try await runProgram(
            BuiltPrograms.sluice, ["train", "in", "--out", "model.yaml"] + more, environment: environment,
            directory: scratch.path)
    }

    private func makePictures(_ scratch: Scratch) throws {
        for label in ["a", "b"] {
            for number in 0..<3 { try scratch.writePicture("in/\(label)/\(number).png") }
        }
    }

    @Test(
        "ends with 64 and says what is wrong with the arguments",
        arguments: [
            (["train", "in"], "--out"), (["train", "in", "--out", "model"], "is not a YAML file"),
            (["train", "in", "--out", "in/model.yaml"], "is inside the folder of pictures"),
            (["train", "in", "--out", "in/a/new/model.yaml"], "is inside the folder of pictures"),
            (["train", "in", "--out", "model.yaml", "--min-score", "1.5"], "--min-score must be a number from 0 to 1"),
            (["train", "in", "--out", "model.yaml", "--folds", "1"], "--folds must be a number"),
            (["train", "in", "--out", "model.yaml", "--memory-cap", "20MiB"], "too small"),
        ])
    func usage(_ arguments: [String], _ message: String) async throws {
        try await withScratch { scratch in
            try makePictures(scratch)
            let before = try scratch.files(hidden: true)
            let result = try await runProgram(BuiltPrograms.sluice, arguments, directory: scratch.path)
            #expect(result.exitCode == 64 && result.errors.contains(message), "\(result)")
            #expect(try scratch.files(hidden: true) == before)
        }
    }

    @Test("ends with 66 where there is nothing to learn from: no folder, one, files without folder")
    func noInput() async throws {
        try await withScratch { scratch in
            #expect(try await train(scratch).exitCode == 66)
            try scratch.writePicture("in/1.png")
            try scratch.makeDirectory("in/empty")
            try scratch.writePicture("in/.hidden/1.png")
            let none = try await train(scratch)
            #expect(none.exitCode == 66 && none.errors.contains("has none"), "\(none)")
            try scratch.writePicture("in/a/1.png")
            let one = try await train(scratch)
            #expect(one.exitCode == 66 && one.errors.contains("only 'a'"), "\(one)")
        }
    }

    @Test("ends with 64 for a folder that can be no label", arguments: ["unknown", " a", "a\u{1B}[31m"])
    func badLabel(_ name: String) async throws {
        try await withScratch { scratch in
            try makePictures(scratch)
            try scratch.writePicture("in/\(name)/1.png")
            let result = try await train(scratch)
            #expect(result.exitCode == 64 && result.errors.contains("cannot be a label"), "\(result)")
            #expect(!result.errors.contains("\u{1B}"))
        }
    }

    @Test(
        "does not replace what it has not made, unless told to",
        arguments: ["model.yaml", "model.safetensors", "model.labels.txt"])
    func foreign(_ name: String) async throws {
        try await withScratch { scratch in
            try makePictures(scratch)
            try scratch.write(text: "version: 1\nmine: all\n", to: name)
            let result = try await train(scratch)
            #expect(result.exitCode == 64 && result.errors.contains("already exists"), "\(result)")
            #expect(result.errors.contains("--overwrite"))
            #expect(try String(decoding: scratch.read(name), as: UTF8.self).contains("mine"))
        }
    }

    @Test("refuses a backbone that outputs no embedding, and one that is none", .enabled(if: hasLinear))
    func backbone() async throws {
        try await withScratch { scratch in
            try makePictures(scratch)
            try scratch.write(text: "no network", to: "net.onnx")
            try scratch.write(text: "version: 1\nfile: net.onnx\noutput: clean\n", to: "backbone.yaml")
            let result = try await train(scratch, ["--backbone", "backbone.yaml"])
            #expect(result.exitCode == 64 && result.errors.contains("outputs no embedding"), "\(result)")
            try scratch.write(
                text: "version: 1\nfile: net.onnx\ninput: { size: 8 }\noutput: embedding\n", to: "backbone.yaml")
            let broken = try await train(scratch, ["--backbone", "backbone.yaml"])
            #expect(broken.exitCode == 78 && broken.errors.contains("or no ONNX file"), "\(broken)")
            let missing = try await train(scratch, ["--backbone", "none.yaml"])
            #expect(missing.exitCode == 78, "\(missing)")
        }
    }

    @Test("ends with 69 and names the package where liblinear is missing, before any picture is looked at")
    func missing() async throws {
        try await withScratch { scratch in
            try makePictures(scratch)
            // Found first, and no library.
            try scratch.write(text: "nothing", to: "libraries/liblinear.so.4")
            let result = try await train(
                scratch, environment: ["LD_LIBRARY_PATH": "\(scratch.path)/libraries"])
            #expect(result.exitCode == 69 && result.errors.contains("liblinear4"), "\(result)")
            #expect(try !scratch.exists("model.training/.sluice/journal.sqlite"))
        }
    }
}
