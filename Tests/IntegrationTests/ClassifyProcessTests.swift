import Foundation
import LinuxIO
import ModelMaker
import Testing

@testable import Jobs

@Suite("sluice process: classify", .enabled(if: BuiltPrograms.hasEngine, "no ONNX Runtime here"))
struct ClassifyProcessTests {
    /// Of three labels the colour that a picture has most of.
    private static let factors: [Float] = [20, 0, 0, 0, 20, 0, 0, 0, 20]
    static let description = """
        version: 1
        file: net.onnx
        input: { size: 8 }
        output: { logits: logits, embedding: embedding }
        labels: labels.txt

        """

    static func writeModel(_ scratch: Scratch, labels: String = "red\ngreen\nblue\n") throws {
        try scratch.write(ModelMaker.weighing(factors, size: 8), to: "net.onnx")
        try scratch.write(text: labels, to: "labels.txt")
        try scratch.write(text: description, to: "colours.yaml")
    }

    static func writeColours(_ scratch: Scratch, copies: Int = 1) throws {
        for (name, colour) in [("red", [200, 20, 20]), ("green", [20, 200, 20]), ("blue", [20, 20, 200])] {
            for copy in 0..<copies {
                try scratch.write(
                    Pictures.plainPNG(width: 90 + copy, height: 60, colour.map { UInt8($0) }),
                    to: "in/\(name)-\(copy).png")
            }
        }
    }

    private static let tagging = "version: 1\nstages: [{ classify: { model: colours.yaml, embedding: true } }]\n"

    /// Sidecars by source, wherever a route has put them.
    private func sidecars(_ scratch: Scratch, _ out: String = "out") throws -> [String: Sidecar] {
        var sidecars: [String: Sidecar] = [:]
        for name in try scratch.files(below: out) where name.hasSuffix(".json") {
            let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("\(out)/\(name)")))
            #expect(name == (sidecar.route.map { "\($0)/" } ?? "") + "\(sidecar.source.path).json")
            sidecars[sidecar.source.path] = sidecar
        }
        return sidecars
    }

    private func said(_ sidecar: Sidecar?, _ name: String = "colours") -> Classification? {
        sidecar?.stages.compactMap(\.classification).first { $0.name == name }
    }

    @Test("a pipeline without renditions leaves a sidecar that says what is in the picture, as the schema has it")
    func tags() async throws {
        try await withScratch { scratch in
            try Self.writeModel(scratch)
            try Self.writeColours(scratch)
            let result = try await scratch.process(pipeline: Self.tagging)
            #expect(result.exitCode == 0, "\(result)")
            let report = try result.report()
            #expect(report.published == 3 && report.renditions == 0)
            let sidecars = try scratch.verifiedOutbox()
            let digest = try sha256(scratch.read("net.onnx"))
            for colour in ["red", "green", "blue"] {
                let found = try #require(said(sidecars["\(colour)-0.png"]))
                #expect(found.label == colour && found.labels.map(\.label) == [colour])
                #expect((found.score ?? 0) > 0.99 && found.model == "net.onnx" && found.digest == digest)
                let embedding = try #require(found.embedding)
                let expected = ["red", "green", "blue"].map { Float($0 == colour ? 200 : 20) / 255 }
                #expect(zip(embedding, expected).allSatisfy { abs($0 - $1) < 0.001 }, "\(embedding)")
            }
            let again = try await scratch.process(pipeline: Self.tagging)
            #expect(try again.report().unchanged == 3, "\(again)")
            // Of another model, all is found anew.
            try Self.writeModel(scratch, labels: "rot\ngruen\nblau\n")
            let other = try await scratch.process(pipeline: Self.tagging)
            #expect(try other.report().published == 3, "\(other)")
            let sidecar = try scratch.verifiedOutbox()["red-0.png"]
            #expect(said(sidecar)?.label == "rot")
            try await validate(scratch, count: 3)
        }
    }

    private func validate(_ scratch: Scratch, count: Int) async throws {
        guard let python = Tool.python3.path else { return }
        let present = try await runProgram(python, ["-c", "import jsonschema"])
        guard present.exitCode == 0 else { return }
        let schema = try await sluice("schema", "sidecar")
        try scratch.write(schema.outputBytes, to: "schema.json")
        let check = """
            import json, sys, glob, jsonschema
            validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
            files = glob.glob(sys.argv[2] + '/**/*.json', recursive=True)
            for file in files: validator.validate(json.load(open(file)))
            print(len(files))
            """
        let result = try await runProgram(
            python, ["-W", "ignore", "-c", check, "\(scratch.path)/schema.json", "\(scratch.path)/out"])
        #expect(result.output == "\(count)\n", "\(result)")
    }

    private static let routed = """
        version: 1
        stages:
          - classify: { model: colours.yaml, threshold: 0.9 }
          - grayscale: { when: colours.label == 'green' }
        renditions:
          small: { resize: { width: 30 }, format: png }
          blues: { resize: { width: 20 }, format: png, when: colours.label == 'blue' }
        metadata: { keep: none }
        output: { route: "by {label}" }
        """

    @Test("labels choose the folder, stages and renditions; the same with several workers")
    func routes() async throws {
        try await withScratch { scratch in
            try Self.writeModel(scratch)
            try Self.writeColours(scratch, copies: 3)
            try scratch.write(Pictures.plainPNG(width: 50, height: 50, [99, 99, 99]), to: "in/grey.png")
            var files: [[String: String]] = []
            for workers in ["1", "2"] {
                let result = try await scratch.process("--workers", workers, pipeline: Self.routed)
                #expect(result.exitCode == 0, "\(result)")
                let sidecars = try sidecars(scratch)
                #expect(sidecars.count == 10)
                for (name, sidecar) in sidecars {
                    let colour = name.split(separator: "-").first.map(String.init) ?? ""
                    let label = name == "grey.png" ? "unknown" : colour
                    #expect(sidecar.route == "by \(label)" && said(sidecar)?.label == label)
                    #expect(sidecar.renditions.map(\.name) == (label == "blue" ? ["small", "blues"] : ["small"]))
                    let skipped = sidecar.stages.first { $0.name == "grayscale" }?.details["skipped"]
                    #expect(skipped == (label == "green" ? nil : "when"))
                }
                files.append(
                    try scratch.snapshot(below: "out").filter { !$0.key.hasSuffix(".json") }.mapValues(\.sha256))
                try await validate(scratch, count: 10)
                for name in try scratch.files(below: "out", hidden: true) { try scratch.remove("out/\(name)") }
            }
            #expect(files[0] == files[1] && files[0].count == 13)
        }
    }

    @Test("labels of any letters make folders that any system bears")
    func labels() async throws {
        try await withScratch { scratch in
            try Self.writeModel(scratch, labels: "a/../b\n🌱 \(String(repeating: "é", count: 150))\n..\n")
            try Self.writeColours(scratch)
            let result = try await scratch.process(
                pipeline: Self.routed.replacing("colours.label == 'green'", with: "width > 9")
                    .replacing("colours.label == 'blue'", with: "width > 9"))
            #expect(result.exitCode == 0, "\(result)")
            let sidecars = try sidecars(scratch)
            #expect(sidecars["red-0.png"]?.route == "by a-..-b" && said(sidecars["red-0.png"])?.label == "a/../b")
            #expect(sidecars["blue-0.png"]?.route == "by unknown" && said(sidecars["blue-0.png"])?.label == "..")
            let plant = try #require(sidecars["green-0.png"]?.route)
            #expect(plant.hasPrefix("by 🌱 éé") && plant.utf8.count <= 103)
        }
    }

    @Test("a model that cannot be used stops the run before any picture")
    func broken() async throws {
        try await withScratch { scratch in
            try Self.writeModel(scratch)
            try Self.writeColours(scratch)
            func refused(_ expected: String) async throws {
                let result = try await scratch.process(pipeline: Self.tagging)
                #expect(result.exitCode == 78, "\(result)")
                #expect(result.errors.contains(expected), "\(result)")
                #expect(try !scratch.exists("out/red-0.png.json"))
            }
            try scratch.write(text: "red\ngreen\n", to: "labels.txt")
            try await refused("net.onnx: cannot be used as a model: it outputs 3 scores, but there are 2 labels")
            try scratch.write(text: "red\n\nblue\n", to: "labels.txt")
            try await refused("labels.txt' has no label on line 2")
            try scratch.remove("labels.txt")
            try await refused("labels.txt")
            try Self.writeModel(scratch)
            let whole = try scratch.read("net.onnx")
            for length in [0, 1, whole.count / 2, whole.count - 1] {
                try scratch.write(Array(whole.prefix(length)), to: "net.onnx")
                try await refused("net.onnx")
            }
            try scratch.remove("net.onnx")
            try await refused("net.onnx")
            try scratch.remove("colours.yaml")
            try await refused("colours.yaml")
        }
    }

    @Test("a worker that dies in between costs neither a label nor a rendition that was made")
    func resumed() async throws {
        try await withScratch { scratch in
            try Self.writeModel(scratch)
            let three = Self.routed.replacing("metadata:", with: "  last: { format: webp }\nmetadata:")
            let one = """
                version: 1
                stages: [{ classify: colours.yaml }]
                renditions:
                  small: { resize: { width: 30 }, format: png }
                  none: { format: png, when: width > 9999 }
                output: { route: "by {label}" }
                """
            // In between; with all made; and with all made where the model looks at what was resized.
            for (crash, pipeline, label, names) in [
                (2, three, "blue", ["small", "blues", "last"]), (2, three, "green", ["small", "last"]),
                (1, one, "green", ["small"]),
            ] {
                let colour: [UInt8] = label == "blue" ? [20, 20, 200] : [20, 200, 20]
                try scratch.write(Pictures.plainPNG(width: 90, height: 60, colour), to: "in/a.png")
                let result = try await scratch.process(
                    pipeline: pipeline, environment: ["SLUICE_CRASH": "segfault@\(crash):a.png"])
                #expect(result.exitCode == 0, "\(result)")
                let sidecar = try #require(try sidecars(scratch)["a.png"])
                #expect(sidecar.route == "by \(label)" && said(sidecar)?.label == label && sidecar.attempts == 2)
                #expect(sidecar.renditions.map(\.name) == names)
                #expect(sidecar.stages.count { $0.classification != nil } == 1)
                for name in try scratch.files(below: "out", hidden: true) { try scratch.remove("out/\(name)") }
            }
        }
    }

    @Test("two models look at each picture, kind among them, which is built in")
    func two() async throws {
        try await withScratch { scratch in
            try Self.writeModel(scratch)
            try scratch.write(Pictures.plainPNG(width: 300, height: 200, [255, 255, 255]), to: "in/blank.png")
            try scratch.write(Pictures.page(width: 600, height: 800), to: "in/page.png")
            let pipeline = """
                version: 1
                stages:
                  - classify: kind
                  - classify: { model: colours.yaml, name: second, threshold: 0 }
                renditions: { a: { resize: { width: 64 }, format: png } }
                """
            let result = try await scratch.process(pipeline: pipeline)
            #expect(result.exitCode == 0, "\(result)")
            let sidecars = try scratch.verifiedOutbox()
            #expect(said(sidecars["blank.png"], "kind")?.label == "blank")
            #expect(said(sidecars["page.png"], "kind")?.label == "document")
            for sidecar in sidecars.values {
                #expect(said(sidecar, "second")?.labels.count == 3)
                #expect(said(sidecar, "kind")?.model == "kind")
            }
        }
    }
}

extension Pictures {
    /// An 8-bit RGB PNG of one colour.
    static func plainPNG(width: Int, height: Int, _ colour: [UInt8]) -> [UInt8] {
        drawnPNG(width: width, height: height) { _, _ in colour }
    }

    /// White, with lines of dark words on it.
    static func page(width: Int, height: Int) -> [UInt8] {
        drawnPNG(width: width, height: height) { x, y in
            let isLine = y % 24 < 11 && y > 60 && y < height - 60 && x > 60 && x < width - 60
            let isWord = (x / 9 + y / 24 * 7) % 6 != 0
            let isInk = (x * 7 + (y % 24) * 5 + x / 9 * 3) % 11 < 5
            return isLine && isWord && isInk ? [25, 25, 30] : [250, 250, 248]
        }
    }
}
