package import Admission
import Engine
import Glibc
import Jobs
import LinuxIO
package import Models
package import Pipeline
package import Schema
import WorkerPool
import WorkerProtocol

/// What models are, found out by a worker that opens and runs each once: the supervisor itself links no engine.
package struct ModelCheck: Sendable {
    package struct Found: Sendable {
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

    /// - Parameter budget: bytes that a worker may take for a model.
    /// - Throws: `WorkerMissing`.
    package init(_ models: [ModelDescription], budget: UInt64) async throws {
        guard !models.isEmpty else { return }
        var settings = WorkerPool.Settings(executable: try findWorkerExecutable(), size: 1)
        if models.contains(where: \.hasNetwork) { settings.models = 0 }
        let pool = WorkerPool(settings)
        for model in models {
            do throws(Refusal) {
                found.append(try await Self.examine(model, budget: budget, pool))
            } catch {
                faults.append(Fault(file: model.shownName, message: "cannot be used as a model: \(error.reason)"))
            }
        }
        await pool.shutDown()
    }

    private struct Refusal: Error {
        let reason: String
    }

    private static func examine(
        _ model: ModelDescription, budget: UInt64, _ pool: WorkerPool
    ) async throws(Refusal) -> Found {
        var files: [Descriptor] = []
        for path in model.filePaths {
            do {
                files.append(try PipelineFiles.open(path))
            } catch {
                throw Refusal(reason: "\(path): \(error)")
            }
        }
        let outcome = await pool.examine(
            ExamineRequest(model: model, grant: MemoryGrant(memory: budget)), files: files.map(\.number),
            timeLimit: timeLimit)
        switch outcome {
        case .replied(.examined(let examination), _):
            if let fault = examination.fault { throw Refusal(reason: fault) }
            return Found(
                model: model, engine: examination.engine ?? "", outputs: examination.outputs,
                memory: examination.memory, peakMemory: examination.peakMemory,
                seconds: examination.seconds)
        case .replied: throw Refusal(reason: "the worker sent the wrong kind of reply")
        case .died(let death, _):
            if case .signalled(let signal) = death.cause, death.jobError?.code != .memoryLimit {
                throw Refusal(
                    reason:
                        "the engine crashed on it with \(signalName(signal)); download or export the file again")
            }
            throw Refusal(reason: death.message)
        }
    }

    /// Seconds for one model.
    private static let timeLimit = 90.0
}

extension ModelCheck {
    /// Before any job: a model that cannot be used is a fault of the configuration, not of each picture.
    /// - Returns: the pipelines, with what their models take.
    /// - Throws: `ConfigurationFaults`, `WorkerMissing`.
    package static func require(_ pipelines: [Pipeline], cap: MemoryCap) async throws -> [Pipeline] {
        var models: [ModelDescription] = []
        for model in pipelines.flatMap(\.models) where !models.contains(model) { models.append(model) }
        let check = try await ModelCheck(models, budget: cap.budget)
        if !check.faults.isEmpty { throw ConfigurationFaults(check.faults) }
        return pipelines.map { pipeline in
            pipeline.measured { model in
                check.found.first { $0.model == model }.map { .init(kept: $0.memory, peak: $0.peakMemory) }
            }
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
