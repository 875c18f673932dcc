import Engine
import LinuxIO
import Logging
import Outbox
import Places
import ServiceLifecycle
import Status
import WorkerPool

/// Looks, every second, whether the directories that results go to are still those that are held, and whether inboxes
/// answer. While one is gone nothing is started; when it is back, or was recreated, work resumes by itself.
///
/// A directory that was recreated in place of a deleted one, on the same file system, is adopted; one of another file
/// system is what a mount leaves behind that has gone, and is not.
struct RootMonitor: Service {
    let engine: Engine
    let place: Workspace
    let pool: WorkerPool
    let board: StatusBoard
    let status: StatusServer
    let logger: Logger
    /// A separate pool: no check waits behind a job.
    private let disk = BlockingPool(name: "roots", threads: 4)

    private static let interval = Duration.seconds(1)
    /// Seconds that a directory may take to answer.
    private static let patience = 5.0

    init(
        engine: Engine, place: Workspace, pool: WorkerPool, board: StatusBoard, status: StatusServer, logger: Logger
    ) {
        self.engine = engine
        self.place = place
        self.pool = pool
        self.board = board
        self.status = status
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await monitorRoots() }
                for inbox in await engine.inboxNames {
                    group.addTask { await monitor(inbox: inbox) }
                }
            }
        }
    }

    private func monitorRoots() async {
        while !Task.isCancelled {
            await checkRoots()
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func checkRoots() async {
        let places = await engine.places
        do {
            try await disk.run(within: Self.patience) { [status] in
                try places.check()
                if let staging = places.stagingRoot { status.returnFromFallback(to: staging.directory) }
            }
            await engine.resume()
        } catch let error as RootReplaced {
            await adopt(error, places)
        } catch {
            if let gone = error as? RootGone, gone.role == Workspace.stagingRole {
                try? await disk.run(within: Self.patience) { [status] in status.moveToFallback() }
            }
            await engine.suspend("\(error)")
        }
    }

    /// Something else is at a root's path.
    private func adopt(_ fault: RootReplaced, _ places: Engine.Places) async {
        await engine.suspend("\(fault)")
        do {
            let (place, status) = (place, status)
            let new = try await disk.run(within: Self.patience) {
                try place.adopt(role: fault.role, path: fault.path, places, status)
            }
            if fault.role == Workspace.stagingRole { await pool.renew() }
            logger.warning("a directory was recreated: continuing with it", metadata: ["directory": "\(fault.path)"])
            await engine.resume(new)
        } catch {
            await engine.suspend("\(fault), and it cannot be used: \(error)")
        }
    }

    private func monitor(inbox: String) async {
        while !Task.isCancelled {
            if let (disk, directory) = await engine.held(inbox: inbox) {
                do {
                    _ = try await disk.run(within: Self.patience) { try FileStatus.of(directory.descriptor) }
                    board.note(inbox: inbox, hangs: nil)
                    await engine.markResponsive(inbox: inbox)
                } catch is RootNotAnswering {
                    if board.note(inbox: inbox, hangs: "it does not respond; its disk or server hangs") {
                        logger.error("an inbox does not respond", metadata: ["inbox": "\(inbox)"])
                    }
                    await engine.markUnresponsive(inbox: inbox, hangs: true)
                } catch {
                    // It is gone or damaged: the scan reports it.
                }
            }
            try? await Task.sleep(for: Self.interval * 2)
        }
    }
}
