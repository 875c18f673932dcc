import Admission
import Engine
import Jobs
import Journal
import LinuxIO
import Outbox
import Places
import Status
import WorkerPool

/// A supervisor, wired together: the directories that it owns, workers, engine, and status reporting. `process` and
/// `watch` differ in where sources come from and when it ends.
struct Supervisor: Sendable {
    struct Wishes: Sendable {
        var settings: Engine.Settings
        var contexts: [InboxContext]
        var places: Engine.Places
        /// `process` or `watch`.
        var use: String
        /// The library that runs models; nil: where it is usually found.
        var onnxRuntime: String?
        /// Missing sandbox features of the workers.
        var onShortfall: @Sendable (String) -> Void
        var onSample: @Sendable (MemorySample) -> Void = { _ in }
        var onEvent: @Sendable (EngineEvent) -> Void
    }

    let place: Workspace
    let cap: MemoryCap
    let pool: WorkerPool
    let board: StatusBoard
    let engine: Engine
    let status: StatusServer
    private let contexts: [InboxContext]

    init(_ place: Workspace, executable: String, board: StatusBoard, _ wishes: Wishes) throws {
        self.place = place
        self.board = board
        cap = wishes.settings.cap
        contexts = wishes.contexts
        pool = WorkerPool(
            workerSettings(
                executable: executable, cap: cap, staging: place.staging, onnxRuntime: wishes.onnxRuntime,
                onShortfall: wishes.onShortfall))
        engine = Engine(
            settings: wishes.settings, journal: place.journal, pool: pool, places: wishes.places,
            contexts: wishes.contexts, observer: board, onEvent: wishes.onEvent)
        status = try StatusServer(
            in: place.control, journal: place.journalPath, board: board, pool: pool, cap: cap, use: wishes.use,
            onSample: wishes.onSample)
    }

    /// Fills a new journal from the sidecars in the outbox.
    /// - Returns: jobs.
    func rebuildJournal(
        isOurs: @escaping @Sendable (RelativePath) -> Bool = { _ in true },
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) async throws -> Int {
        let rebuild = JournalRebuild(
            outbox: place.outbox, excluded: [], contexts: contexts, generation: place.division?.generation ?? 0,
            isOurs: isOurs, isStopping: isStopping)
        return try await engine.disk.run { try rebuild.run(place.journal, now: wallClock()) }
    }

    /// Ends the workers and closes the journal.
    func end() async throws {
        await pool.shutDown()
        try place.journal.close()
    }
}

extension Workspace {
    /// Where an engine puts results, held under their paths. Throws SystemCallError.
    func places(archive: Directory?) throws -> Engine.Places {
        Engine.Places(
            staging: staging, publisher: Publisher(outbox: outbox), quarantine: quarantine, archive: archive,
            roots: try heldRoots(archive: archive))
    }
}
