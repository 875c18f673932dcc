import Admission
import Check
package import Configuration
package import Engine
import Glibc
import HTTP
import Inbox
import Jobs
import Journal
import LinuxIO
package import Logging
import Outbox
import Pipeline
import Places
import Schema
import ServiceLifecycle
import Status
import Synchronization
import UnixSignals
import Web
import WorkerPool

/// `sluice watch`: inboxes that are watched until the process is stopped.
package struct Watch: Sendable {
    private let configuration: Configuration
    private let reload: @Sendable () throws -> Configuration
    private let logger: Logger
    private let onEvent: @Sendable (EngineEvent) -> Void

    /// - Parameter reload: reads the configuration again, for SIGHUP.
    package init(
        _ configuration: Configuration, logger: Logger, reload: @escaping @Sendable () throws -> Configuration,
        onEvent: @escaping @Sendable (EngineEvent) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.reload = reload
        self.onEvent = onEvent
    }

    /// Runs until SIGTERM or SIGINT, then finishes the jobs under way, for `drain` seconds at most.
    package func run() async throws {
        // First of all: a signal that comes while everything is being set up counts too.
        let reloads = await UnixSignalsSequence(trapping: .sighup)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let stop = StopRequest()
        if EarlySignals.isToStop { stop.set() }
        let guardian = Task { for await _ in signals { stop.set() } }
        defer { guardian.cancel() }
        // Before there are workers that could inherit them.
        let passed = PassedSockets.take()
        for problem in passed.problems { logger.warning("\(problem)") }
        let report = ServiceReport(.ofThisProcess())
        let executable = try findWorkerExecutable()
        let memory = try MemorySettings(MemoryWishes(configuration), staging: configuration.staging)
        for warning in memory.warnings { logger.warning("\(warning)") }
        let inboxes = try await examined(configuration, cap: memory.cap)
        let cap = memory.cap.running(inboxes.map(\.pipeline))
        let base = try await retryUntilStarted(report, stop, logger) { try Base(configuration) }
        guard let base else { return logger.info("stopped") }
        let place = base.place
        let sockets = try WebServer.Sockets(configuration.http, passed: passed.sockets)
        let marks = WriterKnowledge()
        let contexts = try inboxes.enumerated().map { index, inbox in
            try context(for: inbox, archive: base.archive) { marks.isBeingWritten($0.path, inbox: index) }
        }
        let source = try InboxSource(
            roots: zip(configuration.inboxes, contexts).enumerated().map { root($0, $1.0, $1.1.directory) })
        marks.set(source)
        var settings = Engine.Settings(cap: cap)
        settings.attempts = configuration.attempts
        let names = configuration.inboxes.map(\.name)
        let log = EventLog(logger: logger) { [onEvent] event in
            // What seemed gone may be back, in a state the inbox has already reported and will not report again.
            switch event {
            case .superseded(let identity, _), .sourceOfferedAgain(let identity, _, _):
                if let index = names.firstIndex(of: identity.inbox) { source.retry(identity.path, inbox: index) }
            default: break
            }
            onEvent(event)
        }
        let board = StatusBoard()
        board.setInboxes(configuration.inboxes.map { ($0.name, $0.path, $0.pipeline.name) })
        board.look { source.snapshot(inbox: $0) }
        board.note(models: inboxes.map(\.pipeline))
        place.journal.onCommit { [board] in board.note(commit: $0) }
        let memoryLog = MemoryLog(logger)
        let supervisor = try Supervisor(
            place, executable: executable, board: board,
            .init(
                settings: settings, contexts: contexts, places: base.places, use: "watch",
                onnxRuntime: configuration.onnxRuntime,
                onShortfall: { [logger] shortfall in
                    logger.warning("\(shortfall)", metadata: ["see": "sluice doctor"])
                }, onSample: memoryLog.take, onEvent: log.take))
        let (engine, pool, status) = (supervisor.engine, supervisor.pool, supervisor.status)
        defer { status.stop() }
        for context in contexts where context.directory == nil {
            await engine.markUnresponsive(inbox: context.name, hangs: false)
        }
        if let problem = status.problem {
            logger.warning("'sluice status' cannot reach this process for now", metadata: ["reason": "\(problem)"])
        }

        let traffic = HTTPTraffic()
        let page = StatusPage(board: board, cap: cap, journal: place.journal, outbox: place.outbox)
        let site = WebSite(board: board, cap: cap, traffic: traffic, page: page.respond)
        // Until the very end: monitors can see that it is stopping.
        let web = try WebServer(sockets, traffic: traffic, handler: site.respond)
        defer { web.stop() }
        if !sockets.all.isEmpty {
            logger.info("listening", metadata: ["at": .array(sockets.addresses.map { "\($0)" })])
        }

        logger.info(
            "watching",
            metadata: [
                "inboxes": .array(configuration.inboxes.map { "\($0.path)" }),
                "memory-cap": .stringConvertible(cap.total),
                "workers": .stringConvertible(cap.workers), "spill-limit": .stringConvertible(cap.spill),
            ])
        if let damage = place.damage { log.take(.journalSetAside(damage)) }
        guard try await prepare(supervisor, report, stop) else {
            try place.journal.close()
            return logger.info("stopped")
        }
        let recalling = sockets.all.isEmpty ? nil : Task { await page.recall(on: engine.disk) }
        defer { recalling?.cancel() }
        let paths = Dictionary(configuration.inboxes.map { ($0.name, $0.path) }) { first, _ in first }
        let reopen: @Sendable (String) async throws -> Void = { inbox in
            guard let path = paths[inbox], let disk = await engine.disk(of: inbox) else { return }
            let directory = try await disk.run(within: 30) {
                let directory = try Directory.open(path: path)
                directory.learnTraitsIfOdd()
                try place.relock(inbox: path)
                return directory
            }
            await engine.reopen(inbox: inbox, directory)
        }
        // Stopped from the last to the first: a stopped engine holds nothing up.
        let services: [any Service] = [
            WatchdogService(report: report, engine: engine, pool: pool, board: board, cap: cap),
            ReloadService(
                signals: reloads, reload: reload,
                apply: { try await apply($0, to: engine, board, archive: base.archive, cap: cap, source) },
                report: report, logger: logger),
            ForgettingService(
                engine: engine, journal: place.journal, history: configuration.history, logger: logger),
            RootMonitor(engine: engine, place: place, pool: pool, board: board, status: status, logger: logger),
            InboxService(
                source: source, engine: engine, inboxes: names, board: board, reopen: reopen, logger: logger),
            EngineService(engine: engine, pool: pool, drain: configuration.drain, logger: logger),
        ]
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [], logger: logger))
        stop.whenSet {
            report.stopping()
            Task { await group.triggerGracefulShutdown() }
        }
        try await group.run()
        try await supervisor.end()
        logger.info("stopped")
    }

    /// The disk-dependent part of startup.
    private struct Base: Sendable {
        let place: Workspace
        let archive: Directory
        let places: Engine.Places

        init(_ configuration: Configuration) throws {
            for inbox in configuration.inboxes { try Self.makeInbox(inbox.path) }
            place = try Workspace(
                .init(
                    outbox: configuration.outbox, quarantine: configuration.quarantine,
                    staging: configuration.staging, journal: configuration.journal,
                    inboxes: configuration.inboxes.map(\.path)))
            archive = try makeDirectory(configuration.archive)
            places = try place.places(archive: archive)
        }

        /// An inbox that cannot be opened now is waited for, while the others work.
        private static func makeInbox(_ path: String) throws {
            do {
                _ = try makeDirectory(path)
            } catch let error as SystemCallError where error.errno == ENOTDIR || error.errno == EEXIST {
                throw error
            } catch {
                return
            }
        }
    }

    /// What has to be done before new sources are accepted.
    /// - Returns: false if the process was asked to stop meanwhile.
    private func prepare(
        _ supervisor: Supervisor, _ report: ServiceReport, _ stop: StopRequest
    ) async throws -> Bool {
        let rebuilt = try await retryUntilStarted(report, stop, logger) {
            do {
                return try await supervisor.rebuildJournal(isStopping: { stop.isSet })
            } catch is CancellationError {
                return 0
            }
        }
        guard let rebuilt, !stop.isSet else { return false }
        if rebuilt > 0 {
            logger.warning("new journal, rebuilt from sidecars", metadata: ["jobs": .stringConvertible(rebuilt)])
        }
        return try await retryUntilStarted(report, stop, logger) { try await supervisor.engine.rollForward() } != nil
    }

    private func context(
        for inbox: Configuration.Inbox, archive: Directory,
        isBeingWritten: @escaping @Sendable (SourceIdentity) -> Bool
    ) throws -> InboxContext {
        let directory = try? Directory.open(path: inbox.path)
        directory?.learnTraitsIfOdd()
        var context = try InboxContext(
            name: inbox.name, directory: directory, pipeline: inbox.pipeline,
            folder: inbox.subfolder.isEmpty ? nil : RelativePath(inbox.subfolder), archive: archive,
            movesFailures: true)
        context.priority = inbox.priority
        context.isBeingWritten = isBeingWritten
        return context
    }

    private func root(_ index: Int, _ inbox: Configuration.Inbox, _ directory: Directory?) -> InboxRoot {
        var root = InboxRoot(id: index, path: inbox.path, rules: IgnoreRules(own: inbox.ignore))
        root.settle = SettleTimes(
            afterRenameOrClose: .seconds(inbox.settle), otherwise: .seconds(inbox.settleOther))
        root.scanInterval = .seconds(inbox.scanEvery)
        root.settleEmpty = .seconds(inbox.settleEmpty)
        root.writerLimit = .seconds(inbox.writerLimit)
        if let traits = directory?.traits { root.trustsInodes = traits.hasStableInodes && traits.hasChangeTimes }
        return root
    }

    /// New pipelines for the inboxes there are. Directories, caps and workers need a restart.
    private func apply(
        _ new: Configuration, to engine: Engine, _ board: StatusBoard, archive: Directory, cap: MemoryCap,
        _ source: InboxSource
    ) async throws {
        if new.http != configuration.http { logger.warning("http has changed: restart to apply") }
        let inboxes = try await modelsOfReloaded(new, cap: cap)
        // All of them first: where one cannot be opened, the old pipelines stay everywhere.
        var contexts: [InboxContext] = []
        for inbox in inboxes {
            let index = configuration.inboxes.firstIndex { $0.name == inbox.name && $0.path == inbox.path }
            guard let index else {
                logger.warning("an inbox is new or was moved: restart to apply", metadata: ["inbox": "\(inbox.name)"])
                continue
            }
            contexts.append(
                try context(for: inbox, archive: archive) {
                    source.isBeingWritten($0.path, inbox: index)
                })
        }
        for context in contexts { await engine.replace(context) }
        board.note(models: inboxes.map(\.pipeline))
    }

    /// The inboxes, whose pipelines know what their models take. Throws ConfigurationFaults where one cannot be used.
    private func examined(_ configuration: Configuration, cap: MemoryCap) async throws -> [Configuration.Inbox] {
        let place = ModelPlace(
            onnxRuntime: configuration.onnxRuntime, directory: "\(configuration.staging)/models", spill: cap.spill)
        let pipelines = try await ModelCheck.require(configuration.inboxes.map(\.pipeline), cap: cap, place) {
            logger.warning("\($0)")
        }
        return zip(configuration.inboxes, pipelines).map { inbox, pipeline in
            var inbox = inbox
            inbox.pipeline = pipeline
            return inbox
        }
    }

    private func modelsOfReloaded(_ new: Configuration, cap: MemoryCap) async throws -> [Configuration.Inbox] {
        if let needing = new.inboxes.map(\.pipeline).first(where: \.needsInference),
            !configuration.inboxes.contains(where: \.pipeline.needsInference)
        {
            throw ConfigurationFaults([
                Fault(
                    file: needing.name,
                    message: "names a model, but the workers were started without the engine for it: restart to apply")
            ])
        }
        return try await examined(new, cap: cap)
    }
}

/// What the inboxes' threads know about writers, for contexts that are created before them.
private final class WriterKnowledge: Sendable {
    private let source = Mutex<InboxSource?>(nil)

    func set(_ source: InboxSource) { self.source.withLock { $0 = source } }

    func isBeingWritten(_ path: RelativePath, inbox: Int) -> Bool {
        source.withLock { $0 }?.isBeingWritten(path, inbox: inbox) ?? false
    }
}
