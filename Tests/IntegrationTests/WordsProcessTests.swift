import LinuxIO
import Testing

@testable import Jobs

@Suite("sluice process: labels in words", .enabled(if: BuiltPrograms.hasEngine, "no ONNX Runtime here"))
struct WordsProcessTests {
    private func said(_ sidecar: Sidecar?, _ name: String) -> Classification? {
        sidecar?.stages.compactMap(\.classification).first { $0.name == name }
    }

    /// A file as make-words.py writes it.
    private static func words(_ labels: [String], _ rows: [[Float]], scale: Double) -> [UInt8] {
        let header = """
            {"__metadata__":{"format":"sluice-words","version":"1","scale":"\(scale)",\
            "labels":"\(labels.joined(separator: "\\n"))"},\
            "words":{"dtype":"F32","shape":[\(rows.count),\(rows[0].count)],"data_offsets":[0,\(rows.count * rows[0].count * 4)]}}
            """
        let numbers = rows.joined().flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + numbers
    }

    @Test("words say what is looked for, without a training; two lists of them in one pipeline")
    func words() async throws {
        try await withScratch { scratch in
            try ClassifyProcessTests.writeModel(scratch)
            try ClassifyProcessTests.writeColours(scratch)
            try scratch.write(
                text: "version: 1\nfile: net.onnx\ninput: { size: 8 }\noutput: { embedding: embedding }\n",
                to: "clip.yaml")
            let colours = Self.words(["scarlet", "lime"], [[1, 0, 0], [0, 3, 0]], scale: 100)
            try scratch.write(colours, to: "colours.safetensors")
            try scratch.write(
                Self.words(["warm", "cold"], [[1, 0.5, 0], [0, 0.5, 1]], scale: 10), to: "moods.safetensors")
            let pipeline = """
                version: 1
                stages:
                  - classify: { model: clip.yaml, words: colours.safetensors, threshold: 0.9 }
                  - classify: { model: clip.yaml, words: moods.safetensors, name: mood, scale: 50 }
                """
            let result = try await scratch.process(pipeline: pipeline)
            #expect(result.exitCode == 0, "\(result)")
            let sidecars = try scratch.verifiedOutbox()
            for (colour, name, mood) in [
                ("red", "scarlet", "warm"), ("green", "lime", nil), ("blue", "unknown", "cold"),
            ] {
                let found = try #require(said(sidecars["\(colour)-0.png"], "clip"))
                #expect(found.label == name && found.model == "colours.safetensors")
                #expect(found.digest == sha256(colours))
                if let mood { #expect(said(sidecars["\(colour)-0.png"], "mood")?.label == mood) }
            }
            // One number too many for each label.
            try scratch.write(
                Self.words(["a", "b"], [[1, 0, 0, 0], [0, 1, 0, 0]], scale: 1), to: "moods.safetensors")
            let refused = try await scratch.process(pipeline: pipeline)
            #expect(refused.exitCode == 78 && "\(refused)".contains("moods.safetensors"), "\(refused)")
            #expect("\(refused)".contains("4 numbers, but there are 3"), "\(refused)")
        }
    }
}
