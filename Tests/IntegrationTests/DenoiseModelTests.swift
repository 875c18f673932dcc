import FoundationEssentials
import Jobs
import LinuxIO
import ModelMaker
import Testing

@Suite("sluice process: denoising by a network")
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

    @Test("the pages of a large model's file are none of the job's memory, and its weights are")
    func largeModel() async throws {
        try await withScratch { scratch in
            // 38 MB of weights.
            try write(ModelMaker.deep(layers: 16, width: 256), scratch)
            try scratch.write(Pictures.noisyPNG(width: 40, height: 30), to: "in/noisy.png")
            let result = try await scratch.process("--memory-cap", "192MiB", pipeline: pipeline(scratch))
            #expect(result.exitCode == 0, "\(result)")
            let memory = try #require(try scratch.verifiedOutbox()["noisy.png"]?.memory)
            // They are held once, also while they are read.
            #expect(38_000_000...65_000_000 ~= memory.peak && memory.peak <= memory.estimate, "\(memory)")
        }
    }

    @Test("a model stays in the worker for the next job where the cap has room")
    func kept() async throws {
        for (cap, opened) in [("512MiB", 1), ("160MiB", 1)] {
            try await withScratch { scratch in
                try write(ModelMaker.deep(layers: 16, width: 256, listed: true), scratch)
                for index in 1...3 {
                    try scratch.write(Pictures.noisyPNG(width: 40, height: 29 + index), to: "in/noisy-\(index).png")
                }
                let result = try await scratch.process(
                    "--memory-cap", cap, "--workers", "1", pipeline: pipeline(scratch))
                #expect(result.exitCode == 0, "\(result)")
                let peaks = try scratch.verifiedOutbox().values.map(\.memory.peak)
                // While a model is read, weights of this form are held twice.
                #expect(peaks.count { $0 > 70_000_000 } == opened, "\(cap): \(peaks)")
            }
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
