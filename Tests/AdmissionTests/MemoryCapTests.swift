import PipelineModel
import Testing

@testable import Admission

@Suite("The memory cap")
struct MemoryCapTests {
    static let mebi: UInt64 = 1 << 20

    @Test(
        "by default three quarters of the smallest limit, at most 512 MiB",
        arguments: [
            (physical: 24 << 30, group: nil, cap: 512 << 20),
            (physical: 512 << 20, group: nil, cap: 384 << 20),
            (physical: 512 << 20, group: 128 << 20, cap: 96 << 20),
            (physical: 64 << 20, group: 4 << 30, cap: 48 << 20),
            (physical: 0, group: 256 << 20, cap: 192 << 20),
            (physical: 0, group: nil, cap: 512 << 20),
            (physical: .max, group: .max, cap: 512 << 20),
        ] as [(physical: UInt64, group: UInt64?, cap: UInt64)])
    func defaults(limits: (physical: UInt64, group: UInt64?, cap: UInt64)) {
        #expect(MemoryCap.byDefault(physical: limits.physical, controlGroup: limits.group) == limits.cap)
    }

    @Test("the smallest cap is enough for one worker and a job")
    func smallest() throws {
        let workers = MemoryCap.defaultWorkers(cap: MemoryCap.smallest, processors: 8)
        #expect(workers == 1)
        let cap = MemoryCap(total: MemoryCap.smallest, workers: workers, spill: 1 << 30)
        #expect(cap.budget == MemoryCap.smallest - MemoryCap.supervisor - MemoryCap.warmWorker)
        let plan = try MemoryPlan(
            header: header(4000, 3000), pipeline: pipeline([.resize(Resize(width: 320, height: 320))]), cap: cap)
        #expect(plan.way == .inMemory)
        #expect(MemoryCap.smallest > 48 << 20 && MemoryCap.smallest <= 64 << 20)
    }

    @Test("half of what is free may be spilled to, and no more than 64 GiB")
    func spill() {
        #expect(MemoryCap.defaultSpill(free: 0) == 0 && MemoryCap.defaultSpill(free: 10 << 30) == 5 << 30)
        #expect(MemoryCap.defaultSpill(free: .max) == 64 << 30)
    }

    @Test("as many workers as processors, each with 40 MiB for its job, and at least one")
    func workers() {
        for total in stride(from: UInt64(0), through: 1024 << 20, by: 7 << 20) {
            for processors in [1, 2, 4, 64] {
                let count = MemoryCap.defaultWorkers(cap: total, processors: processors)
                #expect(count >= 1 && count <= processors)
                let cap = MemoryCap(total: total, workers: count)
                if count > 1 { #expect(cap.budget / UInt64(count) >= 40 << 20) }
                if count < processors, count > 1 || total > 120 << 20 {
                    #expect(MemoryCap(total: total, workers: count + 1).budget < UInt64(count + 1) * 40 << 20)
                }
            }
        }
        #expect(MemoryCap(total: 1 << 30, workers: 0).workers == 1)
    }

    @Test("shares never exceed the whole, and a cap too small leaves no budget rather than a trap")
    func shares() {
        for total: UInt64 in [0, 1, 10 << 20, 19 << 20, 48 << 20, 512 << 20, .max] {
            for workers in [1, 2, 100] {
                let cap = MemoryCap(total: total, workers: workers)
                #expect(cap.budget <= total)
            }
        }
    }

    @Test("the cap that a refusal names is enough for the job, and no MiB more than that")
    func needed() {
        for estimate: UInt64 in [0, 1, 1 << 20, 12_345_678, 3 << 30] {
            let cap = MemoryCap(total: 48 << 20, workers: 2)
            let needed = cap.needed(for: estimate)
            #expect(needed % Self.mebi == 0)
            #expect(MemoryCap(total: needed, workers: 2).budget >= estimate)
            #expect(MemoryCap(total: needed - Self.mebi, workers: 2).budget < max(1, estimate))
        }
        #expect(MemoryCap(total: 1, workers: 1).needed(for: .max) > 1 << 63)
    }

    @Test(
        "sizes are shown as people read them",
        arguments: [
            (0, "0.0 MiB"), (1 << 20, "1.0 MiB"), (1_500_000, "1.4 MiB"), (10 << 20, "10 MiB"), (61 << 20, "61 MiB"),
            ((1 << 30) - (1 << 20), "1023 MiB"), (1 << 30, "1.0 GiB"), (3 << 29, "1.5 GiB"),
            (.max, "17179869184.0 GiB"),
        ] as [(UInt64, String)])
    func shown(size: (bytes: UInt64, text: String)) {
        #expect(mebibytes(size.bytes) == size.text)
    }
}
