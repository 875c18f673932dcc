package import Admission
import Check
package import Engine
import Inbox
package import Jobs
import Journal
import LinuxIO
package import Outbox
package import Pipeline
import Places
import Schema
import Status
import Synchronization
package import Text
import UnixSignals
import WorkerPool

/// `sluice process`: runs one directory through one pipeline, then ends. Sources stay where they are; journal, staging
/// and reasons of failures lie in `OUT/.sluice`.
package struct OneShot: Sendable {
    package struct Options: Sendable {
        package var directory: String
        package var output: String
        package var pipeline: Pipeline
        package var memory = MemoryWishes()
        /// The library that runs models; nil: where it is usually found.
        package var onnxRuntime: String?
        package var recursive = true
        package var overwrite = false
        /// Skip what was done before, whether or not its results are still there.
        package var onlyNew = false
        /// Process only the sources of this part; nil: all.
        package var shard: Shard?
        /// What is passed over besides the usual places and names, from the directory on.
        package var ignore: [IgnorePattern] = []
        /// Sources that are passed over without a word, below the directory.
        package var excluded: Set<RelativePath> = []
        /// Seconds that running jobs get to finish after an interrupt.
        package var drain = 10.0
        /// Called with notices about this machine, a line each: missing sandbox features, a cap that exceeds
        /// what there is.
        package var onNotice: @Sendable (String) -> Void = { _ in }

        package init(directory: String, output: String, pipeline: Pipeline) {
            self.directory = directory
            self.output = output
            self.pipeline = pipeline
        }
    }

    package let options: Options
    package let cap: MemoryCap
    private let warnings: [String]
    let source: Directory
    /// Absolute, without links: the inbox's name in the journal.
    let sourcePath: String
    private let excluded: Set<RelativePath>
    private let grain: ShardGrain
    let passed = PassedOver()

    /// What `run` or `forecast` passed over by rules.
    package var passedOver: PassedOver.Counts { passed.counts }

    /// - Throws: `OneShotError` for what is wrong with the options.
    package init(_ options: Options) throws {
        var options = options
        guard let sourcePath = realPath(options.directory) else {
            throw OneShotError.noInput(options.directory)
        }
        self.sourcePath = sourcePath
        do {
            source = try Directory.open(path: sourcePath)
        } catch {
            throw OneShotError.noInput(options.directory)
        }
        let output = absolutePath(options.output)
        guard output != sourcePath else { throw OneShotError.outputIsInput(options.output) }
        if sourcePath.hasPrefix(output + "/") { throw OneShotError.inputInsideOutput(options.directory) }
        var excluded = options.excluded
        if output.hasPrefix(sourcePath + "/"),
            let inside = RelativePath(bytes: output.utf8.dropFirst(sourcePath.utf8.count + 1))
        {
            excluded.insert(inside)
        }
        self.excluded = excluded
        options.output = output
        // One-shot runs leave the sources alone, whatever the pipeline's `after` says.
        options.pipeline.after = .keep
        if options.pipeline.others == .archive { options.pipeline.others = .leave }
        self.options = options
        grain = ShardGrain(options.pipeline)
        let settings = try MemorySettings(
            options.memory, staging: ProcessState(output: output, shard: options.shard).staging)
        cap = settings.cap
        warnings = settings.warnings
    }

    var scanner: Scanner {
        Scanner(
            root: source, rules: IgnoreRules(own: options.ignore), excluded: excluded, recursive: options.recursive)
    }

    /// Gets what people should know of how the directory was walked, a line each, and whether it is something to correct.
    package typealias OnScanNotice = @Sendable (String, _ isFault: Bool) -> Void

    /// All sources, once for each run or forecast: what is passed over is counted, and told.
    func sources(_ onNotice: @escaping OnScanNotice) -> AsyncThrowingStream<[ScanEntry], any Error> {
        scanner.chunks { [self] path, isDirectory in
            if isOurs(path) { passed.count(isDirectory: isDirectory) }
        } onNotice: { [self] notice in
            if let notice = passed.take(notice) { onNotice("\(notice)", notice.isFault) }
        }
    }

    /// Counts the sources.
    package func count() async throws -> Int {
        var count = 0
        for try await chunk in scanner.chunks() { count += chunk.count { isOurs($0.path) } }
        return count
    }

    /// Whether there are no sources at all, in any shard.
    package func hasNoSources() async throws -> Bool {
        for try await chunk in scanner.chunks(of: 1) where !chunk.isEmpty { return false }
        return true
    }

    func isOurs(_ path: RelativePath) -> Bool { options.shard?.contains(path, by: grain) ?? true }

    var state: ProcessState { ProcessState(output: options.output, shard: options.shard) }

    /// For a run over one part only: `2/4`.
    package var shardName: String? { options.shard?.description }

    /// Where error files are written.
    package var quarantinePath: String { state.quarantine }

    /// Runs until everything is done, or until an interrupt. Events come in the order in which changes became durable.
    /// - Returns: whether it was interrupted.
    package func run(
        onEvent: @escaping @Sendable (EngineEvent) -> Void, onScanNotice: @escaping OnScanNotice = { _, _ in },
        onMonitor: (RunMonitor) -> Void
    ) async throws -> Bool {
        // First of all: an interrupt that comes while everything is being set up counts too.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let executable = try findWorkerExecutable()
        for warning in warnings { options.onNotice(warning) }
        let pipelines = try await ModelCheck.require(
            [options.pipeline], cap: cap,
            ModelPlace(onnxRuntime: options.onnxRuntime, directory: "\(state.staging)/models", spill: cap.spill),
            onNotice: options.onNotice)
        let pipeline = pipelines.first ?? options.pipeline
        let cap = self.cap.running(pipelines)
        let place = try Workspace(.init(state))
        var settings = Engine.Settings(cap: cap)
        settings.overwrite = options.overwrite
        settings.stopsOnFault = true
        settings.remakesMissing = !options.onlyNew
        settings.reportsUnchanged = true
        let context = try InboxContext(
            name: sourcePath, directory: source, pipeline: pipeline, movesFailures: false)
        let supervisor = try Supervisor(
            place, executable: executable, board: StatusBoard(),
            .init(
                settings: settings, contexts: [context], places: try place.places(archive: nil), use: "process",
                onnxRuntime: options.onnxRuntime,
                onShortfall: options.onNotice, onEvent: onEvent))
        defer { supervisor.status.stop() }
        let (engine, pool) = (supervisor.engine, supervisor.pool)
        onMonitor(RunMonitor(engine: engine, pool: pool, cap: cap))

        let interrupted = Mutex(false)
        let guardian = Task {
            for await _ in signals {
                let again = interrupted.withLock { interrupted in
                    defer { interrupted = true }
                    return interrupted
                }
                if again {
                    await engine.abandon()
                } else {
                    await engine.stop()
                    Task {
                        try await Task.sleep(for: .seconds(options.drain))
                        await engine.abandon()
                    }
                }
            }
        }
        defer { guardian.cancel() }
        if let damage = place.damage { onEvent(.journalSetAside(damage)) }
        do {
            _ = try await supervisor.rebuildJournal(isOurs: isOurs)
            try await refuseOtherPipeline(place.journal)
            try await engine.recover()
            try await feed(engine, onScanNotice) { interrupted.withLock { $0 } }
            try await engine.waitUntilIdle()
            try await forget(place.journal)
        } catch {
            await pool.shutDown()
            throw error
        }
        try await supervisor.end()
        return interrupted.withLock { $0 }
    }

    /// Prunes what later jobs of the same sources made obsolete, once it has become much.
    private func forget(_ journal: Journal) async throws {
        guard journal.counts.present[.superseded] ?? 0 > 1000 else { return }
        let retention = Journal.Retention(before: wallClock(), jobs: .max, inboxes: [])
        var cursor = Journal.ForgettingCursor()
        repeat {
            cursor = try await journal.forget(retention, from: cursor) { _ in [] }.next
        } while !cursor.isAtStart
    }

    /// Results belong to a source and a pipeline: those of another pipeline would have to be deleted, which was not
    /// asked for.
    func refuseOtherPipeline(_ journal: Journal) async throws {
        guard !options.overwrite else { return }
        var last: Int64 = 0
        while true {
            let page = try await journal.published(
                inbox: sourcePath, butOf: options.pipeline.name, after: last, limit: 500)
            // Those of sources that are not here any more stay where they are.
            for job in page where isOurs(job.source.path) {
                guard try source.stat(job.source.path.bytes) != nil else { continue }
                throw OneShotError.otherPipeline(
                    output: options.output, other: job.pipelineName, asked: options.pipeline.name)
            }
            guard let end = page.last else { return }
            last = end.id
        }
    }

    private func feed(_ engine: Engine, _ onNotice: @escaping OnScanNotice, until interrupted: () -> Bool) async throws
    {
        for try await chunk in sources(onNotice) {
            if interrupted() { return }
            var sources: [SourceIdentity] = []
            var refusals: [(SourceIdentity, JobError)] = []
            for entry in chunk where isOurs(entry.path) {
                switch entry {
                case .file(let path, let status): sources.append(identity(path, status))
                case .refused(let refusal): refusals.append((identity(refusal.path, refusal.status), refusal.error))
                }
            }
            _ = try await engine.submit(sources)
            if !refusals.isEmpty { try await engine.refuse(refusals) }
            if await engine.hasFault { return }
        }
    }

    func identity(_ path: RelativePath, _ status: FileStatus?) -> SourceIdentity {
        SourceIdentity(inbox: sourcePath, path: path, status: status?.trusted(source.traits))
    }

    /// Where results go below the output, with placeholders; nil: no further.
    package var route: String? { options.pipeline.output.route }
}
