package import Admission
package import Engine
import Inbox
import Jobs
import Journal
import LinuxIO
package import Models
import Outbox
import Pipeline
import Places
package import Run
import Synchronization
import Text
import UnixSignals

/// `sluice train`: pictures in folders named by their labels become a model. What describes each picture is made by a
/// one-shot run of its own, crash-safe and under the memory cap; a worker learns from it.
package struct TrainingRun: Sendable {
    package struct Options: Sendable {
        package var directory: String
        /// The description to be written.
        package var out: String
        /// What pictures are seen through, as its description says; nil: the built-in descriptor.
        package var backbone: ModelDescription?
        /// The file of that description, for people.
        package var backboneName: String?
        /// The minimum score for a label.
        package var minScore: Double?
        package var folds = 5
        package var memory = MemoryWishes()
        /// The library that runs networks; nil: where it is usually found.
        package var onnxRuntime: String?
        package var overwrite = false
        /// Whether what describes the pictures stays for the next training.
        package var keepsFeatures = true
        /// Told what is worth knowing of this machine, a line each.
        package var onNotice: @Sendable (String) -> Void = { _ in }
        /// Told what is being done, a line each.
        package var onStep: @Sendable (String) -> Void = { _ in }

        package init(directory: String, out: String) {
            self.directory = directory
            self.out = out
        }
    }

    let options: Options
    package let places: TrainingPlaces
    /// What makes the features.
    private let oneShot: OneShot
    private let source: Directory
    private let sourcePath: String
    private let sources: TrainingSources

    package var cap: MemoryCap { oneShot.cap }

    /// - Throws: `TrainingError`, `OneShotError`, `MemoryCapError` for what is wrong with the options.
    package init(_ options: Options) async throws {
        guard let sourcePath = realPath(options.directory), let source = try? Directory.open(path: sourcePath) else {
            throw OneShotError.noInput(options.directory)
        }
        if let backbone = options.backbone, !backbone.describes {
            throw TrainingError.usage(
                "'\(options.backboneName ?? backbone.file)' outputs no embedding to learn from: name one in its "
                    + "description (output: { embedding: NAME }), the output before its last layer, say")
        }
        self.options = options
        self.source = source
        self.sourcePath = sourcePath
        places = try TrainingPlaces(out: options.out, sources: sourcePath, overwrite: options.overwrite)
        sources = try await TrainingSources(source, shown: options.directory)
        var shot = OneShot.Options(
            directory: sourcePath, output: places.path(places.work), pipeline: Self.pipeline(options.backbone))
        shot.memory = options.memory
        shot.onnxRuntime = options.onnxRuntime
        shot.excluded = sources.withoutLabel
        shot.onNotice = options.onNotice
        oneShot = try OneShot(shot)
    }

    /// No renditions: what describes a picture stands in its sidecar.
    static func pipeline(_ backbone: ModelDescription?) -> Pipeline {
        var classify = Classify(model: features(of: backbone), name: "training")
        classify.embedding = true
        // What is no picture is told with its reason, as what cannot be read is.
        return Pipeline(
            name: "training", stages: [.classify(classify)], renditions: [], after: .keep, others: .quarantine)
    }

    /// What pictures are seen through, without what it says of them.
    static func features(of backbone: ModelDescription?) -> ModelDescription {
        var model = ModelDescription(file: "")
        model.features = .descriptor
        guard let backbone, backbone.hasNetwork else { return model }
        model = backbone
        model.outputs = .init()
        model.outputs.embedding = backbone.outputs.embedding
        (model.classifier, model.unknown, model.labels) = (nil, nil, [])
        return model
    }

    /// How many pictures there are.
    package func count() async throws -> Int { try await oneShot.count() }

    /// - Returns: what came of it; nil when it was interrupted: the same again goes on.
    package func run(
        onEvent: @escaping @Sendable (EngineEvent) -> Void, onMonitor: (RunMonitor) -> Void, onFeatures: () -> Void
    )
        async throws -> TrainingReport?
    {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let begin = monotonicNanoseconds()
        let lock = try takeLock()
        defer { withExtendedLifetime(lock) {} }
        let worker = try TrainingWorker(cap: cap, staging: try workspace())
        // Before hours of features: whether anything can be learned here at all.
        try await worker.check()
        let interrupted = Mutex(false)
        let guardian = Task {
            for await _ in signals {
                interrupted.withLock { $0 = true }
                await worker.abandon()
            }
        }
        defer { guardian.cancel() }
        if try await oneShot.run(onEvent: onEvent, onMonitor: onMonitor) { return nil }
        onFeatures()
        var report = TrainingReport(
            sluice: sluiceVersion, directory: options.directory, model: options.out)
        report.backbone = options.backbone?.hasNetwork == true ? options.backboneName : nil
        report.minScore = options.minScore
        report.notes = sources.notes
        let features = try await collect { interrupted.withLock { $0 } }
        if interrupted.withLock({ $0 }) { return nil }
        guard let trained = try await learn(features, &report, worker) else { return nil }
        if interrupted.withLock({ $0 }) { return nil }
        report.notes += report.judgedNotes()
        report.seconds = Double(monotonicNanoseconds() - begin) / 1e9
        try TrainingFiles(places: places, options: options, report: report).write(classifier: trained)
        try tidyUp()
        return report
    }

    /// The sidecars are what the next training goes on from; all else is made of them.
    private func tidyUp() throws {
        guard options.keepsFeatures else {
            return try removeTree(Array(places.work.utf8), in: Directory.open(path: places.directory))
        }
        let place = try workspace()
        for (name, _) in try place.list() where name != RootLocks.lockFile { try place.unlink(name) }
    }

    /// Where the flat files lie, in the place of the features; the worker writes there, too.
    private func workspace() throws -> Directory { try makeDirectory(places.path("\(places.work)/.sluice/training")) }

    /// The one-shot run has locks of its own, but lets them go when the features are made.
    private func takeLock() throws -> DirectoryLock {
        let place = try workspace()
        guard let lock = try DirectoryLock.acquire(in: place, name: RootLocks.lockFile) else {
            throw WorkspaceError.inUse(
                "the place of the features \(places.path(places.work))",
                process: RootLocks.currentHolder(staging: place))
        }
        return lock
    }

    private func collect(shouldStop: () -> Bool) async throws -> TrainingFeatures {
        let work = places.path(places.work)
        var features = try TrainingFeatures(in: try workspace())
        let journal = try Journal(path: "\(work)/.sluice/journal.sqlite")
        defer { try? journal.close() }
        try await features.collect(
            Scanner(root: source, excluded: sources.withoutLabel), inbox: sourcePath, journal: journal,
            outbox: Directory.open(path: work), shouldStop: shouldStop)
        return features
    }

    /// - Returns: the classifier's file; nil when it was interrupted.
    private func learn(
        _ features: TrainingFeatures, _ report: inout TrainingReport, _ worker: TrainingWorker
    ) async throws -> Descriptor? {
        (report.leftOut, report.leftOutCount) = (features.leftOut, features.leftOutCount)
        guard features.labels.count >= 2 else {
            let why = features.leftOut.first.map { " (\($0.path): \($0.message))" } ?? ""
            throw TrainingError.noInput(
                "only \(features.labels.count) of the folders in '\(options.directory)' have a readable "
                    + "picture\(why); at least two are needed")
        }
        let alike = try features.lookalikes(in: workspace())
        let parts = Folds.assign(
            labels: features.label, keys: features.keys, groups: alike.group, labelCount: features.labels.count,
            folds: options.folds)
        options.onStep("learning from \(counted(features.count, "picture")) with \(features.labels.count) labels")
        let trained = try await worker.train(features, parts, onStep: options.onStep)
        guard let trained else { return nil }
        report.features = features.features
        report.pictures = features.count
        report.folds = parts.filter { $0 != Folds.never }.max().map { Int($0) + 1 } ?? 0
        report.trainingMemory = trained.peakMemory
        try report.judge(features, parts, in: try workspace())
        try report.tell(of: alike, features, in: try workspace())
        return trained.classifier
    }
}
