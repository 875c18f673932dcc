import Admission
import Engine
import Glibc
import Jobs
import LinuxIO
import Outbox
import Pipeline
import Run
import WorkerPool
import WorkerProtocol

/// Makes thumbnails of renditions that are too large to embed: in workers, like all decoding. Nothing
/// is journalled or published; results live in a temporary directory for as long as needed.
actor ThumbnailMaker {
    private let cap: UInt64?
    private let most: UInt64
    private var number: Int64 = 0
    private var works: Works?
    private var isBroken = false

    private struct Works {
        var pool: WorkerPool
        var staging: Staging
        /// Holds the staging directory, which goes with it.
        var scratch: ScratchDirectory
        var pipeline: Pipeline
        var digest: String
        var cap: MemoryCap
    }

    /// - Parameters:
    ///   - cap: bytes; nil: the default of this machine.
    ///   - most: bytes of one picture.
    init(cap: UInt64?, most: UInt64) {
        self.cap = cap
        self.most = most
    }

    /// - Returns: a JPEG; nil where none can be made.
    func make(_ source: Descriptor, _ rendition: RenditionReport) async -> [UInt8]? {
        guard !isBroken else { return nil }
        do {
            let works = try self.works ?? start()
            self.works = works
            number += 1
            return try await make(source, rendition, number, works)
        } catch {
            // Without workers a report has no such pictures, and is a report all the same.
            isBroken = true
            return nil
        }
    }

    private func make(
        _ source: Descriptor, _ rendition: RenditionReport, _ number: Int64, _ works: Works
    ) async throws -> [UInt8]? {
        let size = Int64(clamping: rendition.bytes)
        guard case .success(let plan) = admit(source, size: size, pipeline: works.pipeline, cap: works.cap) else {
            return nil
        }
        let job = "thumbnail-\(number)"
        let staged = try works.staging.prepare(job)
        defer { try? works.staging.discard(job) }
        let request = JobRequest(
            job: number, sourceName: rendition.path, sourceSize: rendition.bytes, pipelineDigest: works.digest,
            pipeline: nil,
            renditions: [.init(rendition: "small", file: ResultName.rendition("small", page: nil).staged)],
            knownDigest: nil,
            grant: plan.grant, restreams: plan.restreams, stagingIsEmpty: true)
        let outcome = await works.pool.run(
            PoolJob(
                request: request, pipeline: works.pipeline,
                descriptors: [source.number, staged.directory.descriptor.number]),
            timeLimit: 60)
        return withExtendedLifetime((source, staged)) {
            guard case .replied(.finished, _) = outcome,
                let file = try? staged.directory.openFile(Array(ResultName.rendition("small", page: nil).staged.utf8))
            else { return nil }
            return try? contents(file, atMost: most)
        }
    }

    private func start() throws -> Works {
        let scratch = try ScratchDirectory("sluice-report")
        let settings = try MemorySettings(
            MemoryWishes(cap: cap, workers: nil, spill: nil), staging: scratch.directory.path)
        // What a picture of this many bytes can be, roughly.
        let (edge, quality) = most >= 12 << 10 ? (240, 72) : (160, 60)
        let pipeline = try PipelineLoader.load(
            yaml: """
                version: 1
                accept: [jpeg, png, webp, tiff, heif, jxl, gif]
                stages:
                  - resize: { width: \(edge), height: \(edge), fit: inside, enlarge: false }
                  - flatten: { background: "#808080" }
                  - colour: { profile: srgb }
                renditions:
                  small: { format: jpeg, quality: \(quality) }
                metadata: { drop: [all] }
                """, file: "report", name: "report", digest: { _ in "" })
        let staging = Staging(root: scratch.directory)
        let pool = WorkerPool(
            workerSettings(executable: try findWorkerExecutable(), cap: settings.cap, staging: staging) { _ in })
        return Works(
            pool: pool, staging: staging, scratch: scratch, pipeline: pipeline,
            digest: try InboxContext.digest(of: pipeline), cap: settings.cap)
    }

    func end() async {
        guard let works else { return }
        await works.pool.shutDown()
        works.staging.dropSpares()
        self.works = nil
    }
}
