import Foundation
import Testing

@testable import Jobs

@Suite("Denoising, from the command line")
struct DenoiseProcessTests {
    private static let pipeline = """
        version: 1
        stages: [autorotate, denoise]
        renditions:
          whole: { format: png }
          small: { resize: { width: 60 }, stages: [denoise: { method: median }], format: png }
        metadata: { keep: none }
        """

    private func details(_ sidecar: Sidecar?, _ rendition: String? = nil) throws -> [String: String] {
        let stages = try #require(sidecar).stages
        return try #require(stages.first { $0.name == "denoise" && $0.rendition == rendition }).details
    }

    @Test("the sidecar tells what was found and done", arguments: ["1", "2"])
    func sidecar(workers: String) async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.noisyPNG(width: 240, height: 180), to: "in/noisy.png")
            let result = try await scratch.process("--workers", workers, pipeline: Self.pipeline)
            #expect(result.exitCode == 0, "\(result)")
            let noisy = try #require(try scratch.verifiedOutbox()["noisy.png"])
            let details = try details(noisy)
            #expect(Set(details.keys) == ["method", "sigma", "sigmaAfter", "seconds"], "\(details)")
            #expect(details["method"] == "dct")
            let sigma = try #require(details["sigma"].flatMap { Double($0) })
            #expect(abs(sigma - 15) < 4)
            #expect(try #require(details["sigmaAfter"].flatMap { Double($0) }) < sigma / 2)
            #expect(try #require(details["seconds"].flatMap { Double($0) }) > 0)
            #expect(try self.details(noisy, "small") == ["method": "median"])
            #expect(noisy.stages.map(\.name) == ["autorotate", "denoise", "resize", "denoise"])
        }
    }

    @Test("where it was done, and what of a sigma was left there")
    func place() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.noisyPNG(width: 320, height: 240), to: "in/noisy.png")
            let pipeline = """
                version: 1
                stages: [denoise: 16]
                renditions: { small: { resize: { width: 80 }, format: png } }
                """
            #expect(try await scratch.process(pipeline: pipeline).exitCode == 0)
            let details = try details(try scratch.verifiedOutbox()["noisy.png"])
            #expect(details["place"] == "after the shrink to 80x60" && details["sigma"] == "16")
            let left = try #require(details["sigmaShrunk"].flatMap { Double($0) })
            #expect(left > 3 && left < 4.5)
        }
    }

    @Test("a job that is alone, and one of several at the same time, make the same")
    func threads() async throws {
        try await withScratch { scratch in
            for name in ["a", "b", "c"] {
                try scratch.write(Pictures.noisyPNG(width: 200, height: 150), to: "in/\(name).png")
            }
            #expect(try await scratch.process("--workers", "2", pipeline: Self.pipeline).exitCode == 0)
            let digests = try scratch.verifiedOutbox().values.map { $0.renditions.map(\.sha256) }
            #expect(digests.count == 3 && Set(digests).count == 1)
        }
    }

    @Test("explain says where it is done, and what it holds")
    func explain() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.pngHeader(width: 6000, height: 4000), to: "a.png")
            func explain(_ pipeline: String) async throws -> String {
                try scratch.write(text: "version: 1\n\(pipeline)\n", to: "p.yaml")
                let arguments = ["explain", "\(scratch.path)/a.png", "--pipeline", "\(scratch.path)/p.yaml"]
                return try await runProgram(BuiltPrograms.sluice, arguments).output
            }
            let shared = try await explain(
                "stages: [denoise]\nrenditions: { a: { resize: 1920x, format: webp }, b: { resize: 300, format: webp } }"
            )
            #expect(shared.contains("denoise after the shrink by 3.1, at 1920x1280"), "\(shared)")
            #expect(shared.contains("lines for denoising"))
            let whole = try await explain(
                "stages: [denoise: { place: here }]\nrenditions: { a: { resize: 300, format: webp } }")
            #expect(whole.contains("denoise at 6000x4000"), "\(whole)")
        }
    }

    @Test("check names what is wrong, and where")
    func check() async throws {
        try await withScratch { scratch in
            let text = """
                version: 1
                stages:
                  - denoise: { strength: 2.5 }
                  - denoise: { method: model }
                renditions: { a: { format: png } }
                """
            try scratch.write(text: text, to: "p.yaml")
            let result = try await runProgram(BuiltPrograms.sluice, ["check", "\(scratch.path)/p.yaml"])
            #expect(result.exitCode == 78)
            #expect(
                result.errors.contains("p.yaml:3:26: stages[0].denoise.strength: '2.5' is not a number from 0 to 2"))
            #expect(result.errors.contains("p.yaml:4:24: stages[1].denoise.method: 'model' needs 'model'"), "\(result)")
        }
    }
}
