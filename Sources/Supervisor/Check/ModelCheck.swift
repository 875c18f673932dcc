package import Admission
import Engine
import Glibc
import Jobs
import LinuxIO
package import Models
package import Pipeline
package import Schema
import WorkerPool
package import WorkerProtocol

/// What models are, found out by a worker that opens and runs each once: the supervisor itself links no engine.
package struct ModelCheck: Sendable {
    package struct Found: Sendable {
        /// With what was found out about it.
        package var model: ModelDescription
        /// Name and version of what runs it.
        package var engine: String
        /// Its outputs and their shapes, for people.
        package var outputs: [String]
        /// Bytes that a worker holds while it is kept, and at most while it is loaded and run.
        package var memory: UInt64
        package var peakMemory: UInt64
        /// Of one run.
        package var seconds: Double
    }

    package var found: [Found] = []
    package var faults: [Fault] = []
    /// What is not as it should be, and no fault: a line each.
    package var notices: [String] = []

    /// - Parameter budget: bytes that a worker may take for a model.
    /// - Throws: `WorkerMissing`.
    package init(_ models: [ModelDescription], budget: UInt64, _ place: ModelPlace = ModelPlace()) async throws {
        guard !models.isEmpty else { return }
        var settings = WorkerPool.Settings(executable: try findWorkerExecutable(), size: 1)
        var directory: Directory?
        if models.contains(where: \.hasNetwork) {
            settings.models = 0
            settings.onnxRuntime = place.onnxRuntime
            do {
                directory = try place.directory.map(makeDirectory)
            } catch {
                notices.append("networks cannot be compiled, and have their weights in memory: \(error)")
            }
            settings.staging = directory.flatMap { realPath($0.path) }
        }
        let pool = WorkerPool(settings)
        for model in models {
            do throws(Refusal) {
                found.append(try await examine(model, budget: budget, settings.staging, place.spill, pool))
            } catch {
                faults.append(Fault(file: model.shownName, message: "cannot be used as a model: \(error.reason)"))
            }
        }
        await pool.shutDown()
        // Where there is a fault, a running watch goes on with the pipelines and the networks that it has.
        if let directory, faults.isEmpty { keepOnlyFound(in: directory) }
    }

    /// What no model of today was compiled to goes.
    private func keepOnlyFound(in directory: Directory) {
        let kept = Set(found.compactMap(\.model.graph?.compiled).map { Array(directoryAndName(of: $0).name.utf8) })
        for entry in (try? directory.list()) ?? [] where !kept.contains(entry.name) {
            try? directory.unlink(entry.name)
        }
    }

    private struct Refusal: Error {
        let reason: String
    }

    private mutating func examine(
        _ model: ModelDescription, budget: UInt64, _ directory: String?, _ spill: UInt64, _ pool: WorkerPool
    ) async throws(Refusal) -> Found {
        let request = ExamineRequest(
            model: model, grant: MemoryGrant(memory: budget), directory: directory, spill: spill)
        let examination = try await Self.ask(request, pool)
        if let reason = examination.notCompiled {
            notices.append(
                "\(model.file) cannot be compiled and is used as it is, with its weights in memory: \(reason)")
        }
        var model = model
        model.memory = .init(kept: examination.memory, peak: examination.peakMemory)
        model.graph = examination.graph
        if let directory, let name = examination.compiled, !name.contains("/") {
            model.graph?.compiled = "\(directory)/\(name)"
        }
        return Found(
            model: model, engine: examination.engine ?? "", outputs: examination.outputs, memory: examination.memory,
            peakMemory: examination.peakMemory, seconds: examination.seconds)
    }

    private static func ask(_ request: ExamineRequest, _ pool: WorkerPool) async throws(Refusal) -> ModelExamination {
        var files: [Descriptor] = []
        for path in request.model.filePaths {
            do {
                files.append(try PipelineFiles.open(path))
            } catch {
                throw Refusal(reason: "\(path): \(error)")
            }
        }
        switch await pool.examine(request, files: files.map(\.number), timeLimit: timeLimit) {
        case .replied(.examined(let examination), _):
            if let fault = examination.fault { throw Refusal(reason: fault) }
            return examination
        case .replied: throw Refusal(reason: "the worker sent the wrong kind of reply")
        case .died(let death, _):
            if case .signalled(let signal) = death.cause, death.jobError?.code != .memoryLimit {
                throw Refusal(
                    reason:
                        "the engine crashed on it with \(signalName(signal)); download or export the file again")
            }
            if case .timedOut = death.cause {
                throw Refusal(reason: "to open and run it once takes more than \(Int(timeLimit)) s")
            }
            throw Refusal(reason: death.message)
        }
    }

    /// The inputs and outputs of an ONNX file.
    /// - Throws: `ConfigurationFaults` where it cannot be read, `WorkerMissing`.
    package static func ports(
        of model: ModelDescription, budget: UInt64, _ place: ModelPlace
    ) async throws -> (inputs: [ModelExamination.Port], outputs: [ModelExamination.Port]) {
        var settings = WorkerPool.Settings(executable: try findWorkerExecutable(), size: 1)
        settings.models = 0
        settings.onnxRuntime = place.onnxRuntime
        let pool = WorkerPool(settings)
        var request = ExamineRequest(model: model, grant: MemoryGrant(memory: budget))
        request.describesOnly = true
        do throws(Refusal) {
            let found = try await ask(request, pool)
            await pool.shutDown()
            return (found.inputs, found.outputPorts)
        } catch {
            await pool.shutDown()
            throw ConfigurationFaults([
                Fault(file: model.file, message: "cannot be used as a model: \(error.reason)")
            ])
        }
    }

    /// Seconds for one model.
    private static let timeLimit = 90.0
}

/// Where models are opened on this machine.
package struct ModelPlace: Sendable {
    /// The library that runs them; nil: where it is usually found.
    package var onnxRuntime: String?
    /// Where their networks are compiled, for jobs to open; it is made where it is missing. Nil: nowhere.
    package var directory: String?
    /// Bytes that may lie in a file there meanwhile instead of in memory.
    package var spill: UInt64

    package init(onnxRuntime: String? = nil, directory: String? = nil, spill: UInt64 = 0) {
        self.onnxRuntime = onnxRuntime
        self.directory = directory
        self.spill = spill
    }
}

extension ModelCheck {
    /// Before any job: a model that cannot be used, or a format that cannot be written, is a fault of the configuration, not
    /// of each picture.
    /// - Parameter onNotice: told what is not as it should be, and no fault; a line each.
    /// - Returns: the pipelines, with what their models take.
    /// - Throws: `ConfigurationFaults`, `WorkerMissing`.
    package static func require(
        _ pipelines: [Pipeline], cap: MemoryCap, _ place: ModelPlace, onNotice: (String) -> Void
    ) async throws -> [Pipeline] {
        try await FormatCheck.require(pipelines)
        var models: [ModelDescription] = []
        for model in pipelines.flatMap(\.models) where !models.contains(model) { models.append(model) }
        let check = try await ModelCheck(models, budget: cap.budget, place)
        if !check.faults.isEmpty { throw ConfigurationFaults(check.faults) }
        for notice in check.notices { onNotice(notice) }
        return pipelines.map { pipeline in
            pipeline.examined { model in models.firstIndex(of: model).map { check.found[$0].model } }
        }
    }
}

extension MemoryCap {
    /// The same, where workers run the models of these pipelines, one pipeline at a time.
    package func running(_ pipelines: [Pipeline]) -> MemoryCap {
        guard pipelines.contains(where: \.needsInference) else { return self }
        let most = pipelines.map { $0.models.reduce(0) { $0 + ($1.memory?.kept ?? 0) } }.max() ?? 0
        return running(models: most)
    }
}
