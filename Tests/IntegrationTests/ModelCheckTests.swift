import FoundationEssentials
import Glibc
import LinuxIO
import ModelMaker
import Testing
import Text
import WorkerPool
import WorkerProtocol

@testable import Check
@testable import Models
@testable import Schema

@Suite("Models, before any job", .enabled(if: BuiltPrograms.hasEngine, "no ONNX Runtime here"))
struct ModelCheckTests {
    private let denoiser = "version: 1\nfile: net.onnx\ninput: { channels: grey }\noutput: clean\ntile: 64\n"
    private let kernel = [Float](repeating: 1.0 / 9, count: 9)

    private struct FaultLine: Decodable {
        var file: String
        var message: String
    }

    /// What 'check --json' says of a description beside `net.onnx`.
    private func faults(
        _ scratch: Scratch, program: String = BuiltPrograms.sluice, environment: [String: String?] = [:],
        arguments: [String] = []
    ) async throws -> (exit: Int32?, faults: [FaultLine]) {
        let result = try await runProgram(
            program, ["check", "--json", "\(scratch.path)/model.yaml"] + arguments, environment: environment)
        return (result.exitCode, try JSONDecoder().decode([FaultLine].self, from: Data(result.outputBytes)))
    }

    @Test("check opens a model in a worker, runs it, and tells what comes out")
    func inOrder() async throws {
        try await withScratch { scratch in
            try scratch.write(ModelMaker.convolution(kernel, size: 3), to: "net.onnx")
            try scratch.write(text: denoiser, to: "model.yaml")
            let result = try await sluice("check", "\(scratch.path)/model.yaml")
            #expect(result.exitCode == 0, "\(result)")
            #expect(result.output.contains("model is OK: outputs clean 1 x 1 x 64 x 64 with ONNX Runtime "))
            let quiet = try await sluice("check", "--quiet", "\(scratch.path)/model.yaml")
            #expect(quiet.exitCode == 0 && quiet.output.isEmpty && quiet.errors.isEmpty, "\(quiet)")
        }
    }

    @Test("check takes a cap as process does, and has the same default")
    func cap() async throws {
        try await withScratch { scratch in
            try scratch.write(ModelMaker.convolution(kernel, size: 3), to: "net.onnx")
            try scratch.write(text: denoiser, to: "model.yaml")
            for cap in [["--memory-cap", "64MiB"], []] {
                let result = try await runProgram(BuiltPrograms.sluice, ["check", "\(scratch.path)/model.yaml"] + cap)
                #expect(result.exitCode == 0, "\(result)")
            }
            let small = try await sluice("check", "\(scratch.path)/model.yaml", "--memory-cap", "1MiB")
            #expect(small.exitCode == 64 && small.errors.contains("1.0 MiB is too small"), "\(small)")
        }
    }

    @Test("a model that cannot be used is a fault of its file")
    func broken() async throws {
        try await withScratch { scratch in
            try scratch.write(text: denoiser, to: "model.yaml")
            for (bytes, expected) in [
                (
                    Array("no model".utf8),
                    "cannot be used as a model: its ONNX file is truncated or damaged, or no ONNX file"
                ),
                (ModelMaker.unknownLayer(), "Frobnicate"),
                (ModelMaker.weightsElsewhere(), "its weights are in 'net.onnx.data'"),
                (ModelMaker.mixing([Float](repeating: 1, count: 9)), "is 1 x 3 x ? x ?, not a picture (channels: grey"),
            ] {
                try scratch.write(bytes, to: "net.onnx")
                let (exit, found) = try await faults(scratch)
                #expect(exit == 78 && found.count == 1)
                #expect(found.first?.file == "\(scratch.path)/net.onnx")
                #expect(found.first?.message.contains(expected) == true, "\(found)")
            }
        }
    }

    @Test("a network that takes more than there is, is refused for that, and the worker lives on to say so")
    func memory() async throws {
        try await withScratch { scratch in
            // 16 layers of 256 planes: 38 MB of weights.
            try scratch.write(ModelMaker.deep(layers: 16, width: 256), to: "net.onnx")
            try scratch.write(text: denoiser, to: "model.yaml")
            let digest: FileDigest = { _ in "" }
            let model = try ModelLoader.load(path: "\(scratch.path)/model.yaml", digest: digest)
            for budget in [1, 8, 20, 60] as [UInt64] {
                let check = try await ModelCheck([model], budget: budget << 20)
                #expect(check.found.isEmpty)
                let message = check.faults.first?.message ?? ""
                #expect(message.contains("was given \(mebibytes(budget << 20)) of memory, and requested"), "\(message)")
            }
            // What has no room while it is compiled lies in a file; afterwards its weights are the pages of one.
            let place = ModelPlace(directory: "\(scratch.path)/models", spill: 1 << 30)
            let check = try await ModelCheck([model], budget: 24 << 20, place)
            #expect(check.faults.isEmpty, "\(check.faults)")
            let found = try #require(check.found.first)
            #expect(found.memory < 16 << 20 && found.peakMemory >= found.memory && found.peakMemory < 24 << 20)
            let compiled = try #require(found.model.graph?.compiled)
            #expect(compiled.hasPrefix("\(scratch.path)/models/"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/models").count == 1)
        }
    }

    @Test("a network with much between its layers gives it back after each run; a fault elsewhere removes no network")
    func large() async throws {
        try await withScratch { scratch in
            try scratch.write(ModelMaker.deep(layers: 4, width: 64), to: "net.onnx")
            try scratch.write(text: denoiser.replacing("tile: 64", with: "tile: 256"), to: "model.yaml")
            let bytes = Array(try scratch.read("net.onnx"))
            let model = try ModelLoader.load(path: "\(scratch.path)/model.yaml") { _ in sha256(bytes) }
            let place = ModelPlace(directory: "\(scratch.path)/models")
            let check = try await ModelCheck([model], budget: 300 << 20, place)
            let found = try #require(check.found.first)
            #expect(found.model.graph?.keepsPages == false && found.memory < 8 << 20, "\(found)")
            #expect(found.peakMemory > 32 << 20 && check.notices.isEmpty, "\(found)")
            var broken = model
            broken.file = "/nowhere.onnx"
            #expect(try await ModelCheck([broken], budget: 300 << 20, place).faults.count == 1)
            let compiled = try #require(found.model.graph?.compiled)
            #expect(access(compiled, R_OK) == 0)
        }
    }

    @Test("without the engine's library, models are refused and all else works")
    func withoutEngine() async throws {
        try await withScratch { scratch in
            try scratch.write(ModelMaker.convolution(kernel, size: 3), to: "net.onnx")
            try scratch.write(text: denoiser, to: "model.yaml")
            try scratch.makeDirectory("bin")
            for program in ["sluice", "sluice-worker"] {
                let linked = link("\(BuiltPrograms.directory)/\(program)", "\(scratch.path)/bin/\(program)") == 0
                try #require(try linked || copy(program, to: scratch))
            }
            // There may be one in the system: a file that is none stands for its absence.
            let (exit, found) = try await faults(
                scratch, program: "\(scratch.path)/bin/sluice", arguments: ["--onnxruntime", "/nowhere/lib.so"])
            #expect(exit == 78)
            let message = found.first?.message ?? ""
            #expect(message.contains("ONNX Runtime, which runs models, cannot be loaded"), "\(message)")
            #expect(message.contains("install sluice-onnxruntime"), "\(message)")
            let doctor = try await runProgram(
                "\(scratch.path)/bin/sluice", ["doctor", "--onnxruntime", "/nowhere/lib.so"])
            #expect(
                doctor.exitCode == 0 && doctor.output.contains("ONNX Runtime, which runs models, cannot be loaded"),
                "\(doctor)")
        }
    }

    private func copy(_ program: String, to scratch: Scratch) throws -> Bool {
        let bytes = try Data(contentsOf: URL(filePath: "\(BuiltPrograms.directory)/\(program)"))
        try scratch.write(Array(bytes), to: "bin/\(program)")
        return chmod("\(scratch.path)/bin/\(program)", 0o755) == 0
    }

    @Test("a worker has nothing of the engine unless it is to run models, and one thread if so")
    func lazily() async throws {
        for models in [nil, 0] as [UInt64?] {
            let worker = try await WorkerProcess.start(executable: BuiltPrograms.worker, models: models)
            let process = "/proc/\(worker.processIdentifier)"
            let number = open("\(process)/maps", O_RDONLY | O_CLOEXEC)
            try #require(number >= 0)
            var bytes: [UInt8] = []
            try Descriptor(owning: number).forEachPiece(subject: "maps") { bytes += $0 }
            let maps = String(decoding: bytes, as: UTF8.self)
            #expect(maps.contains("libvips"))
            #expect(maps.contains("libonnxruntime") == (models != nil))
            let greeting = try #require(worker.greeting)
            #expect((greeting.libraries["models"]?.hasPrefix("ONNX Runtime ") == true) == (models != nil))
            #expect(greeting.engineFault == nil)
            let threads = try FileManager.default.contentsOfDirectory(atPath: "\(process)/task")
            #expect(threads.count == 1, "\(threads)")
            await worker.stop()
        }
    }
}
