import Admission
import HTTP
import Inbox
import Journal
import LinuxIO
package import Logging
import Outbox
package import PipelineModel
import ServiceLifecycle
import Synchronization
import UnixSignals
import WorkerPool

/// `sluice watch`: inboxes that are watched until the process is told to stop.
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
        // First of all: a signal that comes while everything is being set up is kept until the services can end.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        // Before there are workers that could inherit them.
        let passed = PassedSockets.take()
        for problem in passed.problems { logger.warning("\(problem)") }
        let report = ServiceReport(.ofThisProcess())
        let executable = try findWorkerExecutable()
        let memory = try MemorySettings(MemoryWishes(configuration), staging: configuration.staging)
        for warning in memory.warnings { logger.warning("\(warning)") }
        let inboxes = try await withMeasuredModels(configuration, cap: memory.cap)
        let cap = memory.cap.running(inboxes.map(\.pipeline))
        try makeDirectories()
        let place = try Workplace(
            .init(
                outbox: configuration.outbox, quarantine: configuration.quarantine, staging: configuration.staging,
                journal: configuration.journal, inboxes: configuration.inboxes.map(\.path)))
        let sockets = try WebServer.Sockets(configuration.http, passed: passed.sockets)
        let archive = try makeDirectory(configuration.archive)
        let contexts = try inboxes.map { try context(for: $0, archive: archive) }
        let pool = WorkerPool(
            workerSettings(executable: executable, cap: cap, staging: place.staging) { [logger] shortfall in
                logger.warning("\(shortfall)", metadata: ["see": "sluice doctor"])
            })
        var settings = Engine.Settings(cap: cap)
        settings.attempts = configuration.attempts
        let inbox = try InboxSource(roots: configuration.inboxes.enumerated().map(root))
        let names = configuration.inboxes.map(\.name)
        let log = EventLog(logger: logger) { [onEvent] event in
            // What seemed gone may be there again, in the state that the inbox has told of once and will not tell again.
            if case .superseded(let source, _) = event, let index = names.firstIndex(of: source.inbox) {
                inbox.retry(source.path, inbox: index)
            }
            onEvent(event)
        }
        let board = StatusBoard()
        board.setInboxes(configuration.inboxes.map { ($0.name, $0.path, $0.pipeline.name) })
        board.note(models: inboxes.map(\.pipeline))
        place.journal.onCommit { [board] in board.note(commit: $0) }
        let engine = Engine(
            settings: settings, journal: place.journal, pool: pool, staging: place.staging,
            publisher: Publisher(outbox: place.outbox), quarantine: place.quarantine, contexts: contexts,
            board: board, onEvent: log.take)
        let memoryLog = MemoryLog(logger)
        let status = try StatusServer(
            in: place.control, board: board, pool: pool, cap: cap, use: "watch", onSample: memoryLog.take)
        defer { status.stop() }
        if let problem = status.problem {
            logger.warning("'sluice status' cannot ask this process for now", metadata: ["reason": "\(problem)"])
        }

        let traffic = HTTPTraffic()
        let page = StatusPage(board: board, cap: cap, journal: place.journal, outbox: place.outbox)
        let site = WebSite(board: board, cap: cap, traffic: traffic, page: page.respond)
        // Until the very end: monitors are told that it stops.
        let web = try WebServer(sockets, traffic: traffic, handler: site.respond)
        defer { web.stop() }
        if !sockets.all.isEmpty {
            logger.info("answering", metadata: ["at": .array(sockets.addresses.map { "\($0)" })])
        }

        logger.info(
            "watching",
            metadata: [
                "inboxes": .array(configuration.inboxes.map { "\($0.path)" }),
                "memory-cap": .stringConvertible(cap.total),
                "workers": .stringConvertible(cap.workers), "spill-limit": .stringConvertible(cap.spill),
            ])
        if let damage = place.damage { log.take(.journalSetAside(damage)) }
        let rebuilt = try await engine.disk.run {
            try JournalRebuild(outbox: place.outbox, excluded: [], contexts: contexts).run(
                place.journal, now: wallClock())
        }
        if rebuilt > 0 {
            logger.warning("a new journal, filled from sidecars", metadata: ["jobs": .stringConvertible(rebuilt)])
        }
        let paths = Dictionary(configuration.inboxes.map { ($0.name, $0.path) }) { first, _ in first }
        let relock: @Sendable (String) throws -> Void = { inbox in
            if let path = paths[inbox] { try place.relock(inbox: path) }
        }
        let last = try await engine.rollForward()
        let recalling = sockets.all.isEmpty ? nil : Task { await page.recall(on: engine.disk) }
        defer { recalling?.cancel() }
        // Stopped from the last to the first: an engine that has stopped holds nobody up.
        let services: [any Service] = [
            WatchdogService(report: report, engine: engine, pool: pool, board: board, cap: cap),
            ReloadService(
                reload: reload, apply: { try await apply($0, to: engine, board, archive: archive, cap: cap) },
                report: report,
                logger: logger),
            InboxService(
                source: inbox, engine: engine, inboxes: names, board: board, relock: relock, logger: logger),
            EngineService(
                engine: engine, pool: pool, drain: configuration.drain, lastOfEarlierRuns: last, logger: logger),
        ]
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [], logger: logger))
        let guardian = Task {
            for await _ in signals {
                report.stopping()
                await group.triggerGracefulShutdown()
            }
        }
        defer { guardian.cancel() }
        try await group.run()
        await pool.shutDown()
        try place.journal.close()
        logger.info("stopped")
    }

    private func makeDirectories() throws {
        for inbox in configuration.inboxes { _ = try makeDirectory(inbox.path) }
    }

    private func context(for inbox: Configuration.Inbox, archive: Directory) throws -> InboxContext {
        try InboxContext(
            name: inbox.name, directory: Directory.open(path: inbox.path), pipeline: inbox.pipeline,
            folder: inbox.subfolder.isEmpty ? nil : RelativePath(inbox.subfolder), archive: archive,
            movesFailures: true)
    }

    private func root(_ index: Int, _ inbox: Configuration.Inbox) -> InboxRoot {
        var root = InboxRoot(id: index, path: inbox.path, rules: IgnoreRules(additional: inbox.ignore))
        root.settle = SettleTimes(
            afterRenameOrClose: .seconds(inbox.settle), otherwise: .seconds(inbox.settleOther))
        root.scanInterval = .seconds(inbox.scanEvery)
        return root
    }

    /// New pipelines for the inboxes there are. Directories, caps and workers need a restart.
    private func apply(
        _ new: Configuration, to engine: Engine, _ board: StatusBoard, archive: Directory, cap: MemoryCap
    ) async throws {
        if new.http != configuration.http { logger.warning("http has changed: restart to use it") }
        let inboxes = try await modelsOfReloaded(new, cap: cap)
        // All of them first: where one cannot be opened, the old pipelines stay everywhere.
        var contexts: [InboxContext] = []
        for inbox in inboxes {
            guard configuration.inboxes.contains(where: { $0.name == inbox.name && $0.path == inbox.path }) else {
                logger.warning("an inbox is new or was moved: restart to use it", metadata: ["inbox": "\(inbox.name)"])
                continue
            }
            contexts.append(try context(for: inbox, archive: archive))
        }
        for context in contexts { await engine.replace(context) }
        board.note(models: inboxes.map(\.pipeline))
    }

    /// The inboxes, whose pipelines know what their models take. Throws ConfigurationFaults where one cannot be used.
    private func withMeasuredModels(
        _ configuration: Configuration, cap: MemoryCap
    ) async throws -> [Configuration.Inbox] {
        let pipelines = try await ModelCheck.require(configuration.inboxes.map(\.pipeline), cap: cap)
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
                    message: "names a model, and the workers were started without what runs it: restart to use it")
            ])
        }
        return try await withMeasuredModels(new, cap: cap)
    }
}
