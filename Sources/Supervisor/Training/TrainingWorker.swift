import Admission
import Engine
import Jobs
import LinuxIO
import WorkerPool
import WorkerProtocol

/// The worker that learns: the only one that has liblinear.
struct TrainingWorker: Sendable {
    private let pool: WorkerPool
    private let staging: Directory
    private let cap: MemoryCap

    /// - Parameter staging: where its files lie, and what does not fit into its memory.
    init(cap: MemoryCap, staging: Directory) throws {
        // It has all of the cap to itself.
        self.cap = MemoryCap(total: cap.total, workers: 1, spill: cap.spill)
        self.staging = staging
        var settings = WorkerPool.Settings(
            executable: try findWorkerExecutable(), size: 1, staging: realPath(staging.path))
        settings.trains = true
        // None is kept while the features are made.
        settings.recycleAfter = 1
        pool = WorkerPool(settings)
    }

    /// - Throws: `TrainingError.unavailable` where there is no liblinear.
    func check() async throws {
        var settings = WorkerPool.Settings(executable: try findWorkerExecutable(), size: 1)
        settings.trains = true
        let pool = WorkerPool(settings)
        let greeting: WorkerGreeting?
        do {
            greeting = try await pool.greeting()
        } catch {
            await pool.shutDown()
            throw EngineFault.workersUnavailable("\(error)")
        }
        await pool.shutDown()
        if let fault = greeting?.trainingFault { throw TrainingError.unavailable(fault) }
    }

    func abandon() async { await pool.abandon() }

    struct Trained {
        var classifier: Descriptor
        /// Bytes.
        var peakMemory: UInt64
    }

    /// - Parameter parts: of each picture, in which part it is held out.
    /// - Returns: nil when it was abandoned.
    func train(
        _ features: TrainingFeatures, _ parts: [UInt32], onStep: @escaping @Sendable (String) -> Void
    ) async throws -> Trained? {
        let index = try FlatFile(Self.indexName, in: staging)
        try features.label.withUnsafeBytes { try index.append($0) }
        try index.finish()
        try parts.withUnsafeBytes { try index.append($0) }
        try index.finish()
        let files = try [TrainingFeatures.numbersName, Self.indexName].map { try staging.openFile($0) }
        let request = TrainRequest(
            labels: features.labels, features: features.features, pictures: features.count,
            words: ["sluice": sluiceVersion, "pictures": "\(features.count)"], grant: grant(features))
        // Closed when the last of them goes: not before the worker has them.
        defer { withExtendedLifetime(files) {} }
        let outcome = await pool.train(request, files: files.map(\.number) + [staging.descriptor.number]) {
            done, count in
            if count > 1 { onStep("trained \(done) of \(count)") }
        }
        await pool.shutDown()
        switch outcome {
        case .replied(.trained(let result), let peak):
            if let fault = result.fault { throw TrainingError.failed("the training failed: \(fault)") }
            return Trained(
                classifier: try staging.openFile(Array(TrainRequest.classifierName.utf8)),
                peakMemory: max(peak, result.cost?.peakMemory ?? 0))
        case .replied: throw TrainingError.failed("the training failed: the worker sent the wrong kind of reply")
        case .died(let death, _):
            if case .stopped = death.cause { return nil }
            throw TrainingError.failed("the training failed: \(death.message)")
        }
    }

    private static let indexName = Array("labels".utf8)

    /// liblinear takes 16 bytes a number. Where that is much of the memory it goes to the file at once, so that there is
    /// room for the rest.
    private func grant(_ features: TrainingFeatures) -> MemoryGrant {
        let bytes = UInt64(features.count) * UInt64(features.features + 2) * 16
        return MemoryGrant(
            memory: cap.budget, spill: cap.spill, spillsFrom: bytes > cap.budget / 2 && cap.spill > 0 ? 1 << 20 : nil)
    }
}
