import FoundationEssentials
import Glibc
import Jobs
import LinuxIO
import ModelMaker
import Testing

@Suite("sluice process: denoising by a network", .enabled(if: BuiltPrograms.hasEngine, "no ONNX Runtime here"))
struct DenoiseModelTests {
    private let description = """
        version: 1
        file: net.onnx
        input: { channels: grey }
        output: clean
        tile: 64
        overlap: 8

        """

    private func write(_ network: [UInt8], _ scratch: Scratch) throws {
        try scratch.write(network, to: "net.onnx")
        try scratch.write(text: description, to: "net.yaml")
    }

    private func pipeline(_ scratch: Scratch, sigma: String = "20") -> String {
        """
        version: 1
        stages: [denoise: { method: model, model: \(scratch.path)/net.yaml, sigma: \(sigma), place: here }]
        renditions: { a: { format: png } }
        """
    }

    @Test("a confined worker runs the network over every picture, and is reused")
    func process() async throws {
        try await withScratch { scratch in
            try write(ModelMaker.convolution([0.5], size: 1), scratch)
            for index in 1...5 {
                try scratch.write(
                    Pictures.noisyPNG(width: 200 + index, height: 150), to: "in/noisy-\(index).png")
            }
            let result = try await scratch.process(pipeline: pipeline(scratch))
            #expect(result.exitCode == 0, "\(result)")
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars.count == 5)
            for sidecar in sidecars.values {
                let details = sidecar.stages.first { $0.name == "denoise" }?.details ?? [:]
                #expect(details["method"] == "model" && details["sigma"] == "20", "\(details)")
                #expect(sidecar.memory.peak > 0 && sidecar.memory.peak <= sidecar.memory.estimate)
            }
            // Of a file of the same content elsewhere, the results are the same: nothing is done again.
            let again = try await scratch.process(pipeline: pipeline(scratch))
            #expect(again.exitCode == 0)
        }
    }

    @Test("the weights of a large model are pages of a file, and none of the job's memory")
    func largeModel() async throws {
        try await withScratch { scratch in
            // 38 MB of weights.
            try write(ModelMaker.deep(layers: 16, width: 256), scratch)
            try scratch.write(Pictures.noisyPNG(width: 40, height: 30), to: "in/noisy.png")
            let result = try await scratch.process("--memory-cap", "96MiB", pipeline: pipeline(scratch))
            #expect(result.exitCode == 0, "\(result)")
            let memory = try #require(try scratch.verifiedOutbox()["noisy.png"]?.memory)
            #expect(memory.peak < 36_000_000 && memory.peak <= memory.estimate, "\(memory)")
        }
    }

    @Test("a network is compiled once; what is gone is made again, what another model left goes")
    func compiled() async throws {
        try await withScratch { scratch in
            let models = "\(scratch.path)/out/.sluice/staging/models"
            func compiled() throws -> [String: UInt64] {
                Dictionary(
                    uniqueKeysWithValues: try FileManager.default.contentsOfDirectory(atPath: models).map {
                        var status = stat()
                        try #require(stat("\(models)/\($0)", &status) == 0)
                        return ($0, UInt64(status.st_ino))
                    })
            }
            try write(ModelMaker.deep(layers: 2, width: 8), scratch)
            try scratch.write(Pictures.noisyPNG(width: 40, height: 30), to: "in/noisy.png")
            #expect(try await scratch.process(pipeline: pipeline(scratch)).exitCode == 0)
            let first = try compiled()
            #expect(first.count == 1)
            #expect(try await scratch.process("--overwrite", pipeline: pipeline(scratch)).exitCode == 0)
            #expect(try compiled() == first)
            try FileManager.default.removeItem(atPath: models)
            #expect(try await scratch.process("--overwrite", pipeline: pipeline(scratch)).exitCode == 0)
            #expect(try compiled().keys == first.keys)
            try write(ModelMaker.deep(layers: 3, width: 8), scratch)
            #expect(try await scratch.process("--overwrite", pipeline: pipeline(scratch)).exitCode == 0)
            #expect(try compiled().count == 1 && compiled().keys != first.keys)
            _ = try scratch.verifiedOutbox()
        }
    }

    @Test("where nothing can be compiled, the ONNX file is used as it is")
    func uncompiled() async throws {
        try await withScratch { scratch in
            try write(ModelMaker.convolution([0.5], size: 1), scratch)
            try scratch.write(Pictures.noisyPNG(width: 90, height: 70), to: "in/noisy.png")
            // In the way of the directory.
            try scratch.write(text: "x", to: "out/.sluice/staging/models")
            let result = try await scratch.process(pipeline: pipeline(scratch))
            #expect(result.exitCode == 0 && result.errors.contains("networks cannot be compiled"), "\(result)")
            let files = try scratch.files(below: "out")
            #expect(files.contains("noisy.a.png"), "\(files)")
        }
    }

    @Test("a network that cannot be used stops the run before any picture")
    func broken() async throws {
        try await withScratch { scratch in
            try write(ModelMaker.unknownLayer(), scratch)
            try scratch.write(Pictures.noisyPNG(width: 90, height: 70), to: "in/noisy.png")
            let result = try await scratch.process(pipeline: pipeline(scratch))
            #expect(result.exitCode == 78, "\(result)")
            #expect(result.errors.contains("net.onnx: cannot be used as a model"), "\(result)")
        }
    }

    @Test("what a clean picture has not is not taken from it: the network is not even opened")
    func clean() async throws {
        try await withScratch { scratch in
            try write(ModelMaker.convolution([0.5], size: 1), scratch)
            try scratch.write(Pictures.png(width: 120, height: 90), to: "in/clean.png")
            let result = try await scratch.process(pipeline: pipeline(scratch, sigma: "auto"))
            #expect(result.exitCode == 0, "\(result)")
            let details = try scratch.verifiedOutbox()["clean.png"]?.stages.first { $0.name == "denoise" }?.details
            #expect(details?["skipped"] == "clean", "\(String(describing: details))")
        }
    }
}
