import FoundationEssentials
import Glibc
import LinuxIO
import Testing
import WorkerPool
import WorkerProtocol

@testable import Jobs

/// Whether workers can train here.
let hasLinear: Bool = {
    guard let handle = dlopen("liblinear.so.4", RTLD_LAZY) else { return false }
    dlclose(handle)
    return true
}()

@Suite("A worker that trains", .enabled(if: hasLinear, "liblinear4 is not installed"))
struct TrainingWorkerTests {
    private static let features = 512
    private static let labels = ["a", "b", "c"]

    /// Numbers around a direction for each label, labels and parts: as files.
    private func write(pictures: Int, to scratch: Scratch) throws {
        var (state, numbers, label, part): (UInt64, [Float], [UInt32], [UInt32]) = (1, [], [], [])
        for picture in 0..<pictures {
            for feature in 0..<Self.features {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                numbers.append(Float(state >> 40) / Float(1 << 24) + (feature % 3 == picture % 3 ? 0.3 : 0))
            }
            label.append(UInt32(picture % 3))
            part.append(UInt32(picture / 3 % 5))
        }
        try scratch.write(numbers.withUnsafeBytes { Array($0) }, to: "features")
        try scratch.write((label + part).withUnsafeBytes { Array($0) }, to: "labels")
    }

    private func train(
        _ scratch: Scratch, pictures: Int, grant: MemoryGrant,
        onProgress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> (WorkerOutcome, WorkerPool) {
        try scratch.makeDirectory("staging")
        var settings = WorkerPool.Settings(
            executable: BuiltPrograms.worker, size: 1, staging: "\(scratch.path)/staging")
        settings.trains = true
        let pool = WorkerPool(settings)
        let files = [
            try scratch.directory.openFile(Array("features".utf8)),
            try scratch.directory.openFile(Array("labels".utf8)),
            try scratch.directory.openDirectory(Array("staging".utf8)).descriptor,
        ]
        defer { withExtendedLifetime(files) {} }
        let request = TrainRequest(
            labels: Self.labels, features: Self.features, pictures: pictures, words: ["sluice": "x"], grant: grant)
        return (await pool.train(request, files: files.map(\.number), onProgress: onProgress), pool)
    }

    private func result(_ outcome: WorkerOutcome) -> TrainingResult? {
        if case .replied(.trained(let result), _) = outcome { result } else { nil }
    }

    @Test("It leaves a classifier and a probability for each held-out picture, and tells how far it is")
    func training() async throws {
        try await withScratch { scratch in
            try write(pictures: 150, to: scratch)
            let (steps, step) = AsyncStream<Int>.makeStream()
            let (outcome, pool) = try await train(scratch, pictures: 150, grant: MemoryGrant(memory: 64 << 20)) {
                done, count in
                step.yield(done * 10 + count)
            }
            await pool.shutDown()
            step.finish()
            var seen: [Int] = []
            for await value in steps { seen.append(value) }
            #expect(seen == [16, 26, 36, 46, 56, 66])
            let found = try #require(result(outcome))
            #expect(found.fault == nil && found.slope > 0.3, "\(outcome)")
            let probabilities = try scratch.read("staging/predictions").withUnsafeBytes {
                Array($0.bindMemory(to: Float.self))
            }
            #expect(probabilities.count == 150 * 3)
            var right = 0
            for picture in 0..<150 {
                let row = probabilities[(picture * 3)..<(picture * 3 + 3)]
                #expect(abs(row.reduce(0, +) - 1) < 1e-4)
                if row[picture * 3 + picture % 3] == row.max() { right += 1 }
            }
            #expect(right > 120, "\(right)")
            let header = String(
                decoding: try scratch.read("staging/classifier.safetensors").dropFirst(8).prefix(600), as: UTF8.self)
            #expect(header.contains(#""shape":[3,512]"#), "\(header)")
        }
    }

    @Test(
        "What its memory has no room for lies in staging, and the classifier is the same; without room there is a reason"
    )
    func memory() async throws {
        try await withScratch { scratch in
            // 3,000 pictures of 512 numbers: 25 MB as liblinear takes them.
            try write(pictures: 3000, to: scratch)
            var digests: [String] = []
            for grant in [
                MemoryGrant(memory: 256 << 20), MemoryGrant(memory: 12 << 20, spill: 1 << 30, spillsFrom: 1 << 20),
            ] {
                let (outcome, pool) = try await train(scratch, pictures: 3000, grant: grant)
                await pool.shutDown()
                let found = try #require(result(outcome), "\(outcome)")
                #expect(found.fault == nil)
                #expect((found.cost?.spilled ?? 0 > 20 << 20) == (grant.spill > 0), "\(found)")
                digests.append(sha256(try scratch.read("staging/classifier.safetensors")))
            }
            #expect(digests[0] == digests[1])
            let (outcome, pool) = try await train(scratch, pictures: 3000, grant: MemoryGrant(memory: 12 << 20))
            await pool.shutDown()
            #expect(result(outcome)?.fault?.contains("was given 12 MiB of memory") == true, "\(outcome)")
        }
    }

    @Test("Files that are not what was announced are a reason, not a crash", arguments: [149, 151, 0, 1 << 40])
    func foreign(pictures: Int) async throws {
        try await withScratch { scratch in
            try write(pictures: 150, to: scratch)
            let (outcome, pool) = try await train(scratch, pictures: pictures, grant: MemoryGrant(memory: 64 << 20))
            await pool.shutDown()
            #expect(result(outcome)?.fault != nil, "\(outcome)")
        }
    }

    @Test("It ends at once when it is told to")
    func abandoned() async throws {
        try await withScratch { scratch in
            try write(pictures: 6_000, to: scratch)
            try scratch.makeDirectory("staging")
            var settings = WorkerPool.Settings(
                executable: BuiltPrograms.worker, size: 1, staging: "\(scratch.path)/staging")
            settings.trains = true
            let pool = WorkerPool(settings)
            let files = [
                try scratch.directory.openFile(Array("features".utf8)),
                try scratch.directory.openFile(Array("labels".utf8)),
                try scratch.directory.openDirectory(Array("staging".utf8)).descriptor,
            ]
            let request = TrainRequest(
                labels: Self.labels, features: Self.features, pictures: 6_000, words: [:],
                grant: MemoryGrant(memory: 1 << 30))
            let outcome = await pool.train(request, files: files.map(\.number)) { _, _ in
                Task { await pool.abandon() }
            }
            await pool.shutDown()
            withExtendedLifetime(files) {}
            guard case .died(let death, _) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(death.cause == .stopped)
        }
    }

    @Test("A worker that was started for other things has nothing of liblinear")
    func others() async throws {
        let worker = try await WorkerProcess.start(executable: BuiltPrograms.worker)
        let maps = try String(contentsOfFile: "/proc/\(worker.processIdentifier)/maps")
        #expect(maps.contains("libvips") && !maps.contains("liblinear") && !maps.contains("libblas"))
        await worker.stop()
    }
}

extension String {
    fileprivate init(contentsOfFile path: String) throws {
        guard let file = fopen(path, "r") else { throw SystemCallError("fopen", path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        self = String(decoding: bytes, as: UTF8.self)
    }
}
